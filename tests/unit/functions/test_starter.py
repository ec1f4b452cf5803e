"""The starter does every message for itself: what nobody can do goes to the dead-letter queue with
its reason, what cannot be done now comes again, and nothing starts twice.
"""

import json
from typing import Any

import pytest

from functions import wiring
from functions.starter.handler import handler
from seriatim.domain.project_choices import ProjectChoices
from seriatim.domain.times import DAY_MS
from seriatim.domain.values import Status
from seriatim.ports.day_counts import DayCount
from seriatim.ports.errors import Unavailable
from seriatim.ports.summaries import SummaryFilter
from tests.builders import sequence
from tests.world import PROJECT, World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(wiring, "_current", world.wired)
    world.publish(sequence("start > a > end", variables=[{"name": "n", "type": "integer"}]))
    return world


def record(body: object, message_id: str = "m-1", receives: int = 1) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "receiptHandle": f"{message_id}.{receives}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": str(receives)},
    }


def start(**fields: Any) -> dict[str, Any]:
    return {"projectId": PROJECT, "sequenceId": "s", **fields}


def give(*records: dict[str, Any]) -> list[str]:
    """The messages that are to come again."""
    answer = handler({"Records": list(records)}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def executions(world: World) -> dict[str | None, Any]:
    """All there are, by name."""
    items = world.summaries.list(PROJECT, SummaryFilter(), 50, None).items
    return {item.name: item for item in items}


def test_a_start_carries_all_that_a_caller_could_say(world: World) -> None:
    body = start(name="first", variables={"n": 7}, priority=5, metadata={"team": "x"})
    assert give(record(body)) == []
    world.run()
    made = executions(world)["first"]
    assert (made.status, made.priority, made.metadata) == (Status.SUCCEEDED, 5, {"team": "x"})
    assert world.tasks.requests[0].node_id == "a"


def test_a_message_that_comes_twice_starts_one_execution(world: World) -> None:
    for receives in (1, 2):
        assert give(record(start(), "m-7", receives)) == []
    assert list(executions(world)) == ["start-m-7"]


def test_an_event_of_eventbridge_with_a_start_inside_is_one(world: World) -> None:
    event = {
        "version": "0",
        "id": "e-1",
        "detail-type": "Order",
        "source": "shop",
        "detail": start(),
    }
    for message_id in ("m-1", "m-2"):
        assert give(record(event, message_id)) == []
    assert list(executions(world)) == ["event-e-1"]


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        ("{", "MalformedMessage", "JSON"),
        ("[]", "MalformedMessage", "object"),
        ('{"projectId": "p", "projectId": "q", "sequenceId": "s"}', "MalformedMessage", "twice"),
        ({"sequenceId": "s"}, "MalformedMessage", "projectId"),
        (start(color="red"), "MalformedMessage", "color"),
        (start(variables=[]), "MalformedMessage", "variables"),
        (start(name=" "), "MalformedMessage", "name"),
        (start(priority=10**12), "MalformedMessage", "priority"),
        (start(metadata={str(n): n for n in range(51)}), "MalformedMessage", "50"),
        (start(projectId="a#b"), "MalformedMessage", "#"),
        (start(sequenceId="nowhere"), "NotFound", "nowhere"),
        (start(variables={"n": "seven"}), "TypeMismatch", "n"),
        ({"projectId": PROJECT, "triggerId": "t"}, "", ""),
    ],
    ids=str,
)
def test_a_bad_message_goes_to_the_dead_letters_and_holds_up_no_other(
    world: World, body: object, code: str, reason: str
) -> None:
    bad, good = record(body, "m-1"), record(start(name="good"), "m-2")
    assert give(bad, good) == []
    assert list(executions(world)) == ["good"]
    if not code:
        assert world.dead_letters.kept == [], "of a trigger that is gone nobody waits to hear"
        return
    ((kept, told, why),) = world.dead_letters.kept
    assert (kept, told) == (bad["body"], code)
    assert reason in why


def test_a_name_that_was_used_with_another_input_is_refused(world: World) -> None:
    give(record(start(name="one"), "m-1"), record(start(name="one", variables={"n": 1}), "m-2"))
    assert [code for _, code, _ in world.dead_letters.kept] == ["NameTaken"]


def test_a_start_over_a_quota_of_the_day_goes_to_the_dead_letters(world: World) -> None:
    """It may be sent back from there tomorrow; until then it costs no further delivery."""
    world.project_settings.put(PROJECT, ProjectChoices(max_steps_per_day=10), 0)
    today = world.clock.now() // DAY_MS
    world.day_counts.add(PROJECT, today, DayCount(steps=9))
    assert give(record(start(name="one"), "m-1")) == []
    world.day_counts.add(PROJECT, today, DayCount(steps=1))
    assert give(record(start(name="one"), "m-1", 2), record(start(name="two"), "m-2")) == []
    ((kept, code, why),) = world.dead_letters.kept
    assert (json.loads(kept)["name"], code) == ("two", "DailyStepsExceeded")
    assert "maxStepsPerDay" in why
    assert list(executions(world)) == ["one"]
    world.clock.advance(DAY_MS)
    assert give(record(kept, "m-3")) == []
    assert set(executions(world)) == {"one", "two"}


def test_what_cannot_be_done_now_comes_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Unavailable("no")

    with monkeypatch.context() as trouble:
        trouble.setattr(world.log, "append", fail)
        assert give(record(start())) == ["m-1"]
    assert world.dead_letters.kept == []
    assert give(record(start(), receives=2)) == []
    assert len(executions(world)) == 1
