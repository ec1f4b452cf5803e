"""The built-in tasks, as an execution would run them."""

from typing import Any

import pytest

from seriatim.ports.tasks import Failed, TaskOutcome
from seriatim.tasks.modules import TaskFunctions
from tests.fakes.clock import EPOCH, FakeClock
from tests.unit.tasks.attempts import attempt, error_of, result_of, runner


def run(
    name: str, inputs: dict[str, Any], clock: FakeClock | None = None, **how: Any
) -> TaskOutcome:
    request = attempt("python", {"function": f"builtin.{name}"}, inputs, **how)
    return runner(clock=clock).run(request)


def test_there_are_the_four_of_the_contract() -> None:
    assert [name for name in TaskFunctions().names if name.startswith("builtin.")] == [
        "builtin.echo",
        "builtin.fail",
        "builtin.random_failure",
        "builtin.sleep",
    ]


@pytest.mark.parametrize("inputs", [{}, {"a": [1, {"b": None}]}, {"東京": "ñ"}])
def test_echo_returns_its_inputs(inputs: dict[str, Any]) -> None:
    assert result_of(run("echo", inputs)) == inputs


@pytest.mark.parametrize("seconds", [0, 1, 0.25, 3_600])
def test_sleep_takes_the_services_time(seconds: float) -> None:
    clock = FakeClock()
    inputs = {"seconds": seconds, "x": 1}
    assert result_of(run("sleep", inputs, clock)) == inputs
    assert clock.now() == EPOCH + seconds * 1_000


def test_sleep_ends_at_the_deadline() -> None:
    clock = FakeClock()
    error = error_of(run("sleep", {"seconds": 3_600}, clock, deadline=EPOCH + 2_000))
    assert (error.code, error.retryable) == ("Seriatim.Timeout", True)
    assert clock.now() == EPOCH + 2_000


def test_fail_fails_as_it_is_told() -> None:
    error = error_of(run("fail", {"code": "No", "message": "not today", "retryable": False}))
    assert (error.code, error.message, error.retryable) == ("No", "not today", False)


def test_fail_fails_for_good_unless_told_otherwise() -> None:
    for number in (1, 2, 100):
        error = error_of(run("fail", {}, attempt=number))
        assert (error.code, error.retryable) == ("BuiltinFailure", True)
        assert error.message


def test_fail_with_times_fails_so_many_attempts_then_echoes() -> None:
    inputs = {"times": 2, "code": "Flaky"}
    outcomes = [run("fail", inputs, attempt=number) for number in (1, 2, 3, 4)]
    assert [isinstance(outcome, Failed) for outcome in outcomes] == [True, True, False, False]
    assert result_of(outcomes[2]) == inputs
    assert result_of(run("fail", {"times": 0})) == {"times": 0}


def test_random_failure_is_the_same_for_the_same_attempt() -> None:
    inputs = {"probability": 0.5, "seed": 7}
    fared = [
        [isinstance(run("random_failure", inputs, attempt=number), Failed) for number in range(60)]
        for _ in range(2)
    ]
    assert fared[0] == fared[1]
    assert 10 < sum(fared[0]) < 50
    other = [
        isinstance(run("random_failure", {**inputs, "seed": 8}, attempt=number), Failed)
        for number in range(60)
    ]
    assert other != fared[0]


@pytest.mark.parametrize(("probability", "is_failure"), [(0, False), (1, True)])
def test_random_failure_of_certain_probability_is_certain(
    probability: int, *, is_failure: bool
) -> None:
    outcomes = [
        run("random_failure", {"probability": probability}, attempt=number) for number in range(20)
    ]
    assert {isinstance(outcome, Failed) for outcome in outcomes} == {is_failure}


def test_random_failure_is_retryable() -> None:
    error = error_of(run("random_failure", {"probability": 1}))
    assert (error.code, error.retryable) == ("RandomFailure", True)


@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        ("sleep", {}, "'seconds' must be a number from 0 to 31,622,400; there is none"),
        ("sleep", {"seconds": "5"}, "it is '5'"),
        ("sleep", {"seconds": True}, "it is True"),
        ("sleep", {"seconds": -1}, "it is -1"),
        ("sleep", {"seconds": 10**9}, "it is 1000000000"),
        ("fail", {"code": 3}, "'code' must be a text; it is 3"),
        ("fail", {"code": " "}, "'code' must be a text that is not blank"),
        ("fail", {"message": ["x"]}, "'message' must be a text"),
        ("fail", {"retryable": "yes"}, "'retryable' must be true or false"),
        ("fail", {"times": 1.5}, "'times' must be a whole number"),
        ("fail", {"times": -1}, "'times' must be a whole number"),
        ("fail", {"times": True}, "'times' must be a whole number"),
        ("random_failure", {"probability": 2}, "'probability' must be a number from 0 to 1"),
        ("random_failure", {"probability": "often"}, "'probability' must be a number from 0 to 1"),
        ("random_failure", {"probability": 1, "seed": []}, "'seed' must be a number or a text"),
    ],
)
def test_wrong_input_is_named_and_not_tried_again(
    name: str, inputs: dict[str, Any], expected: str
) -> None:
    error = error_of(run(name, inputs))
    assert (error.code, error.retryable) == ("Seriatim.InvalidInput", False)
    assert expected in error.message
