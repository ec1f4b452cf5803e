"""Goal: an attempt in an activity list is bounded by its own time-outs, and says which ran out."""

from typing import Any

import pytest

from seriatim.domain import messages as m
from tests.builders import Driver, sequence


def driver(**fields: Any) -> Driver:
    node = {"taskDefinitionId": "outside", **fields}
    return Driver(sequence("start > a > end", nodes={"a": node}))


def pick_up(run: Driver, worker_id: str = "w") -> str | None:
    """Gives the code of the refusal."""
    a = run.run_of("a")
    run.send(m.TaskPickup(number=a.number, attempt=a.attempts, worker_id=worker_id))
    return None if run.refusal is None else run.refusal.code


def test_an_attempt_that_nobody_polls_for_times_out_in_the_queue() -> None:
    run = driver(queueTimeoutSeconds=30)
    run.pass_time(29_999)
    assert run.status == "waiting"
    run.pass_time(1)
    assert run.status == "failed"
    assert run.current.errors[-1][2].code == "Seriatim.QueueTimeout"


def test_once_a_worker_has_it_the_queue_time_out_is_over() -> None:
    run = driver(queueTimeoutSeconds=30, heartbeatSeconds=10)
    run.pass_time(20_000)
    pick_up(run)
    assert run.run_of("a").queue_by is None
    run.pass_time(9_999)
    assert run.status == "running"
    run.pass_time(1)
    assert run.current.errors[-1][2].code == "Seriatim.HeartbeatTimeout"


def test_heartbeats_are_not_asked_of_an_attempt_that_waits_in_its_list() -> None:
    run = driver(heartbeatSeconds=10)
    run.pass_time(60_000)
    assert run.status == "waiting"


def test_a_queue_time_out_is_retried_where_the_policy_covers_it() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 0, "retryableErrors": ["QueueTimeout"]}
    run = driver(queueTimeoutSeconds=30, retryPolicy=policy)
    run.pass_time(30_000)
    assert run.run_of("a").attempts == 2
    run.pass_time(30_000)
    assert run.status == "failed"


def test_a_time_out_for_the_queue_leaves_the_other_to_the_work() -> None:
    """Else waiting for a worker could never be allowed for longer than the work."""
    run = driver(queueTimeoutSeconds=30, timeoutSeconds=3)
    run.pass_time(29_999)
    pick_up(run)
    run.pass_time(2_999)
    assert run.status == "running"
    run.pass_time(1)
    assert run.current.errors[-1][2].code == "Seriatim.Timeout"


def test_without_one_the_time_out_counts_in_the_list_and_anew_with_a_worker() -> None:
    run = driver(timeoutSeconds=3)
    run.pass_time(2_999)
    pick_up(run)
    run.pass_time(2_999)
    assert run.status == "running"
    run.pass_time(1)
    assert run.current.errors[-1][2].code == "Seriatim.Timeout"


@pytest.mark.parametrize("bound", ["timeoutSeconds", "queueTimeoutSeconds"])
def test_an_attempt_whose_time_is_over_is_not_given_out_though_its_timer_is_late(
    bound: str,
) -> None:
    run = driver(**{bound: 3})
    run.now += 3_000
    assert pick_up(run) == "AttemptOver"


def test_who_took_an_attempt_in_time_may_hear_of_it_again() -> None:
    """The answer to its poll was lost."""
    run = driver(queueTimeoutSeconds=3)
    pick_up(run)
    run.now += 3_000
    assert pick_up(run) is None
    assert pick_up(run, "another") == "AlreadyTaken"
