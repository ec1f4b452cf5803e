"""Executions tell what they have used: each step and each timer once, whatever happens between, and
in few steps.
"""

from collections.abc import Iterator

from seriatim.application.redriving import RedriveOrder
from seriatim.domain.events import TimerArmed
from seriatim.domain.step import Step, Tally
from seriatim.domain.tally import STEPS_UNTOLD_MAX
from seriatim.domain.values import Error, ExecutionKey, Status
from seriatim.ports.tasks import Completed, Failed, TaskRequest
from tests.builders import sequence
from tests.world import World

SECOND = {"parameters": {"durationSeconds": 1}}


def told(steps: tuple[Step, ...]) -> list[Tally]:
    return [step.tally for step in steps if step.tally is not None]


def timers(steps: tuple[Step, ...]) -> int:
    return sum(isinstance(event, TimerArmed) for step in steps for event in step.events)


def run(world: World, *paths: str, rounds: int = 1) -> ExecutionKey:
    """Run a sequence whose tasks count rounds."""
    world.publish(sequence(*paths, nodes={"timer": SECOND} if "timer" in paths[0] else {}))
    begun = iter(range(1, 100_000))
    world.tasks.scripts["a"] = lambda _: Completed({"go": next(begun) < rounds})
    key = world.start()
    world.run()
    return key


def test_a_short_execution_tells_at_its_end_and_only_there() -> None:
    world = World()
    steps = world.log.read(run(world, "start > timer > a > end"))
    assert told(steps) == [Tally(len(steps), 1)]
    assert steps[-1].tally is not None


def test_a_long_execution_tells_now_and_then() -> None:
    world = World()
    key = run(
        world, "start > timer > a > decide >[nodes.a.outputs.go]> timer", "decide > end", rounds=130
    )
    steps = world.log.read(key)
    assert len(steps) > 2 * STEPS_UNTOLD_MAX
    *whole, last = told(steps)
    assert [tally.steps for tally in whole] == [STEPS_UNTOLD_MAX] * (len(steps) // STEPS_UNTOLD_MAX)
    assert last.steps == len(steps) % STEPS_UNTOLD_MAX
    assert sum(tally.timers for tally in (*whole, last)) == timers(steps) == 130


def test_what_was_told_before_a_redrive_is_not_told_again() -> None:
    world = World()
    world.publish(sequence("start > a > b > timer > end", nodes={"timer": SECOND}))
    outcomes: Iterator[Completed | Failed] = iter([Failed(Error("No", "no")), Completed({})])

    def fail_once(_: TaskRequest) -> Completed | Failed:
        return next(outcomes)

    world.tasks.scripts["b"] = fail_once
    key = world.start()
    world.run()
    assert world.state(key).status is Status.FAILED
    first = len(world.log.read(key))
    world.wired.executions.redrive(key, RedriveOrder())
    world.run()
    steps = world.log.read(key)
    assert told(steps) == [Tally(first, 0), Tally(len(steps) - first, 1)]


def test_a_process_that_takes_over_knows_what_was_told() -> None:
    world = World()
    world.publish(sequence("start > a > decide >[nodes.a.outputs.go]> a", "decide > end"))
    begun = iter(range(1, 1_000))
    world.tasks.scripts["a"] = lambda _: Completed({"go": next(begun) < 120})
    key = world.start()
    while world.deliver_next():
        world.restart()
    steps = world.log.read(key)
    assert sum(tally.steps for tally in told(steps)) == len(steps) > STEPS_UNTOLD_MAX
