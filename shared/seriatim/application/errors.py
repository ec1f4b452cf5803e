"""What a use case refuses, by what the caller must do. Ports add ``NotFound``, ``Conflict`` and
``Unavailable``.
"""

from collections.abc import Collection, Sequence
from typing import Any

from seriatim.domain.decider.retiring import RETIRED
from seriatim.domain.decision import Refusal
from seriatim.ports.errors import NotFound


class Refused(Exception):
    """The request changes nothing. ``code`` is stable, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class WrongState(Refused):
    """What it is about is in a state that does not allow it (409); ``problems`` say where, if it is
    about several.
    """

    def __init__(self, code: str, message: str, problems: Sequence[Any] = ()) -> None:
        super().__init__(code, message)
        self.problems = tuple(problems)


class Invalid(Refused):
    """The content is at fault (400, or 422 where ``problems`` name places in a definition)."""

    def __init__(
        self, code: str, message: str, problems: Sequence[Any] = (), path: str | None = None
    ) -> None:
        super().__init__(code, message)
        self.problems = tuple(problems)
        self.path = path
        """A JSON pointer into the body of a call."""


class Retired(NotFound):
    """The execution was here, and is kept no longer (404)."""

    code = RETIRED

    def __init__(self, execution_id: str) -> None:
        super().__init__(f"Execution {execution_id!r} is retired: its retention is over.")


def as_error(refusal: Refusal, execution_id: str) -> Refused | Retired:
    """The error of a message that the decider refused."""
    if refusal.code == RETIRED:
        return Retired(execution_id)
    if refusal.is_invalid:
        return Invalid(refusal.code, refusal.message, path=refusal.path)
    return WrongState(refusal.code, refusal.message)


class MovedOn(Refused):
    """The change is based on a version that is no longer there (412)."""


class OverQuota(Refused):
    """The project has used up what it may (429); the same call may be made again later."""

    def __init__(self, code: str, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(code, message)
        self.retry_after_seconds = retry_after_seconds


def invalid_document(code: str, what: str, problems: Sequence[Any]) -> Invalid:
    """The refusal of a document (``what``: "sequence", …) with all that is wrong with it."""
    count = sum(problem.severity == "error" for problem in problems)
    errors = "an error" if count == 1 else f"{count:,} errors"
    message = f"The {what} has {errors}; `problems` says where and what to do."
    return Invalid(code, message, problems)


def check_version(what: str, version: int, based_on: Collection[str] | None) -> None:
    """Whether a change may be made of what it is about, at its version.

    Raises:
        MovedOn: the change is ``based_on`` other versions.
    """
    if based_on is not None and str(version) not in based_on:
        text = (
            f"{what} has moved on to version {version}; read it again and base the change on what"
            " it is now."
        )
        raise MovedOn("MovedOn", text)
