"""The route of bulk calls."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Request

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.identity import caller
from functions.api.resolver import Routes
from functions.api.routes.executions import EXECUTIONS
from functions.api.schemas.control import BulkBody
from seriatim.application.bulk import BulkOrder
from seriatim.ports.summaries import SummaryFilter

router = Routes()


@router.post(
    EXECUTIONS + "/bulk",
    summary="Act on many executions",
    operation_id="actInBulk",
    tags=["Control"],
    responses=answers(HTTPStatus.ACCEPTED, "BulkReceipt", "It will be done.", 409),
)
def act_in_bulk(
    request: Request,
    project_id: p.ProjectId,
    body: BulkBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Cancels, pauses, resumes or redrives all executions that the filter shows, page by page;
    those whose state does not allow it are left out.
    """
    where = SummaryFilter(
        status=body.filter.status,
        sequence_id=body.filter.sequence_id,
        started_after=body.filter.started_after,
        started_before=body.filter.started_before,
    )
    order = BulkOrder(
        action=body.action,
        where=where,
        reason=body.reason,
        by=caller(request),
        key=idempotency_key,
    )
    bulk_id = wiring.current().bulk.order(project_id, order)
    document = {"id": bulk_id, "action": order.action.value}
    return json_answer(document, HTTPStatus.ACCEPTED)
