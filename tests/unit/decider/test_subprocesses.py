"""Subprocess nodes: one child per attempt, awaited or not, and never left behind."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider.subprocesses import child_id_of
from seriatim.domain.values import ChildOutcome, Error, ParentLink, Status
from tests.builders import Driver, sequence

SUCCEEDED = ChildOutcome(Status.SUCCEEDED, {"total": 5})
FAILED = ChildOutcome(Status.FAILED, error=Error("Card.Declined", "no money", {"limit": 3}))
CANCELLED = ChildOutcome(Status.CANCELLED)


def parent(
    *paths: str, variables: dict[str, Any] | None = None, node: Any = None, **parameters: Any
) -> Driver:
    """An execution whose node ``sub`` calls for a child of the sequence ``child``."""
    document = sequence(
        *(paths or ("start > sub > end",)),
        nodes={"sub": {"parameters": {"sequenceId": "child", **parameters}, **(node or {})}},
    )
    return Driver(document, variables)


def children(driver: Driver) -> list[c.StartChild]:
    return driver.commands_of(c.StartChild)


def child_ends(driver: Driver, outcome: ChildOutcome, place: int = -1) -> None:
    child = children(driver)[place]
    message = m.ChildResult(number=child.parent.number, child_id=child.child_id, outcome=outcome)
    driver.send(message)


def test_the_outputs_of_the_child_are_those_of_the_node() -> None:
    driver = parent(variables={"x": 1})
    [child] = children(driver)
    assert driver.status == "waiting"
    assert (child.sequence_id, child.revision, child.is_awaited) == ("child", None, True)
    assert child.parent == ParentLink("exec-1", driver.run_of("sub").number, depth=1)
    child_ends(driver, SUCCEEDED)
    assert driver.latest("sub").outputs == {"total": 5}
    assert driver.status == "succeeded"
    assert driver.commands_of(c.CancelChild) == []


def test_variables_of_the_child_are_the_parameter_overlaid_by_the_input_mappings() -> None:
    mapping = {"sourceNodeId": "start", "sourceOutputName": "x", "targetInputName": "a"}
    driver = parent(
        variables={"x": 7},
        node={"inputMappings": [mapping]},
    )
    assert children(driver)[0].variables == {"a": 7}
    document = sequence(
        "start > sub > end",
        nodes={
            "sub": {
                "parameters": {"sequenceId": "child", "variables": {"a": 1, "b": "${x + 1}"}},
                "inputMappings": [mapping],
            }
        },
    )
    assert children(Driver(document, {"x": 7}))[0].variables == {"a": 7, "b": 8}


def test_a_child_that_is_not_awaited_does_not_hold_the_parent() -> None:
    driver = parent(waitForCompletion=False)
    [child] = children(driver)
    assert child.is_awaited is False
    assert driver.latest("sub").outputs == {"executionId": child.child_id}
    assert driver.status == "succeeded"


def test_the_failure_of_the_child_fails_the_node_with_the_code_of_the_child() -> None:
    driver = parent()
    child_ends(driver, FAILED)
    assert driver.status == "failed"
    assert driver.error_code == "Card.Declined"
    error = driver.latest("sub").error
    assert error is not None
    assert error.details == {
        "executionId": children(driver)[0].child_id,
        "status": "failed",
        "details": {"limit": 3},
    }


def test_an_error_transition_catches_the_failure_of_a_child() -> None:
    driver = parent("start > sub > end", "sub >!error> a > end")
    child_ends(driver, CANCELLED)
    assert driver.active() == ["a"]
    error = driver.latest("sub").error
    assert error is not None
    assert error.code == "Seriatim.ChildFailed"
    assert error.details["status"] == "cancelled"


def test_each_attempt_is_a_child_of_its_own() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 10, "retryableErrors": ["Card.*"]}
    driver = parent(node={"retryPolicy": policy})
    child_ends(driver, FAILED)
    assert len(children(driver)) == 1
    driver.pass_time(10_000)
    first, second = children(driver)
    assert first.child_id != second.child_id
    child_ends(driver, SUCCEEDED, place=0)
    assert driver.refused == "ChildNotAwaited"
    child_ends(driver, SUCCEEDED)
    assert driver.status == "succeeded"
    assert driver.latest("sub").attempts == 2


def test_a_result_that_comes_again_during_back_off_changes_nothing() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 10}
    driver = parent(node={"retryPolicy": policy})
    child_ends(driver, FAILED)
    steps = len(driver.steps)
    child_ends(driver, FAILED)
    assert driver.refused is not None
    assert len(driver.steps) == steps


def test_a_child_past_the_time_out_is_cancelled_and_its_late_result_refused() -> None:
    driver = parent(node={"timeoutSeconds": 5})
    driver.pass_time(5_000)
    assert driver.error_code == "Seriatim.Timeout"
    [cancel] = driver.commands_of(c.CancelChild)
    assert cancel.child_id == children(driver)[0].child_id
    assert driver.commands_of(c.CancelTask) == []
    child_ends(driver, SUCCEEDED)
    assert driver.refused is not None


def test_a_child_past_the_time_out_gives_way_to_the_next_attempt() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 1}
    driver = parent(node={"timeoutSeconds": 5, "retryPolicy": policy})
    driver.pass_time(6_000)
    assert len(children(driver)) == 2
    assert [x.child_id for x in driver.commands_of(c.CancelChild)] == [children(driver)[0].child_id]
    child_ends(driver, SUCCEEDED)
    assert driver.status == "succeeded"


@pytest.mark.parametrize("how", ["cancel", "fail_fast", "interrupt", "terminate"])
def test_whatever_ends_the_node_cancels_the_child(how: str) -> None:
    document = sequence(
        "start > fork > sub > end",
        "fork > a > end2",
        "sub >!timer> end3",
        nodes={
            "sub": {"parameters": {"sequenceId": "child"}},
            "end2": {"parameters": {"terminate": True}},
        },
    )
    document["transitions"][-1]["afterSeconds"] = 9
    driver = Driver(document)
    match how:
        case "cancel":
            driver.send(m.CancelRequest(reason="enough"))
        case "fail_fast":
            driver.fails("a")
        case "interrupt":
            driver.pass_time(9_000)
        case _:
            driver.done("a")
    [cancel] = driver.commands_of(c.CancelChild)
    assert cancel.child_id == children(driver)[0].child_id
    assert cancel.reason


def test_an_execution_reports_its_end_to_its_parent() -> None:
    link = ParentLink("exec-0", 7, index=3, depth=2)
    driver = Driver(sequence("start > a > end"), parent=link)
    driver.fails("a", "Oops")
    [report] = driver.commands_of(c.ReportToParent)
    assert report.parent == link
    assert report.outcome.status is Status.FAILED
    assert report.outcome.error is not None
    assert report.outcome.error.code == "Oops"


def test_a_grandchild_is_one_deeper() -> None:
    document = sequence("start > sub > end", nodes={"sub": {"parameters": {"sequenceId": "x"}}})
    driver = Driver(document, parent=ParentLink("exec-0", 2, depth=5))
    assert children(driver)[0].parent.depth == 6


def test_recursion_without_end_is_stopped() -> None:
    document = sequence("start > sub > end", nodes={"sub": {"parameters": {"sequenceId": "x"}}})
    driver = Driver(document, parent=ParentLink("exec-0", 2, depth=64))
    assert children(driver) == []
    assert driver.error_code == "Seriatim.ChildFailed"


def test_the_sequence_and_revision_may_be_computed() -> None:
    document = sequence(
        "start > sub > end",
        nodes={"sub": {"parameters": {"sequenceId": "${which}", "revision": "${r}"}}},
    )
    [child] = children(Driver(document, {"which": "other", "r": 3.0}))
    assert (child.sequence_id, child.revision) == ("other", 3)


@pytest.mark.parametrize(
    ("which", "revision"),
    [(5, 1), ("", 1), (None, 1), ("x", "1"), ("x", 1.5), ("x", True)],
)
def test_what_names_no_sequence_or_revision_fails_the_node(which: Any, revision: Any) -> None:
    document = sequence(
        "start > sub > end",
        nodes={"sub": {"parameters": {"sequenceId": "${which}", "revision": "${r}"}}},
    )
    driver = Driver(document, {"which": which, "r": revision})
    assert driver.error_code == "Seriatim.TypeMismatch"
    assert children(driver) == []


def test_a_child_that_nobody_called_for_is_refused() -> None:
    driver = parent()
    number = driver.run_of("sub").number
    driver.send(m.ChildResult(number=number, child_id="exec-x", outcome=SUCCEEDED))
    assert driver.refused == "ChildNotAwaited"
    driver.send(m.ChildResult(number=99, child_id="exec-x", outcome=SUCCEEDED))
    assert driver.refused is not None
    assert driver.active() == ["sub"]


def test_the_history_says_which_child_ran_and_how_it_ended() -> None:
    driver = parent()
    child_ends(driver, SUCCEEDED)
    child_id = children(driver)[0].child_id
    kinds = [x for x in driver.events if isinstance(x, e.ChildStarted | e.ChildEnded)]
    assert [(type(x).__name__, x.child_id) for x in kinds] == [
        ("ChildStarted", child_id),
        ("ChildEnded", child_id),
    ]


def test_a_list_that_has_gone_bad_before_the_next_attempt_fails_the_node() -> None:
    document = sequence(
        "start > sub > end",
        nodes={
            "sub": {
                "parameters": {"sequenceId": "child", "forEach": "items"},
                "retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 5},
            }
        },
        variables=[{"name": "items"}],
    )
    driver = Driver(document, {"items": [1]})
    number = driver.run_of("sub").number
    child_id = child_id_of("exec-1", number, 1, 0)
    driver.send(m.ChildResult(number=number, child_id=child_id, index=0, outcome=FAILED))
    driver.send(m.VariablesUpdate(values={"items": 5}))
    driver.pass_time(5_000)
    assert driver.error_code == "Seriatim.TypeMismatch"
