"""Goal: who loses the race for a step number is carried by one message all the same, and stands
back in its turn.
"""

from typing import Any

from seriatim.application.advancing import PARTS_OF_TIME_LEFT
from seriatim.application.races import turn_ms
from seriatim.domain.messages import TaskSuccess
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.log import StepTaken
from tests.builders import sequence
from tests.world import World

TRY_MS = 45


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


def last_of_three(world: World) -> tuple[ExecutionKey, TaskSuccess, list[int]]:
    """The result of the last of three open runs, which loses its first race, and when
    it tried.
    """
    world.publish(sequence("start > fork > a > join > end", "fork > b > join", "fork > c > join"))
    key = world.start()
    original = world.log.append
    tried_at: list[int] = []

    def append(where: ExecutionKey, step: Step, global_writes: Any = ()) -> None:
        tried_at.append(world.clock.now())
        if len(tried_at) == 1:
            world.clock.advance(TRY_MS)
            raise StepTaken("somebody was faster")
        original(where, step, global_writes)

    world.log.append = append  # type: ignore[method-assign, assignment]
    return key, TaskSuccess(number=max(world.state(key).active), attempt=1), tried_at


def test_a_loser_waits_for_the_turns_before_its_own_as_long_as_its_own_try_took() -> None:
    world = World()
    key, result, tried_at = last_of_three(world)
    world.wired.advancer.submit(key, result, "message/1")
    assert tried_at[1] - tried_at[0] == TRY_MS + 2 * turn_ms(TRY_MS, 1)


def test_a_loser_whose_process_ends_soon_waits_for_a_part_of_what_is_left() -> None:
    world = World()
    key, result, tried_at = last_of_three(world)
    deadline = world.clock.now() + TRY_MS + 80
    world.wired.advancer.submit(key, result, "message/1", deadline=deadline)
    assert tried_at[1] - tried_at[0] == TRY_MS + 80 // PARTS_OF_TIME_LEFT
