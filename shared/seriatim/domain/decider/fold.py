"""Folding steps into a state."""

from collections.abc import Iterable

import msgspec

from seriatim.domain import commands as c
from seriatim.domain.decider import retiring
from seriatim.domain.decider.evolve import evolve
from seriatim.domain.decider.others import Others
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.tally import told


def fold(state: State | None, steps: Iterable[Step]) -> State | None:
    """The state after these steps, which follow on ``state`` without a gap; after one that retires
    the execution, which alone tells it.

    What is remembered of joins and waits stays, as far as it is told by the events what of it has
    gone; where a step leaves something to be moved on, nothing is remembered.
    """
    steps = tuple(steps)
    is_retired = bool(steps) and retiring.is_last(steps[-1])
    memory = None if state is None or is_retired else Others.of(state)
    for step in steps[-1:] if is_retired else steps:
        is_next = step.number == (state.steps if state else 0) + 1
        assert is_next or is_retired, "a log has no gaps"
        for event in step.events:
            before, state = state, evolve(state, event, step.time)
            if memory is not None and before is not None:
                memory.note(event, before, state)
        assert state is not None, "a step has events"
        state = told(msgspec.structs.replace(state, steps=step.number), step.tally)
    if state is None or not steps:
        return state
    is_settled = not any(isinstance(command, c.Continue) for command in steps[-1].commands)
    if memory is not None and is_settled:
        return memory.kept_in(state)
    return msgspec.structs.replace(state, blocked=None, watched=None)
