"""``Templates`` in memory, as JSON."""

from threading import Lock

import msgspec

from seriatim.adapters.dynamodb.pages import ListCursors
from seriatim.ports.errors import Conflict, NotFound
from seriatim.ports.pages import Page
from seriatim.ports.templates import TemplateRecord


class FakeTemplates:
    """Records by project and id."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def create(self, record: TemplateRecord) -> None:
        body = msgspec.json.encode(record)
        with self._lock:
            if self._records.setdefault((record.project_id, record.id), body) != body:
                raise Conflict(f"There is a template {record.id!r} already.")

    def update(self, record: TemplateRecord, expected_version: int) -> None:
        body = msgspec.json.encode(record)
        with self._lock:
            found = self._found(record.project_id, record.id)
            if found == body:
                return
            _check_version(_decode(found), expected_version)
            self._records[record.project_id, record.id] = body

    def get(self, project_id: str, template_id: str) -> TemplateRecord:
        with self._lock:
            return _decode(self._found(project_id, template_id))

    def delete(self, project_id: str, template_id: str, expected_version: int) -> None:
        with self._lock:
            _check_version(_decode(self._found(project_id, template_id)), expected_version)
            del self._records[project_id, template_id]

    def list(
        self, project_id: str, *, name: str | None, limit: int, cursor: str | None
    ) -> Page[TemplateRecord]:
        cursors = ListCursors("fake templates", project_id, name)
        shown = cursors.read(cursor) if cursor is not None else ""
        with self._lock:
            bodies = [body for (project, _), body in self._records.items() if project == project_id]
        rest = sorted(
            (
                each
                for each in map(_decode, bodies)
                if each.id > shown and name in (None, each.name)
            ),
            key=lambda record: record.id,
        )
        page = tuple(rest[:limit])
        return Page(page, cursors.write(page[-1].id) if len(rest) > limit else None)

    def _found(self, project_id: str, template_id: str) -> bytes:
        found = self._records.get((project_id, template_id))
        if found is None:
            raise NotFound(f"There is no template {template_id!r} in this project.")
        return found


def _check_version(record: TemplateRecord, expected: int) -> None:
    if record.version != expected:
        raise Conflict(f"The template {record.id!r} was changed meanwhile.")


def _decode(body: bytes) -> TemplateRecord:
    return msgspec.json.decode(body, type=TemplateRecord)
