"""``EventBus`` in memory."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

import msgspec

from seriatim.ports.errors import Unavailable
from seriatim.ports.event_bus import OutgoingEvent


class FakeEventBus:
    """Keeps what was put, in order. ``fail_next`` calls put the first event, and then fail."""

    def __init__(self) -> None:
        self.events: list[OutgoingEvent] = []
        self.fail_next = 0
        self._lock = Lock()

    def put(self, events: Sequence[OutgoingEvent]) -> None:
        with self._lock:
            if self.fail_next:
                self.fail_next -= 1
                self.events.extend(events[:1])
                raise Unavailable("the bus takes nothing now")
            self.events.extend(events)

    # -- what a test asks -------------------------------------------------------------------------

    @property
    def details(self) -> list[dict[str, Any]]:
        """What is inside of the events."""
        return [msgspec.json.decode(event.detail) for event in self.events]
