"""Joins that need not wait for all: ``gather``, ``any``, ``count`` and ``expression`` (SEMANTICS
section 3).
"""

from typing import Any

import pytest

from seriatim.domain import events as e
from tests.builders import Driver, sequence

THREE = ("start > fork > a > join > x > end", "fork > b > join", "fork > c > join")


def joined(*paths: str, variables: dict[str, Any] | None = None, **join: Any) -> Driver:
    """An execution whose node ``join`` has these parameters."""
    outputs = [{"outputName": "all", "valueExpression": "arrived"}]
    document = sequence(
        *(paths or THREE), nodes={"join": {"parameters": join, "outputMappings": outputs}}
    )
    return Driver(document, variables)


def consumed(driver: Driver) -> list[tuple[str, ...]]:
    """What each firing of the join took."""
    started = [x for x in driver.events if isinstance(x, e.NodeStarted)]
    return [x.consumed for x in started if x.node_id == "join"]


# -- gather ---------------------------------------------------------------------------------------


def test_gather_fires_once_when_nothing_can_come_any_more() -> None:
    driver = joined(mode="gather")
    driver.done("b", "a")
    assert driver.count_of("join") == 0
    driver.done("c")
    assert consumed(driver) == [("a-join", "b-join", "c-join")]


def test_gather_takes_every_token_of_a_transition() -> None:
    driver = joined(
        "start > fork > a > m > join > x > end", "fork > b > m", "fork > c > join", mode="gather"
    )
    driver.done("a", "b")
    driver.done("m", result={"n": 1})
    driver.done("m", result={"n": 2})
    assert driver.count_of("join") == 0
    driver.done("c", result={"n": 3})
    assert consumed(driver) == [("m-join", "m-join", "c-join")]
    assert driver.latest("join").outputs["all"] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert driver.active() == ["x"]


def test_gather_waits_for_a_further_token_on_a_transition_that_holds_one() -> None:
    driver = joined("start > fork > a > m > join > end", "fork > b > m", mode="gather")
    driver.done("a", "m")
    assert driver.count_of("join") == 0
    driver.done("b", "m")
    assert consumed(driver) == [("m-join", "m-join")]
    assert driver.status == "succeeded"


def test_gather_waits_for_none_that_was_bypassed() -> None:
    driver = joined(
        "start > fork > a > join > end",
        "fork > b > decide >[false]> join",
        "decide > end2",
        mode="gather",
    )
    driver.done("a", "b")
    assert driver.status == "succeeded"
    assert consumed(driver) == [("a-join",)]


# -- any, count, expression -----------------------------------------------------------------------


@pytest.mark.parametrize("first", ["a", "b", "c"])
def test_any_fires_at_the_first_token(first: str) -> None:
    driver = joined(mode="any")
    driver.done(first)
    assert consumed(driver) == [(f"{first}-join",)]


@pytest.mark.parametrize(
    "count", [2, "2", "wanted", "expected - 1", "len(arrived) if false else 2"]
)
def test_count_fires_at_so_many(count: Any) -> None:
    driver = joined(mode="count", count=count, variables={"wanted": 2})
    driver.done("c")
    assert driver.count_of("join") == 0
    driver.done("a")
    assert consumed(driver) == [("a-join", "c-join")]


def test_count_counts_transitions_and_not_tokens() -> None:
    driver = joined(
        "start > fork > a > m > join > x > end",
        "fork > b > m",
        "fork > c > join",
        mode="count",
        count=2,
    )
    driver.done("a", "b", "m", "m")
    assert driver.count_of("join") == 0
    driver.done("c")
    assert consumed(driver)[0] == ("m-join", "c-join")


def test_an_expression_sees_what_has_arrived_in_the_order_of_the_transitions() -> None:
    driver = joined(mode="expression", completeWhen="len(arrived) > 1 and arrived[0].n > 5")
    driver.done("b", result={"n": 9})
    driver.done("c", result={"n": 1})
    assert driver.active() == ["a", "x"]
    assert driver.latest("join").outputs["all"] == [{"n": 9}, {"n": 1}]


def test_a_variable_may_make_the_expression_true() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join > x > end",
            "fork > b > c > join",
            nodes={
                "join": {"parameters": {"mode": "expression", "completeWhen": "go"}},
                "b": {
                    "outputMappings": [
                        {"outputName": "go", "valueExpression": "true", "targetVariable": "go"}
                    ]
                },
            },
            variables=[{"name": "go", "type": "boolean", "defaultValue": False}],
        )
    )
    driver.done("a")
    assert driver.count_of("join") == 0
    driver.done("b")
    assert driver.active() == ["c", "x"]


# -- what can not be met --------------------------------------------------------------------------

UNMET = (
    "start > fork > a > join > x > end",
    "fork > b > decide >[false]> join",
    "decide > end2",
    "join >!error> y > end",
)


@pytest.mark.parametrize(
    "join",
    [
        {"mode": "count", "count": 2},
        {"mode": "expression", "completeWhen": "len(arrived) == expected"},
        {"mode": "expression", "completeWhen": "null"},
    ],
)
def test_what_can_not_be_met_any_more_fails_the_join(join: dict[str, Any]) -> None:
    driver = joined(*UNMET, **join)
    driver.done("a")
    assert driver.count_of("join") == 0
    driver.done("b")
    error = driver.latest("join").error
    assert error is not None
    assert (error.code, error.details) == (
        "Seriatim.JoinUnsatisfied",
        {"arrived": 1, "expected": 2},
    )
    assert driver.active() == ["y"]
    assert not driver.current.is_anything_parked


@pytest.mark.parametrize("count", ["0", "'2'", "1.5", "true", "null"])
def test_a_count_that_is_no_whole_number_from_1_on_fails_the_join(count: str) -> None:
    driver = joined(*UNMET, mode="count", count=count)
    driver.done("a")
    error = driver.latest("join").error
    assert error is not None
    assert error.code == "Seriatim.TypeMismatch"
    assert driver.active() == ["b", "y"]


@pytest.mark.parametrize("text", ["len(arrived)", "1 / 0 > 1", "arrived[5].n"])
def test_an_expression_that_fails_fails_the_join(text: str) -> None:
    driver = joined(*UNMET, mode="expression", completeWhen=text)
    driver.done("a")
    error = driver.latest("join").error
    assert error is not None
    assert error.code == "Seriatim.ExpressionError"


def test_of_a_ring_one_that_would_fail_goes_last() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join1 > decide1 >[false]> join2",
            "fork > b > join2 > decide2 >[false]> join1",
            "decide1 > end",
            "decide2 > end",
            nodes={"join1": {"parameters": {"mode": "count", "count": 2}}},
        )
    )
    driver.done("a", "b")
    assert [x for x in driver.order() if x.startswith("join")] == ["join2", "join1"]
    assert driver.error_code == "Seriatim.JoinUnsatisfied"


def test_of_a_ring_a_gather_fires_with_what_it_holds() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join1 > decide1 >[false]> join2",
            "fork > b > join2 > decide2 >[false]> join1",
            "decide1 > end",
            "decide2 > end",
            nodes={"join1": {"parameters": {"mode": "gather"}}},
        )
    )
    driver.done("a", "b")
    assert driver.status == "succeeded"
    assert [x for x in driver.order() if x.startswith("join")] == ["join1", "join2"]
