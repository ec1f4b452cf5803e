"""``Sequences`` in memory, as JSON."""

from threading import Lock
from typing import Any

import msgspec

from seriatim.adapters.dynamodb.pages import ListCursors
from seriatim.ports.errors import Conflict, NotFound
from seriatim.ports.pages import Page
from seriatim.ports.sequences import RevisionRecord, SequenceRecord


class FakeSequences:
    """Records and revisions by project and id."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], bytes] = {}
        self._revisions: dict[tuple[str, str, int], bytes] = {}
        self._published: dict[tuple[str, str, int], RevisionRecord] = {}
        self._lock = Lock()

    def create(self, record: SequenceRecord) -> None:
        body = msgspec.json.encode(record)
        with self._lock:
            if self._records.setdefault((record.project_id, record.id), body) != body:
                raise Conflict(f"There is a sequence {record.id!r} already.")

    def update(self, record: SequenceRecord, expected_version: int, *, publish: bool) -> None:
        place = (record.project_id, record.id)
        revision = (*place, record.revision)
        body = msgspec.json.encode(record)
        with self._lock:
            found = self._records.get(place)
            if found is None:
                raise NotFound(f"There is no sequence {record.id!r}.")
            if found == body:
                return
            is_taken = publish and revision in self._revisions
            if _decode(found).version != expected_version or is_taken:
                raise Conflict(f"Sequence {record.id!r} was changed meanwhile.")
            self._records[place] = body
            if publish:
                self._revisions[revision] = msgspec.json.encode(record.document)
                self._published[revision] = RevisionRecord(
                    revision=record.revision,
                    label=record.document.get("version", ""),
                    published_at=record.updated_at,
                    nodes=len(record.document.get("nodes", ())),
                    transitions=len(record.document.get("transitions", ())),
                )

    def get(self, project_id: str, sequence_id: str) -> SequenceRecord:
        with self._lock:
            body = self._records.get((project_id, sequence_id))
        if body is None:
            raise NotFound(f"There is no sequence {sequence_id!r} in this project.")
        return _decode(body)

    def get_revision(self, project_id: str, sequence_id: str, revision: int) -> dict[str, Any]:
        with self._lock:
            body = self._revisions.get((project_id, sequence_id, revision))
        if body is None:
            raise NotFound(f"Sequence {sequence_id!r} has no revision {revision}.")
        document: dict[str, Any] = msgspec.json.decode(body)
        return document

    def list_revisions(
        self, project_id: str, sequence_id: str, limit: int, cursor: str | None
    ) -> Page[RevisionRecord]:
        cursors = ListCursors("fake revisions", project_id, sequence_id)
        shown = int(cursors.read(cursor)) if cursor is not None else None
        with self._lock:
            rest = sorted(
                (
                    revision
                    for project, sequence, revision in self._published
                    if (project, sequence) == (project_id, sequence_id)
                    if shown is None or revision < shown
                ),
                reverse=True,
            )
            page = tuple(self._published[project_id, sequence_id, one] for one in rest[:limit])
        more = cursors.write(str(page[-1].revision)) if len(rest) > limit else None
        return Page(page, more)

    def list(
        self,
        project_id: str,
        *,
        status: str | None,
        name: str | None,
        limit: int,
        cursor: str | None,
    ) -> Page[SequenceRecord]:
        cursors = ListCursors("fake sequences", project_id, status, name)
        shown = cursors.read(cursor) if cursor is not None else ""
        with self._lock:
            bodies = [body for (project, _), body in self._records.items() if project == project_id]
        rest = sorted(
            (
                record
                for record in map(_decode, bodies)
                if record.id > shown and status in (None, record.status)
                if name in (None, record.name)
            ),
            key=lambda record: record.id,
        )
        page = tuple(rest[:limit])
        return Page(page, cursors.write(page[-1].id) if len(rest) > limit else None)


def _decode(body: bytes) -> SequenceRecord:
    return msgspec.json.decode(body, type=SequenceRecord)
