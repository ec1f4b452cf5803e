"""Executions and ledgers together: who waits goes on when it is their turn, and all comes back."""

from itertools import pairwise
from typing import Any

from seriatim.application.redriving import RedriveOrder
from seriatim.domain.commands import RequestPermits
from seriatim.domain.events import TaskScheduled
from seriatim.domain.project_choices import ProjectChoices
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.tasks import Completed, Failed, TaskOutcome, TaskRequest
from tests.builders import sequence
from tests.permit_worlds import check_nothing_left, ledgers_of, with_pools, with_task
from tests.world import PROJECT, World

LOCKED = sequence(
    "start > a > signal > b > end",
    nodes={
        "a": {"acquire": {"lock": 1}},
        "signal": {"parameters": {"signalName": "go"}},
        "b": {"release": {"lock": 1}},
    },
)


SIGNAL = {"parameters": {"signalName": "go"}}


def status(world: World, key: ExecutionKey) -> str:
    return world.state(key).status.value


def go(world: World, key: ExecutionKey) -> None:
    world.wired.executions.signal(key, "go")
    world.run()


def test_a_lock_goes_from_one_to_the_next_by_priority_and_arrival() -> None:
    world = World()
    with_pools(world, lock=1)
    world.publish(LOCKED)
    first = world.start()
    world.run()
    keys = {}
    for priority in (0, 5, 5):
        keys[world.start(priority=priority)] = priority
        world.run()
    late, high, higher = keys
    assert [world.state(x).active[2].node_id for x in (late, high, higher)] == ["a"] * 3
    for key in (first, high, higher, late):
        assert [world.state(x).active[3].node_id for x in (key,)] == ["signal"]
        go(world, key)
        assert status(world, key) == "succeeded"
    check_nothing_left(world)


def test_a_grant_that_comes_at_once_needs_no_message() -> None:
    world = World()
    with_pools(world, db=1)
    node = {"resources": {"db": 1}}
    world.publish(sequence("start > a > b > c > end", nodes=dict.fromkeys("abc", node)))
    key = world.start()
    delivered = 0
    while world.deliver_next():
        delivered += 1
    assert (delivered, status(world, key)) == (1, "succeeded")
    check_nothing_left(world)


def test_never_more_attempts_run_than_a_pool_has_units() -> None:
    world = World()
    with_pools(world, db=3)
    running: list[str] = []
    most = 0

    def counted(request: TaskRequest) -> TaskOutcome:
        nonlocal most
        held = ledgers_of(world)["pools"].grants
        most = max(most, sum(x.request.units["db"] for x in held.values()))
        running.append(request.key.execution_id)
        return Completed({})

    world.tasks.scripts["a"] = counted
    each = {"parameters": {"forEach": "[1, 2, 3, 4, 5]", "joinNodeId": "join"}}
    nodes = {"fork": each, "a": {"resources": {"db": 2}}}
    world.publish(sequence("start > fork > a > join > end", nodes=nodes))
    for _ in range(2):
        world.start()
    world.run()
    assert (len(running), most) == (10, 2)
    check_nothing_left(world)


def test_a_pool_that_does_not_exist_or_is_too_small_fails_the_node() -> None:
    world = World()
    with_pools(world, lock=1)
    for pool, units, code in (
        ("none", 1, "Seriatim.UnknownResourcePool"),
        ("lock", 2, "Seriatim.PoolTooSmall"),
    ):
        document = sequence("start > a > end", nodes={"a": {"resources": {pool: units}}})
        key = world.start(world.publish(document, pool))
        world.run()
        failure = world.state(key).failure
        assert failure is not None
        assert failure.code == code
    check_nothing_left(world)


def crossing(first: str, second: str) -> dict[str, Any]:
    """Two locks, one after the other, with a signal between."""
    nodes: dict[str, Any] = {
        "a": {"acquire": {first: 1}},
        "signal": {"parameters": {"signalName": "go"}},
        "b": {"acquire": {second: 1}},
    }
    return sequence("start > a > signal > b > end", "b >!error> c > end", nodes=nodes)


def test_of_a_ring_the_youngest_gives_way_and_the_others_go_on() -> None:
    world = World()
    with_pools(world, x=1, y=1, z=1)
    keys = []
    for first, second in (("x", "y"), ("y", "z"), ("z", "x")):
        keys.append(world.start(world.publish(crossing(first, second), first)))
        world.run()
        world.clock.advance(1)
    for key in keys:
        go(world, key)
    assert [status(world, key) for key in keys] == ["succeeded"] * 3
    errors = [[error.code for _, _, error in world.state(key).errors] for key in keys]
    assert errors == [[], [], ["Seriatim.ResourceDeadlock"]]
    check_nothing_left(world)


def test_who_waits_for_what_it_holds_itself_is_a_ring_too() -> None:
    world = World()
    with_pools(world, x=1)
    key = world.start(world.publish(crossing("x", "x")))
    world.run()
    go(world, key)
    assert [error.code for _, _, error in world.state(key).errors] == ["Seriatim.ResourceDeadlock"]
    check_nothing_left(world)


def test_a_ring_is_none_while_one_of_it_moves_otherwise() -> None:
    world = World()
    with_pools(world, x=1, y=1)
    document = crossing("x", "y")
    side = sequence(
        "start > fork > a > signal > b > end",
        "fork > signal2 > d > end",
        nodes={
            **{node["id"]: node for node in document["nodes"]},
            "signal2": {"parameters": {"signalName": "free"}},
            "d": {"release": {"x": 1}},
        },
    )
    keys = [world.start(world.publish(side, "side"))]
    keys.append(world.start(world.publish(crossing("y", "x"), "other")))
    world.run()
    for key in keys:
        go(world, key)
    assert [status(world, key) for key in keys] == ["waiting", "waiting"]
    world.wired.executions.signal(keys[0], "free")
    world.run()
    assert [status(world, key) for key in keys] == ["succeeded", "succeeded"]
    check_nothing_left(world)


def test_executions_beyond_the_limits_are_pending_in_order() -> None:
    world = World()
    world.project_settings.put(PROJECT, ProjectChoices(max_concurrent_executions=2), 0)
    waits = {"parameters": {"signalName": "go"}}
    document = sequence("start > signal > end", nodes={"signal": waits})
    world.publish(document | {"maxConcurrentExecutions": 1}, "narrow")
    world.publish(document, "wide")
    started = []
    for sequence_id, priority in (("narrow", 0), ("narrow", 0), ("wide", 0), ("wide", 0)):
        started.append(world.start(sequence_id, priority=priority))
        world.run()
    assert [status(world, x) for x in started] == ["waiting", "pending", "waiting", "pending"]
    [_, pending, *_] = started
    listed = world.wired.reading.execution(pending)
    assert (listed["status"], listed["nodeExecutions"]) == ("pending", {})
    go(world, started[2])
    assert [status(world, x) for x in started] == ["waiting", "pending", "succeeded", "waiting"]
    go(world, started[0])
    assert [status(world, x) for x in started] == ["succeeded", "waiting", "succeeded", "waiting"]
    go(world, started[1])
    go(world, started[3])
    check_nothing_left(world)


def test_children_and_failure_handlers_need_no_slot() -> None:
    world = World()
    world.project_settings.put(PROJECT, ProjectChoices(max_concurrent_executions=1), 0)
    world.tasks.scripts["a"] = lambda _: Failed(Error("Broken"))
    world.publish(sequence("start > x > end", maxConcurrentExecutions=1), "child")
    world.publish(sequence("start > y > end", maxConcurrentExecutions=1), "handler")
    sub: dict[str, Any] = {"sub": {"parameters": {"sequenceId": "child"}}}
    document = sequence("start > sub > a > end", nodes=sub, onFailureSequenceId="handler")
    world.publish(document)
    world.start()
    world.run()
    assert [node for node, _, _ in world.tasks.runs] == ["x", "a", "y"]
    check_nothing_left(world)


def test_slots_rates_and_targets_of_a_task_are_kept_over_all_executions() -> None:
    world = World()
    with_task(
        world,
        {
            "id": "limited",
            "integration": "activity",
            "activity": {"name": "n"},
            "maxConcurrency": 1,
            "rateLimit": {"permits": 1, "perSeconds": 10},
            "balancing": "round_robin",
            "targets": [{"weight": 1, "name": "x"}, {"weight": 1, "name": "y"}],
        },
    )
    begun: list[tuple[int, int | None]] = []

    def noted(request: TaskRequest) -> TaskOutcome:
        begun.append((world.clock.now(), request.target))
        return Completed({})

    world.tasks.scripts["a"] = noted
    world.publish(sequence("start > a > end", nodes={"a": {"taskDefinitionId": "limited"}}))
    for _ in range(3):
        world.start()
    world.run()
    times = [at for at, _ in begun]
    assert all(later - earlier >= 10_000 for earlier, later in pairwise(times))
    assert [target for _, target in begun] in ([0, 1, 0], [1, 0, 1])
    check_nothing_left(world)


def test_an_attempt_that_waits_has_no_attempt_yet() -> None:
    world = World()
    with_pools(world, lock=1)
    world.publish(LOCKED)
    first, second = world.start(), world.start()
    world.run()
    events = [event for step in world.log.read(second) for event in step.events]
    assert not any(isinstance(event, TaskScheduled) for event in events)
    shown = world.wired.reading.execution(second)["nodeExecutions"]["a"]["waitingFor"]
    assert shown == {"kind": "permit", "ledger": "pools", "units": {"lock": 1}}
    world.wired.executions.cancel(second)
    world.run()
    go(world, first)
    check_nothing_left(world)


def test_what_is_on_its_way_back_makes_no_ring() -> None:
    """The worker that was to give the lock back is slow, or dead: the ledger still counts it."""
    world = World()
    with_pools(world, x=1)
    document = sequence(
        "start > decide1 > signal > decide2 > decide3 > end",
        nodes={
            "decide1": {"acquire": {"x": 1}},
            "signal": {"parameters": {"signalName": "go"}},
            "decide2": {"release": {"x": 1}},
            "decide3": {"acquire": {"x": 1}},
        },
    )
    key = world.start(world.publish(document))
    world.run()
    world.wired.executions.signal(key, "go")
    asked = [x for x in world.log.read(key)[-1].commands if isinstance(x, RequestPermits)]
    (command,) = asked
    assert world.wired.permits.request(PROJECT, command.ledger, command.request) == ()
    assert world.wired.rings.denials(PROJECT) == ()
    world.run()
    assert status(world, key) == "succeeded"
    check_nothing_left(world)


def test_a_redriven_execution_asks_for_its_slots_and_locks_anew() -> None:
    world = World()
    with_pools(world, lock=1)
    outcomes: list[TaskOutcome] = [Failed(Error("Broken")), Completed({}), Completed({})]
    world.tasks.scripts["b"] = lambda _: outcomes.pop(0)
    nodes: dict[str, Any] = {"a": {"acquire": {"lock": 1}}, "b": {"resources": {"lock": 1}}}
    document = sequence("start > b > signal > a > end", nodes=nodes | {"signal": SIGNAL})
    world.publish(document | {"maxConcurrentExecutions": 1})
    first, second = world.start(), world.start()
    world.run()
    assert [status(world, key) for key in (first, second)] == ["failed", "waiting"]
    world.wired.executions.redrive(first, RedriveOrder())
    world.run()
    assert [status(world, key) for key in (first, second)] == ["pending", "waiting"]
    go(world, second)
    assert [status(world, key) for key in (first, second)] == ["waiting", "succeeded"]
    go(world, first)
    assert status(world, first) == "succeeded"
    check_nothing_left(world)
