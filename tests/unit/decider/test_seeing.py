"""An item of a ``forEach`` sees its own runs of the body's nodes and no other item's, and all of
what runs around its body (SEMANTICS section 3: each item's tokens are apart from the others').
"""

from typing import Any

from seriatim.domain import events as e
from tests.builders import Driver, sequence

Nodes = dict[str, Any]


def over(items: list[Any], *paths: str, nodes: Nodes | None = None, **fields: Any) -> Driver:
    """``fork`` goes over ``items``, one after the other."""
    parameters = {"forEach": "xs", "joinNodeId": "join", "maxConcurrency": 1}
    more = {"fork": {"parameters": parameters}, **(nodes or {})}
    return Driver(sequence(*paths, nodes=more, **fields), {"xs": items})


def inputs_of(driver: Driver, node_id: str) -> list[Any]:
    started = [x for x in driver.events if isinstance(x, e.NodeStarted)]
    return [x.inputs.get("seen") for x in started if x.node_id == node_id]


SEEN_OF_B = {"parameters": {"seen": "${nodes.b.outputs.i}"}}
MAPPED_FROM_B = {
    "inputMappings": [{"sourceNodeId": "b", "sourceOutputName": "i", "targetInputName": "seen"}]
}


def finish(driver: Driver) -> None:
    """Let the tasks end one by one, each with its item's index."""
    while not driver.current.status.is_terminal:
        number = min(n for n, r in driver.current.active.items() if r.status.value == "running")
        driver.done_run(number, {"i": driver.current.active[number].index})


def test_expression_sees_no_run_of_an_item_that_has_ended() -> None:
    nodes = {"a": SEEN_OF_B, "c": SEEN_OF_B}
    driver = over([1, 2, 3], "start > fork > a > b > c > join > end", nodes=nodes)
    finish(driver)
    assert inputs_of(driver, "a") == [None, None, None]
    assert inputs_of(driver, "c") == [0, 1, 2]


def test_mapping_takes_nothing_from_an_item_that_has_ended() -> None:
    nodes = {"a": MAPPED_FROM_B}
    driver = over([1, 2], "start > fork > a > b > join > end", nodes=nodes)
    finish(driver)
    assert inputs_of(driver, "a") == [None, None]


def test_item_sees_no_run_of_an_earlier_round_of_the_loop_around_its_fork() -> None:
    count = {"outputMappings": [{"outputName": "rounds", "valueExpression": "rounds + 1"}]}
    paths = ("start > fork > a > b > join > z > decide > end", "decide >[rounds < 2]> fork")
    nodes = {"a": SEEN_OF_B, "z": count}
    driver = over([1], *paths, nodes=nodes, variables=[{"name": "rounds", "defaultValue": 0}])
    finish(driver)
    assert inputs_of(driver, "a") == [None, None]


def test_item_of_an_inner_list_sees_the_body_around_it_and_not_its_neighbours() -> None:
    inner = {"parameters": {"forEach": "[1, 2]", "joinNodeId": "join1", "maxConcurrency": 1}}
    nodes = {"fork1": inner, "c": SEEN_OF_B, "d": {"parameters": {"seen": "${nodes.c.outputs.i}"}}}
    path = "start > fork > d > b > fork1 > c > join1 > join > end"
    driver = over([1, 2], path, nodes=nodes)
    finish(driver)
    assert inputs_of(driver, "c") == [0, 0, 1, 1]
    assert inputs_of(driver, "d") == [None, None]


def test_what_follows_the_body_sees_the_last_item_that_has_run() -> None:
    driver = over([1, 2], "start > fork > b > join > z > end", nodes={"z": SEEN_OF_B})
    finish(driver)
    assert inputs_of(driver, "z") == [1]


def test_item_sees_the_items_of_another_body_that_have_run() -> None:
    other = {"parameters": {"forEach": "xs", "joinNodeId": "join0"}}
    path = "start > fork0 > b > join0 > fork > z > join > end"
    driver = over([1, 2], path, nodes={"fork0": other, "z": SEEN_OF_B})
    finish(driver)
    assert inputs_of(driver, "z") == [1, 1]


def test_dependency_in_a_body_is_not_met_by_another_item() -> None:
    nodes = {"a": {"dependencies": [{"nodeId": "b"}]}}
    paths = ("start > fork > fork1 > a > join1 > join > end", "fork1 > b > join1")
    driver = over([1, 2], *paths, nodes=nodes)
    driver.done("b")
    driver.done("a")
    second = driver.run_of("a")
    assert (second.index, second.wait and second.wait.kind) == (1, "dependency")
    finish(driver)
    assert driver.status == "succeeded"


def test_dependency_in_a_body_fails_where_its_own_item_has_gone_another_way() -> None:
    nodes = {"a": {"dependencies": [{"nodeId": "b"}]}}
    paths = (
        "start > fork > fork1 > a > join1 > join > end",
        "fork1 > decide >[item > 1]> b > join1",
        "decide > join1",
        "a >!error> z > join1",
    )
    driver = over([2, 1], *paths, nodes=nodes)
    driver.done("b")
    driver.done("a")
    assert driver.run_of("z").index == 1
    finish(driver)
    assert driver.status == "succeeded"


def test_dependency_of_an_item_waits_for_what_is_on_its_way_around_the_body() -> None:
    nodes = {"a": {"dependencies": [{"nodeId": "z"}]}}
    paths = ("start > fork0 > fork > a > join > end", "fork0 > y > z > end1")
    driver = over([1, 2], *paths, nodes=nodes)
    assert driver.active() == ["fork", "y", "a"]
    driver.done("y")
    driver.done("z")
    finish(driver)
    assert driver.status == "succeeded"
    assert driver.count_of("a") == 2
