"""Publishing: steps of the log become events on the bus, and a mark says how far that went with an
execution that is over.

Everything may be published twice. What the stream lost is published from the log (``republish``):
events are a projection, so none is lost for good.
"""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final

import msgspec

from seriatim.application.status_events import Identity, events_of, identity_of, revision_after
from seriatim.domain.events import ExecutionEnded
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import NotFound
from seriatim.ports.event_bus import EventBus, OutgoingEvent
from seriatim.ports.log import ExecutionLog
from seriatim.ports.published_marks import PublishedMarks

IDENTITIES_MAX: Final = 10_000
"""Executions whose identity a process remembers, so that their end costs no read."""
STEPS_AT_ONCE: Final = 200
"""Of one execution that are read and published together by ``republish``."""


class EventPublishing:
    """Safe to use from several threads."""

    def __init__(
        self, log: ExecutionLog, bus: EventBus, marks: PublishedMarks, *, has_nodes: bool
    ) -> None:
        """``has_nodes``: whether changes of node runs are published, too."""
        self._log = log
        self._bus = bus
        self._marks = marks
        self._has_nodes = has_nodes
        self._identities: OrderedDict[ExecutionKey, Identity] = OrderedDict()
        self._lock = Lock()

    def publish(self, steps: Sequence[tuple[ExecutionKey, Step]]) -> None:
        """Put the events of these steps on the bus, then raise the marks of executions that ended:
        nobody looks at a mark before.

        Steps of one execution come in order. Repeated, it puts the same events again.

        Raises ``Unavailable``: some may be on the bus.
        """
        events = [event for key, step in steps for event in self._events_of(key, step)]
        if events:
            self._bus.put(events)
        for key, number in {key: step.number for key, step in steps if _ends(step)}.items():
            self._marks.raise_to(key, number)

    def republish(self, key: ExecutionKey, after: int | None = None) -> int:
        """Publish from the log what follows on step ``after``, without it on the mark; returns the
        number of the last step that is published now.

        Raises ``Unavailable``; what was published until then is marked.
        """
        reached = self._marks.get(key) if after is None else after
        while steps := self._log.read(key, after=reached, limit=STEPS_AT_ONCE):
            events = [event for step in steps for event in self._events_of(key, step)]
            if events:
                self._bus.put(events)
            reached = steps[-1].number
            self._marks.raise_to(key, reached)
        return reached

    def _events_of(self, key: ExecutionKey, step: Step) -> Sequence[OutgoingEvent]:
        return tuple(events_of(self.identity(key, step), step, has_nodes=self._has_nodes))

    def identity(self, key: ExecutionKey, step: Step) -> Identity:
        """From the step, from memory, or from the execution's first step: a small read that is paid
        for where another process has seen the start.
        """
        identity = identity_of(step)
        if identity is None:
            with self._lock:
                identity = self._identities.get(key)
        if identity is None:
            first = self._log.read(key, limit=1)
            identity = identity_of(first[0]) if first else None
        if identity is None:
            raise NotFound(f"the log of {key.execution_id!r} has no beginning")
        revision = revision_after(step)
        if revision is not None:
            identity = msgspec.structs.replace(identity, revision=revision)
        self._remember(key, identity)
        return identity

    def _remember(self, key: ExecutionKey, identity: Identity) -> None:
        with self._lock:
            self._identities[key] = identity
            self._identities.move_to_end(key)
            if len(self._identities) > IDENTITIES_MAX:
                self._identities.popitem(last=False)


def _ends(step: Step) -> bool:
    return any(isinstance(event, ExecutionEnded) for event in step.events)
