"""Time-outs and heartbeats of attempts that are handed out; one in process bounds itself."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.event import NodeEvent
from tests.builders import START_TIME, Driver, sequence

QUEUE = {"id": "queue", "integration": "sqs", "sqs": {"queueUrl": "q"}}


def handed_out(task: str = "queue", **node: Any) -> Driver:
    document = sequence("start > a > end", nodes={"a": {"taskDefinitionId": task, **node}})
    return Driver(document, tasks={"queue": QUEUE})


def test_an_attempt_past_its_time_out_fails() -> None:
    driver = handed_out(timeoutSeconds=30)
    assert driver.run_of("a").deadline == START_TIME + 30_000
    driver.pass_time(29_999)
    assert driver.active() == ["a"]
    driver.pass_time(1)
    assert driver.error_code == "Seriatim.Timeout"
    assert driver.latest("a").status == "timed_out"
    assert driver.commands_of(c.CancelTask) == [c.CancelTask(number=2, attempt=1)]


@pytest.mark.parametrize(
    "late",
    [
        m.TaskSuccess(number=2, attempt=1, result={"x": 1}),
        m.TaskHeartbeat(number=2, attempt=1),
        m.TaskPickup(number=2, attempt=1, worker_id="w"),
    ],
)
def test_a_late_report_after_the_time_out_is_refused(late: Any) -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 60}
    driver = handed_out(timeoutSeconds=30, retryPolicy=policy)
    driver.pass_time(30_000)
    for passed in (0, 60_000):
        driver.pass_time(passed)
        state = driver.current
        driver.send(late)
        assert driver.refused == "AttemptOver"
        assert driver.current == state
    assert driver.run_of("a").attempts == 2


def test_a_result_before_the_timer_rings_counts_though_it_is_late() -> None:
    """The decision is the log's: what was recorded first has happened first."""
    driver = handed_out(timeoutSeconds=30)
    driver.now += 31_000
    driver.done("a")
    assert driver.status == "succeeded"


def test_a_time_out_is_retried_by_default() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 5}
    driver = handed_out(timeoutSeconds=30, retryPolicy=policy)
    driver.pass_time(35_000)
    run = driver.run_of("a")
    assert (run.attempts, run.deadline) == (2, START_TIME + 65_000)
    driver.pass_time(30_000)
    assert driver.error_code == "Seriatim.Timeout"


def test_silence_past_the_heartbeat_fails_the_attempt() -> None:
    driver = handed_out(heartbeatSeconds=10)
    driver.pass_time(10_000)
    assert driver.error_code == "Seriatim.HeartbeatTimeout"


def test_every_sign_of_life_counts_from_when_it_came() -> None:
    driver = handed_out(heartbeatSeconds=10)
    driver.pass_time(9_000)
    driver.send(m.TaskHeartbeat(number=2, attempt=1))
    assert driver.run_of("a").heartbeat_by == START_TIME + 19_000
    driver.pass_time(9_999)
    assert driver.active() == ["a"]
    driver.pass_time(1)
    assert driver.error_code == "Seriatim.HeartbeatTimeout"


def test_heartbeats_do_not_extend_the_time_out() -> None:
    driver = handed_out(heartbeatSeconds=10, timeoutSeconds=25)
    for _ in range(3):
        driver.pass_time(8_000)
        driver.send(m.TaskHeartbeat(number=2, attempt=1))
    driver.pass_time(1_000)
    assert driver.error_code == "Seriatim.Timeout"


def test_heartbeats_cost_one_timer_at_a_time() -> None:
    driver = handed_out(heartbeatSeconds=10)
    for _ in range(30):
        driver.pass_time(1_000)
        driver.send(m.TaskHeartbeat(number=2, attempt=1))
        assert len(driver.promised) == 1
    assert len(driver.commands_of(c.ArmTimer)) == 4


def test_a_heartbeat_where_none_is_asked_for_is_taken_and_costs_no_step() -> None:
    driver = handed_out()
    assert driver.send(m.TaskHeartbeat(number=2, attempt=1)) == ()
    assert driver.refused is None


def test_time_out_and_heartbeat_of_an_activity_count_from_when_a_worker_takes_it() -> None:
    driver = handed_out("outside", timeoutSeconds=30, heartbeatSeconds=20)
    driver.pass_time(15_000)
    driver.send(m.TaskPickup(number=2, attempt=1, worker_id="w"))
    run = driver.run_of("a")
    assert (run.deadline, run.heartbeat_by) == (START_TIME + 45_000, START_TIME + 35_000)
    driver.pass_time(19_999)
    assert driver.active() == ["a"]
    driver.pass_time(1)
    assert driver.error_code == "Seriatim.HeartbeatTimeout"


def test_the_bounds_of_the_task_definition_hold_where_the_node_has_none() -> None:
    task = QUEUE | {"timeoutSeconds": 30, "heartbeatSeconds": 20}
    document = sequence("start > a > end", nodes={"a": {"taskDefinitionId": "queue"}})
    run = Driver(document, tasks={"queue": task}).run_of("a")
    assert (run.deadline, run.heartbeat_by) == (START_TIME + 30_000, START_TIME + 20_000)
    document["nodes"][1].update(timeoutSeconds=5, heartbeatSeconds=3)
    run = Driver(document, tasks={"queue": task}).run_of("a")
    assert (run.deadline, run.heartbeat_by) == (START_TIME + 5_000, START_TIME + 3_000)


def test_an_attempt_in_process_bounds_itself() -> None:
    document = sequence("start > a > end", nodes={"a": {"timeoutSeconds": 30}})
    driver = Driver(document)
    assert driver.run_of("a").deadline is None
    assert driver.promised == set()


@pytest.mark.parametrize(
    ("node_id", "parameters"),
    [
        ("signal", {"signalName": "go"}),
        ("wait", {"until": "false"}),
        ("timer", {"durationSeconds": 3600}),
    ],
)
def test_a_time_out_bounds_every_node_that_waits(node_id: str, parameters: dict[str, Any]) -> None:
    document = sequence(
        f"start > {node_id} > end",
        f"{node_id} >!error> b > end",
        nodes={node_id: {"parameters": parameters, "timeoutSeconds": 30}},
    )
    driver = Driver(document)
    driver.pass_time(30_000)
    assert driver.active() == ["b"]
    assert driver.latest(node_id).status == "timed_out"
    driver.signal("go")
    assert driver.active() == ["b"]


def test_the_history_tells_who_had_the_attempt_and_that_it_was_alive() -> None:
    driver = handed_out("outside", heartbeatSeconds=20)
    driver.send(m.TaskPickup(number=2, attempt=1, worker_id="w"))
    driver.now += 5_000
    driver.send(m.TaskHeartbeat(number=2, attempt=1))
    kinds = [type(x).__name__ for x in driver.events if isinstance(x, NodeEvent)]
    assert kinds[-2:] == ["TaskStarted", "TaskHeartbeatRecorded"]
