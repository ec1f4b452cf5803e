"""When an execution tells what it has used: every so many steps, and when it ends.

Whoever counts for a project so reads one step in a hundred. What an execution has not told yet is
in its state, so nothing is told twice, nor left out at a redrive.
"""

from typing import Final

import msgspec

from seriatim.domain.state import State
from seriatim.domain.step import Tally

STEPS_UNTOLD_MAX: Final = 100
"""A step that tells costs its reader a call; by so many steps of each execution a count is behind.
"""


def due(before: State | None, after: State) -> Tally | None:
    """What the step between these states tells; ``after.steps`` is its number."""
    untold = after.steps - after.steps_told
    has_ended = after.status.is_terminal and (before is None or not before.status.is_terminal)
    if untold < STEPS_UNTOLD_MAX and not has_ended:
        return None
    return Tally(untold, after.timers_untold)


def told(state: State, tally: Tally | None) -> State:
    """The state after a step with this tally, if it has one."""
    if tally is None:
        return state
    return msgspec.structs.replace(state, steps_told=state.steps, timers_untold=0)
