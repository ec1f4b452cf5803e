"""Goal: an attempt that runs in a process is told when nobody waits for it any more: at once where
the same process knows, else as the log is looked at; and what it gives all the same is dropped.
"""

import weakref
from collections.abc import Callable

from seriatim.application.running import Running
from seriatim.domain.messages import NodeOrder
from seriatim.domain.values import ExecutionKey
from seriatim.ports.tasks import Completed, TaskOutcome, TaskRequest
from tests.builders import sequence
from tests.world import World

Told = list[str]


def interrupted_by(world: World, act: Callable[[TaskRequest], object]) -> Told:
    """What a running attempt is told while something happens to its execution."""
    told: Told = []

    def run(request: TaskRequest) -> TaskOutcome:
        request.on_cancel(lambda: told.append("not wanted"))
        act(request)
        return Completed({"late": True})

    world.tasks.scripts["a"] = run
    world.run()
    return told


def started(*paths: str) -> World:
    world = World()
    world.publish(sequence(*(paths or ("start > a > end",))))
    world.start(name="one")
    return world


def test_a_cancel_in_the_same_process_is_told_at_once() -> None:
    world = started()
    told = interrupted_by(world, lambda r: world.wired.executions.cancel(r.key, "enough"))
    assert told == ["not wanted"]
    (key,) = world.log.keys()
    assert world.state(key).status == "cancelled"
    assert world.state(key).outputs == {}


def test_an_operator_that_skips_the_node_tells_it_too() -> None:
    world = started()
    skip = NodeOrder(node_id="a", action="skip")
    told = interrupted_by(world, lambda r: world.wired.executions.order(r.key, skip))
    assert told == ["not wanted"]
    (key,) = world.log.keys()
    assert world.state(key).status == "succeeded"


def test_what_goes_on_is_told_nothing() -> None:
    world = started()
    told = interrupted_by(world, lambda r: world.wired.executions.pause(r.key))
    assert told == []


def test_a_cancel_in_another_process_is_seen_by_looking_at_the_log() -> None:
    world = started()
    looks: list[int] = []
    told: Told = []

    def cancelled_elsewhere(request: TaskRequest) -> TaskOutcome:
        request.on_cancel(lambda: told.append("not wanted"))
        here = world.wired
        world.restart()
        world.wired.executions.cancel(request.key, "enough")
        for _ in range(3):
            here.states.look_at_running()
            looks.append(len(told))
        return Completed({})

    world.tasks.scripts["a"] = cancelled_elsewhere
    world.run()
    assert looks == [0, 1, 1], "a short attempt costs no read"


def test_who_asks_late_is_told_at_once() -> None:
    world = started()
    told: Told = []

    def run(request: TaskRequest) -> TaskOutcome:
        world.wired.executions.cancel(request.key, "enough")
        request.on_cancel(lambda: told.append("late"))
        return Completed({})

    world.tasks.scripts["a"] = run
    world.run()
    assert told == ["late"]


def test_nothing_is_held_for_an_attempt_that_has_ended() -> None:
    class Task:
        def cancel(self) -> None:
            """Nobody calls it."""

    task = Task()
    with Running().attempt(ExecutionKey("p", "exec-1"), 1, 1) as on_cancel:
        on_cancel(task.cancel)
    held = weakref.ref(task)
    del task
    assert held() is None
