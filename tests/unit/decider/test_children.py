"""Subprocess nodes with ``forEach``: one child execution per item (SEMANTICS section 2)."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider.children import CHILDREN_PER_STEP_MAX, child_variables
from seriatim.domain.decider.subprocesses import child_id_of
from seriatim.domain.values import ChildOutcome, Error, Status
from tests.builders import Driver, sequence

BROKEN = Error("Broken", "it went wrong", retryable=True)


def family(items: Any, *paths: str, node: Any = None, **parameters: Any) -> Driver:
    """An execution whose node ``sub`` runs a child per item of ``xs`` = ``items``."""
    document = sequence(
        *(paths or ("start > sub > end",)),
        nodes={
            "sub": {
                "parameters": {"sequenceId": "child", "forEach": "xs", **parameters},
                **(node or {}),
            }
        },
        variables=[{"name": "xs"}],
    )
    return Driver(document, {"xs": items})


def ends(driver: Driver, index: int, outcome: Any = None, attempt: int | None = None) -> None:
    """The child of an item reports; ``outcome`` is its outputs, or the error it failed with."""
    run = driver.run_of("sub")
    child_id = child_id_of("exec-1", run.number, attempt or run.attempts, index)
    if isinstance(outcome, Error):
        result = ChildOutcome(Status.FAILED, error=outcome)
    else:
        result = ChildOutcome(Status.SUCCEEDED, outcome or {})
    driver.send(m.ChildResult(number=run.number, child_id=child_id, outcome=result, index=index))


def called_for(driver: Driver) -> list[tuple[int, int]]:
    return [(x.first, x.count) for x in driver.commands_of(c.StartChildren)]


# -- one child per item ---------------------------------------------------------------------------


def test_all_children_are_called_for_and_their_outputs_are_in_order() -> None:
    driver = family(["a", "b", "c"])
    assert called_for(driver) == [(0, 3)]
    assert driver.status == "waiting"
    for index in (1, 2, 0):
        ends(driver, index, {"n": index})
    assert driver.status == "succeeded"
    assert driver.latest("sub").outputs == {
        "items": [{"n": 0}, {"n": 1}, {"n": 2}],
        "succeeded": 3,
        "failed": 0,
    }


def test_an_empty_list_completes_at_once() -> None:
    driver = family([])
    assert driver.status == "succeeded"
    assert driver.latest("sub").outputs == {"items": [], "succeeded": 0, "failed": 0}
    assert called_for(driver) == []


def test_a_child_gets_item_and_index_and_the_variables_of_the_node() -> None:
    variables = {"twice": "${item * 2}", "index": "${index + 1}"}
    driver = family([5, 6], variables=variables)
    number = driver.run_of("sub").number
    assert child_variables(driver.plan, driver.current, number, 1) == {
        "item": 6,
        "twice": 12,
        "index": 2,
    }


def test_every_child_has_an_id_of_its_own_by_item_and_attempt() -> None:
    ids = {child_id_of("exec-1", 2, attempt, index) for attempt in (1, 2) for index in range(50)}
    assert len(ids | {child_id_of("exec-1", 2, 1)}) == 101


@pytest.mark.parametrize(
    ("items", "parameters"),
    [
        (5, {}),
        (None, {}),
        ([1], {"maxConcurrency": 0}),
        ([1], {"maxConcurrency": "${'2'}"}),
        ([1], {"toleratedFailurePercentage": "${'2'}"}),
        ([1], {"toleratedFailurePercentage": "${true}"}),
    ],
)
def test_what_makes_no_sense_fails_the_node(items: Any, parameters: Any) -> None:
    driver = family(items, **parameters)
    assert driver.error_code == "Seriatim.TypeMismatch"
    assert called_for(driver) == []


# -- how many at once -----------------------------------------------------------------------------


def test_no_more_children_run_at_once_than_may() -> None:
    driver = family(list(range(5)), maxConcurrency=2)
    assert called_for(driver) == [(0, 2)]
    ends(driver, 1)
    assert called_for(driver) == [(0, 2), (2, 1)]
    ends(driver, 0)
    ends(driver, 2)
    ends(driver, 3)
    assert called_for(driver)[-1] == (4, 1)
    ends(driver, 4)
    assert driver.status == "succeeded"


def test_a_step_calls_for_a_bounded_number_of_children() -> None:
    driver = family(list(range(2 * CHILDREN_PER_STEP_MAX + 1)))
    assert called_for(driver) == [(0, 500), (500, 500), (1000, 1)]
    assert all(len(step.commands) <= 2 for step in driver.steps)


def test_the_log_of_the_parent_stays_small() -> None:
    driver = family(list(range(300)), maxConcurrency=50)
    for index in range(300):
        ends(driver, index)
    assert driver.status == "succeeded"
    assert len(driver.events) <= 2 * 300 + 20
    assert driver.current.node_runs == 3


# -- failures -------------------------------------------------------------------------------------


def test_by_default_the_first_failure_fails_the_node_and_cancels_the_others() -> None:
    driver = family(list(range(4)), maxConcurrency=3)
    ends(driver, 1)
    ends(driver, 0, BROKEN)
    assert driver.error_code == "Seriatim.ChildFailed"
    [cancel] = driver.commands_of(c.CancelChildren)
    assert cancel.indexes == (2, 3)
    assert driver.ended.error is not None
    assert driver.ended.error.details["firstError"]["code"] == "Broken"


@pytest.mark.parametrize(
    ("percentage", "failures", "status"),
    [(0, 1, "failed"), (50, 2, "succeeded"), (50, 3, "failed"), (49, 2, "failed"), (100, 4, "")],
)
def test_as_many_failures_are_tolerated_as_the_percentage_says(
    percentage: float, failures: int, status: str
) -> None:
    driver = family(list(range(4)), toleratedFailurePercentage=percentage)
    for index in range(4):
        if driver.status == "waiting":
            ends(driver, index, BROKEN if index < failures else {"n": index})
    assert driver.status == (status or "succeeded")
    if driver.status == "succeeded":
        outputs = driver.latest("sub").outputs
        assert (outputs["succeeded"], outputs["failed"]) == (4 - failures, failures)


def test_a_failed_child_leaves_a_place_without_outputs() -> None:
    driver = family([1, 2], toleratedFailurePercentage=50)
    ends(driver, 0, BROKEN)
    ends(driver, 1, {"n": 1})
    assert driver.latest("sub").outputs["items"] == [{}, {"n": 1}]


def test_an_error_transition_catches_too_many_failures() -> None:
    driver = family([1, 2], "start > sub > end", "sub >!error> x > end")
    ends(driver, 0, BROKEN)
    assert driver.active() == ["x"]


# -- retry ----------------------------------------------------------------------------------------

RETRY = {"retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 5}}


def test_another_attempt_runs_all_children_anew() -> None:
    driver = family([1, 2], node=RETRY)
    ends(driver, 1, {"n": 1})
    ends(driver, 0, BROKEN)
    assert driver.current.families.get(2) is None
    driver.pass_time(5_000)
    assert called_for(driver) == [(0, 2), (0, 2)]
    assert [x.attempt for x in driver.commands_of(c.StartChildren)] == [1, 2]
    ends(driver, 0, {"n": 0}, attempt=1)
    assert driver.refused == "ChildNotAwaited"
    ends(driver, 0)
    ends(driver, 1)
    assert driver.status == "succeeded"


def test_a_list_that_has_become_none_fails_the_node_at_its_next_attempt() -> None:
    driver = family([1], "start > sub > end", "sub >!error> x > end", node=RETRY)
    ends(driver, 0, BROKEN)
    driver.send(m.VariablesUpdate(values={"xs": 5}))
    driver.pass_time(5_000)
    assert driver.active() == ["x"]
    error = driver.latest("sub").error
    assert error is not None
    assert error.code == "Seriatim.TypeMismatch"


def test_children_past_the_time_out_are_cancelled() -> None:
    driver = family([1, 2, 3], node={"timeoutSeconds": 5})
    ends(driver, 1)
    driver.pass_time(5_000)
    assert driver.error_code == "Seriatim.Timeout"
    [cancel] = driver.commands_of(c.CancelChildren)
    assert (cancel.indexes, cancel.attempt) == ((0, 2), 1)


# -- what is given up -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["cancel", "boundary", "sibling", "terminate", "named"])
def test_whatever_ends_the_node_cancels_the_children_that_have_not_ended(how: str) -> None:
    document = sequence(
        "start > fork > sub > end",
        "sub >!timer> y > end",
        "fork > x > end2",
        nodes={
            "sub": {"parameters": {"sequenceId": "child", "forEach": "xs", "maxConcurrency": 2}},
            "x": {"cancelNodeIds": ["sub"]} if how == "named" else {},
            "end2": {"parameters": {"terminate": True}} if how == "terminate" else {},
        },
    )
    next(t for t in document["transitions"] if t.get("trigger"))["afterSeconds"] = 5
    driver = Driver(document, {"xs": [1, 2, 3]})
    ends(driver, 0)
    match how:
        case "cancel":
            driver.send(m.CancelRequest(reason="enough"))
        case "boundary":
            driver.pass_time(5_000)
        case "sibling":
            driver.fails("x")
        case _:
            driver.done("x")
    [cancel] = driver.commands_of(c.CancelChildren)
    assert cancel.indexes == (1, 2)
    assert len(driver.current.families) == 0 or driver.current.status.is_terminal


def test_a_report_is_taken_once_and_only_from_the_child_that_was_called_for() -> None:
    driver = family([1, 2, 3], maxConcurrency=2)
    ends(driver, 0, {"n": 0})
    steps = len(driver.steps)
    ends(driver, 0, {"n": 9})
    assert driver.refused == "ChildNotAwaited"
    run = driver.run_of("sub")
    good = ChildOutcome(Status.SUCCEEDED)
    driver.send(m.ChildResult(number=run.number, child_id="exec-x", outcome=good, index=1))
    assert driver.refused == "ChildNotAwaited"
    assert len(driver.steps) == steps


def test_a_body_of_a_fork_may_run_children_of_its_own() -> None:
    document = sequence(
        "start > fork > sub > join > end",
        nodes={
            "fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}},
            "sub": {"parameters": {"sequenceId": "child", "forEach": "item"}},
        },
    )
    driver = Driver(document, {"xs": [[1], [2, 3]]})
    assert called_for(driver) == [(0, 1), (0, 2)]
    driver.send(m.CancelRequest())
    assert [x.indexes for x in driver.commands_of(c.CancelChildren)] == [(0,), (0, 1)]


def test_the_history_has_one_event_for_each_child_that_ends() -> None:
    driver = family([1, 2], toleratedFailurePercentage=50)
    ends(driver, 0, BROKEN)
    ends(driver, 1)
    found = [x for x in driver.events if isinstance(x, e.ChildOfItemEnded)]
    assert [(x.index, x.error is None) for x in found] == [(0, False), (1, True)]
