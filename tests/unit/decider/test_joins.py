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


# -- joins that wait for joins --------------------------------------------------------------------


def test_a_token_parked_at_another_join_counts_as_coming() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join1 > join2 > end",
            "fork > b > join1",
            "fork > c > join2",
        )
    )
    driver.done("c", "a")
    assert driver.count_of("join2") == 0
    driver.done("b")
    assert driver.order()[-3:] == ["join1", "join2", "end"]


def ring(*more: str, order: tuple[str, str] = ("join1", "join2")) -> Driver:
    """Two joins, each with a token of its own and a gap that only the other one could fill."""
    first, second = order
    paths = {
        "join1": "fork > a > join1 > x > decide1 >[false]> join2",
        "join2": "fork > b > join2 > y > decide2 >[false]> join1",
    }
    return Driver(
        sequence(
            "start > fork",
            paths[first],
            paths[second],
            "decide1 > end",
            "decide2 > end",
            *more,
        )
    )


@pytest.mark.parametrize("order", [("join1", "join2"), ("join2", "join1")])
@pytest.mark.parametrize("tasks", [("a", "b"), ("b", "a")])
def test_of_a_ring_of_joins_the_first_in_document_order_acts(
    order: tuple[str, str], tasks: tuple[str, str]
) -> None:
    driver = ring(order=order)
    document = [node["id"] for node in driver.plan.document["nodes"]]
    first = min(("join1", "join2"), key=document.index)
    driver.done(*tasks)
    assert [x for x in driver.order() if x.startswith("join")] == [first]
    driver.finish()
    assert driver.status == "succeeded"
    assert driver.count_of("join1") == driver.count_of("join2") == 1


def test_a_ring_does_not_act_while_an_unparked_token_could_come() -> None:
    driver = ring("fork > c > d > join1", "c >!error> end")
    driver.done("a", "b")
    assert driver.active() == ["c"]
    driver.fails("c")
    assert [x for x in driver.order() if x.startswith("join")] == ["join1"]


def test_a_ring_does_not_act_while_it_waits_for_a_join_outside() -> None:
    driver = ring("fork > c > join3 > decide3 >[false]> join1", "fork > d > join3", "decide3 > end")
    driver.done("a", "b", "c")
    assert [x for x in driver.order() if x.startswith("join")] == []
    driver.done("d")
    assert [x for x in driver.order() if x.startswith("join")] == ["join3", "join1"]


def test_a_join_that_waits_for_a_ring_is_no_part_of_it() -> None:
    driver = Driver(
        sequence(
            "start > fork > c > join0 > end",
            "fork > a > join1 > x > decide1 >[false]> join2",
            "fork > b > join2 > y > decide2 >[false]> join1",
            "decide1 > join0",
            "decide2 > join0",
        )
    )
    driver.done("c", "a", "b")
    assert [x for x in driver.order() if x.startswith("join")] == ["join1"]
    driver.finish()
    assert driver.status == "succeeded"
    assert [x for x in driver.order() if x.startswith("join")] == ["join1", "join2", "join0"]


def test_a_ring_of_three() -> None:
    driver = Driver(
        sequence(
            "start > fork",
            "fork > a > join1 > decide1 >[false]> join2",
            "fork > b > join2 > decide2 >[false]> join3",
            "fork > c > join3 > decide3 >[false]> join1",
            "decide1 > end",
            "decide2 > end",
            "decide3 > end",
        )
    )
    driver.done("c", "b")
    assert [x for x in driver.order() if x.startswith("join")] == []
    driver.done("a")
    assert driver.status == "succeeded"
    assert [x for x in driver.order() if x.startswith("join")] == ["join1", "join2", "join3"]


def test_joins_without_gaps_act_before_those_with() -> None:
    """``join1`` could fire with its gap, but first in document order is not first to act."""
    driver = Driver(
        sequence(
            "start > fork > a > join1 > end",
            "fork > b > decide >[true]> join2 > end",
            "decide > join1",
            "fork > c > join2",
        )
    )
    driver.done("a", "c")
    driver.done("b")
    assert [x for x in driver.order() if x.startswith("join")] == ["join2", "join1"]


# -- width and depth ------------------------------------------------------------------------------


def test_a_join_of_1100_branches() -> None:
    names = [f"t{n}" for n in range(1_100)]
    driver = Driver(
        sequence("start > fork", *(f"fork > {name} > join" for name in names), "join > end")
    )
    assert len(driver.active()) == 1_100
    for task in reversed(driver.open_tasks):
        assert driver.current.ends_reached == 0
        driver.done_run(task.number)
    assert driver.status == "succeeded"
    assert len(consumed_by(driver)[0]) == 1_100


def test_a_hundred_joins_in_each_other() -> None:
    depth = 100
    paths = ["start > fork0"]
    for n in range(depth):
        paths.append(f"fork{n} > side{n} > join{n}")
        inner = f"fork{n + 1}" if n + 1 < depth else "middle"
        paths.append(f"fork{n} > {inner}")
        outer = f"join{n - 1}" if n else "end"
        paths.append(f"join{n} > {outer}")
    paths.append(f"middle > join{depth - 1}")
    driver = Driver(sequence(*paths))
    for n in range(depth):
        driver.done(f"side{n}")
    assert driver.active() == ["middle"]
    driver.done("middle")
    assert driver.status == "succeeded"
    assert [x for x in driver.order() if x.startswith("join")] == [
        f"join{n}" for n in reversed(range(depth))
    ]


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
