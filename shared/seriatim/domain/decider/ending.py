"""The end of an execution, and what has to be told outside when something is given up."""

from typing import Any

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain.decider.turn import Turn
from seriatim.domain.errors import NO_END_REACHED
from seriatim.domain.limits import HOPS_MAX
from seriatim.domain.state import NodeRun
from seriatim.domain.values import ChildOutcome, Error, Status


def end(
    turn: Turn,
    status: Status,
    *,
    error: Error | None = None,
    node_id: str | None = None,
    reason: str | None = None,
    key: str | None = None,
    content: str = "",
    by: str | None = None,
) -> None:
    """End the execution: every token is gone, what runs is told, parent and failure handler are
    informed.
    """
    for number in sorted(turn.state.active.keys()):
        recall(turn, turn.state.active[number], reason or f"the execution is {status.value}")
    outputs: dict[str, Any] = turn.state.outputs
    turn.emit(
        e.ExecutionEnded(
            status=status,
            outputs=outputs,
            error=error,
            node_id=node_id,
            reason=reason,
            key=key,
            content=content,
            by=by,
        )
    )
    state = turn.state
    if state.parent is not None:
        outcome = ChildOutcome(status, outputs, error)
        turn.call_for(c.ReportToParent(parent=state.parent, outcome=outcome))
    handler = turn.plan.on_failure_sequence_id
    is_handler = handler == state.sequence_id or state.hops >= HOPS_MAX
    if handler is not None and not is_handler and status in {Status.FAILED, Status.TIMED_OUT}:
        turn.call_for(
            c.StartOnFailure(
                sequence_id=handler, status=status.value, error=error, redrives=state.redrives
            )
        )


def end_if_no_token_is_left(turn: Turn) -> None:
    """Implicit termination: an execution without tokens is over."""
    state = turn.state
    if len(state.active) or len(state.arrivals) or state.is_anything_parked:
        return
    if state.failure is not None:
        end(turn, Status.FAILED, error=state.failure)
    elif state.ends_reached:
        end(turn, Status.SUCCEEDED)
    else:
        message = "the last token vanished and no end was reached"
        end(turn, Status.FAILED, error=Error(NO_END_REACHED, message))


def recall(turn: Turn, run: NodeRun, reason: str) -> None:
    """Tell whoever works for a node run that it is not wanted any more."""
    family = turn.state.families.get(run.number)
    if family is not None and not family.is_awaited:
        return
    if family is not None:
        turn.call_for(
            c.CancelChildren(
                number=run.number,
                attempt=family.attempt,
                indexes=family.open_indexes,
                reason=reason,
            )
        )
    elif run.wait is not None and run.wait.kind == "child":
        for child_id in run.wait.node_ids:
            turn.call_for(c.CancelChild(child_id=child_id, reason=reason))
    elif run.attempts and run.retry_at is None and not run.awaits_permits:
        turn.call_for(c.CancelTask(number=run.number, attempt=run.attempts))
