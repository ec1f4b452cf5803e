"""Messages: what arrives at an execution through its inbox.

A message is a request or a report from outside; the decider turns it into events (facts) and
commands (intentions). Delivered twice, a message finds nothing left to do and is refused as stale.
"""

from typing import Any

import msgspec

from seriatim.domain.values import ChildOutcome, Error, ParentLink


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """Common shape of all messages."""


class StartRequest(Message, frozen=True, kw_only=True):
    """Begin the execution. ``variables`` are already checked against the declared types."""

    execution_id: str
    project_id: str
    sequence_id: str
    revision: int
    tasks_version: str
    variables: dict[str, Any]
    name: str | None = None
    priority: int = 0
    metadata: dict[str, Any] = {}
    parent: ParentLink | None = None
    hops: int = 0
    input_hash: str = ""
    by: str | None = None
    is_counted: bool = False
    """Whether it needs a slot where executions at the same time are limited; children are exempt.
    """
    project_executions_max: int | None = None
    """So many executions of the project may run at the same time; ``None``: no limit."""


class TaskSuccess(Message, frozen=True, kw_only=True):
    """Attempt ``attempt`` of node run ``number`` returned ``result`` (any JSON value)."""

    number: int
    attempt: int
    result: Any = None


class TaskFailure(Message, frozen=True, kw_only=True):
    """Attempt ``attempt`` of node run ``number`` failed."""

    number: int
    attempt: int
    error: Error


class TaskPickup(Message, frozen=True, kw_only=True):
    """An outside worker took the attempt from its activity list."""

    number: int
    attempt: int
    worker_id: str


class TaskHeartbeat(Message, frozen=True, kw_only=True):
    """A sign of life from whoever holds the attempt's task token."""

    number: int
    attempt: int


class TimerDue(Message, frozen=True, kw_only=True):
    """The armed timer rang: everything due at ``at`` or before may fire."""

    at: int


class Signal(Message, frozen=True, kw_only=True):
    """A named message from a user. A repeated ``key`` (idempotency key) changes nothing."""

    name: str
    payload: Any = None
    key: str | None = None
    by: str | None = None


class VariablesUpdate(Message, frozen=True, kw_only=True):
    """Set variables of the execution; types were declared by the sequence and are enforced here."""

    values: dict[str, Any]
    key: str | None = None
    by: str | None = None


class CancelRequest(Message, frozen=True, kw_only=True):
    """End the execution as ``cancelled``. A repeated ``key`` changes nothing."""

    reason: str | None = None
    key: str | None = None
    by: str | None = None


class PauseRequest(Message, frozen=True, kw_only=True):
    """Begin no node run any more. A repeated ``key`` changes nothing."""

    reason: str | None = None
    key: str | None = None
    by: str | None = None


class ResumeRequest(Message, frozen=True, kw_only=True):
    """Go on after a pause. A repeated ``key`` changes nothing."""

    reason: str | None = None
    key: str | None = None
    by: str | None = None


class MoveRequest(Message, frozen=True, kw_only=True):
    """Go on with another revision, and these task definitions. A repeated ``key`` changes
    nothing.
    """

    revision: int
    tasks_version: str
    reason: str | None = None
    key: str | None = None
    by: str | None = None


class RedriveRequest(Message, frozen=True, kw_only=True):
    """Go on after the end, on a revision and on task definitions that are pinned anew: from where
    the tokens were, or from ``from_node_ids``. A repeated ``key`` changes nothing.
    """

    revision: int
    tasks_version: str
    asked_revision: int | None = None
    """The revision that the caller named; none: that of the execution."""
    from_node_ids: tuple[str, ...] = ()
    reason: str | None = None
    key: str | None = None
    by: str | None = None


class RetireRequest(Message, frozen=True, kw_only=True):
    """Be gone: the execution is over, and was read up to event ``event_count``."""

    event_count: int
    is_archived: bool = False


class NodeOrder(Message, frozen=True, kw_only=True):
    """An operator's hand on the oldest active run of a node: ``action`` is ``skip``, ``complete``
    (with ``outputs``), ``fail`` (with ``error``) or ``run-now``. A repeated ``key`` changes
    nothing.
    """

    node_id: str
    action: str
    outputs: dict[str, Any] = {}
    error: Error | None = None
    reason: str | None = None
    key: str | None = None
    by: str | None = None


class ChildResult(Message, frozen=True, kw_only=True):
    """A child execution that node run ``number`` waits for has ended."""

    number: int
    child_id: str
    outcome: ChildOutcome
    index: int | None = None


class PermitsGranted(Message, frozen=True, kw_only=True):
    """A ledger has granted a request (see ``permits.values.Granted``)."""

    ledger: str
    request_id: str
    not_before: int | None = None
    target: int | None = None


class PermitsDenied(Message, frozen=True, kw_only=True):
    """A ledger can never grant a request: what asked for it fails with ``error``."""

    ledger: str
    request_id: str
    error: Error


class DeadLettered(Message, frozen=True, kw_only=True):
    """A message for the execution was given up, and what it brought is lost."""

    error: Error


class Continuation(Message, frozen=True, kw_only=True):
    """Go on with what the last step left over (node runs per step are bounded)."""


AnyMessage = (
    StartRequest
    | TaskSuccess
    | TaskFailure
    | TaskPickup
    | TaskHeartbeat
    | TimerDue
    | Signal
    | VariablesUpdate
    | CancelRequest
    | PauseRequest
    | ResumeRequest
    | MoveRequest
    | RedriveRequest
    | RetireRequest
    | NodeOrder
    | ChildResult
    | PermitsGranted
    | PermitsDenied
    | Continuation
    | DeadLettered
)
