"""What an operator can do to a node that has failed is what the answer offers."""

import pytest

from tests.builders import sequence
from tests.world import World


@pytest.mark.parametrize(
    ("node_id", "verbs"),
    [("join", ["run-now", "skip", "complete", "fail"]), ("fork", ["run-now", "skip", "fail"])],
)
def test_an_incident_offers_what_its_node_allows(node_id: str, verbs: list[str]) -> None:
    fork = {"forEach": "null" if node_id == "fork" else "[1]", "joinNodeId": "join"}
    broken = [{"outputName": "x", "valueExpression": "1 / 0"}]
    nodes = {"fork": {"parameters": fork}, "join": {"outputMappings": broken}}
    world = World()
    world.publish(sequence("start > fork > a > join > end", nodes=nodes, failurePolicy="incident"))
    key = world.start()
    world.run(until_ms=world.clock.now())
    (item,) = world.wired.why_waiting.page(key, 50, None)["items"]
    assert (item["kind"], item["nodeId"]) == ("incident", node_id)
    assert [call.rpartition("/")[2] for call in item["canBeMovedBy"]] == verbs
