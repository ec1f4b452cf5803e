"""Why an execution waits: permits, slots and rates."""

from typing import Any

from tests.builders import ECHO, sequence
from tests.permit_worlds import with_pools, with_task
from tests.world import World

OUTSIDE = {"taskDefinitionId": "outside"}


def items(world: World, key: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.wired.why_waiting.page(key, 50, None)["items"]
    return found


def test_a_permit_says_who_holds_what_is_missing_and_its_place_in_line() -> None:
    world = World()
    with_pools(world, lock=1)
    world.publish(sequence("start > a > end", nodes={"a": OUTSIDE | {"resources": {"lock": 1}}}))
    first = world.start()
    world.run(until_ms=world.clock.now())
    second, third = world.start(), world.start()
    world.run(until_ms=world.clock.now())
    (item,) = items(world, third)
    assert (item["kind"], item["ledger"], item["units"]) == ("permit", "pools", {"lock": 1})
    assert (item["capacity"], item["position"], item["held"]) == ({"lock": 1}, 2, 1)
    holder = item["holders"][0]
    assert (holder["executionId"], holder["nodeId"]) == (first.execution_id, "a")
    assert item["sentence"] == (
        f"Node 'a' waits for 1 of 'lock' (there are 1); held by {first.execution_id}/a; it is"
        " number 2 in line."
    )
    (item,) = items(world, second)
    assert item["position"] == 1


def test_an_execution_that_is_pending_says_for_whose_slot() -> None:
    world = World()
    world.publish(sequence("start > a > end", nodes={"a": OUTSIDE}, maxConcurrentExecutions=1))
    world.start()
    world.run(until_ms=world.clock.now())
    key = world.start()
    world.run(until_ms=world.clock.now())
    (item,) = items(world, key)
    assert (item["kind"], item["ledger"], item["position"]) == ("slot", "sequence:s", 1)
    assert item["sentence"].startswith("Pending: the execution waits for a slot of the sequence")


def test_a_rate_says_until_when() -> None:
    world = World()
    rate = {"permits": 1, "perSeconds": 60}
    with_task(world, {**ECHO, "id": "slow", "rateLimit": rate})
    world.publish(sequence("start > a > end", nodes={"a": {"taskDefinitionId": "slow"}}))
    keys = [world.start(), world.start()]
    world.run(until_ms=world.clock.now())
    found = [item for key in keys for item in items(world, key)]
    (item,) = [one for one in found if one["kind"] == "rate"]
    assert item["ledger"] == "task:slow"
    assert f"until {item['until']} (in " in item["sentence"]
