"""The system's own error codes, and how ``retryableErrors`` match a code.

Failures inside a workflow are data (``values.Error``). Codes of the system are prefixed
``Seriatim.`` and are matched with or without the prefix.
"""

from collections.abc import Iterable
from typing import Any

from seriatim.domain.values import Error

PREFIX = "Seriatim."

TIMEOUT = PREFIX + "Timeout"
HEARTBEAT_TIMEOUT = PREFIX + "HeartbeatTimeout"
QUEUE_TIMEOUT = PREFIX + "QueueTimeout"
EXECUTION_TIMEOUT = PREFIX + "ExecutionTimeout"
NO_TRANSITION = PREFIX + "NoTransition"
NO_END_REACHED = PREFIX + "NoEndReached"
EXPRESSION_ERROR = PREFIX + "ExpressionError"
TYPE_MISMATCH = PREFIX + "TypeMismatch"
LOOP_LIMIT = PREFIX + "LoopLimit"
JOIN_UNSATISFIED = PREFIX + "JoinUnsatisfied"
DEPENDENCY_UNSATISFIABLE = PREFIX + "DependencyUnsatisfiable"
UNKNOWN_TASK_DEFINITION = PREFIX + "UnknownTaskDefinition"
UNKNOWN_SEQUENCE = PREFIX + "UnknownSequence"
PAYLOAD_TOO_LARGE = PREFIX + "PayloadTooLarge"
INVALID_INPUT = PREFIX + "InvalidInput"
INVALID_OUTPUT = PREFIX + "InvalidOutput"
CHILD_FAILED = PREFIX + "ChildFailed"
END_FAILED = PREFIX + "EndFailed"
RESOURCE_DEADLOCK = PREFIX + "ResourceDeadlock"
UNKNOWN_RESOURCE_POOL = PREFIX + "UnknownResourcePool"
POOL_TOO_SMALL = PREFIX + "PoolTooSmall"
TOO_MANY_WAITING = PREFIX + "TooManyWaiting"
SIGNAL_NOT_DELIVERED = PREFIX + "SignalNotDelivered"
DEAD_LETTERED = PREFIX + "DeadLettered"


def matches(pattern: str, code: str) -> bool:
    """Whether ``pattern`` (an exact code, ``Prefix.*`` or ``*``) covers ``code``; ``Seriatim.``
    may be left out.
    """
    if pattern in {"*", code}:
        return True
    if code.startswith(PREFIX) and matches_plainly(pattern, code[len(PREFIX) :]):
        return True
    return matches_plainly(pattern, code)


def matches_plainly(pattern: str, code: str) -> bool:
    """As ``matches``, with the code taken as it is written."""
    if pattern.endswith(".*"):
        return code.startswith(pattern[:-1])
    return pattern == code


def is_retryable(error: Error, patterns: Iterable[str] | None) -> bool:
    """Whether a retry policy covers the error: by its patterns, or, where it has none, by the
    error's own mark.
    """
    if patterns is None:
        return error.retryable
    return any(matches(pattern, error.code) for pattern in patterns)


def as_document(error: Error) -> dict[str, Any]:
    """What expressions see of an error."""
    return {"code": error.code, "message": error.message, "details": error.details}
