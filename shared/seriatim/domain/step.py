"""A step: what one message, or several at once, made of an execution. One item of the log."""

import msgspec

from seriatim.domain.commands import AnyCommand
from seriatim.domain.events import AnyEvent

FORMAT = 1


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """What an execution has used since it last told: for whoever keeps count by the project."""

    steps: int
    timers: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Events and the commands they call for, recorded together or not at all.

    ``number`` counts from 1 without gaps; ``time`` is in milliseconds and never goes back;
    ``first_event`` is the number of ``events[0]`` in the history; ``writer`` tells an ambiguous
    append apart from somebody else's. ``tally`` stands on few steps (see ``domain.tally``).
    """

    number: int
    time: int
    first_event: int
    writer: str
    events: tuple[AnyEvent, ...]
    commands: tuple[AnyCommand, ...] = ()
    format: int = FORMAT
    tally: Tally | None = None

    def is_by(self, mark: str) -> bool:
        """Whether the writer that has this mark had a part in it."""
        return mark in self.writer.split(".")
