"""The port of the keys of bulk calls."""

from typing import NamedTuple, Protocol


class SettledBulk(NamedTuple):
    """Which bulk it is, and when it was first asked for (milliseconds)."""

    id: str
    at: int


class BulkKeys(Protocol):
    """Which bulk an idempotency key of a project stands for."""

    def settle(self, project_id: str, key: str, bulk_id: str, now: int) -> SettledBulk:
        """The bulk that the key stands for: ``bulk_id`` as of ``now``, unless there was one.
        Whoever asks first decides; it is kept for a week at least. Raises ``Unavailable``: the same
        call may be made again.
        """
