"""The service's time on one machine: as it is, faster (``--time-scale``), or skipped while nothing
runs.

What the workflow waits for (delays, timers, sleeping tasks) takes this clock's time. What the
machine works on takes as long as it takes: ``stretch`` says how much of this clock's time passes
meanwhile, and a jump is no work.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from seriatim.local.activity import Activity, Run

TIME_SCALE_MIN = 0.01
TIME_SCALE_MAX = 100_000
SKIPPED_MS_MIN = 500
SLEEP_SECONDS_MAX = 3_600.0
"""Longest single wait of the machine; who waits looks at the clock again."""


class WaitableClock(Protocol):
    """A ``ports.clock.Clock`` that other parts of the local service can wait on."""

    def now(self) -> int:
        """Milliseconds since the epoch."""
        ...

    def sleep(self, milliseconds: int) -> None:
        """Let that much of this clock's time pass."""
        ...

    def stretch(self, milliseconds: int) -> int:
        """How much of this clock's time passes while the machine works for that long."""
        ...

    def wait(self, condition: threading.Condition, until: int | None) -> None:
        """Wait on ``condition`` (held) for a notification, or for ``until``. May return early."""
        ...


class LocalClock:
    """Time as it is, ``time_scale`` times as fast from now on."""

    def __init__(self, time_scale: float = 1, machine_ms: Callable[[], int] | None = None) -> None:
        """``machine_ms`` is the machine's clock; tests hand in one that stands still.

        Raises:
            ValueError: the scale is not between ``TIME_SCALE_MIN`` and ``TIME_SCALE_MAX``.
        """
        if not TIME_SCALE_MIN <= time_scale <= TIME_SCALE_MAX:
            raise ValueError(
                f"the time scale is {TIME_SCALE_MIN} to {TIME_SCALE_MAX}, not {time_scale}"
            )
        self._scale = time_scale
        self._machine_ms = machine_ms or _system_ms
        self._start = self._machine_ms()

    def now(self) -> int:
        """Milliseconds since the epoch."""
        passed = self._machine_ms() - self._start
        return self._start + (passed if self._scale == 1 else int(passed * self._scale))

    def sleep(self, milliseconds: int) -> None:
        """Let that much of this clock's time pass."""
        until = self.now() + milliseconds
        while (left := until - self.now()) > 0:
            time.sleep(self._machine_seconds(left))

    def stretch(self, milliseconds: int) -> int:
        """How much of this clock's time passes while the machine works for that long."""
        return int(milliseconds * self._scale)

    def wait(self, condition: threading.Condition, until: int | None) -> None:
        """Wait on ``condition`` (held) for a notification, or for ``until``. May return early."""
        if until is None:
            condition.wait()
        elif (left := until - self.now()) > 0:
            condition.wait(self._machine_seconds(left))

    def _machine_seconds(self, milliseconds: int) -> float:
        return min(milliseconds / 1000 / self._scale, SLEEP_SECONDS_MAX)


class JumpObserver(Protocol):
    """Whoever must know that time was skipped."""

    def before_jump(self, milliseconds: int) -> None:
        """The clock is about to go forward by that much."""
        ...

    def after_jump(self) -> None:
        """It has gone forward."""
        ...


class SkipClock(LocalClock):
    """Time as it is, and what ``jump`` adds to it. Sleepers wake when a jump takes the clock past
    their hour.
    """

    def __init__(self, activity: Activity, machine_ms: Callable[[], int] | None = None) -> None:
        super().__init__(machine_ms=machine_ms)
        self._activity = activity
        self._skipped = 0
        self._jumped = threading.Condition()
        self._sleepers: dict[int, tuple[int, Run | None]] = {}
        self._sleeper_count = 0
        self._observers: list[JumpObserver] = []

    def now(self) -> int:
        """Milliseconds since the epoch, the skipped ones counted in."""
        return super().now() + self._skipped

    def sleep(self, milliseconds: int) -> None:
        """Wait for the clock. Meanwhile the run of this thread does not hold up time.

        A short wait is for something that is under way (a step being written, a list being polled)
        and takes real time: skipping it would give up on what is about to happen.
        """
        if milliseconds < SKIPPED_MS_MIN:
            super().sleep(milliseconds)
            return
        with self._jumped:
            until = self.now() + milliseconds
            self._sleeper_count += 1
            name = self._sleeper_count
            self._sleepers[name] = (until, self._activity.fall_asleep())
            while name in self._sleepers and self.now() < until:
                self.wait(self._jumped, until)
            self._wake(name)

    def next_wake(self) -> int | None:
        """When the next sleeper of a run that is still on wants to wake."""
        with self._jumped:
            hours = [until for until, run in self._sleepers.values() if run and not run.has_ended]
        return min(hours, default=None)

    def observe(self, observer: JumpObserver) -> None:
        """Have ``observer`` told of every jump. For the time of setting up."""
        self._observers.append(observer)

    def jump(self, until: int) -> None:
        """Put the clock forward to ``until``; nothing happens where it is that late already.

        Whom it wakes counts as awake when this returns. One caller at a time.
        """
        skipped = until - self.now()
        if skipped <= 0:
            return
        for observer in self._observers:
            observer.before_jump(skipped)
        with self._jumped:
            self._skipped += skipped
            now = self.now()
            for name in [name for name, (hour, _) in self._sleepers.items() if hour <= now]:
                self._wake(name)
            self._jumped.notify_all()
        for observer in self._observers:
            observer.after_jump()

    def _wake(self, name: int) -> None:
        if sleeper := self._sleepers.pop(name, None):
            self._activity.wake(sleeper[1])


def _system_ms() -> int:
    return time.time_ns() // 1_000_000
