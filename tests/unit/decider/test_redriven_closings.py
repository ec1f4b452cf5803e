"""Goal: a join that ends a ``forEach`` body and acts again after a redrive goes on where it has
what it asks for, and else waits for the items that are left.
"""

from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain.plan import compile_plan
from seriatim.domain.values import Error
from tests.builders import TASKS, Driver, sequence

Document = dict[str, Any]


def closing(needed: str, mode: str, on_reached: str, way: str = "true", **more: Any) -> Document:
    """Items until ``needed`` of them have ended, and one ``way`` out of the join."""
    each = {"forEach": "[1, 2, 3, 4]", "joinNodeId": "join", **more}
    asks = {"count": {"count": needed}, "expression": {"completeWhen": f"len(arrived) >= {needed}"}}
    join = {"mode": mode, "onReached": on_reached, **asks[mode]}
    return sequence(
        f"start > fork > a > join >[{way}]> end",
        nodes={"fork": {"parameters": each}, "join": {"parameters": join}},
    )


def redriven(run: Driver, document: Document) -> None:
    run.plan = compile_plan(document, TASKS)
    run.send(m.RedriveRequest(revision=1, tasks_version="t"))
    assert run.refusal is None, run.refusal


in_each_mode = pytest.mark.parametrize("mode", ["count", "expression"])
however_reached = pytest.mark.parametrize("on_reached", ["absorb", "cancel"])


@in_each_mode
@however_reached
def test_one_that_has_what_it_asks_for_goes_on(mode: str, on_reached: str) -> None:
    """Where it cancels the items that are left, it had nothing to go on with."""
    run = Driver(closing("1", mode, on_reached, "false"))
    run.done("a", result={"x": 1})
    assert run.error_code == "Seriatim.NoTransition"
    redriven(run, closing("1", mode, on_reached))
    run.finish()
    assert run.status == "succeeded"
    assert run.latest("join").outputs["items"] == [{"x": 1}, None, None, None]
    assert run.count_of("fork") == 1


@in_each_mode
@however_reached
@pytest.mark.parametrize("more", [{}, {"maxConcurrency": 1}])
def test_one_that_asks_for_more_waits_for_the_items_that_are_left(
    mode: str, on_reached: str, more: Document
) -> None:
    run = Driver(closing("1", mode, on_reached, "false", **more))
    run.done("a", result={"x": 1})
    assert run.error_code == "Seriatim.NoTransition"
    redriven(run, closing("3", mode, on_reached, **more))
    assert run.count_of("join") == 1
    assert "fork" in run.active()
    run.done("a", result={"x": 2})
    assert run.count_of("join") == 1
    run.done("a", result={"x": 3})
    run.finish()
    assert run.status == "succeeded"
    assert run.latest("join").outputs["items"] == [{"x": 1}, {"x": 2}, {"x": 3}, None]
    assert len(run.current.for_each) == len(run.current.scopes) == 0


@in_each_mode
def test_one_that_could_not_ask_waits_until_it_can_and_has(mode: str) -> None:
    run = Driver(closing("1 / 0", mode, "absorb"))
    run.done("a")
    assert run.error_code == "Seriatim.ExpressionError"
    redriven(run, closing("4", mode, "absorb"))
    run.finish()
    assert run.status == "succeeded"
    assert run.count_of("a") == 7, "three were broken off and began anew"


def test_one_that_can_never_have_what_it_asks_for_fails_at_the_last_item() -> None:
    run = Driver(closing("1", "count", "absorb", "false"))
    run.done("a")
    redriven(run, closing("5", "count", "absorb"))
    run.finish()
    assert run.error_code == "Seriatim.JoinUnsatisfied"


def test_it_may_be_cancelled_and_redriven_while_it_waits_again() -> None:
    run = Driver(closing("1", "count", "absorb", "false"))
    run.done("a")
    redriven(run, closing("3", "count", "absorb"))
    run.send(m.CancelRequest())
    assert run.status == "cancelled"
    redriven(run, closing("3", "count", "absorb"))
    run.finish()
    assert run.status == "succeeded"


def test_a_revision_in_which_it_ends_no_body_does_not_fit() -> None:
    run = Driver(closing("1", "count", "absorb", "false"))
    run.done("a")
    plain = sequence("start > fork1 > a > join > end", "fork1 > b > join")
    run.next_plan = compile_plan(plain, TASKS)
    run.send(m.RedriveRequest(revision=2, tasks_version="t"))
    assert run.refusal is not None
    assert run.refusal.code == "RevisionDoesNotFit"


@however_reached
def test_an_incident_of_one_is_run_again_where_it_has_what_it_asks_for(on_reached: str) -> None:
    document = closing("1", "count", on_reached, "x == 1", failurePolicy="incident")
    document |= {"failurePolicy": "incident", "variables": [{"name": "x", "type": "integer"}]}
    run = Driver(document)
    run.done("a", result={"x": 1})
    assert run.latest("join").is_incident
    run.send(m.VariablesUpdate(values={"x": 1}))
    run.send(m.NodeOrder(node_id="join", action="run-now"))
    assert run.refusal is None, run.refusal
    run.finish()
    assert run.status == "succeeded"
    assert run.latest("join").outputs["items"] == [{"x": 1}, None, None, None]


def test_an_incident_of_one_that_has_given_up_its_items_says_so() -> None:
    document = closing("n", "count", "cancel", "false")
    variables = [{"name": "n", "type": "integer", "defaultValue": 1}]
    run = Driver(document | {"failurePolicy": "incident", "variables": variables})
    run.done("a")
    run.send(m.VariablesUpdate(values={"n": 3}))
    run.send(m.NodeOrder(node_id="join", action="run-now"))
    assert run.refusal is not None
    assert run.refusal.code == "NodeCannotRunNow"
    assert "has given up the items that had not ended" in run.refusal.message
    run.send(m.NodeOrder(node_id="join", action="fail", error=Error("X", "x")))
    assert run.refusal is None
