"""When schedules are set to ring, and what they say. Scheduler itself is precise to a minute."""

import re
from datetime import UTC, datetime

import pytest

from seriatim.adapters.clients import Clients
from seriatim.adapters.scheduler import SchedulerTimers, at_expression, schedule_name
from seriatim.domain.values import ExecutionKey
from seriatim.ports.queue import OutgoingWork
from tests.fakes.clock import EPOCH, FakeClock
from tests.unit.adapters.conftest import Disturb

KEY = ExecutionKey("project", "exec-1")
WORK = OutgoingWork("project", '{"name":"夜"}'.encode())
ARN = "arn:aws:sqs:eu-central-1:123456789012:"
MINUTE = 60_000


@pytest.fixture
def timers(clients: Clients) -> SchedulerTimers:
    clients.scheduler.create_schedule_group(Name="timers")
    return SchedulerTimers(
        clients.scheduler,
        FakeClock(),
        group="timers",
        queue_arn=f"{ARN}work",
        role_arn="arn:aws:iam::123456789012:role/scheduler",
        dead_letter_queue_arn=f"{ARN}timer-dlq",
    )


def rings_at(clients: Clients, at: int) -> int:
    schedule = clients.scheduler.get_schedule(GroupName="timers", Name=schedule_name(KEY, at))
    found = re.fullmatch(r"at\((.*)\)", schedule["ScheduleExpression"])
    assert found is not None
    return int(datetime.fromisoformat(f"{found[1]}+00:00").timestamp() * 1000)


@pytest.mark.parametrize("after", [16 * MINUTE, 16 * MINUTE + 1, 86_400_000, 31_622_400_000])
def test_a_schedule_is_set_a_minute_early(
    clients: Clients, timers: SchedulerTimers, after: int
) -> None:
    """Scheduler's own minute included, it has rung by then; the worker waits for the rest."""
    at = EPOCH + after
    timers.arm(KEY, at, WORK)
    assert at - MINUTE - 1_000 < rings_at(clients, at) <= at - MINUTE


@pytest.mark.parametrize("after", [-86_400_000, -1, 0, 1, MINUTE, 2 * MINUTE - 1])
def test_a_schedule_is_never_set_in_the_past_or_near(
    clients: Clients, timers: SchedulerTimers, after: int
) -> None:
    timers.arm(KEY, EPOCH + after, WORK)
    assert rings_at(clients, EPOCH + after) >= EPOCH + MINUTE


def test_a_schedule_carries_the_work_to_the_queue_and_goes(
    clients: Clients, timers: SchedulerTimers
) -> None:
    at = EPOCH + 3_600_000
    timers.arm(KEY, at, WORK)
    schedule = clients.scheduler.get_schedule(GroupName="timers", Name=schedule_name(KEY, at))
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    target = schedule["Target"]
    assert target["Arn"] == f"{ARN}work"
    assert target["Input"].encode() == WORK.body
    assert target["DeadLetterConfig"] == {"Arn": f"{ARN}timer-dlq"}


@pytest.mark.parametrize("execution", ["exec-1", "执行", "🦊" * 128, "a b#?"])
def test_names_are_what_scheduler_takes(execution: str) -> None:
    name = schedule_name(ExecutionKey("проект", execution), EPOCH)
    assert re.fullmatch(r"[0-9a-zA-Z_.-]{1,64}", name)


def test_every_timer_has_a_name_of_its_own() -> None:
    keys = [ExecutionKey(a, b) for a in ("p", "q") for b in ("x", "y")]
    assert len({schedule_name(key, at) for key in keys for at in (1, 2)}) == 8


def test_an_instant_is_written_as_its_second() -> None:
    instant = datetime(2028, 2, 29, 23, 59, 59, 999_000, UTC)
    milliseconds = int(instant.timestamp() * 1000)
    assert at_expression(milliseconds) == "at(2028-02-29T23:59:59)"


def test_disarming_is_best_effort(
    clients: Clients, timers: SchedulerTimers, disturb: Disturb
) -> None:
    requests = disturb(clients.scheduler, "DeleteSchedule", times=100, status=503)
    timers.disarm(KEY, EPOCH)
    assert requests
