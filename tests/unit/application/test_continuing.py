"""Goal: whoever writes a step that leaves something to be begun begins it, too, in further steps,
before any of them is handed over; a death in between costs nothing.
"""

import pytest

from seriatim.application import work as w
from seriatim.domain import messages as m
from seriatim.domain.commands import Continue
from seriatim.domain.values import ExecutionKey
from tests.builders import sequence
from tests.world import INVOCATION_MS, World

ITEMS = 8
RUNS_A_STEP = 4
"""An item and its first node run are two: two items a step, four steps in all."""
FORK = {"type": "fork", "parameters": {"forEach": f"range({ITEMS})", "joinNodeId": "join"}}


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few items take several steps."""
    monkeypatch.setattr("seriatim.domain.decider.turn.NODE_RUNS_PER_STEP_MAX", RUNS_A_STEP)


def begun() -> tuple[World, ExecutionKey]:
    world = World()
    world.publish(sequence("start > fork > a > join > end", nodes={"fork": FORK}))
    return world, world.start(name="one")


def continuations(world: World) -> int:
    """Messages in the queue that ask for the rest of a step."""
    works = [w.decode(message.body) for message in world.queue.receive(1_000, hidden_seconds=0)]
    found = [x for x in works if isinstance(x, w.DeliverMessage)]
    return sum(isinstance(x.message, m.Continuation) for x in found)


def test_all_items_are_begun_before_one_is_handed_over_and_no_message_says_so() -> None:
    world, key = begun()
    world.deliver_next()
    steps = world.log.read(key)
    rest = [step.number for step in steps if Continue() in step.commands]
    assert rest == list(range(1, rest[-1] + 1)), "a result came in between"
    assert len({run for _, run, _ in world.tasks.runs}) == 1, "only the task that was kept has run"
    assert continuations(world) == 0
    assert len(world.queue) == ITEMS - 1
    world.run()
    assert world.state(key).status == "succeeded"
    assert len(world.tasks.runs) == ITEMS


def test_a_worker_begins_no_more_in_a_row_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seriatim.application.continuing.STEPS_MAX", 2)
    world, key = begun()
    world.deliver_next()
    assert continuations(world) == 1
    world.run()
    assert world.state(key).status == "succeeded"
    assert len(world.tasks.runs) == ITEMS


def test_a_worker_that_has_no_time_leaves_the_rest_to_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seriatim.application.worker.IN_PLACE_MARGIN_MS", INVOCATION_MS + 1)
    world, key = begun()
    world.deliver_next()
    assert continuations(world) == 1
    monkeypatch.undo()
    world.run()
    assert world.state(key).status == "succeeded"


@pytest.mark.parametrize("dies_after", [False, True])
def test_a_death_at_any_call_loses_no_item_and_runs_none_twice(dies_after: bool) -> None:
    world, _ = begun()
    before = world.calls.made
    world.run()
    for call in range(before + 1, world.calls.made + 1):
        world, key = begun()
        world.calls.die_at, world.calls.die_after_it = call, dies_after
        world.run()
        state = world.state(key)
        latest = state.latest_run("join")
        assert state.status == "succeeded", f"it died at call {call}"
        assert latest is not None
        assert len(latest.outputs["items"]) == ITEMS
        done = {number for _, number, _ in world.tasks.runs}
        assert len(done) == ITEMS
        assert len(world.tasks.runs) <= ITEMS + 1, "only the task that ran may run again"
