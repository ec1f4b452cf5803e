"""What bulk calls need of a store."""

from typing import Protocol


class BulkKeys(Protocol):
    """Which bulk an idempotency key of a project stands for."""

    def settle(self, project_id: str, key: str, bulk_id: str, now: int) -> str:
        """The bulk that the key stands for: ``bulk_id``, unless it has stood for another before.
        Whoever asks first decides; it is kept for a week at least. Raises ``Unavailable``: the same
        call may be made again.
        """
