"""The built-in ``python`` tasks, for trying things out and for tests. Each returns its inputs."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from seriatim.domain.errors import INVALID_INPUT
from seriatim.domain.limits import DURATION_SECONDS_MAX
from seriatim.tasks.context import TaskContext
from seriatim.tasks.registry import Registry, TaskError, describe

FAIL_CODE_DEFAULT: Final = "BuiltinFailure"
RANDOM_FAILURE_CODE: Final = "RandomFailure"


def echo(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs."""
    return inputs


def sleep(inputs: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Take ``seconds`` of the service's time."""
    context.sleep(_number(inputs, "seconds", 0, DURATION_SECONDS_MAX, default=None))
    return inputs


def fail(inputs: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Fail with ``code``, ``message`` and ``retryable``: in every attempt, or in the first
    ``times``.
    """
    code = _text(inputs, "code", FAIL_CODE_DEFAULT)
    if not code.strip():
        raise _wrong(inputs, "code", "a text that is not blank")
    message = _text(inputs, "message", "builtin.fail was asked to fail")
    is_retryable = True if inputs.get("retryable") is None else inputs["retryable"]
    if not isinstance(is_retryable, bool):
        raise _wrong(inputs, "retryable", "true or false")
    times = inputs.get("times")
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 0):
        raise _wrong(inputs, "times", "a whole number, 0 or more")
    if times is not None and context.attempt > times:
        return inputs
    raise TaskError(code, message, retryable=is_retryable, details=inputs.get("details"))


def random_failure(inputs: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Fail with ``probability``; the same ``seed``, node run and attempt fare the same."""
    probability = _number(inputs, "probability", 0, 1, default=0.5)
    seed = inputs.get("seed")
    if isinstance(seed, dict | list):
        raise _wrong(inputs, "seed", "a number or a text")
    drawn = hashlib.sha256(f"{seed}/{context.idempotency_key}/{context.attempt}".encode()).digest()
    if int.from_bytes(drawn[:8], "big") / 2**64 < probability:
        raise TaskError(RANDOM_FAILURE_CODE, f"attempt {context.attempt} drew a failure")
    return inputs


def _number(
    inputs: Mapping[str, Any], name: str, low: float, high: float, *, default: float | None
) -> float:
    value = default if inputs.get(name) is None else inputs[name]
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise _wrong(inputs, name, f"a number from {low:,} to {high:,}")


def _text(inputs: Mapping[str, Any], name: str, default: str) -> str:
    value = default if inputs.get(name) is None else inputs[name]
    if not isinstance(value, str):
        raise _wrong(inputs, name, "a text")
    return value


def _wrong(inputs: Mapping[str, Any], name: str, wanted: str) -> TaskError:
    found = f"it is {inputs[name]!r:.60}" if name in inputs else "there is none"
    return TaskError(
        INVALID_INPUT, f"the input {name!r} must be {wanted}; {found}", retryable=False
    )


def _builtins() -> Registry:
    registry = Registry()
    for function in (echo, sleep, fail, random_failure):
        registry.add(describe(f"builtin.{function.__name__}", function))
    return registry


BUILTINS: Final = _builtins()
