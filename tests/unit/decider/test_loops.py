"""Loops: each round is a new run of its nodes, and a guard ends those that never stop."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from tests.builders import Driver, sequence


def endless(**fields: Any) -> Driver:
    return Driver(sequence("start > a > decide >[true]> a", "decide > end", **fields))


def test_a_loop_runs_until_its_condition_is_false() -> None:
    driver = Driver(sequence("start > a > decide >[nodes.a.outputs.n < 3]> a", "decide > end"))
    for n in range(1, 4):
        driver.done("a", result={"n": n})
    assert driver.status == "succeeded"
    assert [driver.count_of(x) for x in ("a", "decide", "end")] == [3, 3, 1]


def test_past_max_node_runs_the_execution_fails() -> None:
    driver = endless(maxNodeRuns=4)
    for _ in range(4):
        driver.done("a")
    assert driver.error_code == "Seriatim.LoopLimit"
    assert driver.count_of("a") == 4
    assert driver.ended.error is not None
    assert driver.ended.error.details == {"nodeId": "a"}
    assert [node_id for _, node_id, _ in driver.current.errors] == ["a"]
    assert "4" in driver.ended.error.message


def test_a_limit_that_is_just_enough_is_enough() -> None:
    document = sequence(
        "start > a > decide >[nodes.a.outputs.n < 4]> a", "decide > end", maxNodeRuns=4
    )
    driver = Driver(document)
    for n in range(1, 5):
        driver.done("a", result={"n": n})
    assert driver.status == "succeeded"


def test_the_limit_counts_each_node_by_itself() -> None:
    names = [f"t{n}" for n in range(10)]
    driver = Driver(sequence(" > ".join(["start", *names, "end"]), maxNodeRuns=1))
    driver.finish()
    assert driver.status == "succeeded"


def test_an_endless_loop_of_decisions_alone_ends() -> None:
    document = sequence(
        "start > decide1 >[true]> decide2 > decide1", "decide1 > end", maxNodeRuns=1_000
    )
    driver = Driver(document)
    assert driver.error_code == "Seriatim.LoopLimit"
    assert driver.count_of("decide1") == 1_000
    assert max(len(step.events) for step in driver.steps) < 2_000


def test_an_endless_loop_of_joins_ends() -> None:
    driver = Driver(sequence("start > join > decide >[true]> join", "decide > end", maxNodeRuns=50))
    assert driver.error_code == "Seriatim.LoopLimit"
    assert driver.count_of("join") == 50


def test_an_endless_loop_by_an_error_transition_ends() -> None:
    document = sequence(
        "start > timer > end",
        "timer >!error> timer",
        nodes={"timer": {"parameters": {"durationSeconds": "${x}"}}},
        maxNodeRuns=50,
    )
    assert Driver(document, {"x": "no number"}).error_code == "Seriatim.LoopLimit"


def test_a_loop_that_multiplies_its_tokens_ends() -> None:
    document = sequence("start > merge > fork > merge", "fork > merge", "fork >[false]> end")
    document["nodes"][1].update(type="decision")
    driver = Driver(document | {"maxNodeRuns": 600})
    assert driver.error_code == "Seriatim.LoopLimit"
    assert driver.count_of("merge") == 600


def test_the_limit_cannot_be_caught_and_cancels_what_runs() -> None:
    document = sequence(
        "start > fork > x > end",
        "fork > decide1 >[true]> decide2 > decide1",
        "decide1 > end",
        "decide1 >!error> end",
        maxNodeRuns=5,
        failurePolicy="finish_branches",
    )
    driver = Driver(document)
    assert driver.error_code == "Seriatim.LoopLimit"
    assert driver.commands_of(c.CancelTask) == [c.CancelTask(number=3, attempt=1)]


@pytest.mark.parametrize("limit", [None, 10_000])
def test_the_limit_is_ten_thousand_by_default(limit: int | None) -> None:
    driver = endless(maxNodeRuns=limit)
    assert driver.plan.node_runs_max == 10_000
