"""Bodies of an operator's calls."""

from typing import Annotated, Final

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from functions.api.schemas.bodies import Reason, TaskError, call_body
from functions.api.schemas.shown import Shown
from seriatim.application.bulk import BulkAction
from seriatim.domain import limits
from seriatim.domain.definition.fields import Id, JsonObject, Lax, Model, bounded, integer, refuse
from seriatim.domain.times import EXAMPLE, from_iso
from seriatim.domain.validation.problems import ProblemCode
from seriatim.domain.values import Status


def _named(ids: list[str]) -> list[str]:
    if not ids:
        refuse(ProblemCode.EMPTY, "must name a node, or be left out")
    return ids


NodeIds = Annotated[list[Id], *bounded(limits.REDRIVE_NODES_MAX), AfterValidator(_named)]
Revision = Annotated[int, *integer(1, limits.REVISION_MAX)]


def _instant(value: object) -> int:
    if not isinstance(value, str):
        refuse(ProblemCode.INVALID_TIME, f"must be a time such as {EXAMPLE}")
    try:
        return from_iso(value)
    except ValueError as error:
        refuse(ProblemCode.INVALID_TIME, str(error))


Instant = Annotated[
    int, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]


class ReasonRequest(Model):
    """Why it is done; goes to the history."""

    reason: Reason | None = None


class CompleteNodeRequest(Model):
    """The outputs that the node is given by hand."""

    outputs: JsonObject
    reason: Reason | None = None


class FailNodeRequest(Model):
    """Why the node is failed by hand."""

    error: TaskError
    reason: Reason | None = None


class RedriveRequest(Model):
    """Where the execution goes on: without `fromNodeIds` where its tokens were when it ended; on
    `revision`, which is not older than its own.
    """

    from_node_ids: NodeIds | None = None
    revision: Revision | None = None
    reason: Reason | None = None


class BulkFilter(Model):
    """Which executions, as lists show them; what is left out does not restrict: `{}` is all
    executions of the project.
    """

    status: Annotated[Status, Lax] | None = None
    sequence_id: Id | None = None
    started_after: Instant | None = None
    started_before: Instant | None = None


class BulkRequest(Model):
    """One act on all executions that the filter shows and whose state allows it. The filter must be
    there, if only as `{}`.
    """

    action: Annotated[BulkAction, Lax]
    filter: BulkFilter
    reason: Reason | None = None


class BulkReceipt(Shown):
    """What was ordered. `id` is the idempotency key under which each execution gets it."""

    id: str
    action: BulkAction


MODELS: Final = (
    ReasonRequest,
    CompleteNodeRequest,
    FailNodeRequest,
    RedriveRequest,
    BulkRequest,
    BulkReceipt,
)

ReasonBody = Annotated[ReasonRequest, *call_body(ReasonRequest)]
CompleteNodeBody = Annotated[CompleteNodeRequest, *call_body(CompleteNodeRequest)]
FailNodeBody = Annotated[FailNodeRequest, *call_body(FailNodeRequest)]
RedriveBody = Annotated[RedriveRequest, *call_body(RedriveRequest)]
BulkBody = Annotated[BulkRequest, *call_body(BulkRequest)]
