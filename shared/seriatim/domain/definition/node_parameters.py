"""What ``parameters`` may hold, by the type of the node.

Bare expressions are marked with ``Source``. In every other text ``${expression}`` stands for its
value; a field that is no text takes one such place as a whole. Task nodes take any parameters and
have no model here.
"""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field, PlainValidator, WithJsonSchema

from seriatim.domain import limits
from seriatim.domain.definition.fields import (
    Id,
    JsonObject,
    Lax,
    Model,
    Source,
    check_id,
    check_integer,
    check_name,
    check_number,
    or_place,
    or_with_place,
    refuse,
)
from seriatim.domain.definition.kinds import EndStatus, JoinMode, NodeType, OnReached, SignalMode
from seriatim.domain.definition.value_types import describe, shorten


def _check_concurrency(value: object) -> int:
    return check_integer(value, 1, limits.CONCURRENCY_MAX)


def _check_seconds(value: object) -> float:
    return check_number(value, 0, limits.DURATION_SECONDS_MAX, " seconds")


def _check_percentage(value: object) -> float:
    return check_number(value, 0, limits.PERCENTAGE_MAX)


def _check_revision(value: object) -> int:
    return check_integer(value, 1, limits.REVISION_MAX)


def _check_count(value: object) -> int | str:
    """A number of transitions, or the expression that gives it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        refuse("WrongType", f"must be a whole number or an expression; it is {describe(value)}")
    return check_integer(value, 1, limits.TRANSITIONS_MAX)


def _check_instant(value: object) -> str:
    """An instant in ISO 8601 with an offset, so that it means the same everywhere."""
    if not isinstance(value, str):
        refuse("WrongType", f"must be a time in a text; it is {describe(value)}")
    example = "such as 2030-01-31T09:00:00Z"
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        refuse("InvalidTime", f"must be a time in ISO 8601 {example}; it is {describe(value)}")
    if instant.tzinfo is None:
        refuse("InvalidTime", f"needs an offset from UTC, {example}; it is {shorten(repr(value))}")
    return value


ConcurrencyOrPlace = Annotated[int | str, *or_place(_check_concurrency, "integer")]
NameOrPlace = Annotated[str, *or_with_place(check_name)]
IdOrPlace = Annotated[str, *or_with_place(check_id)]


class NoParameters(Model):
    """Of ``start`` and ``decision``."""


class ForkParameters(Model):
    """With ``for_each``, one token per item goes through the body that the join ``join_node_id``
    ends.
    """

    for_each: Source | None = None
    join_node_id: Id | None = None
    max_concurrency: ConcurrencyOrPlace | None = None


class JoinParameters(Model):
    """When a join fires, and what becomes of the tokens that come after that."""

    mode: Annotated[JoinMode, Lax] = JoinMode.ALL
    count: (
        Annotated[
            int | str,
            PlainValidator(_check_count),
            WithJsonSchema({"type": ["integer", "string"], "minimum": 1}),
        ]
        | None
    ) = None
    complete_when: Source | None = None
    on_reached: Annotated[OnReached, Lax] = OnReached.ABSORB


class SubprocessParameters(Model):
    """Which sequence runs as a child; with ``for_each``, one child per item."""

    sequence_id: IdOrPlace
    revision: Annotated[int | str, *or_place(_check_revision, "integer")] | None = None
    variables: JsonObject = Field(default_factory=dict)
    wait_for_completion: bool = True
    for_each: Source | None = None
    max_concurrency: ConcurrencyOrPlace | None = None
    tolerated_failure_percentage: Annotated[
        int | float | str, *or_place(_check_percentage, "number")
    ] = 0


class WaitParameters(Model):
    """Waits until ``until`` is true, or for a caller who completes its task token."""

    until: Source | None = None
    callback: bool = False


class TimerParameters(Model):
    """Waits for a time: exactly one of the two."""

    duration_seconds: Annotated[int | float | str, *or_place(_check_seconds, "number")] | None = (
        None
    )
    at: Annotated[str, *or_with_place(_check_instant)] | None = None


class SignalParameters(Model):
    """Waits for a named signal, or sends one to another execution."""

    signal_name: NameOrPlace
    mode: Annotated[SignalMode, Lax] = SignalMode.WAIT
    target_execution_id: IdOrPlace | None = None
    payload: Any = None


class EndParameters(Model):
    """What the end makes of the execution; ``terminate`` cancels every other token."""

    status: Annotated[EndStatus, Lax] = EndStatus.SUCCEEDED
    error_code: NameOrPlace | None = None
    terminate: bool = False


NodeParameters = (
    NoParameters
    | ForkParameters
    | JoinParameters
    | SubprocessParameters
    | WaitParameters
    | TimerParameters
    | SignalParameters
    | EndParameters
)

PARAMETERS_BY_TYPE: Final[dict[NodeType, type[NodeParameters]]] = {
    NodeType.START: NoParameters,
    NodeType.DECISION: NoParameters,
    NodeType.FORK: ForkParameters,
    NodeType.JOIN: JoinParameters,
    NodeType.SUBPROCESS: SubprocessParameters,
    NodeType.WAIT: WaitParameters,
    NodeType.TIMER: TimerParameters,
    NodeType.SIGNAL: SignalParameters,
    NodeType.END: EndParameters,
}
"""All types but ``task``."""

BARE_EXPRESSIONS: Final[dict[NodeType, tuple[str, ...]]] = {
    NodeType.FORK: ("forEach",),
    NodeType.JOIN: ("count", "completeWhen"),
    NodeType.SUBPROCESS: ("forEach",),
    NodeType.WAIT: ("until",),
}
"""The parameters that are expressions by their nature, by type of node; ``count`` only where it is
a text.
"""
