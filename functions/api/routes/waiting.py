"""The route that says why an execution waits."""

from http import HTTPStatus

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.resolver import Routes
from functions.api.routes.executions import EXECUTION
from seriatim.domain.values import ExecutionKey

router = Routes()


@router.get(
    EXECUTION + "/waiting",
    summary="Explain why an execution waits",
    operation_id="explainWaiting",
    tags=["Executions"],
    responses=answers(HTTPStatus.OK, "WaitingPage", "A page of explanations.", 404),
)
def explain_waiting(
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    limit: p.Limit = p.PAGE_ITEMS_DEFAULT,
    cursor: p.Cursor = None,
) -> Answer:
    """Explains every token that does not move: a sentence, the data behind it, and what could move
    it.
    """
    key = ExecutionKey(project_id, execution_id)
    return json_answer(wiring.current().why_waiting.page(key, limit, cursor))
