"""Folding steps into a state."""

from collections.abc import Iterable

import msgspec

from seriatim.domain.decider.evolve import evolve
from seriatim.domain.state import State
from seriatim.domain.step import Step


def fold(state: State | None, steps: Iterable[Step]) -> State | None:
    """The state after these steps, which follow on ``state`` without a gap.

    What joins remember is forgotten: steps of others may have taken away what they waited for.
    """
    for step in steps:
        assert step.number == (state.steps if state else 0) + 1, "a log has no gaps"
        for event in step.events:
            state = evolve(state, event, step.time)
        assert state is not None, "a step has events"
        state = msgspec.structs.replace(state, steps=step.number, blocked=None)
    return state
