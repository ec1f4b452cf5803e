"""Subprocess nodes: children are executions of their own, told apart by derived ids."""

import base64
import hashlib
from typing import Any

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain.decider import attempts, children, waits
from seriatim.domain.decider.completing import complete
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.definition.kinds import VariableType
from seriatim.domain.definition.value_types import has_type
from seriatim.domain.errors import CHILD_FAILED, TYPE_MISMATCH
from seriatim.domain.plan import PlanNode
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import ChildOutcome, Error, ParentLink, Status, Wait

CHILD_DEPTH_MAX = 64
"""Subprocesses within subprocesses: recursion that does not end is stopped here."""


def child_id_of(execution_id: str, number: int, attempt: int, index: int | None = None) -> str:
    """The id of a child: derived, so that calling for it twice gives one execution."""
    name = f"{execution_id}/{number}/{attempt}/{'' if index is None else index}"
    digest = hashlib.sha256(name.encode()).digest()[:20]
    return "exec-" + base64.b32encode(digest).decode().lower()


def link_to(state: State, number: int, index: int | None = None) -> ParentLink:
    """What a child of a node run is given to report by."""
    if state.parent is None:
        return ParentLink(state.execution_id, number, index)
    above = state.parent.ancestors
    return ParentLink(state.execution_id, number, index, state.parent.depth + 1, above)


def begin(turn: Turn, run: NodeRun) -> None:
    """Call for the child, and wait for its end unless told not to."""
    attempt = run.attempts + 1
    sequence_id = run.inputs.get("sequenceId")
    if not isinstance(sequence_id, str) or not sequence_id:
        raise NodeError(TYPE_MISMATCH, "sequenceId must name a sequence", {"value": sequence_id})
    revision = run.inputs.get("revision")
    if revision is not None and not has_type(revision, VariableType.INTEGER):
        raise NodeError(TYPE_MISMATCH, "revision must be a whole number", {"value": revision})
    link = link_to(turn.state, run.number)
    if link.depth > CHILD_DEPTH_MAX:
        raise NodeError(CHILD_FAILED, f"more than {CHILD_DEPTH_MAX} subprocesses within each other")
    if turn.node(run).is_for_each_of_children:
        children.begin(turn, run, sequence_id)
        return
    child_id = child_id_of(turn.state.execution_id, run.number, attempt)
    waits_for_it = run.inputs.get("waitForCompletion") is not False
    turn.emit(
        e.ChildStarted(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            child_id=child_id,
            sequence_id=sequence_id,
        )
    )
    turn.call_for(
        c.StartChild(
            child_id=child_id,
            sequence_id=sequence_id,
            revision=None if revision is None else int(revision),
            variables=_variables(turn.node(run), run),
            parent=link,
            is_awaited=waits_for_it,
        )
    )
    if not waits_for_it:
        complete(turn, run, {"executionId": child_id})
        return
    waiting = waits.wait(turn, run, Wait(kind="child", node_ids=(child_id,)))
    attempts.schedule(turn, waiting, attempt)


def _variables(node: PlanNode, run: NodeRun) -> dict[str, Any]:
    """The child's initial variables: the parameter of that name, overlaid by what the input
    mappings gave.
    """
    given = run.inputs.get("variables")
    variables = dict(given) if isinstance(given, dict) else {}
    for rule in node.input_rules:
        variables[rule.target_input] = run.inputs[rule.target_input]
    return variables


def call_again(node: PlanNode, state: State, run: NodeRun) -> c.StartChild:
    """The command that called for the child that a node run waits for."""
    revision = run.inputs.get("revision")
    return c.StartChild(
        child_id=child_id_of(state.execution_id, run.number, run.attempts),
        sequence_id=str(run.inputs["sequenceId"]),
        revision=None if revision is None else int(revision),
        variables=_variables(node, run),
        parent=link_to(state, run.number),
    )


def child_ended(turn: Turn, run: NodeRun, child_id: str, outcome: ChildOutcome) -> None:
    """The child's outputs become the node's; its failure is the attempt's, with the child's own
    error code.
    """
    turn.emit(
        e.ChildEnded(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            child_id=child_id,
            outcome=outcome,
        )
    )
    if outcome.status is Status.SUCCEEDED:
        complete(turn, run, outcome.outputs)
        return
    cause = outcome.error
    error = Error(
        code=cause.code if cause else CHILD_FAILED,
        message=f"child execution {child_id} is {outcome.status.value}"
        + (f": {cause.message}" if cause else ""),
        details={"executionId": child_id, "status": outcome.status.value}
        | ({"details": cause.details} if cause and cause.details is not None else {}),
        retryable=True,
    )
    attempts.attempt_failed(turn, run, error)


def awaits_child(state: State, link: ParentLink, child_id: str) -> bool:
    """Whether the node run that a child reports to waits for its report."""
    run = state.active.get(link.number)
    if run is None:
        return False
    family = state.families.get(link.number)
    if family is None or link.index is None:
        waits_for = run.wait.node_ids if run.wait is not None else ()
        return child_id in waits_for and run.retry_at is None
    ids = (state.execution_id, link.number, family.attempt, link.index)
    return family.is_open(link.index) and child_id == child_id_of(*ids)
