"""Timers of the embedded default: promises that wait in the memory queue itself, however far they
are.
"""

from seriatim.domain.values import ExecutionKey
from seriatim.local.queue import MemoryQueue
from seriatim.ports.queue import OutgoingWork


class MemoryTimers:
    """Fulfils ``ports.timers.Timers`` to the millisecond; lost with the process, as the queue and
    the tables are.
    """

    def __init__(self, queue: MemoryQueue) -> None:
        self._queue = queue

    def arm(self, key: ExecutionKey, at: int, work: OutgoingWork) -> None:
        """Have ``work`` sent at ``at``. Arming the same instant twice changes nothing."""
        self._queue.send_at((key, at), at, work)

    def disarm(self, key: ExecutionKey, at: int) -> None:
        """Take the timer back, if it has not rung."""
        self._queue.withdraw((key, at))
