"""Routes of executions."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Request

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer, path_to
from functions.api.describing import answers, texts
from functions.api.identity import caller
from functions.api.pictures import CONTENT_TYPES, Format, draw
from functions.api.resolver import Routes
from functions.api.routes.sequences import SEQUENCE
from functions.api.schemas.bodies import CancelBody, SignalBody, StartBody, VariablesBody
from seriatim.application.answer_size import fit_execution
from seriatim.application.wire import execution_document, execution_receipt
from seriatim.domain.values import ExecutionKey
from seriatim.ports.summaries import SummaryFilter

EXECUTIONS = "/projects/<project_id>/executions"
EXECUTION = EXECUTIONS + "/<execution_id>"
TAGS = ["Executions"]

router = Routes()


@router.post(
    SEQUENCE + "/executions",
    summary="Start an execution",
    operation_id="startExecution",
    tags=TAGS,
    responses=answers(
        HTTPStatus.ACCEPTED, "Execution", "Started.", 404, 409, 413, 429, headers="Location"
    ),
)
def start_execution(
    request: Request, project_id: p.ProjectId, sequence_id: p.SequenceId, body: StartBody
) -> Answer:
    """Starts an execution of the newest revision. With a `name` that the sequence has already used
    the answer is the same execution if the input is the same, else 409.
    """
    wired = wiring.current()
    wired.quotas.admit_start(project_id)
    state = wired.executions.start(
        project_id,
        sequence_id,
        variables=body.variables or {},
        name=body.name,
        priority=body.priority or 0,
        metadata=body.metadata,
        by=caller(request),
    )
    location = {"Location": path_to(project_id, "executions", state.execution_id)}
    document = fit_execution(execution_document(state))
    return json_answer(document, HTTPStatus.ACCEPTED, location)


@router.get(
    EXECUTIONS,
    summary="List executions",
    operation_id="listExecutions",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "ExecutionPage", "A page, newest start first."),
)
def list_executions(  # noqa: PLR0913, PLR0917 - one for each parameter
    request: Request,
    project_id: p.ProjectId,
    status: p.StatusFilter = None,
    sequence_id: p.SequenceIdFilter = None,
    started_after: p.StartedAfter = None,
    started_before: p.StartedBefore = None,
    name: p.NameFilter = None,
    metadata: p.MetadataFilter = None,  # noqa: ARG001 - any key may stand for KEY
    limit: p.Limit = p.PAGE_ITEMS_DEFAULT,
    cursor: p.Cursor = None,
) -> Answer:
    """Lists the project's executions, newest start first. By keys of metadata that the project has
    made searchable they are found at once; for other keys, and for a name without a sequence, a
    page looks at a few thousand executions, and may be empty while its cursor says there may be
    more.
    """
    where = SummaryFilter(
        status=status,
        sequence_id=sequence_id,
        started_after=started_after,
        started_before=started_before,
        name=name,
        metadata=p.searched_metadata(request.resolved_event.query_string_parameters),
    )
    return json_answer(wiring.current().reading.executions(project_id, where, limit, cursor))


@router.get(
    EXECUTION,
    summary="Read an execution",
    operation_id="getExecution",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "Execution", "The execution.", 404),
)
def get_execution(project_id: p.ProjectId, execution_id: p.ExecutionId) -> Answer:
    """Reads an execution with the latest run of each node; one too large for an answer with the
    nodes that run or failed, and `truncated`.
    """
    return json_answer(
        wiring.current().reading_back.execution(ExecutionKey(project_id, execution_id))
    )


@router.get(
    EXECUTION + "/history",
    summary="Read the history",
    operation_id="getHistory",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "HistoryPage", "A page of events, in order.", 404),
)
def get_history(
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    limit: p.Limit = p.PAGE_ITEMS_DEFAULT,
    cursor: p.Cursor = None,
) -> Answer:
    """Reads all events, in order."""
    key = ExecutionKey(project_id, execution_id)
    return json_answer(wiring.current().reading_back.history(key, limit, cursor))


@router.get(
    EXECUTION + "/nodes",
    summary="List node runs",
    operation_id="listNodeRuns",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "NodeRunPage", "A page, in order of start.", 404),
)
def list_node_runs(
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    status: p.StatusFilter = None,
    limit: p.Limit = p.PAGE_ITEMS_DEFAULT,
    cursor: p.Cursor = None,
) -> Answer:
    """Lists all runs of all nodes in order of start."""
    key = ExecutionKey(project_id, execution_id)
    return json_answer(wiring.current().reading_back.node_runs(key, status, limit, cursor))


@router.get(
    EXECUTION + "/graph",
    summary="Draw an execution",
    operation_id="drawExecution",
    tags=TAGS,
    responses=texts("The picture.", *CONTENT_TYPES.values(), problems=(404, 406)),
)
def draw_execution(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    format: Format = "json",  # noqa: A002 - the parameter's name in the contract
) -> Answer:
    """Draws the execution's revision with the status of each node's latest run."""
    current = wiring.current()
    drawn = current.reading.node_statuses(ExecutionKey(project_id, execution_id))
    stored = current.definitions.get(project_id, drawn.sequence_id, drawn.revision)
    return draw(request, stored.document, format, drawn.statuses)


@router.post(
    EXECUTION + "/cancel",
    summary="Cancel an execution",
    operation_id="cancelExecution",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "Execution", "Cancelled.", 404, 409),
)
def cancel_execution(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    body: CancelBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Ends the execution as `cancelled`, its children too; what comes late is dropped."""
    key = ExecutionKey(project_id, execution_id)
    state = wiring.current().executions.cancel(key, body.reason, caller(request), idempotency_key)
    return json_answer(fit_execution(execution_document(state)))


@router.post(
    EXECUTION + "/signals/<signal_name>",
    summary="Send a signal",
    operation_id="sendSignal",
    tags=TAGS,
    responses=answers(HTTPStatus.ACCEPTED, "ExecutionReceipt", "Taken in.", 404, 409, 413),
)
def send_signal(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    signal_name: p.SignalName,
    body: SignalBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Delivers a signal; one that comes before its node waits is kept."""
    state = wiring.current().executions.signal(
        ExecutionKey(project_id, execution_id),
        signal_name,
        body.payload,
        idempotency_key,
        caller(request),
    )
    return json_answer(execution_receipt(state), HTTPStatus.ACCEPTED)


@router.patch(
    EXECUTION + "/variables",
    summary="Set variables",
    operation_id="setVariables",
    tags=TAGS,
    responses=answers(HTTPStatus.OK, "Execution", "All are set.", 404, 409, 413),
)
def set_variables(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    body: VariablesBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Sets variables, all or none; their declared types are enforced."""
    key = ExecutionKey(project_id, execution_id)
    state = wiring.current().executions.set_variables(key, body, caller(request), idempotency_key)
    return json_answer(fit_execution(execution_document(state)))
