"""Routes of task tokens: whoever was handed an attempt reports on it."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Request

from functions import wiring
from functions.api import authorization
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.resolver import Routes
from functions.api.schemas.bodies import TaskFailureBody, TaskHeartbeatBody, TaskSuccessBody

TAGS = ["Task tokens"]
REPORTED = answers(HTTPStatus.OK, "Nothing", "Taken in.", 404, 409, 413)

router = Routes()


@router.post(
    "/task-tokens/success",
    summary="Complete an attempt",
    operation_id="reportSuccess",
    tags=TAGS,
    responses=REPORTED,
)
def report_success(request: Request, body: TaskSuccessBody) -> Answer:
    """Completes the attempt that the token is bound to; an attempt that is over is a 409."""
    authorization.check_token(request, body.task_token)
    wiring.current().executions.task_success(body.task_token, body.output)
    return json_answer({})


@router.post(
    "/task-tokens/failure",
    summary="Fail an attempt",
    operation_id="reportFailure",
    tags=TAGS,
    responses=REPORTED,
)
def report_failure(request: Request, body: TaskFailureBody) -> Answer:
    """Fails the attempt that the token is bound to; an attempt that is over is a 409."""
    authorization.check_token(request, body.task_token)
    wiring.current().executions.task_failure(body.task_token, body.error.to_error())
    return json_answer({})


@router.post(
    "/task-tokens/heartbeat",
    summary="Report a sign of life",
    operation_id="reportHeartbeat",
    tags=TAGS,
    responses=REPORTED,
)
def report_heartbeat(request: Request, body: TaskHeartbeatBody) -> Answer:
    """Keeps the attempt alive; an attempt that is over is a 409: stop working on it."""
    authorization.check_token(request, body.task_token)
    wiring.current().executions.task_heartbeat(body.task_token)
    return json_answer({})
