"""The body and the answer of a move to another revision."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from functions.api.schemas.bodies import Reason, call_body
from functions.api.schemas.shown import Shown
from seriatim.domain import limits
from seriatim.domain.definition.fields import Id, Model, bounded, integer
from seriatim.domain.values import Status

Revision = Annotated[int, *integer(1, limits.REVISION_MAX)]


class MoveExecutionsRequest(Model):
    """Which executions go to which revision: those named, else all that have not ended, of
    `fromRevision` if that is given. Nothing moves unless `dryRun` is false.
    """

    to_revision: Revision
    from_revision: Revision | None = None
    execution_ids: Annotated[tuple[Id, ...], *bounded(limits.MOVED_EXECUTIONS_MAX)] | None = None
    dry_run: bool = True
    reason: Reason | None = None


class MoveObstacle(Shown):
    """Why an execution can not go to the revision. `code` is stable."""

    code: str
    message: str
    node_id: str | None = None
    transition_id: str | None = None


class MovedExecution(Shown):
    """What became, or would become, of one execution."""

    id: str
    outcome: Literal["movable", "moved", "there", "obstructed"]
    status: Status | None = None
    revision: int | None = None
    obstacles: list[MoveObstacle]


class MoveReport(Shown):
    """Which executions moved, or could, and why others could not."""

    dry_run: bool
    to_revision: int
    counts: dict[str, int]
    executions: list[MovedExecution]
    truncated: Literal[True] | None = Field(
        default=None, description="More are chosen than one call takes."
    )


MoveBody = Annotated[MoveExecutionsRequest, *call_body(MoveExecutionsRequest)]
MODELS: Final[tuple[type[BaseModel], ...]] = (MoveExecutionsRequest, MoveReport)
"""For the OpenAPI document."""
