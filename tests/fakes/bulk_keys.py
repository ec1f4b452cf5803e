"""``BulkKeys`` in memory."""

from threading import Lock

from seriatim.ports.bulk_keys import SettledBulk


class FakeBulkKeys:
    """By project and key; nothing is ever forgotten."""

    def __init__(self) -> None:
        self._bulks: dict[tuple[str, str], SettledBulk] = {}
        self._lock = Lock()

    def settle(self, project_id: str, key: str, bulk_id: str, now: int) -> SettledBulk:
        with self._lock:
            return self._bulks.setdefault((project_id, key), SettledBulk(bulk_id, now))
