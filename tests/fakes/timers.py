"""``Timers`` in memory; a test rings them by hand."""

from threading import Lock

from seriatim.domain.values import ExecutionKey
from seriatim.ports.queue import OutgoingWork


class FakeTimers:
    """Armed timers by execution and instant."""

    def __init__(self) -> None:
        self._armed: dict[tuple[ExecutionKey, int], OutgoingWork] = {}
        self._lock = Lock()

    def arm(self, key: ExecutionKey, at: int, work: OutgoingWork) -> None:
        with self._lock:
            self._armed.setdefault((key, at), OutgoingWork(work.project_id, bytes(work.body)))

    def disarm(self, key: ExecutionKey, at: int) -> None:
        with self._lock:
            self._armed.pop((key, at), None)

    # -- what a test does -------------------------------------------------------------------------

    def armed(self) -> list[tuple[int, ExecutionKey]]:
        """Every timer that has not rung, the earliest first."""
        with self._lock:
            return sorted((at, key) for key, at in self._armed)

    def ring(self, now: int) -> list[OutgoingWork]:
        """Take out the work of every timer that is due at ``now``, the earliest first."""
        with self._lock:
            due = sorted((at, key) for key, at in self._armed if at <= now)
            return [self._armed.pop((key, at)) for at, key in due]
