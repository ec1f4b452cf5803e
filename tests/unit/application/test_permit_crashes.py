"""Goal: whatever call a worker dies at, every permit comes back, nobody waits for ever, and every
execution ends rightly.

How: each scenario, of several executions that contend for permits, is run once to count its calls
of ports, those of ledgers included; then once for each call and for each way to die.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from seriatim.application.errors import WrongState
from seriatim.domain.events import NodeSucceeded, TaskScheduled
from seriatim.domain.project_choices import ProjectChoices
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.tasks import Completed, Failed, TaskOutcome, TaskRequest
from tests.builders import sequence
from tests.permit_worlds import (
    check_capacities,
    check_nothing_left,
    with_pools,
    with_task,
)
from tests.world import PROJECT, World, repeated

RETRY = {"maxRetries": 2, "retryIntervalSeconds": 5}
LIMITED = {
    "id": "limited",
    "integration": "activity",
    "activity": {"name": "n"},
    "maxConcurrency": 1,
    "rateLimit": {"permits": 1, "perSeconds": 2},
    "targets": [{"weight": 1, "name": "x"}, {"weight": 1, "name": "y"}],
}


def completed(_: TaskRequest) -> TaskOutcome:
    return Completed({})


def fails_once(request: TaskRequest) -> TaskOutcome:
    return Failed(Error("Oops", retryable=True)) if request.attempt == 1 else Completed({})


def locked(world: World) -> None:
    """A lock that is held across nodes."""
    with_pools(world, lock=1)
    nodes = {"a": {"acquire": {"lock": 1}}, "b": {"release": {"lock": 1}}}
    world.publish(sequence("start > a > b > end", nodes=nodes))


def pooled(world: World) -> None:
    """Branches whose attempts need a pool, one of which fails once."""
    with_pools(world, db=1)
    world.tasks.scripts["a"] = fails_once
    nodes: dict[str, Any] = {
        "a": {"resources": {"db": 1}, "retryPolicy": RETRY},
        "b": {"resources": {"db": 1}},
    }
    world.publish(sequence("start > fork > a > join > end", "fork > b > join", nodes=nodes))


def limited(world: World) -> None:
    """A task with slots, a rate and targets."""
    with_task(world, LIMITED)
    world.tasks.scripts["a"] = completed
    world.publish(sequence("start > a > end", nodes={"a": {"taskDefinitionId": "limited"}}))


def pending(world: World) -> None:
    """Slots for executions, of the sequence and of the project."""
    world.project_settings.put(PROJECT, ProjectChoices(max_concurrent_executions=2), 0)
    world.publish(sequence("start > a > end", maxConcurrentExecutions=1))


def ringed(world: World) -> None:
    """Two executions that take two locks crosswise; whoever is denied begins again."""
    with_pools(world, x=1, y=1)
    nodes: dict[str, Any] = {
        "a": {"acquire": {"x": 1}},
        "timer": {"parameters": {"durationSeconds": 5}},
        "b": {"acquire": {"y": 1}},
        "c": {"release": {"x": 1, "y": 1}},
        "d": {"acquire": {"y": 1}},
        "timer2": {"parameters": {"durationSeconds": 5}},
        "e": {"acquire": {"x": 1}},
        "give": {"release": {"x": 1, "y": 1}},
        "give2": {"release": {"x": 1, "y": 1}},
    }
    document = sequence(
        "start > decide >[execution.name == 'one']> a > timer > b > c > end",
        "decide > d > timer2 > e > c",
        "b >!error> give > a",
        "e >!error> give2 > d",
        nodes=nodes,
    )
    world.publish(document)


SCENARIOS: dict[str, Callable[[World], None]] = {
    "locked": locked,
    "pooled": pooled,
    "limited": limited,
    "pending": pending,
    "ringed": ringed,
}


def run(name: str, die_at: int | None, *, after: bool) -> World:
    world = World()
    SCENARIOS[name](world)
    world.calls.made = 0
    world.calls.die_at, world.calls.die_after_it = die_at, after
    for execution in ("one", "two"):
        repeated(world, lambda execution=execution: world.start(name=execution))  # type: ignore[misc]
    world.run()
    return world


def check(world: World) -> None:
    assert len(world.queue) == 0
    check_nothing_left(world)
    keys = world.log.keys()
    for key in keys:
        assert world.state(key).status == "succeeded"
        events = [event for step in world.log.read(key) for event in step.events]
        done = [e.number for e in events if isinstance(e, NodeSucceeded)]
        assert len(done) == len(set(done)), "a node run completed twice"
        scheduled = [(e.number, e.attempt) for e in events if isinstance(e, TaskScheduled)]
        assert len(scheduled) == len(set(scheduled))


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_permit_is_lost_by_a_crash_at_any_call(name: str) -> None:
    world = run(name, None, after=False)
    check(world)
    clean = sorted(world.tasks.runs)
    for die_at in range(1, world.calls.made + 1):
        for after in (False, True):
            world = run(name, die_at, after=after)
            check(world)
            if name != "ringed":  # who meets whom there hangs on the time that a crash takes
                assert sorted(set(world.tasks.runs)) == sorted(set(clean)), (die_at, after)


def cancelled(name: str, steps: int, die_at: int | None, *, after: bool) -> World:
    """The second of two executions is cancelled after so many deliveries, the first goes on."""
    world = World()
    SCENARIOS[name](world)
    world.start(name="one")
    key = world.start(name="two")
    for _ in range(steps):
        world.deliver_next()
    world.calls.made = 0
    world.calls.die_at, world.calls.die_after_it = die_at, after

    def cancel() -> None:
        try:
            world.wired.executions.cancel(key, idempotency_key="k")
        except WrongState:
            assert world.state(key).status == "succeeded"

    repeated(world, cancel)
    world.run()
    return world


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_cancel_at_any_moment_gives_everything_back_whatever_call_it_dies_at(name: str) -> None:
    for steps in range(6):
        world = cancelled(name, steps, None, after=False)
        check_nothing_left(world)
        for die_at in range(1, world.calls.made + 1):
            for after in (False, True):
                world = cancelled(name, steps, die_at, after=after)
                check_nothing_left(world)
                assert len(world.queue) == 0


class Between:
    """Does something once, when a chosen call of the ledgers is about to be made or has been."""

    def __init__(self, port: Any, at: int, act: Callable[[], None], *, is_after: bool) -> None:
        self._port, self._at, self._act, self._is_after = port, at, act, is_after
        self.made = 0
        self.is_acting = False

    def _act_now(self) -> None:
        self.is_acting = True
        self._act()
        self.is_acting = False

    def __getattr__(self, name: str) -> Any:
        """The port's method."""
        method = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.made += not self.is_acting
            is_it = self.made == self._at and not self.is_acting
            if is_it and not self._is_after:
                self._act_now()
            answer = method(*args, **kwargs)
            if is_it and self._is_after:
                self._act_now()
            return answer

        return call


def cancel_elsewhere(world: World, key: ExecutionKey) -> None:
    """Another process takes the cancel in and hands it over, while this one is in a call."""
    here = world.wired
    world.restart()
    try:
        world.wired.executions.cancel(key)
    except WrongState:
        assert world.state(key).status == "succeeded"
    else:
        is_mine = f'"{key.execution_id}"'.encode()
        world.deliver_by(lambda body: 0 if b"HandOverStep" in body and is_mine in body else 1)
    world.wired = here


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("is_after", [False, True])
def test_a_cancel_between_any_two_calls_of_a_ledger_leaves_nothing(
    name: str, is_after: bool
) -> None:
    at = calls = 1
    while at <= calls:
        world = World()
        SCENARIOS[name](world)
        keys = [world.start(name="one"), world.start(name="two")]

        act = partial(cancel_elsewhere, world, keys[at % 2])
        between = Between(world.ledgers, at, act, is_after=is_after)
        world.ledgers = between  # type: ignore[assignment]
        world.restart()
        world.run()
        calls, at = between.made, at + 1
        world.ledgers = between._port
        check_nothing_left(world)
        check_capacities(world)
    assert at > 3


def test_a_process_that_dies_in_place_is_followed_by_one_that_knows_nothing() -> None:
    """Two crashes, one after the other, in the shortest scenario."""
    world = run("limited", None, after=False)
    calls = world.calls.made
    for first in range(1, calls + 1):
        for second in range(1, 12, 3):
            world = World()
            limited(world)
            world.calls.made = 0
            world.calls.die_at, world.calls.die_after_it = first, True
            for execution in ("one", "two"):
                repeated(world, lambda e=execution, w=world: w.start(name=e))  # type: ignore[misc]
            while world.crashes == 0 and world.deliver_next():
                pass
            world.calls.made = 0
            world.calls.die_at = second
            world.run()
            check(world)
