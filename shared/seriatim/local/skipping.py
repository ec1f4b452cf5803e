"""Skipped time: whenever only time can move anything, it moves to the next thing that is due."""

import threading
from collections.abc import Callable, Sequence

from seriatim.local.activity import Activity
from seriatim.local.clock import SkipClock
from seriatim.local.queue import MemoryQueue
from seriatim.local.triggers import LocalTriggerRules


class Skipping:
    """A thread of its own, which moves ``clock``. ``hold_time`` is asked before: true, time stays
    where it is until something changes.
    """

    def __init__(
        self,
        clock: SkipClock,
        activity: Activity,
        queues: Sequence[MemoryQueue],
        triggers: LocalTriggerRules,
        hold_time: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._activity = activity
        self._queues = queues
        self._triggers = triggers
        self._hold_time = hold_time
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._skip, name="skipping", daemon=True)

    def start(self) -> None:
        """Begin to skip."""
        for queue in self._queues:
            self._clock.observe(queue)
        self._clock.observe(self._triggers)
        self._thread.start()

    def stop(self) -> None:
        """Skip no more."""
        self._is_stopping.set()
        self._activity.note_change()
        self._thread.join()

    def _skip(self) -> None:
        while not self._is_stopping.is_set():
            seen = self._activity.changes
            if all(queue.is_stalled() for queue in self._queues) and not self._hold_time():
                dues = [self._clock.next_wake(), self._triggers.next_due()]
                dues += [queue.next_due() for queue in self._queues]
                hours = [hour for hour in dues if hour is not None]
                if hours:
                    self._clock.jump(min(hours))
                    continue
            self._activity.wait_for_change(seen)
