"""Triggers as callers see them. A change is stored first and applied to what fires it then: where a
crash comes between, the same call again does the rest.
"""

from collections.abc import Mapping
from typing import Any, Final

from seriatim.application.errors import Invalid, invalid_document
from seriatim.application.pages import listed
from seriatim.domain.definition.kinds import SequenceStatus
from seriatim.domain.definition.trigger import canonical_trigger
from seriatim.domain.times import to_iso
from seriatim.domain.validation.problems import ProblemCode, error
from seriatim.domain.validation.triggers import parse_trigger
from seriatim.ports.clock import Clock
from seriatim.ports.errors import Conflict, NotFound
from seriatim.ports.sequences import Sequences
from seriatim.ports.trigger_rules import RuleRefused, TriggerRules
from seriatim.ports.triggers import TriggerRecord, Triggers

Document = dict[str, Any]

ATTEMPTS_MAX: Final = 5
"""How often a change is decided again because somebody else was faster."""


class Triggering:
    """Use cases of triggers. Errors: ``NotFound``, ``Invalid``, ``Unavailable``."""

    def __init__(
        self, triggers: Triggers, rules: TriggerRules, sequences: Sequences, clock: Clock
    ) -> None:
        self._triggers = triggers
        self._rules = rules
        self._sequences = sequences
        self._clock = clock

    def put(self, project_id: str, trigger_id: str, document: Mapping[str, Any]) -> Document:
        """Store a trigger, in place of the one before, and have it fire so. Repeated, it changes
        nothing, but for what a crash had left undone.
        """
        trigger, problems = parse_trigger(document, trigger_id=trigger_id)
        if trigger is None:
            raise invalid_document("InvalidTrigger", "trigger", problems)
        self._check_sequence(project_id, trigger.sequence_id, is_enabled=trigger.enabled)
        record = self._store(project_id, trigger_id, canonical_trigger(trigger))
        for _ in range(ATTEMPTS_MAX):
            try:
                self._rules.apply(record)
            except RuleRefused as refused:
                raise Invalid("InvalidTrigger", str(refused)) from refused
            newest = self._triggers.get(project_id, trigger_id)
            if newest.version == record.version:
                return self._shown(record)
            record = newest  # two callers at once: what was stored last is applied last
        raise Conflict(f"trigger {trigger_id!r} is being changed by others; try again")

    def get(self, project_id: str, trigger_id: str) -> Document:
        """A trigger, every default written out, with what came of its last firing."""
        return self._shown(self._triggers.get(project_id, trigger_id))

    def delete(self, project_id: str, trigger_id: str) -> None:
        """Have it fire no more, and take it away. Repeated: ``NotFound``."""
        self._triggers.get(project_id, trigger_id)
        self._rules.remove(project_id, trigger_id)
        self._triggers.delete(project_id, trigger_id)

    def list(self, project_id: str, limit: int, cursor: str | None) -> Document:
        """One page of a project's triggers."""
        return listed(
            lambda items: self._triggers.list(project_id, items, cursor), _document, limit
        )

    def reapply(self, project_id: str) -> int:
        """Apply every trigger of a project again; returns how many. For whoever repairs."""
        count, cursor = 0, None
        while True:
            page = self._triggers.list(project_id, 100, cursor)
            for record in page.items:
                self._rules.apply(record)
            count, cursor = count + len(page.items), page.cursor
            if cursor is None:
                return count

    def _check_sequence(self, project_id: str, sequence_id: str, *, is_enabled: bool) -> None:
        """A draft may be activated yet; what is archived starts no more, so a trigger of it may
        only be stored to be paused.
        """
        try:
            sequence = self._sequences.get(project_id, sequence_id)
        except NotFound as missing:
            problem = error(ProblemCode.UNKNOWN_SEQUENCE, f"{missing}", "sequenceId")
            raise invalid_document("InvalidTrigger", "trigger", [problem]) from missing
        if is_enabled and sequence.status == SequenceStatus.ARCHIVED:
            text = f"Sequence {sequence_id!r} is archived and starts no more; name another."
            problem = error(ProblemCode.SEQUENCE_ARCHIVED, text, "sequenceId")
            raise invalid_document("InvalidTrigger", "trigger", [problem])

    def _store(self, project_id: str, trigger_id: str, document: Document) -> TriggerRecord:
        for _ in range(ATTEMPTS_MAX):
            now = self._clock.now()
            version, created_at = 0, now
            try:
                held = self._triggers.get(project_id, trigger_id)
            except NotFound:
                pass
            else:
                if held.document == document:
                    return held
                version, created_at = held.version, held.created_at
            record = TriggerRecord(
                project_id=project_id,
                id=trigger_id,
                document=document,
                version=version + 1,
                created_at=created_at,
                updated_at=now,
            )
            try:
                self._triggers.put(record, version)
            except Conflict:
                continue
            return record
        raise Conflict(f"trigger {trigger_id!r} is being changed by others; try again")

    def _shown(self, record: TriggerRecord) -> Document:
        shown = _document(record)
        firing = self._triggers.last_firing(record.project_id, record.id)
        if firing is not None:
            shown["lastFiredAt"] = to_iso(firing.at)
            if firing.execution_id is not None:
                shown["lastExecutionId"] = firing.execution_id
            if firing.error is not None:
                shown["lastError"] = {"code": firing.error.code, "message": firing.error.message}
        return shown


def _document(record: TriggerRecord) -> Document:
    """A trigger as lists show it."""
    given = {field: value for field, value in record.document.items() if value is not None}
    if "schedule" in given:
        kinds = given["schedule"].items()
        given["schedule"] = {kind: value for kind, value in kinds if value is not None}
    return {
        **given,
        "projectId": record.project_id,
        "createdAt": to_iso(record.created_at),
        "updatedAt": to_iso(record.updated_at),
    }
