"""Goal: an attempt in an activity list is bounded by its own time-outs, and says which ran out."""

from typing import Any

from seriatim.domain import messages as m
from tests.builders import Driver, sequence


def driver(**fields: Any) -> Driver:
    node = {"taskDefinitionId": "outside", **fields}
    return Driver(sequence("start > a > end", nodes={"a": node}))


def pick_up(run: Driver) -> None:
    a = run.run_of("a")
    run.send(m.TaskPickup(number=a.number, attempt=a.attempts, worker_id="w"))


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
