"""``TaskDefinitions`` in memory, as JSON."""

import hashlib
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import msgspec

from seriatim.adapters.dynamodb.pages import ListCursors
from seriatim.ports.errors import NotFound
from seriatim.ports.pages import Page

Document = dict[str, Any]


class FakeTaskDefinitions:
    """Definitions and catalogues by project."""

    def __init__(self) -> None:
        self._definitions: dict[tuple[str, str], bytes] = {}
        self._catalogues: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def put(self, project_id: str, definition_id: str, document: Mapping[str, Any]) -> None:
        with self._lock:
            self._definitions[project_id, definition_id] = msgspec.json.encode(document)

    def get(self, project_id: str, definition_id: str) -> Document:
        found = self.known(project_id, [definition_id])
        if definition_id not in found:
            raise NotFound(f"There is no task definition {definition_id!r} in this project.")
        return found[definition_id]

    def delete(self, project_id: str, definition_id: str) -> None:
        with self._lock:
            if self._definitions.pop((project_id, definition_id), None) is None:
                raise NotFound(f"There is no task definition {definition_id!r} in this project.")

    def list(self, project_id: str, limit: int, cursor: str | None) -> Page[Document]:
        cursors = ListCursors("fake task definitions", project_id)
        shown = cursors.read(cursor) if cursor is not None else ""
        with self._lock:
            rest = sorted(
                (name, body)
                for (project, name), body in self._definitions.items()
                if project == project_id and name > shown
            )
        page = rest[:limit]
        documents = tuple(_decode(body) for _, body in page)
        return Page(documents, cursors.write(page[-1][0]) if len(rest) > limit else None)

    def known(self, project_id: str, ids: Sequence[str]) -> dict[str, Document]:
        with self._lock:
            bodies = {name: self._definitions.get((project_id, name)) for name in ids}
        return {name: _decode(body) for name, body in bodies.items() if body is not None}

    def pin(self, project_id: str, documents: Mapping[str, Any]) -> str:
        body = msgspec.json.encode(documents, order="deterministic")
        version = hashlib.sha256(body).hexdigest()
        with self._lock:
            self._catalogues[project_id, version] = body
        return version

    def pinned(self, project_id: str, tasks_version: str) -> dict[str, Document]:
        with self._lock:
            body = self._catalogues.get((project_id, tasks_version))
        if body is None:
            raise NotFound(f"There is no catalogue {tasks_version!r} in this project.")
        return _decode(body)


def _decode(body: bytes) -> Document:
    document: Document = msgspec.json.decode(body)
    return document
