"""Goal: a fork over a list whose items cannot set out fails once, with all that had set out."""

import pytest

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from tests.builders import Driver, sequence


@pytest.mark.parametrize("policy", ["fail_fast", "finish_branches", "incident"])
def test_an_item_that_cannot_set_out_fails_the_fork_with_all_its_items(policy: str) -> None:
    document = sequence(
        "start > fork >[1 / (3 - item) > 0]> a > join > end",
        "fork >!error> fix > end",
        nodes={"fork": {"parameters": {"forEach": "[1, 2, 3, 4]", "joinNodeId": "join"}}},
        failurePolicy=policy,
    )
    driver = Driver(document)
    assert driver.active() == ["fix"]
    assert driver.commands_of(c.CancelTask) == [
        c.CancelTask(number=3, attempt=1),
        c.CancelTask(number=4, attempt=1),
    ]
    driver.done("fix")
    assert driver.status == "succeeded"


def test_a_fork_whose_item_cannot_set_out_becomes_an_incident_once() -> None:
    document = sequence(
        "start > fork >[1 / (3 - item - v) > 0]> a > join > end",
        nodes={"fork": {"parameters": {"forEach": "[1, 2, 3]", "joinNodeId": "join"}}},
        variables=[{"name": "v", "type": "integer", "defaultValue": 0}],
        failurePolicy="incident",
    )
    driver = Driver(document)
    assert driver.active() == ["fork"]
    assert driver.status == "waiting"
    driver.send(m.VariablesUpdate(values={"v": -10}))
    driver.send(m.NodeOrder(node_id="fork", action="run-now"))
    assert driver.active() == ["fork", "a", "a", "a"]
    driver.done("a", "a", "a")
    assert driver.status == "succeeded"
