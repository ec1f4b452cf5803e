"""Goal: what leads from a trigger's execution to the next one counts on, whoever starts it; else
triggers that feed each other would never be stopped.
"""

import pytest

from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.tasks import Failed
from tests.builders import sequence
from tests.world import PROJECT, World


@pytest.mark.parametrize(
    "parameters", [{"sequenceId": "child"}, {"sequenceId": "child", "forEach": "[1, 2]"}]
)
def test_children_are_as_far_from_the_first_trigger_as_their_parent(
    parameters: dict[str, object],
) -> None:
    world = World()
    world.publish(sequence("start > x > end"), "child")
    world.publish(sequence("start > sub > end", nodes={"sub": {"parameters": parameters}}))
    world.start(hops=3)
    world.run()
    hops = hops_of_all(world)
    assert len(hops) > 1
    assert set(hops) == {3}


def test_the_sequence_that_handles_a_failure_is_a_hop_further() -> None:
    """Handlers that fail, and have handlers, come to an end, too."""
    world = World()
    world.publish(sequence("start > x > end"), "handler")
    world.publish(sequence("start > a > end", onFailureSequenceId="handler"))
    world.tasks.scripts["a"] = lambda _: Failed(Error("Broken"))
    world.start(hops=2)
    world.run()
    assert sorted(hops_of_all(world)) == [2, 3]


def hops_of_all(world: World) -> list[int]:
    """Of every execution that there is."""
    listed = world.summaries.list(PROJECT, SummaryFilter(), 50, None).items
    return [world.state(ExecutionKey(PROJECT, one.id)).hops for one in listed]
