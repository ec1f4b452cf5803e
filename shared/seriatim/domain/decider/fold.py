"""Folding steps into a state."""

from collections.abc import Iterable

import msgspec

from seriatim.domain.decider import retiring
from seriatim.domain.decider.evolve import evolve
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.tally import told


def fold(state: State | None, steps: Iterable[Step]) -> State | None:
    """The state after these steps, which follow on ``state`` without a gap; after one that retires
    the execution, which alone tells it.

    What is remembered of joins and waits is forgotten: steps of others may have changed what they
    waited for.
    """
    steps = tuple(steps)
    is_retired = bool(steps) and retiring.is_last(steps[-1])
    for step in steps[-1:] if is_retired else steps:
        is_next = step.number == (state.steps if state else 0) + 1
        assert is_next or is_retired, "a log has no gaps"
        for event in step.events:
            state = evolve(state, event, step.time)
        assert state is not None, "a step has events"
        state = msgspec.structs.replace(state, steps=step.number, blocked=None, watched=None)
        state = told(state, step.tally)
    return state
