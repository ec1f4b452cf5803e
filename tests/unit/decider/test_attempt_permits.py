"""Permits that an attempt holds while it runs: pools, slots, rates and targets."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider.claims import waited_for, wants
from seriatim.domain.decider.standstill import can_move_otherwise
from seriatim.domain.permits.values import PermitRequest, Rules
from seriatim.domain.values import Error, Wait
from tests.builders import START_TIME, Driver, sequence

RETRY = {"retryPolicy": {"maxRetries": 2, "retryIntervalSeconds": 10}}
POOLED = {"resources": {"db": 2}}
LIMITED = {
    "id": "limited",
    "integration": "http",
    "maxConcurrency": 3,
    "rateLimit": {"permits": 5, "perSeconds": 2},
    "balancing": "round_robin",
    "targets": [{"weight": 1, "url": "http://a"}, {"weight": 2.5, "url": "http://b"}],
}
LATER = "exec-1/2"


def pooled(**fields: Any) -> Driver:
    return Driver(sequence("start > a > end", nodes={"a": POOLED | fields}))


def limited(**fields: Any) -> Driver:
    node = {"taskDefinitionId": "limited"} | fields
    return Driver(sequence("start > a > end", nodes={"a": node}), tasks={"limited": LIMITED})


def released(driver: Driver) -> list[tuple[str, str, bool | None]]:
    commands = driver.commands_of(c.ReleasePermits)
    assert all(x.keep == {} for x in commands)
    return [(x.ledger, x.request_id, x.has_failed) for x in commands]


def test_an_attempt_is_scheduled_when_its_permits_have_come_and_not_before() -> None:
    driver = pooled(timeoutSeconds=5)
    assert (driver.status, driver.open_tasks) == ("waiting", [])
    assert driver.run_of("a").wait == Wait(kind="permit", name="pools", units={"db": 2})
    assert driver.commands_of(c.RequestPermits) == [
        c.RequestPermits(
            ledger="pools",
            request=PermitRequest(
                id="exec-1/2/1",
                execution_id="exec-1",
                units={"db": 2},
                begun_at=START_TIME,
                number=2,
                node_id="a",
            ),
        )
    ]
    driver.pass_time(60_000)
    assert driver.status == "waiting"

    driver.granted("a")
    assert (driver.status, driver.open_tasks) == ("running", [c.RunTask(number=2)])
    driver.done("a")
    assert driver.status == "succeeded"
    assert released(driver) == [("pools", "exec-1/2/1", False)]


def test_a_node_without_needs_asks_for_nothing() -> None:
    driver = Driver(sequence("start > a > b > end"))
    driver.finish()
    assert driver.commands_of(c.RequestPermits) == []
    assert driver.commands_of(c.ReleasePermits) == []


def test_permits_are_free_during_back_off_and_asked_for_anew() -> None:
    driver = pooled(**RETRY)
    driver.granted("a")
    driver.fails("a", retryable=True)
    assert released(driver) == [("pools", "exec-1/2/1", True)]
    driver.pass_time(10_000)
    assert driver.commands_of(c.RequestPermits)[-1].request.id == "exec-1/2/2"
    assert driver.open_tasks == [c.RunTask(number=2)]
    driver.granted("a")
    assert driver.open_tasks[1:] == [c.RunTask(number=2, attempt=2)]


def test_a_result_of_the_attempt_before_is_late_while_the_next_waits_for_permits() -> None:
    driver = pooled(**RETRY)
    driver.granted("a")
    driver.fails("a", retryable=True)
    driver.pass_time(10_000)
    driver.send(m.TaskSuccess(number=2, attempt=1))
    assert driver.refused == "AttemptOver"


def test_limits_of_the_task_come_after_the_pools_and_the_target_with_them() -> None:
    driver = limited(**POOLED)
    assert [x.ledger for x in driver.commands_of(c.RequestPermits)] == ["pools"]
    driver.granted("a")
    asked = driver.commands_of(c.RequestPermits)[-1]
    assert (asked.ledger, asked.request.units) == ("task:limited", {"slots": 1})
    assert asked.request.rules == Rules(
        capacity=3,
        rate_permits=5,
        rate_ms=2_000,
        balancing="round_robin",
        weights=(1.0, 2.5),
    )
    driver.granted("a", target=1)
    [scheduled] = [x for x in driver.events if isinstance(x, e.TaskScheduled)]
    assert scheduled.target == driver.run_of("a").target == 1
    driver.done("a")
    assert [x for x, _, _ in released(driver)] == ["pools", "task:limited"]


@pytest.mark.parametrize("task", [{"maxConcurrency": 1}, {"targets": [{"weight": 1}]}])
def test_one_target_is_no_choice(task: dict[str, Any]) -> None:
    tasks = {"t": {"id": "t", "integration": "http", **task}}
    node = {"taskDefinitionId": "t"}
    driver = Driver(sequence("start > a > end", nodes={"a": node}), tasks=tasks)
    asked = driver.commands_of(c.RequestPermits)
    rules = [x.request.rules for x in asked]
    assert rules == ([Rules(capacity=1)] if "maxConcurrency" in task else [])


def test_a_rate_lets_the_attempt_begin_later_by_a_timer_of_the_execution() -> None:
    driver = limited(timeoutSeconds=4)
    driver.granted("a", not_before=START_TIME + 1_500)
    assert driver.run_of("a").wait == Wait(kind="rate", name="task:limited", at=START_TIME + 1_500)
    driver.pass_time(1_499)
    assert driver.open_tasks == []
    driver.pass_time(1)
    assert driver.open_tasks == [c.RunTask(number=2)]
    assert driver.run_of("a").wait is None


def test_a_time_that_has_come_does_not_wait() -> None:
    driver = limited()
    driver.granted("a", not_before=START_TIME)
    assert driver.open_tasks == [c.RunTask(number=2)]


def test_a_pause_keeps_what_is_held_and_begins_no_attempt() -> None:
    driver = pooled()
    driver.send(m.PauseRequest())
    driver.granted("a")
    assert driver.open_tasks == []
    assert released(driver) == []
    driver.send(m.ResumeRequest())
    assert driver.open_tasks == [c.RunTask(number=2)]


def test_a_rate_that_comes_due_in_a_pause_waits_for_the_resumption() -> None:
    driver = limited()
    driver.granted("a", not_before=START_TIME + 10)
    driver.send(m.PauseRequest())
    driver.pass_time(100)
    assert driver.open_tasks == []
    driver.send(m.ResumeRequest())
    assert driver.open_tasks == [c.RunTask(number=2)]


def test_whatever_ends_the_waiting_gives_the_request_back() -> None:
    ways: dict[str, m.AnyMessage] = {
        "cancel": m.CancelRequest(),
        "skip": m.NodeOrder(node_id="a", action="skip"),
        "fail": m.NodeOrder(node_id="a", action="fail"),
    }
    for message in ways.values():
        for is_granted in (False, True):
            driver = pooled()
            if is_granted:
                driver.granted("a")
            driver.send(message)
            assert driver.current.status.is_terminal
            assert [x[:2] for x in released(driver)] == [("pools", "exec-1/2/1")]
            assert not wants(driver.current, "pools", "exec-1/2/1")


def test_run_now_waives_no_permit() -> None:
    driver = pooled()
    driver.send(m.NodeOrder(node_id="a", action="run-now"))
    assert driver.refused == "NodeCannotRunNow"


def test_an_interrupting_boundary_gives_the_request_back_and_counts_from_the_start() -> None:
    document = sequence("start > a > end", "a >!timer> b > end", nodes={"a": POOLED})
    document["transitions"][2]["afterSeconds"] = 30
    driver = Driver(document)
    driver.pass_time(30_000)
    assert driver.active() == ["b"]
    assert released(driver) == [("pools", "exec-1/2/1", None)]
    driver.send(m.PermitsGranted(ledger="pools", request_id="exec-1/2/1"))
    assert driver.refused == "PermitNotAwaited"


def test_a_grant_that_comes_twice_changes_nothing() -> None:
    driver = pooled()
    driver.granted("a")
    driver.send(m.PermitsGranted(ledger="pools", request_id="exec-1/2/1"))
    assert driver.refused == "PermitNotAwaited"


def test_a_denial_fails_the_node_and_can_be_caught() -> None:
    document = sequence("start > a > end", "a >!error> b > end", nodes={"a": POOLED})
    driver = Driver(document)
    error = Error("Seriatim.PoolTooSmall", "the pool has 1")
    driver.send(m.PermitsDenied(ledger="pools", request_id="exec-1/2/1", error=error))
    assert driver.active() == ["b"]
    assert driver.latest("a").error == error
    driver.send(m.PermitsDenied(ledger="pools", request_id="exec-1/2/1", error=error))
    assert driver.refused == "PermitNotAwaited"


def test_what_is_asked_after_an_incident_has_a_name_of_its_own() -> None:
    driver = Driver(sequence("start > a > end", nodes={"a": POOLED}, failurePolicy="incident"))
    error = Error("Seriatim.PoolTooSmall", "the pool has 1")
    driver.send(m.PermitsDenied(ledger="pools", request_id="exec-1/2/1", error=error))
    driver.send(m.NodeOrder(node_id="a", action="run-now"))
    assert driver.commands_of(c.RequestPermits)[-1].request.id == "exec-1/2/1#1"
    driver.granted("a")
    driver.done("a")
    assert driver.status == "succeeded"
    assert released(driver)[-1] == ("pools", "exec-1/2/1#1", False)


def test_state_tells_what_is_waited_for_and_whether_anything_else_moves() -> None:
    document = sequence(
        "start > fork > a > join > end", "fork > b > join", nodes={"a": POOLED, "b": POOLED}
    )
    driver = Driver(document)
    waits = [(number, claim.request_id) for number, claim in waited_for(driver.current)]
    assert waits == [(3, "exec-1/3/1"), (4, "exec-1/4/1")]
    assert not can_move_otherwise(driver.current)
    driver.granted("a")
    assert can_move_otherwise(driver.current)
    driver.done("a")
    assert not can_move_otherwise(driver.current)
    assert wants(driver.current, "pools", "exec-1/4/1")
    assert not wants(driver.current, "pools", "exec-1/3/1")
    assert not wants(driver.current, "task:x", "exec-1/4/1")
