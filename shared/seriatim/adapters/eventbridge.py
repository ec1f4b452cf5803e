"""``EventBus`` in EventBridge: events on the deployment's own bus."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import sleep
from typing import TYPE_CHECKING, Any, Final

from seriatim.adapters.batching import batches
from seriatim.adapters.errors import transient_as_unavailable
from seriatim.ports.errors import Unavailable
from seriatim.ports.event_bus import SOURCE, OutgoingEvent

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

BATCH_EVENTS_MAX: Final = 10
BATCH_BYTES_MAX: Final = 1_000_000
"""EventBridge adds up what an entry says, its time with 14 bytes, to 1 MB at most for a call."""
ENTRY_BYTES_BESIDE: Final = 256
"""For an entry's source, detail type and time."""
ATTEMPTS_MAX: Final = 3
BACKOFF_SECONDS: Final = 0.05
TRANSIENT_CODES: Final = frozenset(
    {"InternalException", "InternalFailure", "ServiceUnavailable", "ThrottlingException"}
)


class EventBridgeBus:
    """Puts in as few calls as EventBridge allows."""

    def __init__(
        self, client: "EventBridgeClient", bus: str, pause: Callable[[float], None] = sleep
    ) -> None:
        self._client = client
        self._bus = bus
        self._pause = pause

    def put(self, events: Sequence[OutgoingEvent]) -> None:
        """Put all of them, or raise ``Unavailable``: some may be there. An answer names those that
        were not taken; they are put again, so they may come after later ones.
        """
        for batch in batches(
            events, _bytes_of, entries_max=BATCH_EVENTS_MAX, bytes_max=BATCH_BYTES_MAX
        ):
            self._put_batch(batch)

    def _put_batch(self, events: list[OutgoingEvent]) -> None:
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                self._pause(BACKOFF_SECONDS * 2**attempt)
            entries: list[Any] = [self._entry_of(event) for event in events]
            with transient_as_unavailable:
                answer = self._client.put_events(Entries=entries)
            failed: list[OutgoingEvent] = []
            for event, result in zip(events, answer["Entries"], strict=True):
                code = result.get("ErrorCode")
                assert not code or code in TRANSIENT_CODES, f"EventBridge refused: {result}"
                if code:
                    failed.append(event)
            if not failed:
                return
            events = failed
        raise Unavailable(f"EventBridge did not take {len(events)} events.")

    def _entry_of(self, event: OutgoingEvent) -> dict[str, Any]:
        return {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": event.detail_type,
            "Time": datetime.fromtimestamp(event.time / 1000, UTC),
            "Detail": event.detail.decode(),
        }


def _bytes_of(event: OutgoingEvent) -> int:
    return len(event.detail) + ENTRY_BYTES_BESIDE
