"""What every ``EventBus`` does; what EventBridge's answers mean to the adapter."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from seriatim.adapters.eventbridge import EventBridgeBus
from seriatim.ports.errors import Unavailable
from seriatim.ports.event_bus import EventBus, OutgoingEvent
from tests.fakes.clock import EPOCH
from tests.fakes.event_bus import FakeEventBus

Seen = Callable[[], list[Any]]


def event(number: int, size: int = 10) -> OutgoingEvent:
    detail = json.dumps({"number": number, "text": "x" * size}).encode()
    return OutgoingEvent("Execution Status Change", EPOCH, detail)


@pytest.fixture
def bus(backend: str, request: pytest.FixtureRequest, project: str) -> tuple[EventBus, Seen]:
    """A bus, and what it was given."""
    if backend == "fake":
        fake = FakeEventBus()
        return fake, lambda: fake.details
    clients = request.getfixturevalue("aws").clients
    clients.events.create_event_bus(Name=project)
    taken: list[Any] = []

    def take(params: dict[str, Any], **_: object) -> None:
        taken.extend(json.loads(entry["Detail"]) for entry in params["Entries"])

    # moto checks and takes the entries, but delivers by rules only with a package that it lacks.
    clients.events.meta.events.register("before-parameter-build.events.PutEvents", take)
    return EventBridgeBus(clients.events, project), lambda: taken


def test_all_events_of_a_call_are_there(bus: tuple[EventBus, Seen]) -> None:
    put, seen = bus[0].put, bus[1]
    put([event(number) for number in range(25)])
    assert sorted(detail["number"] for detail in seen()) == list(range(25))


def test_large_events_go_in_calls_of_their_own(bus: tuple[EventBus, Seen]) -> None:
    bus[0].put([event(number, 240_000) for number in range(6)])
    assert len(bus[1]()) == 6


class ScriptedEventBridge:
    """A client whose answers are written down."""

    def __init__(self, *codes: list[str | None]) -> None:
        self._codes = list(codes)
        self.calls: list[list[str]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's
        self.calls.append([entry["Detail"] for entry in Entries])
        codes = self._codes.pop(0) if self._codes else [None] * len(Entries)
        return {"Entries": [{"ErrorCode": code} if code else {"EventId": "1"} for code in codes]}


def adapter(client: Any) -> EventBridgeBus:
    return EventBridgeBus(client, "bus", pause=lambda _: None)


def test_what_is_not_taken_is_put_again_alone() -> None:
    client = ScriptedEventBridge([None, "ThrottlingException", None])
    events = [event(number) for number in range(3)]
    adapter(client).put(events)
    assert client.calls[1:] == [[events[1].detail.decode()]]


def test_what_is_never_taken_is_unavailable() -> None:
    client = ScriptedEventBridge(["InternalFailure"], ["InternalFailure"], ["InternalFailure"])
    with pytest.raises(Unavailable):
        adapter(client).put([event(1)])
    assert len(client.calls) == 3


def test_a_refusal_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="MalformedDetail"):
        adapter(ScriptedEventBridge(["MalformedDetail"])).put([event(1)])
