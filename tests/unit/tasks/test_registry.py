"""What `@task` makes of a function: its name, and the arguments it is given."""

import functools
import subprocess
import sys
from typing import Any

import pytest

import seriatim
from seriatim.tasks.registry import TaskContext, TaskError, describe, registered, task
from tests.fakes.clock import FakeClock

CONTEXT = TaskContext(
    inputs={"amount": 3},
    attempt=1,
    idempotency_key="e/1",
    project_id="p",
    execution_id="e",
    sequence_id="s",
    node_id="n",
    index=None,
    deadline=None,
    _clock=FakeClock(),
    _send_heartbeat=lambda: True,
)


def both(first: Any, second: Any) -> Any:
    return first, second


def optional_third(inputs: Any, retries: int = 3, *, context: Any) -> Any:
    return inputs, retries, context


def annotated(first: "seriatim.TaskContext", second: Any) -> Any:
    return first, second


def by_position(inputs: Any, /, ctx: Any) -> Any:
    return inputs, ctx


def anything(inputs: Any, *rest: Any, **named: Any) -> Any:
    return inputs, rest, named


@functools.wraps(both)
def wrapped(*arguments: Any, **named: Any) -> Any:
    return both(*arguments, **named)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda: "none", "none"),
        (lambda inputs: inputs, CONTEXT.inputs),
        (lambda payload: payload, CONTEXT.inputs),
        (lambda context: context, CONTEXT),
        (lambda ctx, inputs: (ctx, inputs), (CONTEXT, CONTEXT.inputs)),
        (lambda inputs, retries=3: (inputs, retries), (CONTEXT.inputs, 3)),
        (both, (CONTEXT.inputs, CONTEXT)),
        (optional_third, (CONTEXT.inputs, 3, CONTEXT)),
        (annotated, (CONTEXT, CONTEXT.inputs)),
        (by_position, (CONTEXT.inputs, CONTEXT)),
        (anything, (CONTEXT.inputs, (), {})),
        (wrapped, (CONTEXT.inputs, CONTEXT)),
        (functools.partial(both, "given"), ("given", CONTEXT.inputs)),
    ],
)
def test_function_gets_the_arguments_that_it_asks_for(function: Any, expected: object) -> None:
    assert describe("x", function)(CONTEXT) == expected


@pytest.mark.parametrize(
    "function",
    [
        lambda inputs, context, third: None,
        lambda *arguments: None,
        lambda inputs, *, card: None if card else inputs,
        "no function",
    ],
)
def test_function_that_cannot_be_called_so_is_refused_when_it_is_registered(function: Any) -> None:
    with pytest.raises(TypeError, match="the task 'x'"):
        describe("x", function)


def test_decorated_function_is_registered_and_stays_itself() -> None:
    def charge(inputs: dict[str, Any]) -> dict[str, Any]:
        return {"charged": inputs["amount"]}

    assert task("registry-test.charge")(charge) is charge
    found = registered.find("registry-test.charge")
    assert found is not None
    assert found(CONTEXT) == {"charged": 3}
    assert found.place.endswith("charge")


@pytest.mark.parametrize("name", ["", "  ", "builtin.mine", lambda inputs: inputs])
def test_name_that_is_none_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match="task"):
        task(name)


def test_task_error_is_retryable_unless_it_says_otherwise() -> None:
    assert TaskError("CardDeclined", "no funds").retryable
    error = TaskError("CardDeclined", "no funds", retryable=False, details={"balance": 3})
    assert (error.code, error.message, error.retryable, error.details) == (
        "CardDeclined",
        "no funds",
        False,
        {"balance": 3},
    )
    assert str(error) == "CardDeclined: no funds"
    assert str(TaskError("CardDeclined")) == "CardDeclined"


def test_task_error_needs_a_code() -> None:
    with pytest.raises(ValueError, match="needs a code"):
        TaskError(" ")


def test_package_gives_authors_their_names_and_costs_nothing_until_then() -> None:
    assert seriatim.task is task
    assert seriatim.TaskError is TaskError
    assert dir(seriatim) == sorted(seriatim.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Workflow'"):
        _ = seriatim.Workflow  # type: ignore[attr-defined]
    script = (
        "import sys, seriatim; print([m for m in sys.modules if m.startswith('seriatim.')]);"
        "from seriatim import task, TaskError, TaskContext; print(task.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["[]", "task"]


def test_runner_imports_neither_pydantic_nor_aws() -> None:
    heavy = ("pydantic", "boto3", "botocore", "moto", "jsonschema")
    script = (
        "import sys, seriatim.tasks.runner;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
