"""``StartCounts`` in memory."""

from collections import Counter
from threading import Lock


class FakeStartCounts:
    """Counts by project and minute."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, int]] = Counter()
        self._lock = Lock()

    def add(self, project_id: str, minute: int, starts_max: int) -> bool:
        with self._lock:
            if self._counts[project_id, minute] >= starts_max:
                return False
            self._counts[project_id, minute] += 1
        return True
