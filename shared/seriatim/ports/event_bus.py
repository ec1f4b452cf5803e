"""The port of the bus on which changes of status are made known."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

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
