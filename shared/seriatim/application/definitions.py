"""Sequences and task definitions: create, change, validate, move through their life.

A change is made from the record as it was read and written on condition that it still is so; where
somebody was faster, it is read and decided again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from seriatim.application.changing import content, merged
from seriatim.application.errors import WrongState, check_version, invalid_document
from seriatim.application.pages import listed
from seriatim.application.project_references import look_up
from seriatim.application.wire import listed_sequence_document, sequence_document
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.kinds import SequenceStatus
from seriatim.domain.definition.task_definition import canonical_task_definition
from seriatim.domain.validation.parse import SERVICE_FIELDS, parse_sequence
from seriatim.domain.validation.problems import Problem, has_errors
from seriatim.domain.validation.references import References
from seriatim.domain.validation.task_definitions import parse_task_definition
from seriatim.ports.clock import Clock
from seriatim.ports.errors import Conflict
from seriatim.ports.ids import Ids
from seriatim.ports.ledgers import Ledgers
from seriatim.ports.sequences import SequenceRecord, Sequences
from seriatim.ports.task_definitions import TaskDefinitions

Document = dict[str, Any]

ATTEMPTS_MAX: Final = 5
"""How often a change is decided again because somebody else was faster."""

MAY_BECOME: Final[Mapping[SequenceStatus, SequenceStatus]] = {
    SequenceStatus.ACTIVE: SequenceStatus.DRAFT,
    SequenceStatus.DEPRECATED: SequenceStatus.ACTIVE,
    SequenceStatus.ARCHIVED: SequenceStatus.DEPRECATED,
}
"""Each status and the only one that it may follow."""

replace = msgspec.structs.replace


class Stored(NamedTuple):
    """A sequence as callers see it, and the version that their changes may be based on."""

    document: Document
    version: int


class Change(NamedTuple):
    """What a record becomes; with ``publish`` its document is a new revision."""

    record: SequenceRecord
    publish: bool
    warnings: Sequence[Problem] = ()


class Definitions:
    """Use cases of definitions. Errors: ``NotFound``, ``Invalid`` with all problems,
    ``WrongState``, ``MovedOn``.
    """

    def __init__(
        self,
        sequences: Sequences,
        task_definitions: TaskDefinitions,
        ledgers: Ledgers,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._sequences = sequences
        self._task_definitions = task_definitions
        self._ledgers = ledgers
        self._ids = ids
        self._clock = clock

    # -- sequences --------------------------------------------------------------------------------

    def create(self, project_id: str, document: Mapping[str, Any]) -> Stored:
        """Store a draft under a new id. Repeated, it makes another one."""
        sequence_id = self._ids.new("seq")
        stored, _ = _parse(document, project_id, sequence_id)
        now = self._clock.now()
        record = SequenceRecord(
            project_id=project_id,
            id=sequence_id,
            name=stored["name"],
            status=SequenceStatus.DRAFT.value,
            document=stored,
            revision=0,
            version=1,
            created_at=now,
            updated_at=now,
        )
        self._sequences.create(record)
        return _stored(record)

    def get(self, project_id: str, sequence_id: str, revision: int | None = None) -> Stored:
        """A sequence with its newest document, or with that of a published revision."""
        record = self._sequences.get(project_id, sequence_id)
        if revision is None:
            return _stored(record)
        document = self._sequences.get_revision(project_id, sequence_id, revision)
        return Stored(sequence_document(record, document, revision), record.version)

    def list(
        self,
        project_id: str,
        *,
        status: SequenceStatus | None,
        name: str | None,
        limit: int,
        cursor: str | None,
    ) -> Document:
        """One page of a project's sequences."""
        return listed(
            lambda items: self._sequences.list(
                project_id, status=status, name=name, limit=items, cursor=cursor
            ),
            listed_sequence_document,
            limit,
        )

    def change(
        self,
        project_id: str,
        sequence_id: str,
        changes: Mapping[str, Any],
        based_on: Collection[str] | None = None,
    ) -> Stored:
        """Merge ``metadata``, replace what else ``changes`` names. An active sequence is validated
        as for activation and publishes its next revision. What changes nothing writes nothing.

        ``based_on``: only if the version is one of these (``MovedOn``). An archived sequence is a
        ``WrongState``.
        """

        def decide(record: SequenceRecord) -> Change | None:
            check_version(f"Sequence {record.id!r}", record.version, based_on)
            if record.status == SequenceStatus.ARCHIVED:
                text = f"Sequence {record.id!r} is archived and can be changed no more."
                raise WrongState("SequenceArchived", text)
            changed = merged(_authors(record.document), changes)
            is_active = record.status == SequenceStatus.ACTIVE
            references = self._look_up(project_id, changed) if is_active else None
            document, warnings = _parsed(changed, record, references)
            if content(_authors(document)) == content(_authors(record.document)):
                return None
            revision = record.revision + 1 if is_active else record.revision
            next_record = _with(record, document, record.status, revision)
            return Change(next_record, publish=is_active, warnings=warnings)

        return self._update(project_id, sequence_id, decide)

    def activate(self, project_id: str, sequence_id: str) -> Stored:
        """Validate a draft in full and publish it as revision 1. Its warnings are in the answer.

        Repeated, it is a ``WrongState``: only a draft can be activated.
        """

        def decide(record: SequenceRecord) -> Change:
            _check_move(record, SequenceStatus.ACTIVE)
            references = self._look_up(project_id, record.document)
            document, warnings = _parsed(_authors(record.document), record, references)
            revision = record.revision + 1
            active = _with(record, document, SequenceStatus.ACTIVE, revision)
            return Change(active, publish=True, warnings=warnings)

        return self._update(project_id, sequence_id, decide)

    def deprecate(self, project_id: str, sequence_id: str) -> Stored:
        """Have an active sequence start no more. What runs goes on."""
        return self._move(project_id, sequence_id, SequenceStatus.DEPRECATED)

    def archive(self, project_id: str, sequence_id: str) -> Stored:
        """Have a deprecated sequence change no more. Its revisions stay readable."""
        return self._move(project_id, sequence_id, SequenceStatus.ARCHIVED)

    def validate(self, project_id: str, document: Mapping[str, Any]) -> Document:
        """All problems that activation would find. Stores nothing."""
        references = self._look_up(project_id, document)
        _, problems = parse_sequence(document, project_id=project_id, references=references)
        shown = [problem.to_json() for problem in problems]
        return {"valid": not has_errors(problems), "problems": shown}

    # -- task definitions -------------------------------------------------------------------------

    def put_task_definition(
        self, project_id: str, definition_id: str, document: Mapping[str, Any]
    ) -> Document:
        """Store a task definition, in place of the one before. Executions keep the one that they
        began with. Repeated, it changes nothing.
        """
        definition, problems = parse_task_definition(document, task_definition_id=definition_id)
        if definition is None or has_errors(problems):
            raise invalid_document("InvalidTaskDefinition", "task definition", problems)
        stored = canonical_task_definition(definition)
        self._task_definitions.put(project_id, definition_id, stored)
        return stored

    def get_task_definition(self, project_id: str, definition_id: str) -> Document:
        """A task definition with every default written out."""
        return self._task_definitions.get(project_id, definition_id)

    def delete_task_definition(self, project_id: str, definition_id: str) -> None:
        """Take it away. Executions go on with the one that they began with. Repeated: NotFound."""
        self._task_definitions.delete(project_id, definition_id)

    def list_task_definitions(self, project_id: str, limit: int, cursor: str | None) -> Document:
        """One page of a project's task definitions."""
        return listed(
            lambda items: self._task_definitions.list(project_id, items, cursor),
            lambda document: document,
            limit,
        )

    # -- how a change is made ---------------------------------------------------------------------

    def _move(self, project_id: str, sequence_id: str, status: SequenceStatus) -> Stored:
        def decide(record: SequenceRecord) -> Change:
            _check_move(record, status)
            moved = _with(record, record.document, status, record.revision)
            return Change(moved, publish=False)

        return self._update(project_id, sequence_id, decide)

    def _update(
        self,
        project_id: str,
        sequence_id: str,
        decide: Callable[[SequenceRecord], Change | None],
    ) -> Stored:
        for _ in range(ATTEMPTS_MAX):
            record = self._sequences.get(project_id, sequence_id)
            change = decide(record)
            if change is None:
                return _stored(record)
            changed = replace(
                change.record,
                version=record.version + 1,
                updated_at=max(self._clock.now(), record.updated_at),
            )
            try:
                self._sequences.update(changed, record.version, publish=change.publish)
            except Conflict:
                continue
            return _stored(changed, change.warnings if change.publish else None)
        raise Conflict(f"sequence {sequence_id!r} is being changed by others; try again")

    def _look_up(self, project_id: str, document: Mapping[str, Any]) -> References:
        return look_up(project_id, document, self._sequences, self._task_definitions, self._ledgers)


def _parsed(
    document: Mapping[str, Any],
    record: SequenceRecord,
    references: References | None,
) -> tuple[Document, list[Problem]]:
    return _parse(document, record.project_id, record.id, references)


def _parse(
    document: Mapping[str, Any],
    project_id: str,
    sequence_id: str,
    references: References | None = None,
) -> tuple[Document, list[Problem]]:
    """The document in its stored form, and the warnings. Raises ``Invalid``."""
    sequence, problems = parse_sequence(
        document, sequence_id=sequence_id, project_id=project_id, references=references
    )
    if sequence is None or has_errors(problems):
        raise invalid_document("InvalidSequence", "sequence", problems)
    return canonical(sequence), problems


def _check_move(record: SequenceRecord, status: SequenceStatus) -> None:
    wanted = MAY_BECOME[status]
    if record.status != wanted:
        text = (
            f"Sequence {record.id!r} is {record.status}; it can become {status} only where it is"
            f" {wanted}."
        )
        raise WrongState("WrongStatus", text)


def _authors(document: Mapping[str, Any]) -> Document:
    """The author's part of a stored document."""
    return {name: value for name, value in document.items() if name not in SERVICE_FIELDS}


def _with(
    record: SequenceRecord, document: Document, status: SequenceStatus | str, revision: int
) -> SequenceRecord:
    """The record with a new document or place in its life; the document says the same of itself."""
    document = {**document, "status": str(status), "revision": revision}
    return replace(
        record,
        name=document["name"],
        status=str(status),
        document=document,
        revision=revision,
    )


def _stored(record: SequenceRecord, warnings: Sequence[Problem] | None = None) -> Stored:
    document = sequence_document(record, record.document, record.revision)
    if warnings is not None:
        document["problems"] = [problem.to_json() for problem in warnings]
    return Stored(document, record.version)
