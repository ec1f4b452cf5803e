"""Bodies of an operator's calls."""

from typing import Annotated, Final

from pydantic import AfterValidator

from functions.api.bodies import Reason, TaskError, call_body
from seriatim.domain import limits
from seriatim.domain.definition.fields import Id, JsonObject, Model, bounded, integer, refuse
from seriatim.domain.validation.problems import ProblemCode


def _named(ids: list[str]) -> list[str]:
    if not ids:
        refuse(ProblemCode.EMPTY, "must name a node, or be left out")
    return ids


NodeIds = Annotated[list[Id], *bounded(limits.REDRIVE_NODES_MAX), AfterValidator(_named)]
Revision = Annotated[int, *integer(1, limits.REVISION_MAX)]


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


MODELS: Final = (ReasonRequest, CompleteNodeRequest, FailNodeRequest, RedriveRequest)

ReasonBody = Annotated[ReasonRequest, *call_body(ReasonRequest)]
CompleteNodeBody = Annotated[CompleteNodeRequest, *call_body(CompleteNodeRequest)]
FailNodeBody = Annotated[FailNodeRequest, *call_body(FailNodeRequest)]
RedriveBody = Annotated[RedriveRequest, *call_body(RedriveRequest)]
