"""Lets invocations of different executions in one after the other, as long as they compute.

Python computes in one thread at a time. Where several take turns at it, each call of moto, which
has a lock of its own, makes them wait for each other twice: small executions took a third more of
the processor with eight invokers than with one.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from seriatim.application.work import decode
from seriatim.domain.values import ExecutionKey
from seriatim.local.event_source import BUSY_SHARE, Handler
from seriatim.local.lambda_context import LambdaContext
from seriatim.local.turns import Turns

LOOK_SECONDS: Final = 0.004
"""Between looks at whether the process computes."""
LONG_SECONDS: Final = 0.025
"""Who computes for longer is let be, and the next one in."""


GroupOf = Callable[[dict[str, Any]], Hashable]


@dataclass
class _Visit:
    """Those of one group who are inside together."""

    group: Hashable
    count: int = 0


class Turnstile:
    """Any thread may pass. Projects take turns, and in each who came first is let in first; only
    one of the group that is inside goes in at once, for results of one execution share a step.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.process_time,
    ) -> None:
        """``now`` and ``worked`` tell seconds: of time, and of the processor's for this process."""
        self._now = now
        self._worked = worked
        self._line = Turns()
        self._changed = threading.Condition(threading.Lock())
        self._inside: _Visit | None = None
        """Who was let in last, while it counts."""

    @contextmanager
    def passing(self, group: Hashable) -> Iterator[None]:
        """Wait until nobody of another group computes inside, or nobody has ended for long."""
        visit = self._join(group) or self._let_in(group)
        try:
            yield
        finally:
            with self._changed:
                visit.count -= 1
                if not visit.count and self._inside is visit:
                    self._inside = None
                    self._changed.notify()

    def guarding(self, handler: Handler, group_of: GroupOf) -> Handler:
        """``handler``, which events of a group pass together, and all else one by one."""

        def guarded(event: dict[str, Any], context: LambdaContext) -> Mapping[str, Any] | None:
            with self.passing(group_of(event)):
                return handler(event, context)

        return guarded

    def gather(self, group: Hashable) -> None:
        """Have all of this group who are inside do their part. They would not come by themselves:
        here nothing is waited for while AWS is asked.
        """
        visit = self._inside
        if visit is not None and visit.count > 1 and visit.group == group:
            time.sleep(0)

    def _join(self, group: Hashable) -> _Visit | None:
        with self._changed:
            visit = self._inside
            if visit is None or visit.group != group:
                return None
            visit.count += 1
            return visit

    def _let_in(self, group: Hashable) -> _Visit:
        project = group.project_id if isinstance(group, ExecutionKey) else None
        with self._line.turn(project), self._changed:
            self._await_way(group)
            if self._inside is None or self._inside.group != group:
                self._inside = _Visit(group)
            self._inside.count += 1
            return self._inside

    def _await_way(self, group: Hashable) -> None:
        ends = self._now() + LONG_SECONDS
        while self._inside is not None and self._inside.group != group:
            begun, worked = self._now(), self._worked()
            self._changed.wait(LOOK_SECONDS)
            now = self._now()
            is_waiting = self._worked() - worked < (now - begun) * BUSY_SHARE
            if now >= ends or is_waiting:
                return


def execution_of(event: dict[str, Any]) -> Hashable:
    """The execution that a message of the work queue is for; each big one is for itself."""
    record: dict[str, str] = event["Records"][0]
    try:
        return decode(record["body"]).key
    except msgspec.DecodeError:
        return record["messageId"]
