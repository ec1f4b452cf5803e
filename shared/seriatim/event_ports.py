"""Ports of events, out and in: the bus, what starts are triggered by, what is refused. See
``ports``, whose words and errors hold here too.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports import Page, StoreError

SOURCE = "seriatim"
"""The source of all events that this service puts on the bus."""


class OutgoingEvent(msgspec.Struct, frozen=True):
    """One event for the bus: what kind it is of, when it happened (milliseconds), its JSON."""

    detail_type: str
    time: int
    detail: bytes


class EventBus(Protocol):
    """Where changes of status are made known. At least once; readers order by what is inside."""

    def put(self, events: Sequence[OutgoingEvent]) -> None:
        """Put all of them, in order, or raise ``Unavailable`` (some may be there: the caller puts
        all again later).
        """


class PublishedMarks(Protocol):
    """How far the events of executions have been published: the number of a step."""

    def get(self, key: ExecutionKey) -> int:
        """All up to this step is on the bus; 0 where nothing is. Strongly consistent."""

    def raise_to(self, key: ExecutionKey, number: int) -> None:
        """Note that all up to this step is on the bus. A mark never goes back: where it is there
        or further on, nothing happens.
        """


class TriggerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger as it stands (canonical JSON)."""

    project_id: str
    id: str
    document: dict[str, Any]
    version: int
    """Counts changes of the record, from 1."""
    created_at: int
    updated_at: int


class Firing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What came of a trigger's last firing: an execution, or why there is none."""

    at: int
    execution_id: str | None = None
    error: Error | None = None


class Triggers(Protocol):
    """Triggers of a project. ``version`` is the optimistic lock."""

    def put(self, record: TriggerRecord, expected_version: int) -> None:
        """Store the record if its version still is ``expected_version`` (0: there is none).
        Repeated, it changes nothing. Raises ``Conflict``.
        """

    def get(self, project_id: str, trigger_id: str) -> TriggerRecord:
        """Raises ``NotFound``. Strongly consistent."""

    def delete(self, project_id: str, trigger_id: str) -> None:
        """Take it away, with its last firing. Repeating it changes nothing."""

    def list(self, project_id: str, limit: int, cursor: str | None) -> Page[TriggerRecord]:
        """One page by id. Raises ``ValueError`` for a cursor of another list."""

    def record_firing(self, project_id: str, trigger_id: str, firing: Firing) -> None:
        """Keep what came of a firing; an older one never replaces a later one."""

    def last_firing(self, project_id: str, trigger_id: str) -> Firing | None:
        """What came of the last firing, if there was one."""


class DeadLetters(Protocol):
    """Where starts go that nobody can do."""

    def put(self, body: str, code: str, reason: str) -> None:
        """Keep the message as it came, with why it was refused. Repeated, it may be there twice."""


class RuleRefused(StoreError):
    """AWS takes the trigger's schedule or pattern for none, or has no room for more of them."""


class TriggerRules(Protocol):
    """What fires triggers: a schedule, or a rule on the bus, whose target is the starts' queue."""

    def apply(self, record: TriggerRecord) -> None:
        """Have the trigger fire as its record says; a paused one does not. Repeated, it changes
        nothing; after a crash the repetition does what is left.

        Raises:
            RuleRefused: it cannot fire as it says.
            Unavailable: apply it again.
        """

    def remove(self, project_id: str, trigger_id: str) -> None:
        """Have it fire no more. Repeating it changes nothing."""
