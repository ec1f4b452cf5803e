"""What should have moved an execution, since when, and when to look again."""

from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain.decider import causes
from seriatim.domain.decider.causes import (
    ATTEMPT_MS_MAX,
    CLEANUP_MS,
    HOUR,
    LOOK_MS_MAX,
    MINUTE,
    PATIENCE_MS,
    QUIET_LOOK_MS_MAX,
)
from seriatim.domain.decider.fold import fold
from seriatim.domain.values import ParentLink
from tests.builders import Driver, sequence

DAY_SECONDS = 86_400


def one(node: str, given: dict[str, Any] | None = None, **more: Any) -> Driver:
    return Driver(sequence(f"start > {node} > end", nodes={node: given or {}}), **more)


def overdue(driver: Driver, after_ms: int) -> list[causes.Cause]:
    return causes.overdue(driver.plan, driver.current, driver.now + after_ms)


def test_a_timer_is_overdue_a_minute_after_its_time() -> None:
    driver = one("timer", {"parameters": {"durationSeconds": 300}})
    assert overdue(driver, 300_000 + PATIENCE_MS - 1) == []
    due = driver.now + 300_000
    assert overdue(driver, 300_000 + PATIENCE_MS) == [causes.TimerOverdue(due)]
    assert causes.next_look(driver.plan, driver.current, due - 1_000) <= due + PATIENCE_MS


def test_an_attempt_is_silent_when_nothing_can_be_running_it() -> None:
    driver = one("a")
    silent_after = ATTEMPT_MS_MAX + PATIENCE_MS
    assert overdue(driver, silent_after - 1) == []
    assert overdue(driver, silent_after) == [causes.AttemptSilent(driver.run_of("a").number, 1)]


def test_an_attempt_with_a_time_out_is_silent_sooner() -> None:
    driver = one("a", {"timeoutSeconds": 30})
    assert overdue(driver, 30_000 + PATIENCE_MS - 1) == []
    assert len(overdue(driver, 30_000 + PATIENCE_MS)) == 1


def test_an_attempt_that_somebody_has_is_the_time_outs_affair() -> None:
    driver = one("a", {"taskDefinitionId": "outside"})
    run = driver.run_of("a")
    assert overdue(driver, 7 * 24 * HOUR) == [causes.AttemptSilent(run.number, 1)]
    driver.send(m.TaskPickup(number=run.number, attempt=1, worker_id="w"))
    assert overdue(driver, 7 * 24 * HOUR) == []


def test_a_retry_that_is_late_waits_for_the_end_of_a_pause() -> None:
    driver = one("a", {"retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 5}})
    driver.fails("a", retryable=True)
    assert [type(x) for x in overdue(driver, HOUR)] == [causes.TimerOverdue]
    driver.send(m.PauseRequest())
    assert overdue(driver, HOUR) == []


def test_tokens_that_a_step_left_over_are_not_settled() -> None:
    document = sequence("start > fork > a > join > end", "fork > b > join")
    driver = Driver(document)
    assert causes.is_settled(driver.plan, driver.current, driver.now)
    wide = sequence(
        "start > fork > a > join > end",
        nodes={"fork": {"parameters": {"forEach": "range(600)", "joinNodeId": "join"}}},
    )
    driver = Driver(wide)
    after_the_first_step = fold(None, driver.steps[:1])
    assert after_the_first_step is not None
    assert not causes.is_settled(driver.plan, after_the_first_step, driver.now)
    assert causes.is_settled(driver.plan, driver.current, driver.now)


def test_what_stands_still_is_looked_at_ever_more_seldom() -> None:
    driver = one("signal", {"parameters": {"signalName": "go"}})
    at, looks = driver.now, 0
    while at < driver.now + 7 * 24 * HOUR:
        at = causes.next_look(driver.plan, driver.current, at)
        looks += 1
    assert looks < 25
    assert causes.next_look(driver.plan, driver.current, at) == at + QUIET_LOOK_MS_MAX


@pytest.mark.parametrize("until", ["gate == 'open'", "variable('gate') == 'open'"])
def test_what_waits_for_a_global_variable_is_looked_at_every_minute(until: str) -> None:
    variables = [{"name": "gate", "scope": "global"}, {"name": "other"}]
    document = sequence(
        "start > wait > end",
        nodes={"wait": {"parameters": {"until": until}}},
        variables=variables,
    )
    driver = Driver(document)
    later = driver.now + 24 * HOUR
    assert causes.next_look(driver.plan, driver.current, later) == later + PATIENCE_MS
    document["nodes"][1]["parameters"]["until"] = "other == 'open'"
    driver = Driver(document)
    assert causes.next_look(driver.plan, driver.current, later) == later + QUIET_LOOK_MS_MAX


def test_a_join_that_asks_a_global_variable_is_looked_at_every_minute() -> None:
    join = {"parameters": {"mode": "expression", "completeWhen": "gate == 'open'"}}
    document = sequence(
        "start > fork > a > join > end",
        "fork > signal > join",
        nodes={"join": join, "signal": {"parameters": {"signalName": "go"}}},
        variables=[{"name": "gate", "scope": "global"}],
    )
    driver = Driver(document)
    driver.done("a")
    later = driver.now + 24 * HOUR
    assert causes.next_look(driver.plan, driver.current, later) == later + PATIENCE_MS


def test_items_whose_join_asks_a_global_variable_are_looked_at_every_minute() -> None:
    join = {"parameters": {"mode": "expression", "completeWhen": "gate == 'open'"}}
    document = sequence(
        "start > fork > a > join > end",
        nodes={
            "fork": {"parameters": {"forEach": "[1, 2]", "joinNodeId": "join"}},
            "a": {"taskDefinitionId": "outside"},
            "join": join,
        },
        variables=[{"name": "gate", "scope": "global"}],
    )
    driver = Driver(document)
    later = driver.now + 24 * HOUR
    assert causes.next_look(driver.plan, driver.current, later) == later + LOOK_MS_MAX
    driver.done("a")
    assert causes.next_look(driver.plan, driver.current, later) == later + PATIENCE_MS


def test_a_signal_kept_out_by_a_global_variable_is_looked_at_every_minute() -> None:
    document = sequence(
        "start > wait > end",
        "wait >!signal> b > end",
        nodes={"wait": {"parameters": {"callback": True}}},
        variables=[{"name": "gate", "scope": "global"}],
    )
    document["transitions"][-2] |= {"signalName": "go", "condition": "gate == 'open'"}
    driver = Driver(document)
    later = driver.now + 24 * HOUR
    assert causes.next_look(driver.plan, driver.current, later) == later + QUIET_LOOK_MS_MAX
    driver.signal("go")
    assert causes.next_look(driver.plan, driver.current, later) == later + PATIENCE_MS


def test_what_expects_something_is_looked_at_every_hour() -> None:
    driver = one("timer", {"parameters": {"durationSeconds": 30 * DAY_SECONDS}})
    later = driver.now + 24 * HOUR
    assert causes.next_look(driver.plan, driver.current, later) == later + LOOK_MS_MAX


def test_after_an_end_that_owes_nothing_nobody_looks() -> None:
    driver = one("a")
    assert causes.first_look(driver.current) == driver.now + MINUTE
    driver.done("a")
    assert causes.first_look(driver.current) is None


def test_after_an_end_that_a_parent_waits_for_there_is_a_look() -> None:
    driver = one("a", parent=ParentLink("exec-0", 1))
    driver.done("a")
    assert causes.first_look(driver.current) == driver.now + PATIENCE_MS


def test_a_schedule_may_be_left_by_an_end_before_its_time() -> None:
    driver = one("signal", {"parameters": {"signalName": "go"}, "timeoutSeconds": DAY_SECONDS})
    driver.signal("go")
    assert driver.status == "succeeded"
    assert causes.first_look(driver.current) == driver.now + CLEANUP_MS
