"""Calls that may take too long: run in a thread of their own, which is left behind when time is up.

Python cannot stop a thread. One that is left behind is told so, its result is dropped, and being a
daemon it keeps no process alive.
"""

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from seriatim.ports.clock import Clock

T = TypeVar("T")

LOOK_SECONDS: Final = 0.05
"""How often the clock is looked at: it may run faster than real time, or jump."""


class TimeIsUp(Exception):
    """The call has not returned in time."""


class _Call(Generic[T]):
    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self.done = threading.Event()
        self.value: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.value.append(self._call())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.error = error
        finally:
            self.done.set()

    def result(self) -> T:
        if self.error is not None:
            raise self.error
        return self.value[0]


def call_within(
    call: Callable[[], T],
    *,
    clock: Clock,
    deadline: int | None,
    seconds_max: float | None = None,
    when_late: Callable[[], Any] | None = None,
) -> T:
    """Return what ``call`` returns, or raise what it raises.

    ``deadline`` is a time of ``clock``; ``seconds_max`` bounds real time. Without either the
    call is made in this thread. ``when_late`` is called once when time is up.

    Raises:
        TimeIsUp: the call goes on without anybody waiting for it.
    """
    if deadline is None and seconds_max is None:
        return call()
    running = _Call(call)
    started = time.monotonic()
    # What the caller's context knows (whose run this is, what to log) the thread knows too.
    context = contextvars.copy_context()
    threading.Thread(
        target=context.run, args=(running.run,), name="seriatim-task", daemon=True
    ).start()
    while not running.done.wait(_patience(clock, deadline, started, seconds_max)):
        is_late = deadline is not None and clock.now() >= deadline
        if is_late or (seconds_max is not None and time.monotonic() - started >= seconds_max):
            if when_late is not None:
                when_late()
            raise TimeIsUp
    return running.result()


def _patience(
    clock: Clock, deadline: int | None, started: float, seconds_max: float | None
) -> float:
    patience = LOOK_SECONDS
    if deadline is not None:
        patience = min(patience, (deadline - clock.now()) / 1000)
    if seconds_max is not None:
        patience = min(patience, started + seconds_max - time.monotonic())
    return max(patience, 0.001)
