"""Ports: what the application asks of the outside, as protocols. One contract suite per port
(``tests/contract``) holds every adapter and every fake to the same words.

Errors follow what the caller must do: ``Conflict`` (read again, decide again), ``Unavailable``
(transient: let the message be delivered again, answer 503), ``NotFound``. Everything else is a bug
and is left to crash.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from seriatim.domain.decision import GlobalWrite
from seriatim.domain.step import Step
from seriatim.domain.values import Error, ExecutionKey

T = TypeVar("T")


class StoreError(Exception):
    """Base of the errors that a port raises on purpose."""


class Conflict(StoreError):
    """Somebody else changed it first, or it exists already: read again and decide again."""


class StepTaken(Conflict):
    """Another writer recorded this step number first. Read the tail and decide again."""


class Unavailable(StoreError):
    """Throttled or unreachable. Whether a write was done is unknown; repeating it is safe."""


class NotFound(StoreError):
    """There is no such thing in this project."""


class TooLarge(StoreError):
    """The value is over the limit that the message names."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; ``cursor`` (opaque, URL-safe) is there while more is to come."""

    items: tuple[T, ...]
    cursor: str | None = None


# -- time and identity ----------------------------------------------------------------------------


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> int:
        """Milliseconds since the epoch."""

    def sleep(self, milliseconds: int) -> None:
        """Let that much of this clock's time pass."""


class Ids(Protocol):
    """Where identity comes from. The domain derives ids; only what begins outside gets a new
    one.
    """

    def new(self, prefix: str) -> str:
        """A new sortable id: ``prefix-`` and 26 characters."""


# -- the log --------------------------------------------------------------------------------------


class Snapshot(msgspec.Struct, frozen=True):
    """The state as of step ``number``, encoded."""

    number: int
    body: bytes


class LogTail(msgspec.Struct, frozen=True):
    """What a cold reader needs: the newest snapshot, if any, and every step after it, in order."""

    snapshot: Snapshot | None
    steps: tuple[Step, ...]


class ExecutionLog(Protocol):
    """The truth: all steps of an execution, in order, without gaps, never changed. Reads are
    strongly consistent.
    """

    def append(
        self, key: ExecutionKey, step: Step, global_writes: Sequence[GlobalWrite] = ()
    ) -> None:
        """Record one step at ``step.number``: its events, and the commands they call for, in one
        item.

        The item is written only if that number is still free. Commands ride in the same item
        because a crash between "recorded" and "sent" would otherwise lose them for ever. An
        ambiguous append (written, answer lost, tried again) recognises its own ``writer`` and
        succeeds.

        Raises:
            StepTaken: someone else recorded this number first.
            Unavailable: whether it was written is unknown until the next read.
        """

    def load(self, key: ExecutionKey) -> LogTail:
        """Read newest first, back to the last snapshot. Empty where the execution does not
        exist.
        """

    def read(self, key: ExecutionKey, after: int = 0, limit: int | None = None) -> tuple[Step, ...]:
        """Steps with a number greater than ``after``, ascending, at most ``limit``."""

    def write_snapshot(self, key: ExecutionKey, snapshot: Snapshot) -> None:
        """Keep the state as of a step, to read less later. Repeating it changes nothing."""


# -- definitions ----------------------------------------------------------------------------------


class SequenceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence as it stands: its newest document (canonical JSON), life cycle, last published
    revision (0: none).
    """

    project_id: str
    id: str
    name: str
    status: str
    document: dict[str, Any]
    revision: int
    version: int
    """Counts changes of the record, from 1; the ETag."""
    created_at: int
    updated_at: int


class RevisionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A published revision, without its document."""

    revision: int
    label: str
    """The author's ``version``."""
    published_at: int
    nodes: int
    transitions: int


class Sequences(Protocol):
    """Definitions. ``version`` is the optimistic lock; revisions are immutable and stay
    readable.
    """

    def create(self, record: SequenceRecord) -> None:
        """Store a new record (``version`` 1). Raises ``Conflict`` if the id is taken."""

    def update(self, record: SequenceRecord, expected_version: int, *, publish: bool) -> None:
        """Replace the record if its version still is ``expected_version``; with ``publish`` the
        document also becomes revision ``record.revision``, in the same transaction. Raises
        ``Conflict``, ``NotFound``.
        """

    def get(self, project_id: str, sequence_id: str) -> SequenceRecord:
        """Raises ``NotFound``. Strongly consistent."""

    def get_revision(self, project_id: str, sequence_id: str, revision: int) -> dict[str, Any]:
        """The immutable document of a revision. Raises ``NotFound``."""

    def list_revisions(
        self, project_id: str, sequence_id: str, limit: int, cursor: str | None
    ) -> Page[RevisionRecord]:
        """One page, the newest first; empty where the sequence has none or does not exist. Raises
        ``ValueError`` for a cursor of another list.
        """

    def list(
        self,
        project_id: str,
        *,
        status: str | None,
        name: str | None,
        limit: int,
        cursor: str | None,
    ) -> Page[SequenceRecord]:
        """One page by id. ``name`` matches exactly."""


class TaskDefinitions(Protocol):
    """Task definitions of a project, and immutable catalogues of them that executions are pinned
    to.
    """

    def put(self, project_id: str, definition_id: str, document: Mapping[str, Any]) -> None: ...

    def get(self, project_id: str, definition_id: str) -> dict[str, Any]: ...

    def delete(self, project_id: str, definition_id: str) -> None: ...

    def list(self, project_id: str, limit: int, cursor: str | None) -> Page[dict[str, Any]]: ...

    def known(self, project_id: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The documents of those of ``ids`` that exist. Strongly consistent."""

    def pin(self, project_id: str, documents: Mapping[str, Any]) -> str:
        """Store a catalogue (documents by id) under the hash of its content, once; returns the
        hash.
        """

    def pinned(self, project_id: str, tasks_version: str) -> dict[str, dict[str, Any]]:
        """The catalogue of that hash. Raises ``NotFound``."""


# -- movement -------------------------------------------------------------------------------------


class OutgoingWork(msgspec.Struct, frozen=True):
    """One message for the work queue: its body (JSON text), and the delay before it can be
    received (0 to 900,000 ms).
    """

    project_id: str
    body: bytes
    delay_ms: int = 0


class WorkQueue(Protocol):
    """The one standard queue for work, fair by project. At least once, in any order."""

    def send(self, work: Sequence[OutgoingWork]) -> None:
        """Send all of them, or raise ``Unavailable`` (some may have been sent: the caller sends
        all again later).
        """

    def extend(self, receipt: str, seconds: int) -> None:
        """Keep a received message hidden for that long from now. An expired receipt is ignored."""


class Timers(Protocol):
    """Promises beyond what a delayed message can hold. The message goes to the work queue when it
    is time.
    """

    def arm(self, key: ExecutionKey, at: int, work: OutgoingWork) -> None:
        """Have ``work`` sent at ``at`` or up to a minute later. Arming the same instant twice
        changes nothing.
        """

    def disarm(self, key: ExecutionKey, at: int) -> None:
        """Best effort: a timer that rings all the same finds nothing to do."""


class Payloads(Protocol):
    """Big values by content hash."""

    def put(self, project_id: str, body: bytes) -> str:
        """Store ``body`` once; returns its key (a hash). Putting it again changes nothing."""

    def get(self, project_id: str, key: str) -> bytes:
        """Raises ``NotFound``."""


# -- tasks ----------------------------------------------------------------------------------------


class TaskRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to be run."""

    key: ExecutionKey
    sequence_id: str
    node_id: str
    number: int
    run: int
    attempt: int
    definition: dict[str, Any]
    """The task definition (canonical camelCase JSON); ``target`` is the one that was chosen."""
    inputs: dict[str, Any]
    idempotency_key: str
    """The same for every attempt of one node run."""
    task_token: str
    deadline: int | None
    """When the attempt must have ended (milliseconds), if it has a time-out."""
    index: int | None = None
    target: int | None = None
    names: Mapping[str, Any] = {}
    """What the ``${…}`` places of the definition may read besides: variables, nodes, the item."""
    on_cancel: Callable[[Callable[[], None]], None] = lambda _: None
    """Has a call made, from another thread, when the attempt is not wanted any more."""


class Completed(msgspec.Struct, frozen=True):
    """The attempt returned ``result`` (any JSON value)."""

    result: Any = None


class Failed(msgspec.Struct, frozen=True):
    """The attempt failed."""

    error: Error


class HandedOut(msgspec.Struct, frozen=True):
    """Somebody outside has it now and will answer with the task token."""


TaskOutcome = Completed | Failed | HandedOut


class TaskRunner(Protocol):
    """Runs one attempt of a task. Never raises for what the task did: a failure is an outcome."""

    def run(self, request: TaskRequest) -> TaskOutcome: ...

    def check_result(self, definition: Mapping[str, Any], result: Any) -> Failed | None:
        """Why a result that came by task token is not what the definition promises."""


class TokenClaims(msgspec.Struct, frozen=True):
    """What a task token is bound to."""

    key: ExecutionKey
    number: int
    attempt: int


class TaskTokens(Protocol):
    """Opaque, signed task tokens."""

    def issue(self, claims: TokenClaims) -> str: ...

    def verify(self, token: str) -> TokenClaims:
        """Raises ``ValueError`` for anything that this service has not signed."""
