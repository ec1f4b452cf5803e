"""The notifier takes the stream's records as Lambda hands them over, and names what must come
again.
"""

from typing import Any

import pytest

from functions import wiring
from functions.notifier.handler import handler
from seriatim.adapters.dynamodb.log import DynamoDBLog
from seriatim.domain.project_choices import ProjectChoices
from seriatim.domain.times import DAY_MS
from seriatim.domain.values import ExecutionKey
from seriatim.local.stream import stream_record
from seriatim.ports.day_counts import DayCount
from tests.builders import sequence
from tests.world import PROJECT, World


class Images:
    """A client that keeps the items that are put."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def put_item(self, **request: Any) -> None:
        self.items.append(request["Item"])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(wiring, "_current", world.wired)
    world.publish(sequence("start > a > end"))
    return world


def records(world: World, *keys: ExecutionKey) -> list[dict[str, Any]]:
    """What the stream has of these executions."""
    client: Any = Images()
    log = DynamoDBLog(client, "log", world.payloads)
    for key in keys:
        for step in world.log.read(key):
            log.append(key, step)
    return [stream_record(number, item) for number, item in enumerate(client.items, 1)]


def test_every_record_is_published_in_order(world: World) -> None:
    one = world.start()
    world.run()
    assert handler({"Records": records(world, one)}, None) == {"batchItemFailures": []}
    assert [told["status"] for told in world.event_bus.details] == ["running", "succeeded"]


def test_a_step_that_lies_in_the_payloads_is_read_there(world: World) -> None:
    metadata = {f"k{number}": "x" * 20_000 for number in range(10)}
    one = world.start(metadata=metadata)
    found = records(world, one)
    assert len(str(found[0])) < 20_000
    handler({"Records": found}, None)
    assert world.event_bus.details[0]["metadata"] == metadata


def test_after_trouble_the_record_and_all_after_it_come_again(world: World) -> None:
    keys = [world.start(name=str(number)) for number in range(15)]
    found = records(world, *keys)
    handler({"Records": found[:10]}, None)
    world.event_bus.fail_next = 1
    answer = handler({"Records": found[10:]}, None)
    assert answer["batchItemFailures"] == [
        {"itemIdentifier": found[10]["dynamodb"]["SequenceNumber"]}
    ]
    assert handler({"Records": found[10:]}, None) == {"batchItemFailures": []}
    told = {detail["executionId"] for detail in world.event_bus.details}
    assert told == {key.execution_id for key in keys}


def test_a_record_that_cannot_be_read_is_found_and_those_before_it_go_out(world: World) -> None:
    keys = [world.start(name=str(number)) for number in range(3)]
    found = records(world, *keys)
    found[1]["dynamodb"]["NewImage"]["body"] = {"S": "{"}
    answer = handler({"Records": found}, None)
    assert answer["batchItemFailures"] == [
        {"itemIdentifier": found[1]["dynamodb"]["SequenceNumber"]}
    ]
    assert [told["name"] for told in world.event_bus.details] == ["0"]


def ended(world: World, count: int) -> list[dict[str, Any]]:
    """What the stream has of so many executions that ended, of a project with a quota."""
    world.project_settings.put(PROJECT, ProjectChoices(max_steps_per_day=100), 0)
    keys = [world.start(name=str(number)) for number in range(count)]
    world.run()
    return records(world, *keys)


def counted(world: World) -> DayCount:
    return world.day_counts.read(PROJECT, world.clock.now() // DAY_MS)


def test_a_batch_is_counted_at_once_for_each_project(world: World) -> None:
    found = ended(world, 15)
    handler({"Records": found}, None)
    assert counted(world) == DayCount(steps=len(found))
    assert world.day_counts.adds == 1


def test_what_is_published_again_after_trouble_is_counted_when_it_is_out(world: World) -> None:
    found = ended(world, 15)
    handler({"Records": found[:10]}, None)
    before = counted(world)
    world.event_bus.fail_next = 1
    handler({"Records": found[10:]}, None)
    assert counted(world) == before
    handler({"Records": found[10:]}, None)
    assert counted(world) == DayCount(steps=len(found))


def test_a_count_that_fails_holds_up_no_event(world: World) -> None:
    found = ended(world, 2)
    world.day_counts.fail_next = 1
    assert handler({"Records": found}, None) == {"batchItemFailures": []}
    assert len(world.event_bus.details) == 4
    assert counted(world) == DayCount()
