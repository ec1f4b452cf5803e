"""Goal: every change of status reaches the bus, whatever call the notifier dies at, and a reader
can order and deduplicate what it gets.
"""

from typing import Any

import pytest

from seriatim.application.publishing_events import EventPublishing
from seriatim.application.status_events import DETAIL_BYTES_MAX
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.errors import Unavailable
from seriatim.ports.tasks import Failed
from tests.builders import sequence
from tests.world import PROJECT, Crash, World


def run_one(world: World, **given: Any) -> ExecutionKey:
    world.publish(sequence("start > a > end"))
    key = world.start(**given)
    world.run()
    return key


def publish_all(world: World, key: ExecutionKey) -> None:
    """As the stream would: step by step."""
    for step in world.log.read(key):
        world.wired.event_publishing.publish([(key, step)])


def distinct(world: World) -> list[tuple[int, str]]:
    """What a reader makes of the events: ordered, and each once."""
    return sorted(
        {(detail["sequenceNumber"], detail["status"]) for detail in world.event_bus.details}
    )


def test_an_execution_is_told_from_start_to_end() -> None:
    world = World()
    key = run_one(world, name="first", metadata={"team": "x"}, priority=5)
    publish_all(world, key)
    start, end = world.event_bus.details
    assert start == {
        "projectId": PROJECT,
        "executionId": key.execution_id,
        "sequenceId": "s",
        "revision": 1,
        "startTime": start["time"],
        "name": "first",
        "priority": 5,
        "metadata": {"team": "x"},
        "sequenceNumber": 1,
        "time": start["time"],
        "status": "running",
    }
    assert end["status"] == "succeeded"
    assert end["endTime"] == end["time"]
    assert end["sequenceNumber"] == world.state(key).event_count
    assert {event.detail_type for event in world.event_bus.events} == {"Execution Status Change"}


def test_a_failure_is_told_with_its_error() -> None:
    world = World()
    world.tasks.scripts["a"] = lambda _: Failed(Error("Broken", "it broke", {"part": 7}))
    publish_all(world, run_one(world))
    error = world.event_bus.details[-1]["error"]
    assert error == {"code": "Broken", "message": "it broke", "details": {"part": 7}}


def test_an_error_too_large_for_an_event_is_cut_and_marked() -> None:
    world = World()
    large = Error("Broken", "m" * 300_000, {"dump": "x" * 2_000_000})
    world.tasks.scripts["a"] = lambda _: Failed(large)
    publish_all(world, run_one(world, metadata={"note": "n" * 1_000}))
    detail = world.event_bus.details[-1]
    assert detail["truncated"] is True
    assert "details" not in detail["error"]
    assert detail["metadata"] == {"note": "n" * 1_000}, "no more is left out than has to be"
    assert len(world.event_bus.events[-1].detail) <= DETAIL_BYTES_MAX


def test_a_pause_and_its_end_are_told_with_the_status_that_stays() -> None:
    world = World()
    world.publish(
        sequence("start > outside > end", nodes={"outside": {"taskDefinitionId": "outside"}})
    )
    key = world.start()
    world.run()
    world.wired.executions.pause(key, reason="lunch")
    world.wired.executions.resume(key)
    publish_all(world, key)
    told = [d for d in world.event_bus.details if "paused" in d]
    assert [(d["paused"], d["status"]) for d in told] == [(True, "waiting"), (False, "waiting")]
    assert told[0]["reason"] == "lunch"


def test_changes_of_nodes_are_told_where_they_are_wanted() -> None:
    world = World()
    key = run_one(world)
    wired = EventPublishing(world.log, world.event_bus, world.published_marks, has_nodes=True)
    wired.republish(key)
    nodes = [d for d in world.event_bus.details if d.get("nodeId") == "a"]
    assert [d["status"] for d in nodes] == ["pending", "running", "succeeded"]
    numbers = [d["sequenceNumber"] for d in world.event_bus.details]
    assert numbers == sorted(set(numbers)), "one order for both kinds of events"


def test_whatever_call_the_notifier_dies_at_nothing_is_lost() -> None:
    whole = World()
    key = run_one(whole)
    publish_all(whole, key)
    expected = distinct(whole)
    for die_at in range(1, 12):
        for after in (False, True):
            world = World()
            key = run_one(world)
            world.calls.made = 0
            world.calls.die_at, world.calls.die_after_it = die_at, after
            for step in world.log.read(key):
                while True:
                    try:
                        world.wired.event_publishing.publish([(key, step)])
                        break
                    except Crash:
                        world.calls.die_at = None
                        world.restart()
            assert distinct(world) == expected


def test_what_the_stream_lost_is_published_from_the_log() -> None:
    world = World()
    key = run_one(world)
    first = world.log.read(key, limit=1)
    world.wired.event_publishing.publish([(key, first[0])])
    assert world.published_marks.get(key) == 0, "nobody asks before the end"
    reached = world.wired.event_publishing.republish(key)
    assert reached == world.state(key).steps == world.published_marks.get(key)
    assert [status for _, status in distinct(world)] == ["running", "succeeded"]
    told = len(world.event_bus.events)
    world.wired.event_publishing.republish(key)
    assert len(world.event_bus.events) == told, "a second time there is nothing left"


def test_what_is_not_on_the_bus_is_not_marked() -> None:
    world = World()
    key = run_one(world)
    world.event_bus.fail_next = 1
    with pytest.raises(Unavailable):
        publish_all(world, key)
    assert world.published_marks.get(key) == 0
