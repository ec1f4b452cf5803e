"""Moving executions to another revision: what a dry run says, what moves, and crashes at every
call.
"""

from typing import Any

import pytest

from seriatim.application.errors import WrongState
from seriatim.application.moving import MoveInput
from seriatim.domain import events as e
from seriatim.domain.control_events import ExecutionMoved
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import NotFound
from seriatim.ports.summaries import SummaryFilter
from tests.builders import sequence
from tests.world import PROJECT, Crash, World

OUTSIDE = {"taskDefinitionId": "outside"}
FIRST = sequence("start > a > end", nodes={"a": OUTSIDE})
SECOND = sequence("start > a > b > end", nodes={"a": OUTSIDE})
WITHOUT_A = sequence("start > c > end")


def published(*later: dict[str, Any]) -> World:
    """A world with a sequence of several revisions."""
    world = World()
    world.publish(FIRST)
    for document in later:
        world.wired.definitions.change(
            PROJECT, "s", {name: document[name] for name in ("nodes", "transitions")}
        )
    return world


def started(world: World, *names: str) -> list[ExecutionKey]:
    keys = [world.start(name=name) for name in names]
    world.run()
    return keys


def moved(world: World, to: int = 2, **asked: Any) -> dict[str, Any]:
    asked.setdefault("is_dry_run", False)
    return world.wired.moving.move(PROJECT, "s", MoveInput(to_revision=to, **asked))


def outcomes(report: dict[str, Any]) -> list[str]:
    return [one["outcome"] for one in report["executions"]]


def change(world: World, document: dict[str, Any]) -> None:
    world.wired.definitions.change(
        PROJECT, "s", {name: document[name] for name in ("nodes", "transitions")}
    )


def finish(world: World, key: ExecutionKey) -> None:
    for run in world.state(key).active.values():
        world.wired.executions.task_success(world.tokens.issue(claims(key, run)), {})
    world.run()


def claims(key: ExecutionKey, run: Any) -> Any:
    from seriatim.ports.task_tokens import TokenClaims  # noqa: PLC0415

    return TokenClaims(key, run.number, run.attempts)


def test_a_dry_run_says_which_could_move_and_moves_none() -> None:
    world = published()
    keys = started(world, "one", "two")
    change(world, SECOND)
    report = moved(world, is_dry_run=True)
    assert report["counts"] == {"movable": 2, "moved": 0, "there": 0, "obstructed": 0}
    assert [world.state(key).revision for key in keys] == [1, 1]


def test_an_execution_that_has_moved_goes_on_with_the_new_revision() -> None:
    world = published()
    (key,) = started(world, "one")
    change(world, SECOND)
    assert outcomes(moved(world, by="ann", reason="a bug")) == ["moved"]
    finish(world, key)
    state = world.state(key)
    assert (state.status, state.revision) == ("succeeded", 2)
    assert state.latest_run("b") is not None
    (listed,) = world.summaries.list(PROJECT, SummaryFilter(), 10, None).items
    assert listed.revision == 2


def test_lists_show_the_revision_at_once() -> None:
    world = published()
    started(world, "one")
    change(world, SECOND)
    moved(world)
    (listed,) = world.summaries.list(PROJECT, SummaryFilter(), 10, None).items
    assert listed.revision == 2


def test_where_one_can_not_move_none_does() -> None:
    world = published()
    keys = started(world, "one", "two")
    finish(world, keys[1])
    change(world, SECOND)
    ids = tuple(key.execution_id for key in keys)
    with pytest.raises(WrongState) as refused:
        moved(world, execution_ids=ids)
    assert refused.value.code == "CannotMove"
    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == ("ExecutionOver", "/executionIds/1")
    assert world.state(keys[0]).revision == 1


def test_what_is_in_the_way_is_said_for_each() -> None:
    world = published()
    started(world, "one")
    change(world, WITHOUT_A)
    report = moved(world, is_dry_run=True)
    assert outcomes(report) == ["obstructed"]
    (found,) = report["executions"][0]["obstacles"]
    assert (found["code"], found["nodeId"]) == ("NodeGone", "a")


def test_unknown_and_foreign_executions_are_obstructed() -> None:
    world = published(SECOND)
    world.publish(sequence("start > a > end", nodes={"a": OUTSIDE}), "other")
    foreign = world.start("other")
    report = moved(world, is_dry_run=True, execution_ids=("nowhere", foreign.execution_id))
    codes = [one["obstacles"][0]["code"] for one in report["executions"]]
    assert codes == ["NotFound", "OtherSequence"]


def test_only_those_of_a_revision_are_chosen() -> None:
    world = published()
    started(world, "one")
    change(world, SECOND)
    started(world, "two")
    change(world, sequence("start > a > b > d > end", nodes={"a": OUTSIDE}))
    assert moved(world, to=3, from_revision=2)["counts"]["moved"] == 1


def test_who_is_there_already_is_not_moved_again() -> None:
    world = published()
    (key,) = started(world, "one")
    change(world, SECOND)
    moved(world)
    ids = (key.execution_id,)
    assert outcomes(moved(world, execution_ids=ids)) == ["there"]
    assert moves_of(world, key) == 1


def test_an_unknown_revision_is_not_found() -> None:
    world = published()
    with pytest.raises(NotFound):
        moved(world, to=7)


def test_a_task_definition_is_taken_as_it_is_now() -> None:
    """To the revision that it is on, with newer task definitions."""
    world = published()
    (key,) = started(world, "one")
    changed = {"integration": "activity", "activity": {"name": "outside"}, "timeoutSeconds": 9}
    world.wired.definitions.put_task_definition(PROJECT, "outside", changed)
    report = moved(world, to=1, execution_ids=(key.execution_id,))
    assert outcomes(report) == ["moved"]


def moves_of(world: World, key: ExecutionKey) -> int:
    steps = world.log.read(key)
    return sum(isinstance(event, ExecutionMoved) for step in steps for event in step.events)


def scenario(die_at: int | None, *, after: bool) -> tuple[World, list[ExecutionKey]]:
    """Two executions; the caller repeats the call if it dies, and they are finished."""
    world = published()
    keys = started(world, "one", "two")
    change(world, SECOND)
    world.calls.made = 0
    world.calls.die_at, world.calls.die_after_it = die_at, after
    for _ in range(2):
        try:
            moved(world, key="k")
            break
        except Crash:
            world.calls.die_at = None
            world.restart()
    made = world.calls.made
    world.run()
    world.calls.die_at = None
    world.calls.made = made
    return world, keys


def test_a_move_survives_a_crash_at_every_call() -> None:
    world, _ = scenario(None, after=False)
    calls = world.calls.made
    assert calls > 4
    for die_at in range(1, calls + 1):
        for after in (False, True):
            world, keys = scenario(die_at, after=after)
            for key in keys:
                assert world.state(key).revision == 2, (die_at, after)
                assert moves_of(world, key) == 1, (die_at, after)
                finish(world, key)
                assert world.state(key).status == "succeeded"
                steps = world.log.read(key)
                done = [x for s in steps for x in s.events if isinstance(x, e.NodeSucceeded)]
                assert len({x.number for x in done}) == len(done)
            listed = world.summaries.list(PROJECT, SummaryFilter(), 10, None).items
            assert {one.revision for one in listed} == {2}
