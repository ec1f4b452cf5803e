"""Every message may come twice, late or out of order: what is stale changes nothing."""

from collections.abc import Callable
from itertools import permutations

import msgspec
import pytest

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider.decide import decide
from seriatim.domain.values import ChildOutcome, Error, Status
from tests.builders import START_TIME, Driver, sequence


def rich() -> Driver:
    """An execution that waits for every kind of message at once."""
    return Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > b > join",
            "fork > timer > join",
            "fork > signal > join",
            "fork > sub > join",
            "fork > wait > join",
            nodes={
                "a": {"retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 60}},
                "b": {"taskDefinitionId": "outside", "heartbeatSeconds": 60},
                "timer": {"parameters": {"durationSeconds": 30}},
                "signal": {"parameters": {"signalName": "go"}},
                "sub": {"parameters": {"sequenceId": "child"}},
                "wait": {"parameters": {"until": "x > 0"}},
            },
            variables=[{"name": "x", "type": "integer", "defaultValue": 0}],
        )
    )


def child_result(driver: Driver) -> m.ChildResult:
    [child] = driver.commands_of(c.StartChild)
    outcome = ChildOutcome(Status.SUCCEEDED, {"y": 1})
    return m.ChildResult(number=child.parent.number, child_id=child.child_id, outcome=outcome)


MESSAGES: dict[str, Callable[[Driver], m.AnyMessage]] = {
    "success": lambda d: m.TaskSuccess(number=d.run_of("a").number, attempt=1, result={}),
    "failure": lambda d: m.TaskFailure(
        number=d.run_of("a").number, attempt=1, error=Error("Bad", retryable=True)
    ),
    "pickup": lambda d: m.TaskPickup(number=d.run_of("b").number, attempt=1, worker_id="w"),
    "heartbeat": lambda d: m.TaskHeartbeat(number=d.run_of("b").number, attempt=1),
    "timer": lambda _: m.TimerDue(at=START_TIME + 30_000),
    "signal": lambda _: m.Signal(name="go", key="k"),
    "variables": lambda _: m.VariablesUpdate(values={"x": 1}),
    "child": child_result,
    "cancel": lambda _: m.CancelRequest(reason="enough"),
}


@pytest.mark.parametrize("kind", sorted(set(MESSAGES) - {"heartbeat", "variables"}))
def test_the_second_delivery_of_a_message_changes_nothing(kind: str) -> None:
    driver = rich()
    message = MESSAGES[kind](driver)
    assert driver.send(message) != ()
    state, steps = driver.current, len(driver.steps)
    for _ in range(2):
        assert driver.send(message) == ()
        assert driver.current == state
    driver.now += 5_000
    assert driver.send(message) == ()
    assert len(driver.steps) == steps


def test_a_repeated_heartbeat_is_one_more_sign_of_life() -> None:
    driver = rich()
    message = MESSAGES["heartbeat"](driver)
    driver.send(message)
    driver.now += 5_000
    driver.send(message)
    assert driver.run_of("b").heartbeat_by == START_TIME + 65_000


def test_setting_a_variable_again_sets_it_again() -> None:
    driver = rich()
    driver.send(m.VariablesUpdate(values={"x": 1}))
    driver.send(m.VariablesUpdate(values={"x": 1}))
    assert driver.current.variables == {"x": 1}


PAIRS = [
    (first, second)
    for first, second in permutations(sorted(set(MESSAGES) - {"cancel"}), 2)
    if {first, second} != {"success", "failure"}
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_messages_may_come_in_any_order(first: str, second: str) -> None:
    """Whichever comes first: both are taken in, and their effects are the same."""
    driver, other = rich(), rich()
    one, two = MESSAGES[first](driver), MESSAGES[second](driver)
    for message in (one, two):
        driver.send(message)
        assert driver.refused is None
    for message in (two, one):
        other.send(message)
        assert other.refused is None
    assert sorted(driver.active()) == sorted(other.active())
    assert driver.current.variables == other.current.variables


@pytest.mark.parametrize("kind", sorted(set(MESSAGES) - {"cancel", "timer", "variables", "signal"}))
def test_after_a_cancel_nothing_is_taken_in(kind: str) -> None:
    driver = rich()
    message = MESSAGES[kind](driver)
    driver.send(m.CancelRequest())
    assert driver.send(message) == ()
    assert driver.refused == "ExecutionOver"


@pytest.mark.parametrize("number", [0, -1, 1, 2, 99])
def test_a_result_for_a_node_run_that_takes_none_is_refused(number: int) -> None:
    """There is no such run, or it is over."""
    driver = rich()
    for attempt in (0, 1, 2):
        driver.send(m.TaskSuccess(number=number, attempt=attempt))
        assert driver.refused == "AttemptOver"


@pytest.mark.parametrize("node_id", ["timer", "signal", "wait"])
@pytest.mark.parametrize("attempt", [0, 1])
def test_a_node_run_without_attempt_takes_no_result(node_id: str, attempt: int) -> None:
    driver = rich()
    number = driver.run_of(node_id).number
    driver.send(m.TaskSuccess(number=number, attempt=attempt))
    assert driver.refused == "AttemptOver"
    assert node_id in driver.active()


def test_a_refused_message_gives_back_the_very_state() -> None:
    driver = rich()
    message = m.TaskSuccess(number=99, attempt=1)
    decision = decide(driver.plan, driver.current, message, driver.now)
    assert decision.state is driver.current
    assert (decision.events, decision.commands) == ((), ())


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_a_message_survives_the_queue(kind: str) -> None:
    message = MESSAGES[kind](rich())
    encoded = msgspec.json.encode(message)
    assert msgspec.json.decode(encoded, type=m.AnyMessage) == message
