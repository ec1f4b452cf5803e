"""Retention: how long executions are kept after their end."""

from typing import Final

from seriatim.application.choices import Choices
from seriatim.application.plans import Plans
from seriatim.domain.state import State
from seriatim.domain.times import DAY_MS

TRACE_MS: Final = 90 * DAY_MS
"""For so long it is known of a retired execution that it was: messages, redriven dead letters and
warm memories of it are gone by then, and so are, long before, its other items.
"""
REST_MS: Final = 30 * DAY_MS
"""For so long what is left of its summary keeps older ones from coming back; it has gone before the
name may be used again.
"""

assert REST_MS + 30 * DAY_MS < TRACE_MS, "DynamoDB takes days to delete what has expired"


class Retention:
    """By the execution's own revision, else by what its project has chosen."""

    def __init__(self, plans: Plans, choices: Choices) -> None:
        self._plans = plans
        self._choices = choices

    def ends_at(self, state: State) -> int | None:
        """Until when an execution that has ended is kept; ``None``: for ever. Goes by what the
        project had chosen a moment ago.
        """
        days = self._plans.of(state).retention_days
        if days is None:
            days = self._choices.of(state.project_id).retention_days
        return None if days is None or state.ended_at is None else state.ended_at + days * DAY_MS

    def is_over(self, state: State, now: int) -> bool:
        """Whether it is kept no longer, by what the project has chosen now."""
        self._choices.fresh(state.project_id)
        ends_at = self.ends_at(state)
        return state.status.is_terminal and ends_at is not None and ends_at <= now

    def is_archived(self, project_id: str) -> bool:
        """Whether the project archives what it keeps no longer, as of now."""
        return self._choices.fresh(project_id).archive
