"""Failures: what catches them, and what the failure policy makes of those that nothing catches."""

import pytest

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.values import Status
from tests.builders import Driver, sequence

# -- error transitions ----------------------------------------------------------------------------


def handlers(*edges: tuple[str | None, int]) -> Driver:
    """A task whose error transitions, with these conditions and priorities, lead to h0, h1, …"""
    document = sequence("start > a > end", *(f"a >!error> h{i} > end" for i in range(len(edges))))
    leaving = [t for t in document["transitions"] if t.get("trigger") == "error"]
    for transition, (condition, priority) in zip(leaving, edges, strict=True):
        transition.update(condition=condition, priority=priority)
    return Driver(document)


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([(None, 0)], ["h0"]),
        ([("error.code == 'Net.Reset'", 0), (None, 0)], ["h0"]),
        ([("error.code == 'Other'", 0), (None, 0)], ["h1"]),
        ([(None, 0), ("error.code == 'Net.Reset'", 5)], ["h1"]),
        ([("error.details.n == 1", 9), ("error.message != ''", 1)], ["h1"]),
        ([("startsWith(error.code, 'Net.')", 0)], ["h0"]),
        ([("nodes.a.status == 'failed' and nodes.a.error.code == 'Net.Reset'", 0)], ["h0"]),
        ([("error.code == 'Other'", 0)], []),
    ],
)
def test_the_first_error_transition_that_holds_catches_the_failure(
    edges: list[tuple[str | None, int]], expected: list[str]
) -> None:
    driver = handlers(*edges)
    driver.fails("a", "Net.Reset", details={"n": 1})
    assert driver.active() == expected
    assert driver.status == ("running" if expected else "failed")


def test_a_success_takes_no_error_transition() -> None:
    driver = handlers((None, 0))
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.count_of("h0") == 0


def test_a_failure_takes_no_ordinary_transition() -> None:
    driver = Driver(sequence("start > a > end"))
    driver.fails("a")
    assert driver.error_code == "Oops"


def test_a_caught_failure_is_among_the_errors_but_not_the_outcome() -> None:
    driver = handlers((None, 0))
    driver.fails("a", "Net.Reset")
    driver.done("h0")
    assert driver.status == "succeeded"
    assert driver.ended.error is None
    [(_, node_id, error)] = driver.current.errors
    assert (node_id, error.code) == ("a", "Net.Reset")


def test_a_bad_condition_of_an_error_transition_replaces_the_error() -> None:
    driver = handlers(("1 / 0 > 0", 0), (None, 1))
    driver.fails("a")
    assert driver.error_code == "Seriatim.ExpressionError"


def test_an_error_path_may_lead_back() -> None:
    driver = Driver(sequence("start > a > end", "a >!error> fix > a"))
    driver.fails("a")
    driver.done("fix")
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.order() == ["start", "a", "fix", "a", "end"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Seriatim.Timeout", Status.TIMED_OUT),
        ("Seriatim.HeartbeatTimeout", Status.TIMED_OUT),
        ("Mine.Timeout", Status.FAILED),
        ("Timeout", Status.FAILED),
    ],
)
def test_only_the_system_s_own_time_outs_make_a_node_timed_out(code: str, status: Status) -> None:
    driver = handlers((None, 0))
    driver.fails("a", code)
    assert driver.latest("a").status is status


# -- fail_fast ------------------------------------------------------------------------------------


def test_fail_fast_ends_everything_at_once_and_tells_what_runs() -> None:
    document = sequence(
        "start > fork > a > join > end",
        "fork > b > join",
        "fork > c > join",
        "fork > timer > join",
        nodes={"timer": {"parameters": {"durationSeconds": 60}}},
    )
    driver = Driver(document)
    driver.done("c")
    driver.fails("a", "Bad")
    assert (driver.status, driver.error_code) == ("failed", "Bad")
    assert driver.active() == []
    assert driver.latest("b").status == "cancelled"
    assert driver.latest("timer").status == "cancelled"
    assert driver.commands_of(c.CancelTask) == [c.CancelTask(number=4, attempt=1)]
    driver.send(m.TaskSuccess(number=4, attempt=1))
    assert driver.refused == "ExecutionOver"


def test_a_failure_in_the_step_of_the_start_starts_no_task_for_nothing() -> None:
    driver = Driver(sequence("start > fork > a > end", "fork > decide >[false]> end"))
    assert driver.error_code == "Seriatim.NoTransition"
    assert [type(x) for x in driver.commands] == [c.RunTask, c.CancelTask]


def test_a_node_that_waits_for_its_retry_has_nothing_to_be_told() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 60}
    document = sequence(
        "start > fork > a > end", "fork > b > end", nodes={"a": {"retryPolicy": policy}}
    )
    driver = Driver(document)
    driver.fails("a", retryable=True)
    driver.fails("b")
    assert driver.status == "failed"
    assert driver.commands_of(c.CancelTask) == []


# -- the handler of failures ----------------------------------------------------------------------


@pytest.mark.parametrize(("how", "status"), [("fail", "failed"), ("time", "timed_out")])
def test_a_failed_execution_starts_the_handler_once(how: str, status: str) -> None:
    document = sequence("start > a > end", onFailureSequenceId="handler", timeoutSeconds=60)
    driver = Driver(document)
    if how == "fail":
        driver.fails("a", "Bad")
    else:
        driver.pass_time(60_000)
    [command] = driver.commands_of(c.StartOnFailure)
    assert (command.sequence_id, command.status) == ("handler", status)
    assert command.error == driver.ended.error


def test_success_and_cancelling_start_no_handler() -> None:
    document = sequence("start > a > end", onFailureSequenceId="handler")
    succeeded, cancelled = Driver(document), Driver(document)
    succeeded.done("a")
    cancelled.send(m.CancelRequest())
    assert succeeded.commands_of(c.StartOnFailure) == []
    assert cancelled.commands_of(c.StartOnFailure) == []
