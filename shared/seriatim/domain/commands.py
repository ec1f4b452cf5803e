"""Commands: intentions for the outside, recorded in the step that calls for them.

A command names what it is about and carries no payload that the state holds already. Its id is
derived from the execution, the step and its own fields, so that handing it over twice is harmless.
"""

from typing import Any

import msgspec

from seriatim.domain.permits.values import PermitRequest
from seriatim.domain.values import ChildOutcome, Error, ParentLink


class Command(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag=True,
    omit_defaults=True,
    rename="camel",
):
    """Common shape of all commands."""


class RunTask(Command, frozen=True, kw_only=True):
    """Run attempt ``attempt`` of node run ``number``."""

    number: int
    attempt: int = 1


class CancelTask(Command, frozen=True, kw_only=True):
    """Tell whoever runs the attempt that its result is not wanted any more."""

    number: int
    attempt: int


class ArmTimer(Command, frozen=True, kw_only=True):
    """Promise a ``TimerDue(at)`` no earlier than ``at`` (milliseconds since the epoch)."""

    at: int


class StartChild(Command, frozen=True, kw_only=True):
    """Start a child execution under a derived id; one that is not awaited reports to nobody."""

    child_id: str
    sequence_id: str
    variables: dict[str, Any]
    parent: ParentLink
    revision: int | None = None
    is_awaited: bool = True


class StartChildren(Command, frozen=True, kw_only=True):
    """Start the children for ``count`` items from index ``first`` on, of node run ``number`` in
    that attempt.
    """

    number: int
    attempt: int
    first: int
    count: int


class CancelChildren(Command, frozen=True, kw_only=True):
    """Cancel the children of these items of node run ``number``, which was in that attempt."""

    number: int
    attempt: int
    indexes: tuple[int, ...]
    reason: str


class CancelChild(Command, frozen=True, kw_only=True):
    """Cancel a child execution."""

    child_id: str
    reason: str


class ReportToParent(Command, frozen=True, kw_only=True):
    """Tell the parent execution how this child ended."""

    parent: ParentLink
    outcome: ChildOutcome


class SendSignal(Command, frozen=True, kw_only=True):
    """Send a signal to another execution of the project, in a log of a version that did not wait
    for what became of it; ``key`` makes the repetition harmless.
    """

    execution_id: str
    name: str
    key: str
    payload: Any = None


class StartOnFailure(Command, frozen=True, kw_only=True):
    """Start the sequence that handles failed executions."""

    sequence_id: str
    status: str
    error: Error | None = None
    redrives: int = 0
    """How often the execution had been redriven: each end has a handler of its own."""


class Continue(Command, frozen=True, kw_only=True):
    """Send a ``Continuation``: this step left node runs to be started."""


class RequestPermits(Command, frozen=True, kw_only=True):
    """Ask a ledger for permits (ADR 9). Asking again under the same id changes nothing."""

    ledger: str
    request: PermitRequest


class ReleasePermits(Command, frozen=True, kw_only=True):
    """Give permits back, but for the units in ``keep``; it may come twice, late and in any order.

    ``has_failed`` says how an attempt ended, for the choice among targets; ``None``: it was given
    up, or it was none.
    """

    ledger: str
    request_id: str
    keep: dict[str, int] = {}
    has_failed: bool | None = None


AnyCommand = (
    RunTask
    | CancelTask
    | ArmTimer
    | StartChild
    | StartChildren
    | CancelChildren
    | CancelChild
    | ReportToParent
    | SendSignal
    | StartOnFailure
    | Continue
    | RequestPermits
    | ReleasePermits
)
