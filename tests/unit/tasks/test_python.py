"""The `python` integration: what functions return and raise, and what becomes of slow ones."""

import asyncio
import dataclasses
import datetime as dt
import enum
import re
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from seriatim import TaskContext, TaskError, task
from seriatim.ports.tasks import TaskOutcome
from tests.fakes.clock import EPOCH, FakeClock
from tests.unit.tasks.attempts import attempt, error_of, result_of, runner


def run(
    function: Callable[..., Any], inputs: dict[str, Any] | None = None, **how: Any
) -> TaskOutcome:
    """Run it under a name of its own."""
    task("python-test")(function)
    clock = how.pop("clock", None)
    wanted = how.pop("wanted", None)
    request = attempt("python", {"function": "python-test"}, inputs, **how)
    return runner(clock=clock, wanted=wanted).run(request)


class Colour(enum.StrEnum):
    RED = "red"


class Number(str, enum.Enum):  # noqa: UP042 - the older kind, whose text is another
    ONE = "one"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"charged": True, "ids": [1, 2.5, None]}, {"charged": True, "ids": [1, 2.5, None]}),
        (None, None),
        ("text", "text"),
        (3, 3),
        ((1, (2, 3)), [1, [2, 3]]),
        ({"東京": "ñ"}, {"東京": "ñ"}),
        ([Colour.RED, Number.ONE], ["red", "one"]),
        (10**40, 10**40),
    ],
)
def test_result_is_what_the_function_returns(result: object, expected: object) -> None:
    found = result_of(run(lambda: result))
    assert found == expected
    assert type(found) is type(expected)


def test_async_function_is_awaited() -> None:
    async def charge(inputs: dict[str, Any], context: TaskContext) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"amount": inputs["amount"], "attempt": context.attempt}

    assert result_of(run(charge, {"amount": 5}, attempt=2)) == {"amount": 5, "attempt": 2}
    deadline = EPOCH + 60_000
    assert result_of(run(charge, {"amount": 5}, deadline=deadline)) == {"amount": 5, "attempt": 1}


def test_context_tells_of_the_attempt() -> None:
    seen: list[TaskContext] = []

    def keep(context: TaskContext) -> None:
        seen.append(context)

    run(keep, {"a": 1}, index=4)
    context = seen[0]
    assert context.inputs == {"a": 1}
    assert (context.attempt, context.idempotency_key, context.index) == (1, "exec-1/3", 4)
    assert (context.project_id, context.execution_id) == ("shop", "exec-1")
    assert (context.sequence_id, context.node_id) == ("seq-1", "charge")
    assert context.deadline is None
    assert context.remaining_seconds() is None


def test_function_that_changes_its_inputs_changes_nobody_elses() -> None:
    inputs = {"items": [1]}

    def spoil(given: dict[str, Any]) -> dict[str, Any]:
        given["items"].append(2)
        return given

    assert result_of(run(spoil, inputs)) == {"items": [1, 2]}
    assert inputs == {"items": [1]}


def test_result_is_not_shared_with_the_function() -> None:
    kept: dict[str, Any] = {"items": [1]}
    result = result_of(run(lambda: kept))
    kept["items"].append(2)
    assert result == {"items": [1]}


def test_task_error_chooses_the_error() -> None:
    def decline() -> None:
        raise TaskError("CardDeclined", "no funds", retryable=False, details={"balance": (3,)})

    error = error_of(run(decline))
    assert (error.code, error.message, error.retryable) == ("CardDeclined", "no funds", False)
    assert error.details == {"balance": [3]}


def test_details_that_are_no_json_are_left_out() -> None:
    def decline() -> None:
        raise TaskError("CardDeclined", details=object())

    error = error_of(run(decline))
    assert error.code == "CardDeclined"
    assert "builtins.object" in error.details["detailsLeftOut"]


def test_any_other_exception_is_a_retryable_failure_that_says_where() -> None:
    def look_up() -> None:
        secret = "hunter2"
        raise KeyError(secret[:0])

    def charge() -> None:
        look_up()

    error = error_of(run(charge))
    assert (error.code, error.retryable) == ("KeyError", True)
    assert error.details["type"] == "builtins.KeyError"
    places = [place.partition(":")[2].split(" in ")[1] for place in error.details["traceback"]]
    assert places == ["charge", "look_up"]
    assert "hunter2" not in repr(error)
    assert "/" not in repr(error.details["traceback"])


def test_traceback_is_cut_to_its_end() -> None:
    def deep(level: int) -> None:
        if level == 0:
            raise ValueError("bottom")
        deep(level - 1)

    error = error_of(run(lambda: deep(50)))
    assert len(error.details["traceback"]) == 10
    assert error.message == "bottom"


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def raising(error: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (Unprintable(), "Unprintable", "(its text failed with RuntimeError)"),
        (SystemExit(3), "SystemExit", "3"),
        (asyncio.CancelledError(), "CancelledError", ""),
        (ValueError("half \ud800 a pair"), "ValueError", "half ? a pair"),
        (ValueError("x" * 10_000), "ValueError", "x" * 4_095 + "…"),
        (RecursionError("deep"), "RecursionError", "deep"),
    ],
)
@pytest.mark.parametrize("deadline", [None, EPOCH + 60_000])
def test_whatever_is_raised_is_an_outcome(
    raised: BaseException, code: str, message: str, deadline: int | None
) -> None:
    error = error_of(run(raising(raised), deadline=deadline))
    assert (error.code, error.message, error.retryable) == (code, message, True)


@dataclasses.dataclass
class Receipt:
    amount: int


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


ENDLESS: list[object] = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Receipt(3), "the value is a .*Receipt; return a dict"),
        ({"when": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]}, "/when/0 is a datetime"),
        ({"ids": {1, 2}}, "/ids is a builtins.set"),
        ({"amount": Decimal("1.5")}, "/amount is a decimal.Decimal"),
        (b"bytes", "the value is a builtins.bytes"),
        ({"a": {3: "x"}}, "/a has the key 3; keys must be str"),
        ({"rate": float("nan")}, "/rate is nan; numbers must be finite"),
        ([float("inf")], "/0 is inf"),
        ({"text": "\ud800"}, "/text has half a surrogate pair"),
        ({"\udfff": 1}, "half a surrogate pair"),
        pytest.param(1 << 20_000, "an integer of more than 12,800 bits", id="huge"),
        (nested(33), "nested more than 32 levels"),
        (ENDLESS, "nested more than 32 levels"),
        ((number for number in [1]), "builtins.generator"),
    ],
)
def test_result_that_json_cannot_hold_fails_the_attempt(result: object, expected: str) -> None:
    error = error_of(run(lambda: result))
    assert (error.code, error.retryable) == ("Seriatim.InvalidOutput", False)
    assert re.search(expected, error.message)


def test_result_of_the_deepest_allowed_nesting_is_kept() -> None:
    assert result_of(run(lambda: nested(32))) == nested(32)


def test_result_over_the_limit_fails_the_attempt() -> None:
    error = error_of(run(lambda: ["x" * 1_000_000] * 53))
    assert (error.code, error.retryable) == ("Seriatim.PayloadTooLarge", False)
    assert "52,428,800" in error.message


def test_unknown_function_is_told_what_there_is() -> None:
    error = error_of(runner().run(attempt("python", {"function": "charg-card"})))
    assert (error.code, error.retryable) == ("Seriatim.UnknownFunction", False)
    assert "'charg-card'" in error.message
    assert "builtin.echo" in error.message
    assert "--tasks" in error.message


# -- time ------------------------------------------------------------------------------------------


def test_function_in_time_is_not_disturbed_by_its_deadline() -> None:
    outcome = run(lambda context: context.remaining_seconds(), deadline=EPOCH + 1_500)
    assert result_of(outcome) == 1.5


def test_function_past_its_deadline_is_left_behind_and_told() -> None:
    clock = FakeClock()
    told, left = threading.Event(), threading.Event()

    def slow(context: TaskContext) -> str:
        clock.advance(1_000)
        context.on_cancel(told.set)
        told.wait(30)
        assert context.is_cancelled
        left.set()
        return "too late"

    error = error_of(run(slow, clock=clock, deadline=EPOCH + 1_000))
    assert (error.code, error.retryable) == ("Seriatim.Timeout", True)
    assert left.wait(30)


def test_async_function_past_its_deadline_is_cancelled() -> None:
    clock = FakeClock()
    ended = threading.Event()

    async def slow() -> None:
        clock.advance(1_000)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    assert error_of(run(slow, clock=clock, deadline=EPOCH + 1_000)).code == "Seriatim.Timeout"
    assert ended.wait(30)


def test_function_without_a_deadline_runs_in_the_callers_thread() -> None:
    threads: list[int] = []
    run(lambda: threads.append(threading.get_ident()))
    assert threads == [threading.get_ident()]


def test_sleep_of_the_context_takes_the_services_time_and_ends_at_the_deadline() -> None:
    clock = FakeClock()
    assert result_of(run(lambda context: context.sleep(90), clock=clock)) is None
    assert clock.now() == EPOCH + 90_000
    deadline = EPOCH + 100_000
    error = error_of(run(lambda context: context.sleep(90), clock=clock, deadline=deadline))
    assert error.code == "Seriatim.Timeout"
    assert clock.now() == deadline
