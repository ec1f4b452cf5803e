"""Small values that messages, events, commands and the state share."""

from enum import StrEnum
from typing import Any, Final

import msgspec


class Status(StrEnum):
    """Status of an execution or of a node run (the founding document's ``ExecutionStatus``)."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    WAITING = "waiting"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can follow this status (but a redrive)."""
        return self in TERMINAL


PENDING: Final = Status.PENDING
RUNNING: Final = Status.RUNNING
WAITING: Final = Status.WAITING
SUCCEEDED: Final = Status.SUCCEEDED
"""What every step asks for, looked up once: before Python 3.12 a member of an enumeration is found
by a call.
"""

TERMINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.TIMED_OUT})


class Error(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why an attempt, a node run or an execution failed: data, never an exception.

    ``code`` is what ``retryableErrors`` and error transitions match; the system's own codes begin
    with ``Seriatim.`` (see ``domain.errors``).
    """

    code: str
    message: str = ""
    details: Any = None
    retryable: bool = False


class ParentLink(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which node run of which execution a child reports to; ``index`` is its item in a
    ``forEach``.
    """

    execution_id: str
    number: int
    index: int | None = None
    depth: int = 1
    above: tuple[str, ...] = ()
    """The executions above the parent, the nearest first."""

    @property
    def ancestors(self) -> tuple[str, ...]:
        """The executions that wait for the child, directly or not, the nearest first."""
        return (self.execution_id, *self.above)


class ChildOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a child execution ended."""

    status: Status
    outputs: dict[str, Any] = {}
    error: Error | None = None


class GlobalValue(msgspec.Struct, frozen=True):
    """What a global variable holds. ``version`` counts its writes, so that no two share one; 0
    says that nobody has written it yet.
    """

    value: Any = None
    version: int = 0


class ExecutionKey(msgspec.Struct, frozen=True, order=True):
    """Names one execution: its project and its id. Every storage key is derived from both."""

    project_id: str
    execution_id: str


class Wait(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a waiting node run waits for: one shape, so that readers need not know every kind.

    ``kind`` is ``timer``, ``signal``, ``until``, ``callback``, ``child``, ``dependency``,
    ``incident``, ``permit`` or ``rate``; of the last two, ``name`` is the ledger.
    """

    kind: str
    at: int | None = None
    name: str | None = None
    node_ids: tuple[str, ...] = ()
    units: dict[str, int] = {}
    """What a ``permit`` is wanted for: units by pool."""
