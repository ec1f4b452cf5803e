"""Goal: what nodes had acquired and not released when an execution ended, it holds again before
anything of it goes on after a redrive; so nobody else is in a critical section at the same time.
"""

from typing import Any

from seriatim.application.redriving import RedriveOrder
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.tasks import Completed, Failed, TaskOutcome
from tests.builders import sequence
from tests.permit_worlds import check_nothing_left, ledgers_of, with_pools
from tests.world import World

SIGNAL = {"parameters": {"signalName": "go"}}
LOCKED = sequence(
    "start > a > signal > b > end",
    nodes={"a": {"acquire": {"lock": 1}}, "signal": SIGNAL, "b": {"release": {"lock": 1}}},
)


def locked(world: World) -> ExecutionKey:
    key = world.start()
    world.run()
    return key


def cancelled(world: World) -> ExecutionKey:
    """An execution that was cancelled between the entry and the exit."""
    key = locked(world)
    world.wired.executions.cancel(key)
    world.run()
    return key


def redriven(world: World, key: ExecutionKey, *node_ids: str) -> None:
    world.wired.executions.redrive(key, RedriveOrder(from_node_ids=node_ids))
    world.run()


def statuses(world: World, *keys: ExecutionKey) -> list[str]:
    return [world.state(key).status.value for key in keys]


def go(world: World, key: ExecutionKey) -> None:
    world.wired.executions.signal(key, "go")
    world.run()


def held(world: World, pool: str) -> dict[str, int]:
    """Units by who holds them."""
    ledger = ledgers_of(world).get("pools")
    grants = [] if ledger is None else [x.request for x in ledger.grants.values()]
    return {x.execution_id: x.units[pool] for x in grants if pool in x.units}


def with_lock(document: dict[str, Any] = LOCKED, units: int = 1) -> World:
    world = World()
    with_pools(world, lock=units)
    world.publish(document)
    return world


def test_it_waits_until_who_has_the_lock_now_gives_it_back() -> None:
    world = with_lock()
    first, second = cancelled(world), locked(world)
    redriven(world, first)
    assert statuses(world, first, second) == ["pending", "waiting"]
    [waiting] = world.wired.why_waiting.page(first, 10, None)["items"]
    assert waiting["kind"] == "permit"
    assert waiting["canBeMovedBy"] == []
    assert waiting["holders"][0]["executionId"] == second.execution_id
    assert "what its nodes had acquired is to come back" in waiting["sentence"]
    go(world, second)
    assert statuses(world, first, second) == ["waiting", "succeeded"]
    assert held(world, "lock") == {first.execution_id: 1}
    go(world, first)
    assert statuses(world, first) == ["succeeded"]
    check_nothing_left(world)


def test_it_gives_back_where_the_node_that_releases_completes() -> None:
    world = with_lock()
    first = cancelled(world)
    redriven(world, first)
    second = locked(world)
    assert held(world, "lock") == {first.execution_id: 1}
    go(world, first)
    assert held(world, "lock") == {second.execution_id: 1}
    go(world, second)
    check_nothing_left(world)


def test_cancelled_while_it_waits_it_asks_for_the_same_the_next_time() -> None:
    world = with_lock()
    first, second = cancelled(world), locked(world)
    for _ in range(2):
        redriven(world, first)
        assert statuses(world, first) == ["pending"]
        world.wired.executions.cancel(first)
        world.run()
    go(world, second)
    redriven(world, first)
    assert held(world, "lock") == {first.execution_id: 1}
    go(world, first)
    check_nothing_left(world)


def test_it_fails_again_where_the_pool_has_become_too_small() -> None:
    document = sequence(
        "start > a > signal > end", nodes={"a": {"acquire": {"lock": 2}}, "signal": SIGNAL}
    )
    world = with_lock(document, units=2)
    key = cancelled(world)
    with_pools(world, lock=1)
    redriven(world, key)
    failure = world.state(key).failure
    assert failure is not None
    assert (statuses(world, key), failure.code) == (["failed"], "Seriatim.PoolTooSmall")
    with_pools(world, lock=2)
    redriven(world, key)
    assert held(world, "lock") == {key.execution_id: 2}
    go(world, key)
    check_nothing_left(world)


def test_what_a_node_acquires_that_begins_again_is_not_asked_for_twice() -> None:
    outcomes: list[TaskOutcome] = [Failed(Error("Broken")), Completed({})]
    world = with_lock(sequence("start > a > end", nodes={"a": {"acquire": {"lock": 1}}}))
    world.tasks.scripts["a"] = lambda _: outcomes.pop(0)
    key = locked(world)
    assert statuses(world, key) == ["failed"]
    redriven(world, key)
    assert statuses(world, key) == ["succeeded"]
    check_nothing_left(world)


def test_named_nodes_get_nothing_that_others_had() -> None:
    world = with_lock()
    first, second = cancelled(world), locked(world)
    redriven(world, first, "signal")
    assert statuses(world, first) == ["waiting"]
    assert held(world, "lock") == {second.execution_id: 1}
    for key in (first, second):
        go(world, key)
    check_nothing_left(world)


def test_a_fork_that_acquires_holds_again_what_its_items_need() -> None:
    each = {
        "acquire": {"lock": 1},
        "parameters": {"forEach": "[1, 2]", "joinNodeId": "join"},
    }
    nodes = {"fork": each, "signal": SIGNAL, "join": {"release": {"lock": 1}}}
    world = with_lock(sequence("start > fork > signal > join > end", nodes=nodes))
    first, second = cancelled(world), locked(world)
    redriven(world, first)
    assert statuses(world, first, second) == ["pending", "waiting"]
    for key in (second, first):
        for _ in range(2):
            go(world, key)
    assert statuses(world, first, second) == ["succeeded"] * 2
    check_nothing_left(world)


def test_what_items_hold_is_held_again_for_those_that_go_on() -> None:
    each = {"parameters": {"forEach": "[1, 2]", "joinNodeId": "join"}}
    nodes = {"fork": each, "signal": SIGNAL, "a": {"acquire": {"lock": 1}}}
    document = sequence("start > fork > a > signal > b > join > end", nodes=nodes)
    document["nodes"][4]["release"] = {"lock": 1}
    world = with_lock(document)
    key = cancelled(world)
    redriven(world, key)
    assert held(world, "lock") == {key.execution_id: 1}
    for _ in range(2):
        go(world, key)
    assert statuses(world, key) == ["succeeded"]
    check_nothing_left(world)


def test_children_of_a_list_begin_again_only_with_what_their_node_acquires() -> None:
    parameters = {"sequenceId": "child", "forEach": "[1, 2]"}
    sub = {"acquire": {"lock": 1}, "parameters": parameters}
    world = with_lock(sequence("start > sub > end", nodes={"sub": sub}))
    variables = [{"name": name, "type": "any"} for name in ("item", "index")]
    child = sequence("start > signal > end", nodes={"signal": SIGNAL}, variables=variables)
    world.publish(child, "child")
    first, second = cancelled(world), locked(world)
    begun = len(world.log.keys())
    redriven(world, first)
    assert statuses(world, first, second) == ["waiting", "waiting"]
    assert len(world.log.keys()) == begun, "no child begins while others have the lock"
    for _ in range(2):
        for key in world.log.keys():  # noqa: SIM118
            if key not in {first, second} and not world.state(key).status.is_terminal:
                go(world, key)
    assert statuses(world, first, second) == ["succeeded"] * 2
    check_nothing_left(world)
