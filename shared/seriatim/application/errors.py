"""What a use case refuses, by what the caller must do. Ports add ``NotFound``, ``Conflict`` and
``Unavailable``.
"""

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """The request changes nothing. ``code`` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class WrongState(Refused):
    """What it is about is in a state that does not allow it (409)."""


class Invalid(Refused):
    """The content is at fault (400, or 422 where ``problems`` name places in a definition)."""

    def __init__(self, code: str, message: str, problems: Sequence[Any] = ()) -> None:
        super().__init__(code, message)
        self.problems = tuple(problems)


class MovedOn(Refused):
    """``If-Match`` names a version that is no longer there (412)."""
