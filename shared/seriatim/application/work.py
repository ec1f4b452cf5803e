"""Work: what travels through the work queue. The body of a queue message is one of these, as JSON.

Every one is safe to deliver twice: it names a step, an attempt or a message of the log, and the
log says what is done.
"""

from typing import Any

import msgspec

from seriatim.domain.messages import AnyMessage
from seriatim.domain.values import Error, ExecutionKey, ParentLink
from seriatim.ports.summaries import SummaryFilter


class Work(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag=True,
    omit_defaults=True,
    rename="camel",
):
    """Common shape: which execution it is about."""

    project_id: str
    execution_id: str
    redriven: int = 0
    """How often it was sent again from the dead-letter queue."""

    @property
    def key(self) -> ExecutionKey:
        """Names the execution."""
        return ExecutionKey(self.project_id, self.execution_id)


class HandOverStep(Work, frozen=True, kw_only=True):
    """Hand over the commands of step ``step``. Sent *before* the append of a step that began at
    the API; one that finds no such step, or one of another ``writer``, after a few deliveries is
    dropped.
    """

    step: int
    writer: str


class RunAttempt(Work, frozen=True, kw_only=True):
    """Run one attempt; ``step`` is the step that called for it."""

    step: int
    number: int
    attempt: int


class DeliverMessage(Work, frozen=True, kw_only=True):
    """Deliver a message to the execution; ``step`` is the step that it follows from, 0 if none."""

    message: AnyMessage
    step: int = 0


class StartExecution(Work, frozen=True, kw_only=True):
    """Start an execution under a given id: a child, an ``onFailureSequenceId``, a start from the
    start queue.
    """

    sequence_id: str
    variables: dict[str, Any]
    revision: int | None = None
    name: str | None = None
    tasks_version: str | None = None
    """With the revision: what one of many children runs on was looked up for all of them."""
    parent: ParentLink | None = None
    hops: int = 0
    cause: str | None = None
    error: Error | None = None


class RunBulk(Work, frozen=True, kw_only=True):
    """Do one page of a bulk call, and send the next. ``execution_id`` is the bulk's own id."""

    action: str
    where: SummaryFilter
    reason: str | None = None
    by: str | None = None
    cursor: str | None = None


class RedriveExecution(Work, frozen=True, kw_only=True):
    """Redrive an execution, on task definitions as they are when this is done."""

    idempotency_key: str
    reason: str | None = None
    by: str | None = None


class RetireExecution(Work, frozen=True, kw_only=True):
    """Retire an execution, if it has been over for as long as it is kept."""


AnyWork = (
    HandOverStep
    | RunAttempt
    | DeliverMessage
    | StartExecution
    | RunBulk
    | RedriveExecution
    | RetireExecution
)

_decoder: msgspec.json.Decoder[AnyWork] = msgspec.json.Decoder(AnyWork)


def encode(work: AnyWork) -> bytes:
    """The queue message's body."""
    return msgspec.json.encode(work)


def decode(body: str | bytes) -> AnyWork:
    """Raises ``msgspec.ValidationError`` for a body that is no work (it goes to the dead-letter
    queue).
    """
    return _decoder.decode(body)
