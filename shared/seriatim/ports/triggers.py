"""The port of triggers, as they are kept; what fires them: ``trigger_rules``."""

from typing import Any, Protocol

import msgspec

from seriatim.domain.values import Error
from seriatim.ports.pages import Page


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
