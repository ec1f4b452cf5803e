"""Retiring: the last step of an execution, after which nothing of it is kept but that it was.

It takes the next number of the log as every step does, so that of a redrive and a retirement the
second is refused: nothing goes that somebody let go on.
"""

from typing import Final

from seriatim.domain import messages as m
from seriatim.domain.control_events import ExecutionRetired
from seriatim.domain.decision import Decision, Refusal
from seriatim.domain.state import State
from seriatim.domain.step import Step

RETIRED: Final = "ExecutionRetired"


def retire(state: State, request: m.RetireRequest, now: int) -> Decision:
    """Retire what is over, and has not gone on since it was read."""
    if not state.status.is_terminal or state.event_count != request.event_count:
        text = "the execution has not ended, or has gone on since"
        return Decision((), (), state, Refusal("ExecutionNotOver", text))
    assert state.ended_at is not None
    event = ExecutionRetired(
        execution_id=state.execution_id,
        project_id=state.project_id,
        sequence_id=state.sequence_id,
        revision=state.revision,
        tasks_version=state.tasks_version,
        status=state.status,
        started_at=state.started_at,
        ended_at=state.ended_at,
        event_count=state.event_count + 1,
        name=state.name,
        priority=state.priority,
        metadata=state.metadata,
        input_hash=state.input_hash,
        is_archived=request.is_archived,
    )
    return Decision((event,), (), retired(event, max(now, state.time)))


def retired(event: ExecutionRetired, time: int) -> State:
    """What is left, whatever came before."""
    return State(
        execution_id=event.execution_id,
        project_id=event.project_id,
        sequence_id=event.sequence_id,
        revision=event.revision,
        tasks_version=event.tasks_version,
        status=event.status,
        started_at=event.started_at,
        ended_at=event.ended_at,
        time=time,
        name=event.name,
        priority=event.priority,
        metadata=event.metadata,
        input_hash=event.input_hash,
        event_count=event.event_count,
        retired_at=time,
        is_archived=event.is_archived,
    )


def is_last(step: Step) -> bool:
    """Whether it retires its execution: steps before it may be gone by now, in any order."""
    return isinstance(step.events[-1], ExecutionRetired)
