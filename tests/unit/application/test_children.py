"""Goal: children of a subprocess start once each, report once each, and outlive nobody; whatever
call their workers die at, and whatever order their messages come in.
"""

from collections.abc import Callable

import pytest

from seriatim.application import work as w
from seriatim.application.work import decode
from seriatim.domain import messages as m
from seriatim.domain.events import ChildOfItemEnded, ExecutionStarted
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.tasks import Completed, Failed, TaskOutcome, TaskRequest
from tests.builders import sequence
from tests.world import Crash, World

RETRY = {"maxRetries": 1, "retryIntervalSeconds": 5}


def broken_at_first(request: TaskRequest) -> TaskOutcome:
    """Children of the first attempt fail, those of the second do not."""
    is_first = request.inputs["attempt"] == 1
    return Failed(Error("Oops", retryable=True)) if is_first else Completed({})


def child(world: World) -> None:
    world.publish(
        sequence(
            "start > x > end",
            nodes={"x": {"parameters": {"v": "${item}"}}},
            variables=[{"name": "item", "type": "any"}, {"name": "index", "type": "integer"}],
        ),
        "child",
    )


def family(world: World, items: int = 3, **parameters: object) -> None:
    child(world)
    parameters = {"sequenceId": "child", "forEach": f"range({items})", **parameters}
    world.publish(sequence("start > sub > a > end", nodes={"sub": {"parameters": parameters}}))


def at_most_one(world: World) -> None:
    family(world, items=3, maxConcurrency=1)


def tolerant(world: World) -> None:
    family(world, items=3, toleratedFailurePercentage=50)
    world.tasks.scripts["x"] = lambda r: (
        Failed(Error("Broken")) if r.inputs["v"] == 1 else Completed({})
    )


def intolerant(world: World) -> None:
    family(world, items=3, maxConcurrency=2)
    world.tasks.scripts["x"] = lambda r: (
        Failed(Error("Broken")) if r.inputs["v"] == 0 else Completed({})
    )


def unknown(world: World) -> None:
    family(world, items=2, sequenceId="nowhere")


def over_items(world: World) -> None:
    world.publish(
        sequence(
            "start > fork > a > b > join > c > end",
            nodes={"fork": {"parameters": {"forEach": "range(3)", "joinNodeId": "join"}}},
        )
    )


SCENARIOS: dict[str, tuple[Callable[[World], None], str]] = {
    "family": (family, "succeeded"),
    "at_most_one": (at_most_one, "succeeded"),
    "tolerant": (tolerant, "succeeded"),
    "intolerant": (intolerant, "failed"),
    "unknown": (unknown, "failed"),
    "over_items": (over_items, "succeeded"),
}


def run(name: str, die_at: int | None, *, after: bool) -> tuple[World, ExecutionKey]:
    world = World()
    SCENARIOS[name][0](world)
    world.calls.die_at, world.calls.die_after_it = die_at, after
    try:
        key = world.start(name="one")
    except Crash:
        world.calls.die_at = None
        world.restart()
        key = world.start(name="one")
    world.run()
    return world, key


def check(world: World, key: ExecutionKey, expected: str) -> None:
    assert world.state(key).status == expected
    assert len(world.queue) == 0
    keys = world.log.keys()
    for each in keys:
        assert world.state(each).status.is_terminal, each
        events = [event for step in world.log.read(each) for event in step.events]
        assert len([x for x in events if isinstance(x, ExecutionStarted)]) == 1
        ended = [x.index for x in events if isinstance(x, ChildOfItemEnded)]
        assert len(ended) == len(set(ended)), "a child reported twice"


@pytest.mark.parametrize("name", SCENARIOS)
def test_children_and_items_survive_a_crash_at_every_call(name: str) -> None:
    expected = SCENARIOS[name][1]
    world, key = run(name, None, after=False)
    check(world, key, expected)
    executions = len(world.log.keys())
    for die_at in range(1, world.calls.made + 1):
        for after in (False, True):
            world, key = run(name, die_at, after=after)
            check(world, key, expected)
            if expected == "succeeded":
                assert len(world.log.keys()) == executions, (die_at, after)


def statuses(world: World) -> set[str]:
    keys = world.log.keys()
    return {world.state(each).status.value for each in keys}


# -- cancelling -----------------------------------------------------------------------------------


def is_cancel(body: bytes) -> bool:
    work = decode(body)
    return isinstance(work, w.DeliverMessage) and isinstance(work.message, m.CancelRequest)


@pytest.mark.parametrize("cancels_first", [True, False])
@pytest.mark.parametrize("single", [True, False])
def test_cancelling_reaches_children_that_have_not_begun(cancels_first: bool, single: bool) -> None:
    world = World()
    child(world)
    parameters = {"sequenceId": "child"} | ({} if single else {"forEach": "range(3)"})
    world.publish(sequence("start > sub > end", nodes={"sub": {"parameters": parameters}}))
    key = world.start()
    world.deliver_next()
    world.wired.executions.cancel(key, reason="enough")
    while world.deliver_by(lambda body: is_cancel(body) is not cancels_first):
        pass
    assert world.tasks.runs == []
    assert statuses(world) == {"cancelled"}


def test_cancelling_reaches_children_that_run_at_every_crash() -> None:
    def cancelled(die_at: int | None, *, after: bool) -> World:
        world = World()
        world.publish(
            sequence("start > x > end", nodes={"x": {"taskDefinitionId": "outside"}}), "child"
        )
        parameters = {"sequenceId": "child", "forEach": "range(2)"}
        world.publish(sequence("start > sub > end", nodes={"sub": {"parameters": parameters}}))
        key = world.start()
        world.run(until_ms=world.clock.now())
        assert len(world.log.keys()) == 3
        world.calls.made = 0
        world.calls.die_at, world.calls.die_after_it = die_at, after
        try:
            world.wired.executions.cancel(key, reason="enough")
        except Crash:
            world.calls.die_at = None
            world.restart()
            if not world.state(key).status.is_terminal:
                world.wired.executions.cancel(key, reason="enough")
        world.run()
        return world

    calls = cancelled(None, after=False).calls.made
    for die_at in range(1, calls + 1):
        for after in (False, True):
            world = cancelled(die_at, after=after)
            assert statuses(world) == {"cancelled"}, (die_at, after)


def test_child_that_cannot_begin_fails_its_node_with_a_code_of_the_system() -> None:
    world = World()
    world.publish(sequence("start > end", variables=[{"name": "v", "type": "integer"}]), "child")
    parameters = {"sequenceId": "child", "variables": {"v": "no number"}}
    world.publish(sequence("start > sub > end", nodes={"sub": {"parameters": parameters}}))
    key = world.start()
    world.run()
    failure = world.state(key).failure
    assert failure is not None
    assert failure.code == "Seriatim.TypeMismatch"
