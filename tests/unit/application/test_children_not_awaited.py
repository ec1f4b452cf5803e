"""Goal: a subprocess with ``forEach`` that does not wait starts every child and goes on."""

from typing import Any

import pytest

from tests.builders import sequence
from tests.world import World


def prepared(items: int) -> World:
    world = World()
    world.publish(sequence("start > x > end"), "child")
    parameters: dict[str, Any] = {
        "sequenceId": "child",
        "forEach": f"range({items})",
        "waitForCompletion": False,
        "maxConcurrency": 2,
    }
    world.publish(sequence("start > sub > a > end", nodes={"sub": {"parameters": parameters}}))
    return world


@pytest.mark.parametrize("items", [0, 1, 3, 1200])
def test_every_child_is_started_and_nobody_waits_for_it(items: int) -> None:
    world = prepared(items)
    key = world.start()
    world.run()
    state = world.state(key)
    assert state.status == "succeeded"
    latest = state.latest_run("sub")
    assert latest is not None
    assert latest.outputs == {"started": items}
    keys = world.log.keys()
    children = [other for other in keys if other != key]
    assert len(children) == items
    assert {world.state(child).status for child in children} <= {"succeeded"}
    assert all(world.state(child).parent is None for child in children)


def test_a_crash_at_any_call_loses_no_child() -> None:
    world = prepared(3)
    world.start(name="one")
    world.run()
    for die_at in range(1, world.calls.made + 1):
        for after in (False, True):
            world = prepared(3)
            world.start(name="one")
            world.calls.made, world.calls.die_at, world.calls.die_after_it = 0, die_at, after
            world.run()
            keys = world.log.keys()
            assert len(keys) == 4, (die_at, after)
            assert {world.state(key).status for key in keys} == {"succeeded"}


def test_children_are_started_though_their_node_went_on_before_they_were_handed_over() -> None:
    for calls in range(1, 12):
        world = prepared(3)
        key = world.start(name="one")
        world.calls.die_at = world.calls.made + calls
        world.deliver_next()
        world.calls.die_at = None
        if not world.state(key).status.is_terminal:
            # The step that it makes completes the node, where the dead worker had not yet.
            world.wired.executions.signal(key, "anything")

        world.run()

        assert len(world.log.keys()) == 4, f"it died before call {calls}"


def test_children_called_for_are_left_out_once_the_execution_is_over() -> None:
    for calls in range(1, 12):
        world = World()
        world.publish(sequence("start > x > end"), "child")
        parameters = {"sequenceId": "child", "forEach": "range(3)"}
        world.publish(sequence("start > sub > end", nodes={"sub": {"parameters": parameters}}))
        key = world.start(name="one")
        world.calls.die_at = world.calls.made + calls
        world.deliver_next()
        world.calls.die_at = None
        world.wired.executions.cancel(key)

        world.run()

        assert len(world.queue) == 0
        assert {world.state(each).status.is_terminal for each in world.log.keys()} == {True}  # noqa: SIM118
