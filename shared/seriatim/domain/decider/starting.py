"""The start of an execution: its first event, with its variables held to their declared types."""

from typing import Any

from seriatim.domain.decider.admission import slots_of
from seriatim.domain.decider.mappings import check_assignment
from seriatim.domain.decider.turn import NodeError
from seriatim.domain.decision import Refusal
from seriatim.domain.events import ExecutionStarted
from seriatim.domain.messages import StartRequest
from seriatim.domain.plan import Plan
from seriatim.domain.pointers import pointer


def started(plan: Plan, request: StartRequest, now: int) -> ExecutionStarted | Refusal:
    """The first event, or a refusal that names the first variable of a wrong type."""
    variables: dict[str, Any] = {
        spec.name: spec.default
        for spec in plan.variables.values()
        if spec.has_default and spec.scope != "global"
    }
    for name, value in request.variables.items():
        spec = plan.variables.get(name)
        if spec is not None and spec.scope == "global":
            text = f"variable {name!r} is the project's (scope global): PUT it there"
            return _refused("WrongVariableScope", text, name)
        try:
            check_assignment(spec, name, value)
        except NodeError as problem:
            return _refused("TypeMismatch", problem.error.message, name)
        variables[name] = value
    slots = slots_of(plan, request)
    timeout_ms = None if slots else plan.timeout_ms
    return ExecutionStarted(
        execution_id=request.execution_id,
        project_id=request.project_id,
        sequence_id=request.sequence_id,
        revision=request.revision,
        tasks_version=request.tasks_version,
        start_node_id=plan.start_node_id,
        variables=variables,
        name=request.name,
        priority=request.priority,
        metadata=request.metadata,
        parent=request.parent,
        deadline=None if timeout_ms is None else now + timeout_ms,
        hops=request.hops,
        input_hash=request.input_hash,
        by=request.by,
        slots=slots,
    )


def _refused(code: str, message: str, name: str) -> Refusal:
    return Refusal(code, message, is_invalid=True, path=pointer("variables", name))
