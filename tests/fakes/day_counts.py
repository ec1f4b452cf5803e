"""``DayCounts`` in memory."""

from threading import Lock

from seriatim.ports.day_counts import DayCount
from seriatim.ports.errors import Unavailable


class FakeDayCounts:
    """Counts by project and day; how often it was written and read is told."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], DayCount] = {}
        self._lock = Lock()
        self.adds = 0
        self.reads = 0
        self.fail_next = 0
        """So many additions are refused."""

    def add(self, project_id: str, day: int, more: DayCount) -> None:
        assert more.steps >= 0 <= more.timers
        with self._lock:
            if self.fail_next:
                self.fail_next -= 1
                raise Unavailable("not now")
            self.adds += 1
            old = self._counts.get((project_id, day), DayCount())
            self._counts[project_id, day] = DayCount(
                steps=old.steps + more.steps, timers=old.timers + more.timers
            )

    def read(self, project_id: str, day: int) -> DayCount:
        with self._lock:
            self.reads += 1
            return self._counts.get((project_id, day), DayCount())
