"""Metrics: lines in CloudWatch's embedded metric format, which cost no call and no import.

A line is printed where ``use`` was told so (in Lambda); else nothing is done. Dimensions are few:
the function's name, which has the environment's in it. What an execution is goes along as
properties, to be searched by and not paid for.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

NAMESPACE: Final = "Seriatim"
VALUES_MAX: Final = 100
"""Of one metric in one line; CloudWatch takes no more."""

UNITS: Final[Mapping[str, str]] = {
    "ExecutionsStarted": "Count",
    "ExecutionsSucceeded": "Count",
    "ExecutionsFailed": "Count",
    "ExecutionsCancelled": "Count",
    "ExecutionsTimedOut": "Count",
    "ExecutionDuration": "Milliseconds",
    "QueueAge": "Milliseconds",
    "MessageDuration": "Milliseconds",
    "Redeliveries": "Count",
    "ReconcilerLooks": "Count",
    "ReconcilerRepairs": "Count",
    "PermitsInUse": "Count",
    "PermitsWaiting": "Count",
    "DeadLettersDropped": "Count",
    "DeadLettersResent": "Count",
    "DeadLettersFailed": "Count",
    "DeadLettersKept": "Count",
}

Value = float | Sequence[float]

_print: Callable[[str], None] | None = None


def use(printer: Callable[[str], None] | None) -> None:
    """Have lines printed by ``printer`` from now on; ``None``: not at all."""
    global _print  # noqa: PLW0603 - one per process, as logging has it
    _print = printer


def print_line(line: str) -> None:
    """One line of the function's log, whole even if threads print side by side."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def emit(now: int, values: Mapping[str, Value], properties: Mapping[str, object] = {}) -> None:
    """Report values of metrics, all of the instant ``now`` (milliseconds)."""
    if _print is None or not values:
        return
    metrics = [{"Name": name, "Unit": UNITS[name]} for name in values]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": metrics}
    line = {
        "_aws": {"Timestamp": now, "CloudWatchMetrics": [directive]},
        "FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
        **properties,
        **{name: _bounded(value) for name, value in values.items()},
    }
    _print(msgspec.json.encode(line).decode())


def _bounded(value: Value) -> Value:
    return value if isinstance(value, int | float) else value[:VALUES_MAX]
