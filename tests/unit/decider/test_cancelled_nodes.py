"""``cancelNodeIds``: when a node completes, every token on the nodes that it names is cancelled,
wherever it is: running, parked, or on its way (SEMANTICS section 2).
"""

from typing import Any

import pytest

from seriatim.domain import commands as c
from tests.builders import Driver, sequence

BODY = ("start > fork0 > fork > a > join > end", "fork0 > x > end2")


def over(xs: list[Any], *paths: str, **nodes: Any) -> Driver:
    """A fork over ``xs`` beside a branch with ``x``."""
    document = sequence(*(paths or BODY), nodes={"fork": {}, **nodes})
    found = {node["id"]: node for node in document["nodes"]}
    found["fork"]["parameters"] = {"forEach": "xs", "joinNodeId": "join"}
    return Driver(document, {"xs": xs})


@pytest.mark.parametrize("first", ["decide", "b"])
def test_a_token_that_is_on_its_way_is_cancelled_too_in_whatever_order(first: str) -> None:
    paths = ["fork > decide > end", "fork > b > end2"]
    document = sequence(
        "start > fork",
        *(paths if first == "decide" else reversed(paths)),
        nodes={"decide": {"cancelNodeIds": ["b"]}},
    )
    driver = Driver(document)
    assert driver.status == "succeeded"
    assert len(driver.current.live) == 0


def test_a_node_may_begin_again_what_it_cancels() -> None:
    document = sequence(
        "start > fork > b > end", "fork > x > b", nodes={"x": {"cancelNodeIds": ["b"]}}
    )
    driver = Driver(document)
    driver.done("x")
    assert driver.active() == ["b"]
    assert driver.count_of("b") == 2
    driver.done("b")
    assert driver.status == "succeeded"


def test_an_end_that_is_reached_cancels_too() -> None:
    document = sequence(
        "start > fork > a > end", "fork > b > end2", nodes={"end": {"cancelNodeIds": ["b"]}}
    )
    driver = Driver(document)
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.count_of("end2") == 0


def test_tokens_on_their_way_to_a_join_are_dropped_with_those_parked_there() -> None:
    document = sequence(
        "start > fork > a > join > end",
        "fork > b > join",
        "fork > c > decide > end2",
        nodes={"decide": {"cancelNodeIds": ["join", "b"]}},
    )
    driver = Driver(document)
    driver.done("a")
    driver.done("c")
    assert driver.status == "succeeded"
    assert driver.count_of("join") == 0


# -- bodies ---------------------------------------------------------------------------------------


def test_from_outside_the_tokens_of_all_items_are_cancelled() -> None:
    driver = over([1, 2, 3], x={"cancelNodeIds": ["a"]})
    driver.done("x")
    assert driver.status == "succeeded"
    assert len(driver.commands_of(c.CancelTask)) == 3
    assert driver.latest("join").outputs == {"items": [{}, {}, {}]}


def test_from_inside_a_token_outside_is_cancelled() -> None:
    driver = over([1, 2], a={"cancelNodeIds": ["x"]})
    driver.done("a")
    assert driver.active() == ["fork", "a"]
    driver.done("a")
    assert driver.status == "succeeded"


def test_from_inside_the_tokens_of_other_items_are_left_alone() -> None:
    paths = ("start > fork > fork2 > a > join > end", "fork2 > b > join")
    driver = over([1, 2], *paths, a={"cancelNodeIds": ["b"]})
    driver.done("a")
    assert driver.active() == ["fork", "a", "b"]


@pytest.mark.parametrize("node_id", ["a", "x"])
def test_a_fork_that_is_named_goes_with_all_its_items(node_id: str) -> None:
    driver = over([1, 2], **{node_id: {"cancelNodeIds": ["fork"]}})
    driver.done(node_id)
    assert driver.latest("fork").status == "cancelled"
    assert len(driver.current.scopes) == len(driver.current.for_each) == 0
    driver.finish()
    assert driver.status == "succeeded"
    assert driver.count_of("join") == 0


def test_a_fork_cancels_what_it_names_when_its_items_have_come_together() -> None:
    driver = over([1, 2], fork={"cancelNodeIds": ["x"]})
    driver.done("a")
    assert "x" in driver.active()
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.count_of("end2") == 0


def test_a_join_whose_tokens_are_cancelled_still_absorbs_those_that_are_late() -> None:
    document = sequence(
        "start > fork > a > join > decide >[true]> join",
        "decide > end",
        "fork > b > join",
        "fork > x > end",
        nodes={"join": {"parameters": {"mode": "any"}}, "x": {"cancelNodeIds": ["join"]}},
    )
    driver = Driver(document)
    driver.done("a")
    assert len(driver.current.parked[0, "join"].held) == 1, "its own output, for the next wave"
    driver.done("x")
    assert len(driver.current.parked[0, "join"].held) == 0
    driver.done("b")
    assert (driver.status, driver.count_of("join")) == ("succeeded", 1)
