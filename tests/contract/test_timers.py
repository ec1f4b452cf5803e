"""What every ``Timers`` does: arming and disarming. What rings, and when, ``local`` tests."""

from collections.abc import Callable
from typing import Any

import pytest

from seriatim.domain.values import ExecutionKey
from seriatim.ports.queue import OutgoingWork
from seriatim.ports.timers import Timers
from tests.fakes.clock import EPOCH
from tests.fakes.timers import FakeTimers

HOUR = 3_600_000
WORK = OutgoingWork("project", b'{"type":"DeliverMessage"}')

Armed = Callable[[], int]


@pytest.fixture
def armed(backend: str, request: pytest.FixtureRequest, timers: Timers) -> Armed:
    """How many timers are armed that were not before the test."""
    if backend == "fake":
        assert isinstance(timers, FakeTimers)
        fake = timers
        return lambda: len(fake.armed())
    aws: Any = request.getfixturevalue("aws")

    def schedules() -> int:
        return len(aws.clients.scheduler.list_schedules(GroupName="timers")["Schedules"])

    before = schedules()
    return lambda: schedules() - before


@pytest.fixture
def key(project: str) -> ExecutionKey:
    return ExecutionKey(project, "تنفيذ 🦊")


def test_a_timer_is_armed_once(timers: Timers, armed: Armed, key: ExecutionKey) -> None:
    for _ in range(2):
        timers.arm(key, EPOCH + HOUR, WORK)
    assert armed() == 1


def test_other_instants_and_executions_are_other_timers(
    timers: Timers, armed: Armed, key: ExecutionKey, project: str
) -> None:
    timers.arm(key, EPOCH + HOUR, WORK)
    timers.arm(key, EPOCH + HOUR + 1, WORK)
    timers.arm(ExecutionKey(project, "other"), EPOCH + HOUR, WORK)
    timers.arm(ExecutionKey(f"{project}-b", key.execution_id), EPOCH + HOUR, WORK)
    assert armed() == 4


def test_a_disarmed_timer_is_gone(timers: Timers, armed: Armed, key: ExecutionKey) -> None:
    timers.arm(key, EPOCH + HOUR, WORK)
    timers.arm(key, EPOCH + 2 * HOUR, WORK)
    timers.disarm(key, EPOCH + HOUR)
    assert armed() == 1


def test_disarming_what_is_not_armed_is_nothing(
    timers: Timers, armed: Armed, key: ExecutionKey
) -> None:
    timers.disarm(key, EPOCH + HOUR)
    assert armed() == 0
