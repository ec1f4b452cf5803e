"""What runs right now: invocations and requests. Idle is when all of them, if any, wait for the
clock.

``--skip-time`` and ``wait_idle`` rest on it. A run begins before its message leaves the queue and
ends after what it sent is in the queue, so work is never in neither place.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Run:
    """One invocation or request; ``sleepers`` are its threads that wait for the clock."""

    __slots__ = ("has_ended", "sleepers")

    def __init__(self) -> None:
        self.sleepers = 0
        self.has_ended = False


_current: ContextVar[Run | None] = ContextVar("seriatim_run", default=None)


class Activity:
    """Counts runs. Every method may be called from any thread; its lock is the innermost one."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._changes = 0
        self._awake = 0
        self._asleep = 0

    def begin(self) -> Run:
        """Count a new run as awake."""
        with self._changed:
            self._awake += 1
            self._note_change()
            return Run()

    def end(self, run: Run) -> None:
        """The run is over. Threads that it left asleep do not count any more."""
        with self._changed:
            if run.sleepers:
                self._asleep -= 1
            else:
                self._awake -= 1
            run.has_ended = True
            self._note_change()

    @contextmanager
    def entered(self, run: Run) -> Iterator[None]:
        """What this thread does within belongs to ``run``."""
        token = _current.set(run)
        try:
            yield
        finally:
            _current.reset(token)

    def fall_asleep(self) -> Run | None:
        """This thread is about to wait for the clock: its run, if it has one, is not what time has
        to wait for.
        """
        run = _current.get()
        if run is not None:
            self._move(run, 1)
        return run

    def wake(self, run: Run | None) -> None:
        """Undo one ``fall_asleep``."""
        if run is not None:
            self._move(run, -1)

    def _move(self, run: Run, sleepers: int) -> None:
        with self._changed:
            was_asleep = run.sleepers > 0
            run.sleepers += sleepers
            moved = (run.sleepers > 0) - was_asleep
            if not run.has_ended:
                self._asleep += moved
                self._awake -= moved
            self._note_change()

    @property
    def awake(self) -> int:
        """How many runs do something."""
        with self._changed:
            return self._awake

    @property
    def asleep(self) -> int:
        """How many runs wait for the clock."""
        with self._changed:
            return self._asleep

    @property
    def changes(self) -> int:
        """Grows with every change; hand it to ``wait_for_change``."""
        with self._changed:
            return self._changes

    def note_change(self) -> None:
        """Wake whoever waits for a change: something else that bears on idleness has moved."""
        with self._changed:
            self._note_change()

    def _note_change(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def wait_for_change(self, seen: int, seconds: float | None = None) -> bool:
        """Wait until there was a change after ``seen``; False where the time ran out."""
        with self._changed:
            return self._changed.wait_for(lambda: self._changes != seen, seconds)
