"""Retries: which errors, how many, and when; the formula is in SEMANTICS section 5."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider.attempts import back_off_ms
from seriatim.domain.limits import RETRY_NEAR_MS_MAX
from seriatim.domain.plan_parts import RetryRule
from seriatim.domain.values import Error
from tests.builders import START_TIME, Driver, sequence


def with_policy(**policy: Any) -> Driver:
    return Driver(sequence("start > a > end", nodes={"a": {"retryPolicy": policy}}))


def failures(driver: Driver) -> list[e.TaskFailed]:
    return [x for x in driver.events if isinstance(x, e.TaskFailed)]


def test_without_a_policy_the_first_failure_is_final() -> None:
    driver = Driver(sequence("start > a > end"))
    driver.fails("a", retryable=True)
    assert driver.error_code == "Oops"
    assert driver.latest("a").attempts == 1


def test_the_next_attempt_starts_when_its_back_off_is_over_and_not_before() -> None:
    driver = with_policy(maxRetries=1, retryIntervalSeconds=30)
    driver.fails("a", retryable=True)
    assert (driver.status, driver.active()) == ("waiting", ["a"])
    assert driver.run_of("a").retry_at == START_TIME + 30_000
    driver.pass_time(29_999)
    assert driver.open_tasks == [c.RunTask(number=2, attempt=1)]
    driver.pass_time(1)
    assert driver.open_tasks[1:] == [c.RunTask(number=2, attempt=2)]
    assert driver.status == "running"
    driver.done("a", result={"x": 1})
    assert driver.status == "succeeded"
    assert driver.latest("a").error is None


def test_an_execution_stays_running_while_the_next_attempt_is_near() -> None:
    near = RETRY_NEAR_MS_MAX // 1_000
    driver = with_policy(maxRetries=2, retryIntervalSeconds=near, backoffMultiplier=1.1)
    driver.fails("a", retryable=True)
    assert (driver.status, driver.run_of("a").status) == ("running", "waiting")
    driver.pass_time(near * 1_000)
    driver.fails("a", retryable=True)
    assert (driver.status, driver.run_of("a").status) == ("waiting", "waiting")
    driver.pass_time(near * 1_100)
    driver.done("a")
    assert driver.current.back_soon == 0
    assert driver.status == "succeeded"


def test_a_paused_execution_is_waiting_in_any_back_off() -> None:
    driver = with_policy(maxRetries=1, retryIntervalSeconds=1)
    driver.send(m.PauseRequest())
    driver.fails("a", retryable=True)
    assert driver.status == "waiting"
    driver.pass_time(1_000)
    driver.send(m.ResumeRequest())
    assert driver.status == "running"


def test_a_node_cancelled_in_a_near_back_off_is_waited_for_no_longer() -> None:
    document = sequence(
        "start > fork > a > end",
        "fork > signal > end",
        nodes={
            "a": {"retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 5}},
            "signal": {"parameters": {"signalName": "go"}},
        },
    )
    driver = Driver(document)
    driver.fails("a", retryable=True)
    assert driver.status == "running"
    driver.send(m.NodeOrder(node_id="a", action="skip"))
    assert (driver.status, driver.active()) == ("waiting", ["signal"])
    assert driver.current.back_soon == 0


def test_at_most_max_retries_retries() -> None:
    driver = with_policy(maxRetries=2, retryIntervalSeconds=1)
    for _ in range(2):
        driver.fails("a", retryable=True)
        driver.pass_time(1_000)
    assert driver.run_of("a").attempts == 3
    driver.fails("a", "Last", retryable=True)
    assert driver.error_code == "Last"
    assert [x.retry_at is None for x in failures(driver)] == [False, False, True]


def test_a_retry_without_interval_is_part_of_the_same_step() -> None:
    driver = with_policy(maxRetries=1, retryIntervalSeconds=0)
    driver.fails("a", retryable=True)
    assert driver.run_of("a").attempts == 2
    assert len(driver.steps) == 2
    assert driver.promised == set()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"retryIntervalSeconds": 2}, [2, 2, 2, 2]),
        ({"retryIntervalSeconds": 2, "backoffMultiplier": 3}, [2, 6, 18, 54]),
        (
            {"retryIntervalSeconds": 2, "backoffMultiplier": 3, "maxIntervalSeconds": 10},
            [2, 6, 10, 10],
        ),
        ({"retryIntervalSeconds": 20, "maxIntervalSeconds": 10}, [10, 10, 10, 10]),
        ({"retryIntervalSeconds": 0.5, "backoffMultiplier": 1.5}, [0.5, 0.75, 1.125, 1.688]),
    ],
)
def test_the_interval_grows_by_the_multiplier_up_to_the_maximum(
    policy: dict[str, Any], expected: list[float]
) -> None:
    driver = with_policy(maxRetries=4, **policy)
    for seconds in expected:
        driver.fails("a", retryable=True)
        retry_at = driver.run_of("a").retry_at
        assert retry_at is not None
        assert retry_at - driver.now == round(seconds * 1000)
        driver.pass_time(round(seconds * 1000))


def test_a_thousand_retries_do_not_overflow() -> None:
    rule = RetryRule(interval_ms=1000, multiplier=100.0, interval_ms_max=31_622_400_000)
    assert back_off_ms(rule, 1_000, "seed") == 31_622_400_000


def test_full_jitter_lies_between_zero_and_the_interval_and_differs_by_attempt() -> None:
    rule = RetryRule(interval_ms=10_000, has_jitter=True)
    delays = [back_off_ms(rule, 1, f"exec/{number}/1") for number in range(500)]
    assert all(0 <= delay <= 10_000 for delay in delays)
    assert len(set(delays)) > 400
    assert 4_000 < sum(delays) / len(delays) < 6_000


def test_jitter_is_the_same_for_every_replay() -> None:
    def retry_at() -> int | None:
        driver = with_policy(maxRetries=1, retryIntervalSeconds=60, jitter="full")
        driver.fails("a", retryable=True)
        return driver.run_of("a").retry_at

    assert retry_at() == retry_at()


@pytest.mark.parametrize(
    ("patterns", "code", "retryable", "retried"),
    [
        (None, "Any", True, True),
        (None, "Any", False, False),
        ([], "Any", True, False),
        (["Any"], "Any", False, True),
        (["Any"], "any", True, False),
        (["Any"], "AnyOther", True, False),
        (["Net.*"], "Net.Reset", False, True),
        (["Net.*"], "Net.Tls.Expired", False, True),
        (["Net.*"], "Network.Reset", True, False),
        (["Net.*"], "Net", True, False),
        (["*"], "Whatever", False, True),
        (["Other", "Any"], "Any", False, True),
        (["Timeout"], "Seriatim.Timeout", False, True),
        (["Seriatim.Timeout"], "Seriatim.Timeout", False, True),
        (["Seriatim.*"], "Seriatim.Timeout", False, True),
        (["Seriatim.Timeout"], "Timeout", True, False),
        (["Time*"], "Timeout", True, False),
        (["Seriatim.*"], "Other.Timeout", True, False),
    ],
)
def test_which_errors_are_retried(
    patterns: list[str] | None, code: str, retryable: bool, retried: bool
) -> None:
    driver = with_policy(maxRetries=1, retryIntervalSeconds=1, retryableErrors=patterns)
    driver.fails("a", code, retryable=retryable)
    assert (driver.active() == ["a"]) is retried


def test_the_task_definition_has_a_policy_and_the_node_s_own_wins() -> None:
    tasks = {
        "t": {
            "id": "t",
            "integration": "python",
            "python": {"function": "f"},
            "retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 7},
        }
    }
    document = sequence("start > a > end", nodes={"a": {"taskDefinitionId": "t"}})
    driver = Driver(document, tasks=tasks)
    driver.fails("a", retryable=True)
    assert driver.run_of("a").retry_at == START_TIME + 7_000
    document["nodes"][1]["retryPolicy"] = {"maxRetries": 0}
    driver = Driver(document, tasks=tasks)
    driver.fails("a", retryable=True)
    assert driver.status == "failed"


def test_what_was_returned_for_an_earlier_attempt_is_refused() -> None:
    driver = with_policy(maxRetries=1, retryIntervalSeconds=1)
    driver.fails("a", retryable=True)
    late = m.TaskSuccess(number=2, attempt=1, result={"x": 1})
    for _ in range(2):
        steps = len(driver.steps)
        driver.send(late)
        assert driver.refused == "AttemptOver"
        assert len(driver.steps) == steps
        driver.pass_time(1_000)
    assert driver.run_of("a").attempts == 2


def test_each_node_run_of_a_loop_has_its_own_attempts() -> None:
    driver = Driver(
        sequence(
            "start > a > decide >[nodes.a.outputs.again]> a",
            "decide > end",
            nodes={"a": {"retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 0}}},
        )
    )
    driver.fails("a", retryable=True)
    driver.done("a", result={"again": True})
    assert driver.run_of("a").attempts == 1
    driver.fails("a", retryable=True)
    driver.done("a", result={"again": False})
    assert driver.status == "succeeded"


def test_a_back_off_that_was_given_up_is_not_taken_up() -> None:
    """The retry and the timer that cancels it are due at the same time: one ring does both."""
    document = sequence(
        "start > fork > a > end",
        "fork > timer > end2",
        nodes={
            "a": {"retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 10}},
            "timer": {"parameters": {"durationSeconds": 10}, "cancelNodeIds": ["a"]},
        },
    )
    driver = Driver(document)
    driver.fails("a", retryable=True)
    driver.pass_time(10_000)
    assert driver.status == "succeeded"
    assert driver.latest("a").status == "cancelled"
    assert driver.open_tasks == [c.RunTask(number=3, attempt=1)]


def test_a_back_off_ends_where_an_interrupting_boundary_is_due_in_the_same_ring() -> None:
    document = sequence(
        "start > a > end",
        "a >!timer> b > end",
        nodes={"a": {"retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 10}}},
    )
    document["transitions"][2]["afterSeconds"] = 12
    driver = Driver(document)
    driver.fails("a", retryable=True)
    driver.now += 12_000
    driver.send(m.TimerDue(at=START_TIME + 12_000))
    assert driver.active() == ["b"]


def test_two_bounds_that_are_due_at_once_make_one_failure() -> None:
    document = sequence(
        "start > a > end",
        nodes={
            "a": {
                "taskDefinitionId": "outside",
                "timeoutSeconds": 30,
                "heartbeatSeconds": 30,
                "retryPolicy": {"maxRetries": 5, "retryIntervalSeconds": 0},
            }
        },
    )
    driver = Driver(document)
    driver.send(m.TaskPickup(number=2, attempt=1, worker_id="w"))
    driver.pass_time(30_000)
    assert driver.run_of("a").attempts == 2
    assert [x.error.code for x in failures(driver)] == ["Seriatim.Timeout"]


def test_many_back_offs_that_end_together_are_one_step() -> None:
    names = [f"t{i}" for i in range(5)]
    document = sequence(
        "start > fork",
        *(f"fork > {name} > join" for name in names),
        "join > end",
        nodes={
            name: {"retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 5}} for name in names
        },
    )
    driver = Driver(document)
    for name in names:
        driver.fails(name, retryable=True)
    steps = len(driver.steps)
    driver.pass_time(5_000)
    assert len(driver.steps) == steps + 1
    assert [run.attempts for run in driver.current.active.values()] == [2] * 5
    assert driver.send(m.TaskFailure(number=3, attempt=1, error=Error("Late"))) == ()
