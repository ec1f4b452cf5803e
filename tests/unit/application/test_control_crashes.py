"""Goal: a control call that was acknowledged is done, once, whatever call its process or a worker
dies at. How: as in ``test_crashes``, one run for each call and for each way to die.
"""

from collections.abc import Callable

import pytest

from seriatim.application.redriving import RedriveOrder
from seriatim.domain.control_events import ExecutionPaused, ExecutionRedriven, ExecutionResumed
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.tasks import Completed, Failed
from tests.builders import sequence
from tests.world import World, repeated

WAITS = {"signal": {"parameters": {"signalName": "go"}}}


def redriven(world: World, dies: Callable[[], None]) -> ExecutionKey:
    world.tasks.scripts["b"] = lambda _: Failed(Error("Broken"))
    world.publish(sequence("start > a > b > c > end"))
    key = world.start(name="one")
    world.run()
    assert world.state(key).status == "failed"
    world.tasks.scripts["b"] = lambda _: Completed({})
    dies()
    order = RedriveOrder(key="k")
    repeated(world, lambda: world.wired.executions.redrive(key, order))
    return key


def cancelled_with_its_child(world: World, dies: Callable[[], None]) -> ExecutionKey:
    world.publish(sequence("start > signal > end", nodes=WAITS), "child")
    sub = {"sub": {"parameters": {"sequenceId": "child"}}}
    world.publish(sequence("start > sub > end", nodes=sub))
    key = world.start(name="one")
    dies()
    repeated(world, lambda: world.wired.executions.cancel(key, "enough", idempotency_key="k"))
    return key


def paused_and_resumed(world: World, dies: Callable[[], None]) -> ExecutionKey:
    world.publish(sequence("start > signal > a > end", nodes=WAITS))
    key = world.start(name="one")
    dies()
    repeated(world, lambda: world.wired.executions.pause(key, idempotency_key="p"))
    repeated(world, lambda: world.wired.executions.signal(key, "go", idempotency_key="s"))
    repeated(world, lambda: world.wired.executions.resume(key, idempotency_key="r"))
    return key


SCENARIOS = {
    "redriven": (redriven, "succeeded"),
    "cancelled": (cancelled_with_its_child, "cancelled"),
    "paused": (paused_and_resumed, "succeeded"),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_control_call_survives_a_crash_at_every_call(name: str) -> None:
    scenario, expected = SCENARIOS[name]
    for die_at in range(1, 50):
        for after in (False, True):
            world = World()

            def dies(world: World = world, place: int = die_at, *, late: bool = after) -> None:
                world.calls.die_at, world.calls.die_after_it = world.calls.made + place, late

            key = scenario(world, dies)
            world.run()
            check(world, key, expected)


def check(world: World, key: ExecutionKey, expected: str) -> None:
    assert world.state(key).status == expected
    assert len(world.queue) == 0
    listed = {x.id: x.status for x in world.summaries.list("p", SummaryFilter(), 50, None).items}
    keys = world.log.keys()
    for each in keys:
        assert world.state(each).status == expected
        assert listed[each.execution_id] == expected
    events = [event for step in world.log.read(key) for event in step.events]
    for kind in (ExecutionPaused, ExecutionResumed, ExecutionRedriven):
        assert sum(isinstance(event, kind) for event in events) <= 1
    numbers = {number for node_id, number, _ in world.tasks.runs if node_id == "a"}
    assert len(numbers) <= 1, "what succeeded ran again"
