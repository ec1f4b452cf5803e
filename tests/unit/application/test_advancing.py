"""Goal: a call that loses the race for a step number is carried by one message all the same."""

from typing import Any

from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports import StepTaken
from tests.builders import sequence
from tests.world import World


def test_a_call_that_loses_the_race_is_announced_once() -> None:
    world = World()
    nodes = {"signal": {"parameters": {"signalName": "go"}}}
    world.publish(sequence("start > signal > a > end", nodes=nodes))
    key = world.start()
    world.run()
    original = world.log.append
    lost: list[int] = []

    def append(where: ExecutionKey, step: Step, global_writes: Any = ()) -> None:
        if len(lost) < 3:
            lost.append(step.number)
            raise StepTaken("somebody was faster")
        original(where, step, global_writes)

    world.log.append = append  # type: ignore[method-assign, assignment]
    world.restart()
    world.wired.executions.signal(key, "go")
    assert len(world.queue) == 1
    world.run()
    assert world.state(key).status == "succeeded"
    assert [node for node, _, _ in world.tasks.runs] == ["a"]
