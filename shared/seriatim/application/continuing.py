"""Going on with what a step left to be begun: whoever wrote the step writes the next ones, too,
before it hands over any of them.

A step is bounded, so a fork of thousands takes many. Were each handed over at once, the results of
the first branches would meet the rest still to be begun: each would begin a part of it in a step of
its own, and the message that was sent to do so would read the whole log to find nothing to do.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from seriatim.application.advancing import Advance
from seriatim.domain import commands as c

STEPS_MAX: Final = 40
"""In a row by one worker: all items of the longest ``forEach``. The rest is another's."""


def is_unfinished(commands: Iterable[c.AnyCommand]) -> bool:
    """Whether a step with these commands left something to be begun."""
    return any(isinstance(command, c.Continue) for command in commands)


def without_rest(commands: Iterable[c.AnyCommand]) -> tuple[c.AnyCommand, ...]:
    """The commands, but that to begin the rest."""
    return tuple(command for command in commands if not isinstance(command, c.Continue))


def continued(
    advance: Advance, submit: Callable[[], Advance], has_time: Callable[[], bool]
) -> list[Advance]:
    """An advance and those that follow from it, all still to be handed over. ``submit`` has the
    rest begun. Where the last one is without a step, somebody else has begun it meanwhile.
    """
    found = [advance]
    while is_unfinished(found[-1].commands) and len(found) < STEPS_MAX and has_time():
        more = submit()
        begun = without_rest(found[-1].commands)
        found[-1] = msgspec.structs.replace(found[-1], commands=begun)
        found.append(more)
    return found
