"""What the decider answers: events and commands, or why a message changes nothing."""

from typing import Any

import msgspec

from seriatim.domain.commands import AnyCommand
from seriatim.domain.events import AnyEvent
from seriatim.domain.state import State


class Refusal(msgspec.Struct, frozen=True):
    """The message changes nothing. ``code`` is stable; a caller over HTTP gets it as a 409 (or 422
    where the content is at fault, ``is_invalid``); a message from a queue is dropped.
    """

    code: str
    message: str
    is_invalid: bool = False
    path: str | None = None
    """A JSON pointer to what is at fault in the content."""


class GlobalWrite(msgspec.Struct, frozen=True):
    """A global variable is set together with the step, if its version still is ``expected_version``
    (0: nobody has set it): else everything is decided again, over the newer value.
    """

    name: str
    value: Any
    expected_version: int


class Decision(msgspec.Struct, frozen=True):
    """Events and commands that one message calls for, and the state after them.

    With a ``refusal`` there are no events and the state is the one before. Without one but with no
    events the message was taken in and called for nothing.
    """

    events: tuple[AnyEvent, ...]
    commands: tuple[AnyCommand, ...]
    state: State | None
    refusal: Refusal | None = None
    global_writes: tuple[GlobalWrite, ...] = ()
