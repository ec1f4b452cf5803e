"""``maxConcurrentExecutions``: an execution is pending until it has its slots."""

from typing import Any

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.permit_events import SlotRequested
from seriatim.domain.permits.values import PermitRequest, Rules
from seriatim.domain.values import Error, ParentLink
from tests.builders import START_TIME, Driver, sequence

BOTH: dict[str, Any] = {"is_counted": True, "project_executions_max": 5}


def limited(**request: Any) -> Driver:
    document = sequence("start > a > end", maxConcurrentExecutions=2, timeoutSeconds=60)
    return Driver(document, **(BOTH | request))


def test_an_execution_asks_its_sequence_then_its_project_and_then_runs() -> None:
    driver = limited(priority=7)
    assert (driver.status, driver.active()) == ("pending", [])
    [asked] = driver.commands_of(c.RequestPermits)
    assert asked == c.RequestPermits(
        ledger="sequence:s",
        request=PermitRequest(
            id="exec-1",
            execution_id="exec-1",
            units={"slots": 1},
            priority=7,
            begun_at=START_TIME,
            rules=Rules(capacity=2),
        ),
    )
    driver.granted()
    assert driver.status == "pending"
    [_, asked] = driver.commands_of(c.RequestPermits)
    assert (asked.ledger, asked.request.rules) == ("project", Rules(capacity=5))
    driver.granted()
    assert (driver.status, driver.active()) == ("running", ["a"])
    driver.done("a")
    freed = [(x.ledger, x.request_id) for x in driver.commands_of(c.ReleasePermits)]
    assert freed == [("sequence:s", "exec-1"), ("project", "exec-1")]


def test_the_time_out_of_the_execution_counts_from_its_admission() -> None:
    driver = limited(project_executions_max=None)
    driver.pass_time(100_000)
    driver.granted()
    driver.pass_time(59_999)
    assert driver.status == "running"
    driver.pass_time(1)
    assert driver.status == "timed_out"


def test_a_pending_execution_that_is_cancelled_gives_its_request_back() -> None:
    driver = limited()
    driver.granted()
    driver.send(m.CancelRequest())
    assert driver.status == "cancelled"
    assert len(driver.commands_of(c.ReleasePermits)) == 2


def test_a_pending_execution_takes_in_signals_variables_and_pauses() -> None:
    document = sequence(
        "start > signal > a > end",
        nodes={"signal": {"parameters": {"signalName": "go"}}},
        maxConcurrentExecutions=1,
        variables=[{"name": "v", "type": "integer"}],
    )
    driver = Driver(document, is_counted=True)
    driver.signal("go")
    driver.send(m.VariablesUpdate(values={"v": 1}))
    driver.send(m.PauseRequest())
    assert driver.status == "pending"
    driver.granted()
    assert (driver.status, driver.active()) == ("waiting", [])
    driver.send(m.ResumeRequest())
    assert (driver.status, driver.active()) == ("running", ["a"])


def test_who_is_not_counted_begins_at_once() -> None:
    requests: tuple[dict[str, Any], ...] = (
        {"is_counted": False},
        {"parent": ParentLink("exec-0", 1)},
    )
    for request in requests:
        driver = limited(**request)
        assert driver.status == "running"
        assert driver.commands_of(c.RequestPermits) == []


def test_without_limits_nothing_is_asked() -> None:
    driver = Driver(sequence("start > a > end"), is_counted=True)
    assert driver.status == "running"
    assert not any(isinstance(x, SlotRequested) for x in driver.events)


def test_a_slot_that_can_never_come_fails_the_execution() -> None:
    driver = limited()
    error = Error("Seriatim.PoolTooSmall", "none")
    driver.send(m.PermitsDenied(ledger="sequence:s", request_id="exec-1", error=error))
    assert (driver.status, driver.error_code) == ("failed", "Seriatim.PoolTooSmall")
