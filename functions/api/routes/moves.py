"""The route that moves executions to another revision of their sequence."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Request

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.identity import caller
from functions.api.resolver import Routes
from functions.api.routes.sequences import SEQUENCE
from functions.api.schemas.moves import MoveBody
from seriatim.application.moving import MoveInput

router = Routes()


@router.post(
    SEQUENCE + "/executions/move",
    summary="Move executions to another revision",
    operation_id="moveExecutions",
    tags=["Executions"],
    responses=answers(HTTPStatus.OK, "MoveReport", "What moved, or could.", 404, 409),
)
def move_executions(
    request: Request,
    project_id: p.ProjectId,
    sequence_id: p.SequenceId,
    body: MoveBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Says which executions could go on with another revision and what is in the way of others;
    with `dryRun` false, moves all of the chosen, or none where one can not.
    """
    asked = MoveInput(
        to_revision=body.to_revision,
        from_revision=body.from_revision,
        execution_ids=body.execution_ids,
        is_dry_run=body.dry_run,
        reason=body.reason,
        key=idempotency_key,
        by=caller(request),
    )
    return json_answer(wiring.current().moving.move(project_id, sequence_id, asked))
