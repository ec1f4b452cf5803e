"""Routes of an operator's hand: pause, resume and redrive an execution; skip, complete, fail or run
a node.
"""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Request

from functions import wiring
from functions.api import parameters as p
from functions.api.answers import Answer, json_answer
from functions.api.describing import answers
from functions.api.identity import caller
from functions.api.resolver import Routes
from functions.api.routes.executions import EXECUTION
from functions.api.schemas.control import (
    CompleteNodeBody,
    FailNodeBody,
    ReasonBody,
    RedriveBody,
)
from seriatim.application.redriving import RedriveOrder
from seriatim.application.wire import execution_receipt
from seriatim.domain.messages import NodeOrder
from seriatim.domain.state import State
from seriatim.domain.values import ExecutionKey

NODE = EXECUTION + "/nodes/<node_id>"

router = Routes()


def described(operation_id: str, summary: str) -> dict[str, Any]:
    """What the description says of a control call."""
    return {
        "summary": summary,
        "operation_id": operation_id,
        "tags": ["Control"],
        "responses": answers(HTTPStatus.OK, "ExecutionReceipt", "Done.", 404, 409, 413),
    }


def done(state: State) -> Answer:
    """The answer of a control call: which execution, and how it stands."""
    return json_answer(execution_receipt(state))


def obeyed(project_id: str, execution_id: str, order: NodeOrder) -> Answer:
    """Give the order, and answer how the execution stands."""
    key = ExecutionKey(project_id, execution_id)
    return done(wiring.current().executions.order(key, order))


@router.post(EXECUTION + "/pause", **described("pauseExecution", "Pause an execution"))
def pause_execution(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    body: ReasonBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Begins no node run from now on; signals and results are still taken in."""
    key = ExecutionKey(project_id, execution_id)
    executions = wiring.current().executions
    return done(executions.pause(key, body.reason, caller(request), idempotency_key))


@router.post(EXECUTION + "/resume", **described("resumeExecution", "Resume an execution"))
def resume_execution(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    body: ReasonBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Goes on after a pause, with what came in meanwhile."""
    key = ExecutionKey(project_id, execution_id)
    return done(
        wiring.current().executions.resume(key, body.reason, caller(request), idempotency_key)
    )


@router.post(EXECUTION + "/redrive", **described("redriveExecution", "Redrive an execution"))
def redrive_execution(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    body: RedriveBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Lets an execution that failed, timed out or was cancelled go on: with a new run of every node
    where a token was when it ended. What succeeded is not run again.
    """
    order = RedriveOrder(
        from_node_ids=tuple(dict.fromkeys(body.from_node_ids or ())),
        revision=body.revision,
        reason=body.reason,
        key=idempotency_key,
        by=caller(request),
    )
    key = ExecutionKey(project_id, execution_id)
    return done(wiring.current().executions.redrive(key, order))


@router.post(NODE + "/skip", **described("skipNode", "Skip a node"))
def skip_node(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    node_id: p.NodeId,
    body: ReasonBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Completes the node's oldest active run without outputs."""
    order = NodeOrder(
        node_id=node_id, action="skip", key=idempotency_key, by=caller(request), reason=body.reason
    )
    return obeyed(project_id, execution_id, order)


@router.post(NODE + "/complete", **described("completeNode", "Complete a node by hand"))
def complete_node(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    node_id: p.NodeId,
    body: CompleteNodeBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Completes the node's oldest active run with these outputs; its mappings are not asked."""
    order = NodeOrder(
        node_id=node_id,
        action="complete",
        outputs=dict(body.outputs),
        key=idempotency_key,
        by=caller(request),
        reason=body.reason,
    )
    return obeyed(project_id, execution_id, order)


@router.post(NODE + "/fail", **described("failNode", "Fail a node by hand"))
def fail_node(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    node_id: p.NodeId,
    body: FailNodeBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Fails the node's oldest active run for good: its error transitions are tried."""
    order = NodeOrder(
        node_id=node_id,
        action="fail",
        error=body.error.to_error(),
        key=idempotency_key,
        by=caller(request),
        reason=body.reason,
    )
    return obeyed(project_id, execution_id, order)


@router.post(NODE + "/run-now", **described("runNodeNow", "Run a waiting node now"))
def run_node_now(
    request: Request,
    project_id: p.ProjectId,
    execution_id: p.ExecutionId,
    node_id: p.NodeId,
    body: ReasonBody,
    idempotency_key: p.IdempotencyKey = None,
) -> Answer:
    """Waits no longer: the timer rings, the retry begins, the dependency is waived, the incident is
    tried again.
    """
    order = NodeOrder(
        node_id=node_id,
        action="run-now",
        key=idempotency_key,
        by=caller(request),
        reason=body.reason,
    )
    return obeyed(project_id, execution_id, order)
