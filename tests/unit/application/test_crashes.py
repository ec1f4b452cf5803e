"""Goal: an execution that was acknowledged ends rightly whatever call its workers die at.

How: each scenario is run once to count its calls; then once for each call and for each way to
die (before it, after it), on the real application over strict fakes. A crash pair is tried for
the shortest scenario.
"""

import os
from collections.abc import Callable

import pytest

from seriatim.domain.events import NodeSucceeded, TaskScheduled
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.tasks import Completed, Failed, TaskOutcome, TaskRequest
from tests.builders import sequence
from tests.world import Crash, World, repeated


def fails_once(request: TaskRequest) -> TaskOutcome:
    if request.attempt == 1:
        return Failed(Error("Oops", retryable=True))
    return Completed({"attempt": request.attempt})


RETRY = {"maxRetries": 2, "retryIntervalSeconds": 5}


def chain(world: World) -> None:
    world.publish(sequence("start > a > b > c > end"))


def branches(world: World) -> None:
    world.publish(
        sequence("start > fork > a > join > d > end", "fork > b > join", "fork > c > join")
    )


def retried(world: World) -> None:
    world.tasks.scripts["a"] = fails_once
    world.publish(sequence("start > a > end", nodes={"a": {"retryPolicy": RETRY}}))


def timed(world: World) -> None:
    near = {"parameters": {"durationSeconds": 30}}
    far = {"parameters": {"durationSeconds": 86_400}}
    world.publish(
        sequence("start > timer1 > a > timer2 > end", nodes={"timer1": near, "timer2": far})
    )


def with_child(world: World) -> None:
    world.publish(sequence("start > x > end"), "child")
    world.publish(
        sequence("start > sub > a > end", nodes={"sub": {"parameters": {"sequenceId": "child"}}})
    )


def failing(world: World) -> None:
    world.tasks.scripts["a"] = lambda _: Failed(Error("Broken"))
    world.publish(sequence("start > handle > end"), "handler")
    world.publish(sequence("start > a > end", onFailureSequenceId="handler"))


SCENARIOS: dict[str, tuple[Callable[[World], None], str]] = {
    "chain": (chain, "succeeded"),
    "branches": (branches, "succeeded"),
    "retried": (retried, "succeeded"),
    "timed": (timed, "succeeded"),
    "with_child": (with_child, "succeeded"),
    "failing": (failing, "failed"),
}


PAIRS_APART_MAX = int(os.environ.get("PAIRS_APART", "8"))
"""``make simulate`` plays every pair of deaths."""


def run(
    name: str, die_at: int | None, *, after: bool, then_after: int | None = None
) -> tuple[World, ExecutionKey | None]:
    prepare, _ = SCENARIOS[name]
    world = World()
    prepare(world)
    world.calls.die_at, world.calls.die_after_it = die_at, after
    world.calls.then_after = then_after
    key: ExecutionKey | None = None
    for _ in range(3):
        try:
            key = world.start(name="one")
            break
        except Crash:
            # The caller got no answer and repeats the call; a new process takes it.
            world.calls.survive()
            world.restart()
    world.run()
    return world, key


def check(world: World, key: ExecutionKey | None, expected: str) -> None:
    assert key is not None
    state = world.state(key)
    assert state.status == expected
    assert len(world.queue) == 0
    keys = world.log.keys()
    for each in keys:
        assert world.state(each).status.is_terminal, each
        steps = world.log.read(each)
        events = [event for step in steps for event in step.events]
        done = [e.number for e in events if isinstance(e, NodeSucceeded)]
        assert len(done) == len(set(done)), "a node run completed twice"
        scheduled = [(e.number, e.attempt) for e in events if isinstance(e, TaskScheduled)]
        assert len(scheduled) == len(set(scheduled))
        listed = world.summaries.list("p", SummaryFilter(), 50, None).items
        assert {s.id: s.status for s in listed}[each.execution_id] == world.state(each).status


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_execution_survives_a_crash_at_every_call(name: str) -> None:
    expected = SCENARIOS[name][1]
    world, key = run(name, None, after=False)
    check(world, key, expected)
    clean = sorted(world.tasks.runs)
    executions = len(world.log.keys())
    for die_at in range(1, world.calls.made + 1):
        for after in (False, True):
            world, key = run(name, die_at, after=after)
            check(world, key, expected)
            assert sorted(set(world.tasks.runs)) == sorted(set(clean)), (die_at, after)
            assert len(world.log.keys()) == executions


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_execution_survives_that_who_takes_over_dies_too(name: str) -> None:
    expected = SCENARIOS[name][1]
    world, key = run(name, None, after=False)
    calls = world.calls.made
    clean = sorted(set(world.tasks.runs))
    for die_at in range(1, calls + 1):
        for apart in range(1, min(PAIRS_APART_MAX, calls) + 1):
            for after in (False, True):
                world, key = run(name, die_at, after=after, then_after=apart)
                check(world, key, expected)
                assert sorted(set(world.tasks.runs)) == clean, (die_at, apart, after)


def answered(die_at: int | None, *, after: bool) -> tuple[World, ExecutionKey]:
    """An execution that runs nothing: what moves it are calls alone."""
    world = World()
    waits = {"parameters": {"signalName": "go"}}
    world.publish(sequence("start > signal > end", nodes={"signal": waits}))
    world.calls.die_at, world.calls.die_after_it = die_at, after
    key = repeated(world, lambda: world.start(name="one"))

    answer = repeated(world, lambda: world.wired.executions.signal(key, "go", idempotency_key="k"))
    assert answer.status == "succeeded"
    world.run()
    return world, key


def test_calls_that_call_for_nothing_survive_a_crash_too() -> None:
    world, key = answered(None, after=False)
    check(world, key, "succeeded")
    for die_at in range(1, world.calls.made + 1):
        for after in (False, True):
            check(*answered(die_at, after=after), "succeeded")


def test_list_has_what_was_started_before_a_crash() -> None:
    for after in (False, True):
        for die_at in range(1, 10):
            world = World()
            waits = {"parameters": {"signalName": "go"}}
            world.publish(sequence("start > signal > end", nodes={"signal": waits}))
            world.calls.die_at, world.calls.die_after_it = die_at, after
            key = repeated(world, lambda world=world: world.start(name="one"))  # type: ignore[misc]
            world.run()
            listed = world.summaries.list("p", SummaryFilter(), 50, None).items
            assert [(s.id, s.status) for s in listed] == [(key.execution_id, "waiting")]
