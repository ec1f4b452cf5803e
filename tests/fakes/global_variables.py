"""``GlobalVariables`` in memory, as JSON."""

from collections.abc import Collection
from threading import Lock
from typing import Any

import msgspec

from seriatim.adapters.dynamodb.pages import ListCursors
from seriatim.domain.values import GlobalValue
from seriatim.ports.errors import Conflict
from seriatim.ports.pages import Page


class FakeGlobalVariables:
    """Values by project and name."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def read(self, project_id: str, names: Collection[str]) -> dict[str, GlobalValue]:
        with self._lock:
            bodies = {name: self._values.get((project_id, name)) for name in names}
        return {name: _decode(body) for name, body in bodies.items() if body is not None}

    def write(
        self, project_id: str, name: str, value: Any, expected_version: int | None
    ) -> GlobalValue:
        with self._lock:
            found = self._values.get((project_id, name))
            version = _decode(found).version if found is not None else 0
            if expected_version is not None and version != expected_version:
                raise Conflict(f"Variable {name!r} has not the version {expected_version}.")
            body = msgspec.json.encode(GlobalValue(value, version + 1))
            self._values[project_id, name] = body
        return _decode(body)

    def list(
        self, project_id: str, limit: int, cursor: str | None
    ) -> Page[tuple[str, GlobalValue]]:
        cursors = ListCursors("fake global variables", project_id)
        shown = cursors.read(cursor) if cursor is not None else ""
        with self._lock:
            rest = sorted(
                (name, body)
                for (project, name), body in self._values.items()
                if project == project_id and name > shown
            )
        page = tuple((name, _decode(body)) for name, body in rest[:limit])
        return Page(page, cursors.write(page[-1][0]) if len(rest) > limit else None)


def _decode(body: bytes) -> GlobalValue:
    return msgspec.json.decode(body, type=GlobalValue)
