"""Ports of events, out and in: the bus, what starts are triggered by, what is refused. See
``ports``, whose words and errors hold here too.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from seriatim.domain.values import ExecutionKey

SOURCE = "seriatim"
"""The source of all events that this service puts on the bus."""


class OutgoingEvent(msgspec.Struct, frozen=True):
    """One event for the bus: what kind it is of, when it happened (milliseconds), its JSON."""

    detail_type: str
    time: int
    detail: bytes


class EventBus(Protocol):
    """Where changes of status are made known. At least once; readers order by what is inside."""

    def put(self, events: Sequence[OutgoingEvent]) -> None:
        """Put all of them, in order, or raise ``Unavailable`` (some may be there: the caller puts
        all again later).
        """


class PublishedMarks(Protocol):
    """How far the events of executions have been published: the number of a step."""

    def get(self, key: ExecutionKey) -> int:
        """All up to this step is on the bus; 0 where nothing is. Strongly consistent."""

    def raise_to(self, key: ExecutionKey, number: int) -> None:
        """Note that all up to this step is on the bus. A mark never goes back: where it is there
        or further on, nothing happens.
        """
