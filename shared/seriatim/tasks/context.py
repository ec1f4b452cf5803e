"""What a task function is told about its attempt, and what it may say back while it runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from seriatim.ports.clock import Clock
from seriatim.ports.errors import Unavailable

HEARTBEAT_MS_MIN = 500
"""Heartbeats that follow each other faster are not passed on: each that is costs a write."""


class DeadlineReached(Exception):
    """The attempt's time is over. The runner makes ``Seriatim.Timeout`` of it."""


@dataclass(kw_only=True, slots=True)
class _Signs:
    """What of a context changes; shared by the function's thread and the runner's."""

    is_cancelled: bool = False
    lock: Lock = field(default_factory=Lock)
    last_heartbeat: int | None = None
    when_cancelled: list[Callable[[], None]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskContext:
    """One attempt, as its function sees it.

    ``idempotency_key`` is the same for every attempt of a node run: hand it to whatever must not
    happen twice. ``deadline`` is when the attempt must have ended, in milliseconds since the epoch,
    or None. ``index`` is the item's place in a ``forEach`` body, else None.
    """

    inputs: dict[str, Any]
    attempt: int
    idempotency_key: str
    project_id: str
    execution_id: str
    sequence_id: str
    node_id: str
    index: int | None
    deadline: int | None
    _clock: Clock = field(repr=False)
    _send_heartbeat: Callable[[], bool] = field(repr=False)
    _signs: _Signs = field(default_factory=_Signs, repr=False)

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits for the result any more: the time is over, or the attempt is. A long
        loop should look from time to time, and return.
        """
        return self._signs.is_cancelled

    def remaining_seconds(self) -> float | None:
        """How long until the deadline, never below 0; None where there is none."""
        if self.deadline is None:
            return None
        return max(0, self.deadline - self._clock.now()) / 1000

    def heartbeat(self) -> None:
        """Tell the service that the task is alive. As cheap as it should be: call it in the loop.

        Where the attempt turns out to be over, ``is_cancelled`` is true from then on.
        """
        now = self._clock.now()
        with self._signs.lock:
            last = self._signs.last_heartbeat
            if self.is_cancelled or (last is not None and now - last < HEARTBEAT_MS_MIN):
                return
            self._signs.last_heartbeat = now
        try:
            is_wanted = self._send_heartbeat()
        except Unavailable:  # the next one may get through
            return
        if not is_wanted:
            self.cancel()

    def sleep(self, seconds: float) -> None:
        """Let that much of the service's time pass (skipped by ``--skip-time``, sped up by
        ``--time-scale``).

        Raises:
            DeadlineReached: the deadline came first.
        """
        until = self._clock.now() + round(seconds * 1000)
        end = until if self.deadline is None else min(until, self.deadline)
        while (left := end - self._clock.now()) > 0:
            self._clock.sleep(left)
        if end < until:
            raise DeadlineReached

    def on_cancel(self, call: Callable[[], None]) -> None:
        """Have ``call`` called, from another thread, when the attempt is cancelled."""
        with self._signs.lock:
            self._signs.when_cancelled.append(call)

    def cancel(self) -> None:
        """Tell the function that its result is not wanted any more. Repeatable."""
        with self._signs.lock:
            self._signs.is_cancelled = True
            calls, self._signs.when_cancelled[:] = list(self._signs.when_cancelled), []
        for call in calls:
            call()
