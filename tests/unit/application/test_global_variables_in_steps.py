"""Goal: no update of a global variable is lost, whoever writes it between the read and the step.

How: the world's log is disturbed: somebody else sets the variable just before a step is appended.
"""

from typing import Any

from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from tests.builders import sequence
from tests.world import World

COUNTER = [{"name": "counter", "type": "integer", "scope": "global", "defaultValue": 0}]
COUNT_UP = {"outputMappings": [{"outputName": "counter", "valueExpression": "counter + 1"}]}


def counting(*path: str) -> dict[str, Any]:
    nodes = dict.fromkeys(path, COUNT_UP)
    return sequence(f"start > {' > '.join(path)} > end", variables=COUNTER, nodes=nodes)


def counter(world: World) -> int:
    value = world.global_variables.read("p", ["counter"])["counter"].value
    assert isinstance(value, int)
    return value


def test_a_chain_counts_every_node() -> None:
    world = World()
    world.publish(counting("a", "b", "c"))
    key = world.start()
    world.run()
    assert world.state(key).status == "succeeded"
    assert counter(world) == 3
    assert "counter" not in world.state(key).variables


def test_a_step_that_read_an_old_value_is_decided_again() -> None:
    world = World()
    world.publish(counting("a"))
    original = world.log.append
    disturbed: list[int] = []

    def append(key: ExecutionKey, step: Step, global_writes: Any = ()) -> None:
        if global_writes and not disturbed:
            disturbed.append(step.number)
            world.global_variables.write("p", "counter", 100, None)
        original(key, step, global_writes)

    world.log.append = append  # type: ignore[method-assign]
    world.restart()
    key = world.start()
    world.run()
    assert disturbed
    assert world.state(key).status == "succeeded"
    assert counter(world) == 101


def test_many_executions_at_once_lose_no_update() -> None:
    world = World()
    world.publish(counting("a", "b"))
    keys = [world.start() for _ in range(20)]
    world.run()
    assert {world.state(key).status for key in keys} == {"succeeded"}
    assert counter(world) == 40


def test_a_crash_at_any_call_counts_each_node_once() -> None:
    world = World()
    world.publish(counting("a", "b"))
    world.start(name="one")
    world.run()
    calls = world.calls.made
    for die_at in range(1, calls + 1):
        for after in (False, True):
            world = World()
            world.publish(counting("a", "b"))
            world.start(name="one")
            world.calls.made, world.calls.die_at, world.calls.die_after_it = 0, die_at, after
            world.run()
            assert counter(world) == 2, (die_at, after)
