"""Joins in mode ``all`` (SEMANTICS section 3): they wait for what is really coming, and for nothing
else.
"""

from typing import Any

import pytest

from seriatim.domain import events as e
from tests.builders import Driver, sequence


def consumed_by(driver: Driver, join: str = "join") -> list[tuple[str, ...]]:
    """What each firing of a join consumed."""
    starts = [x for x in driver.events if isinstance(x, e.NodeStarted) and x.node_id == join]
    return [x.consumed for x in starts]


# -- all branches come ----------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["abc", "acb", "bac", "bca", "cab", "cba"])
def test_a_join_fires_once_when_the_last_branch_has_come(order: str) -> None:
    driver = Driver(sequence("start > fork > a > join > end", "fork > b > join", "fork > c > join"))
    for node_id in order[:2]:
        driver.done(node_id)
        assert driver.count_of("join") == 0
    driver.done(order[2])
    assert driver.status == "succeeded"
    assert consumed_by(driver) == [("a-join", "b-join", "c-join")]


def test_a_join_with_one_way_in_fires_at_once() -> None:
    driver = Driver(sequence("start > join > end"))
    assert driver.status == "succeeded"
    assert consumed_by(driver) == [("start-join",)]


def test_a_branch_may_be_a_single_transition() -> None:
    driver = Driver(sequence("start > fork > join > end", "fork > a > join"))
    assert driver.active() == ["a"]
    driver.done("a")
    assert driver.status == "succeeded"


def test_a_join_sees_the_outputs_of_the_branches_in_the_order_of_its_transitions() -> None:
    mappings = [
        {"outputName": "all", "valueExpression": "arrived"},
        {"outputName": "of", "valueExpression": "expected"},
    ]
    driver = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > b > join",
            nodes={"join": {"outputMappings": mappings}},
        )
    )
    driver.done("b", result={"n": 2})
    driver.done("a", result={"n": 1})
    assert driver.latest("join").outputs == {"all": [{"n": 1}, {"n": 2}], "of": 2}


def test_nested_forks_and_joins() -> None:
    driver = Driver(
        sequence(
            "start > fork > fork2 > a > join2 > join > end",
            "fork2 > b > join2",
            "fork > c > join",
        )
    )
    driver.done("c", "a")
    assert driver.count_of("join2") == 0
    driver.done("b")
    assert driver.order()[-3:] == ["join2", "join", "end"]


# -- branches that do not come --------------------------------------------------------------------


def test_a_branch_that_a_decision_bypassed_is_not_waited_for() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > decide >[false]> b > join",
            "decide > end2",
        )
    )
    driver.done("a")
    assert driver.status == "succeeded"
    assert consumed_by(driver) == [("a-join",)]


def test_a_branch_that_a_decision_may_still_bypass_is_waited_for() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > b > decide >[false]> join",
            "decide > end2",
        )
    )
    driver.done("a")
    assert driver.count_of("join") == 0
    driver.done("b")
    assert driver.status == "succeeded"
    assert consumed_by(driver) == [("a-join",)]


def test_a_branch_that_an_error_ended_is_not_waited_for() -> None:
    driver = Driver(
        sequence("start > fork > a > join > end", "fork > b > join", "b >!error> c > end2")
    )
    driver.done("a")
    driver.fails("b")
    assert driver.order()[-3:] == ["c", "join", "end"]
    driver.done("c")
    assert driver.status == "succeeded"


def test_an_error_path_that_leads_to_the_join_is_waited_for() -> None:
    driver = Driver(sequence("start > fork > a > join > end", "fork > b > end2", "b >!error> join"))
    driver.done("a")
    assert driver.count_of("join") == 0
    driver.fails("b")
    assert consumed_by(driver) == [("a-join", "b-join")]


def test_a_branch_that_a_conditional_fork_never_began_is_not_waited_for() -> None:
    driver = Driver(
        sequence("start > fork > a > join > end", "fork >[x > 5]> b > join", "fork > c > join"),
        {"x": 1},
    )
    driver.done("a", "c")
    assert driver.status == "succeeded"
    assert consumed_by(driver) == [("a-join", "c-join")]


def test_the_branches_of_an_exclusive_choice_pass_one_at_a_time() -> None:
    driver = Driver(
        sequence("start > decide >[x]> a > join > b > end", "decide > c > join"), {"x": True}
    )
    driver.done("a")
    assert driver.active() == ["b"]
    assert consumed_by(driver) == [("a-join",)]


def test_a_branch_that_waits_for_a_signal_is_waited_for() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > signal > join",
            nodes={"signal": {"parameters": {"signalName": "go"}}},
        )
    )
    driver.done("a")
    assert driver.status == "waiting"
    driver.signal("go")
    assert driver.status == "succeeded"


def test_a_branch_in_back_off_is_waited_for() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 60}
    driver = Driver(
        sequence(
            "start > fork > a > join > end", "fork > b > join", nodes={"b": {"retryPolicy": policy}}
        )
    )
    driver.fails("b", retryable=True)
    driver.done("a")
    assert driver.count_of("join") == 0
    driver.pass_time(60_000)
    driver.done("b")
    assert driver.status == "succeeded"


def test_a_branch_that_ends_early_is_not_waited_for() -> None:
    driver = Driver(
        sequence("start > fork > a > join > end", "fork > b >[false]> join", "b > end2")
    )
    driver.done("a")
    driver.done("b")
    assert driver.status == "succeeded"
    assert driver.order()[-3:] == ["end2", "join", "end"]


# -- several tokens on one transition -------------------------------------------------------------


def test_a_second_token_on_the_same_transition_stays_for_the_next_firing() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > merge > join > x > end",
            "fork > b > merge",
            "fork > c > join",
            "fork > d > e > join",
        )
    )
    driver.done("a", "b", "merge", "merge", "c")
    assert driver.count_of("join") == 0
    driver.done("d")
    driver.done("e")
    assert consumed_by(driver) == [("merge-join", "c-join", "e-join"), ("merge-join",)]
    assert driver.active() == ["x", "x"]
    driver.done("x", "x")
    assert driver.status == "succeeded"


def test_tokens_on_one_transition_are_taken_in_the_order_in_which_they_came() -> None:
    mappings = [{"outputName": "n", "valueExpression": "arrived[0].n"}]
    driver = Driver(
        sequence(
            "start > fork > a > merge > join > x > end",
            "fork > b > merge",
            "fork > c > join",
            nodes={"join": {"outputMappings": mappings}},
        )
    )
    driver.done("a", "b")
    driver.done("merge", result={"n": 1})
    driver.done("merge", result={"n": 2})
    driver.done("c")
    outputs = [
        x.outputs["n"]
        for x in driver.events
        if isinstance(x, e.NodeSucceeded) and x.node_id == "join"
    ]
    assert outputs == [1, 2]


def test_two_transitions_from_one_node_are_two_ways_in() -> None:
    driver = Driver(sequence("start > fork > join > end", "fork > join"))
    assert consumed_by(driver) == [("fork-join", "fork-join'")]


# -- loops ----------------------------------------------------------------------------------------


def loop(rounds: int) -> Driver:
    """A fork and a join inside a loop: the way back does not hold the join up."""
    return Driver(
        sequence(
            "start > merge > fork > a > join > decide >[nodes.decide.outputs.n < rounds]> merge",
            "decide > end",
            "fork > b > join",
            nodes={
                "merge": {"type": "wait", "parameters": {"until": "true"}},
                "decide": {
                    "outputMappings": [
                        {"outputName": "n", "valueExpression": "n + 1", "targetVariable": "n"}
                    ]
                },
            },
            variables=[{"name": "n", "type": "integer", "defaultValue": 0}, {"name": "rounds"}],
        ),
        {"rounds": rounds},
    )


def test_a_join_in_a_loop_fires_once_per_round() -> None:
    driver = loop(3)
    for _ in range(3):
        driver.done("b", "a")
    assert driver.status == "succeeded"
    assert consumed_by(driver) == [("a-join", "b-join")] * 3


def test_a_loop_back_into_the_join_itself_does_not_hold_it_up() -> None:
    driver = Driver(
        sequence("start > join > a > decide >[nodes.a.outputs.again]> join", "decide > end")
    )
    driver.done("a", result={"again": True})
    driver.done("a", result={"again": False})
    assert driver.status == "succeeded"
    assert consumed_by(driver) == [("start-join",), ("decide-join",)]


def test_a_join_whose_only_source_is_itself_and_one_other() -> None:
    driver = Driver(sequence("start > join > end", "join >[false]> join", "join > end"))
    assert driver.status == "succeeded"


def test_a_branch_inside_a_loop_is_waited_for_while_it_may_come_round() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > b > decide >[nodes.b.outputs.again]> b",
            "decide > join",
        )
    )
    driver.done("a")
    for _ in range(3):
        driver.done("b", result={"again": True})
        assert driver.count_of("join") == 0
    driver.done("b", result={"again": False})
    assert driver.status == "succeeded"


def test_the_inputs_of_a_join_that_fail_fail_it_with_its_tokens_consumed() -> None:
    document: dict[str, Any] = sequence(
        "start > fork > a > join > end",
        "fork > b > join",
        "join >!error> c > end",
        nodes={
            "join": {
                "inputMappings": [
                    {
                        "sourceNodeId": "a",
                        "sourceOutputName": "x",
                        "targetInputName": "y",
                        "transformation": "value + 1",
                    }
                ]
            }
        },
    )
    driver = Driver(document)
    driver.done("a", "b", result={"x": "text"})
    assert driver.active() == ["c"]
    assert not driver.current.is_anything_parked
