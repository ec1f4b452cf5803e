"""The summary of an execution: what lists are made of, projected from its state."""

from seriatim.domain.decider.causes import first_look
from seriatim.domain.state import State
from seriatim.ports.summaries import Summary


def is_listed_alike(before: State | None, after: State | None) -> bool:
    """Whether lists would show nothing new after a step."""
    if before is None or after is None:
        return before is after
    is_as_paused = (before.pause is None) == (after.pause is None)
    is_as_before = before.revision == after.revision
    return before.status == after.status and is_as_paused and is_as_before


def summary_of(state: State) -> Summary:
    """The summary as of the state's last step."""
    return Summary(
        project_id=state.project_id,
        id=state.execution_id,
        sequence_id=state.sequence_id,
        revision=state.revision,
        status=state.status,
        start_time=state.started_at,
        number=state.steps,
        name=state.name,
        end_time=state.ended_at,
        priority=state.priority,
        paused=state.is_paused,
        metadata=state.metadata,
        error=state.failure if state.status.is_terminal else None,
        parent_id=state.parent.execution_id if state.parent else None,
        watch_at=first_look(state),
    )
