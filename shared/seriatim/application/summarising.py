"""The summary of an execution: what lists are made of, projected from its state."""

from seriatim.domain.state import State
from seriatim.ports import Summary


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
        metadata=state.metadata,
        error=state.failure if state.status.is_terminal else None,
        parent_id=state.parent.execution_id if state.parent else None,
    )
