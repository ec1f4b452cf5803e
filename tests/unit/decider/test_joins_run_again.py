"""Under the policy ``incident`` a join that has failed is run again by an operator: it asks anew
for what it had taken, and for what has come since.
"""

from typing import Any

import pytest

from seriatim.domain import messages as m
from tests.builders import Driver, sequence

TWO = ("start > fork > a > join > x > end", "fork > b > join")
THREE = (*TWO, "fork > c > join")


def incidents(*paths: str, variables: dict[str, Any], **nodes: Any) -> Driver:
    declared = [{"name": name, "defaultValue": value} for name, value in variables.items()]
    return Driver(sequence(*paths, nodes=nodes, variables=declared, failurePolicy="incident"))


def run_again(run: Driver, node_id: str = "join", **values: Any) -> None:
    if values:
        run.send(m.VariablesUpdate(values=values))
    run.send(m.NodeOrder(node_id=node_id, action="run-now", by="ada"))


def is_failed(run: Driver, node_id: str = "join") -> bool:
    return any(x.is_incident for x in run.current.active.values() if x.node_id == node_id)


def test_a_join_that_lacked_tokens_fires_with_what_it_had_once_that_is_enough() -> None:
    join = {"parameters": {"mode": "count", "count": "needed"}}
    run = incidents(*TWO, variables={"needed": 3}, join=join)
    run.done("a", "b")
    assert is_failed(run)
    run_again(run)
    assert is_failed(run)
    assert run.count_of("join") == 2
    run_again(run, needed=2)
    assert run.active() == ["x"]
    run.finish()
    assert run.status == "succeeded"
    assert run.count_of("a") == 1


def test_a_join_whose_question_had_no_answer_waits_for_the_others_again() -> None:
    join = {"parameters": {"mode": "expression", "completeWhen": "len(arrived) >= needed + 0"}}
    mapping = [{"outputName": "all", "valueExpression": "arrived"}]
    run = incidents(*THREE, variables={"needed": "two"}, join={**join, "outputMappings": mapping})
    run.done("a", result={"n": 1})
    assert is_failed(run)
    run_again(run, needed=2)
    assert run.active() == ["b", "c"]
    run.done("b", result={"n": 2})
    assert run.latest("join").outputs == {"all": [{"n": 1}, {"n": 2}]}
    run.finish()
    assert run.status == "succeeded"
    assert run.count_of("x") == 1


@pytest.mark.parametrize(
    "mode", [{}, {"mode": "gather"}, {"mode": "any"}, {"mode": "count", "count": 2}]
)
def test_a_join_that_had_fired_acts_again_with_the_same_tokens(mode: dict[str, Any]) -> None:
    mapping = [{"outputName": "all", "valueExpression": "arrived if good else 1 / 0"}]
    join = {"parameters": mode, "outputMappings": mapping}
    run = incidents(*TWO, variables={"good": False}, join=join)
    run.done("a", result={"n": 1})
    if mode.get("mode") != "any":
        run.done("b", result={"n": 2})
    assert is_failed(run)
    run_again(run)
    assert is_failed(run)
    run_again(run, good=True)
    taken = [{"n": 1}] if mode.get("mode") == "any" else [{"n": 1}, {"n": 2}]
    assert run.latest("join").outputs == {"all": taken}
    assert run.count_of("join") == 1
    run.finish()
    assert run.status == "succeeded"
    assert run.count_of("x") == 1


def test_a_join_in_a_body_gives_back_the_tokens_of_its_item_alone() -> None:
    fork = {"parameters": {"forEach": "[1, 2]", "joinNodeId": "join2"}}
    run = incidents(
        "start > fork > fork1 > a > join1 > join2 > end",
        "fork1 > b > join1",
        variables={"needed": 3},
        fork=fork,
        join1={"parameters": {"mode": "count", "count": "needed"}},
    )
    run.done("a", "b")
    assert is_failed(run, "join1")
    run_again(run, "join1", needed=2)
    assert not is_failed(run, "join1")
    run.finish()
    assert run.status == "succeeded"


def test_the_join_of_a_body_is_run_again_with_the_items_that_have_come() -> None:
    fork = {"parameters": {"forEach": "[1, 2]", "joinNodeId": "join"}}
    join = {"parameters": {"mode": "expression", "completeWhen": "len(arrived) >= needed + 0"}}
    run = incidents(
        "start > fork > a > join > x > end",
        variables={"needed": "both"},
        fork=fork,
        join=join,
    )
    run.done("a", result={"n": 1})
    assert is_failed(run)
    run_again(run, needed=2)
    assert run.refused == "NodeCannotRunNow"
    run.done("a", result={"n": 2})
    run_again(run)
    assert run.latest("join").outputs == {"items": [{"n": 1}, {"n": 2}]}
    run.finish()
    assert run.status == "succeeded"


def test_tokens_given_back_in_a_pause_wait_for_the_resumption() -> None:
    join = {"parameters": {"mode": "count", "count": "needed"}}
    run = incidents(*TWO, variables={"needed": 3}, join=join)
    run.done("a", "b")
    run.send(m.PauseRequest())
    run_again(run, needed=2)
    assert run.active() == []
    run.send(m.ResumeRequest())
    assert run.active() == ["x"]


def test_the_execution_can_be_redriven_after_tokens_were_given_back() -> None:
    join = {"parameters": {"mode": "count", "count": "needed"}}
    run = incidents(*THREE, variables={"needed": "no number"}, join=join)
    run.done("a")
    assert is_failed(run)
    run_again(run, needed=2)
    run.send(m.CancelRequest())
    run.send(m.RedriveRequest(revision=1, tasks_version="t"))
    assert run.active() == ["b", "c"]
    run.done("b")
    run.finish()
    assert run.status == "succeeded"
