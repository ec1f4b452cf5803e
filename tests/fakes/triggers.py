"""``Triggers`` in memory, as JSON."""

from threading import Lock

import msgspec

from seriatim.adapters.dynamodb.pages import ListCursors
from seriatim.ports.errors import Conflict, NotFound
from seriatim.ports.pages import Page
from seriatim.ports.triggers import Firing, TriggerRecord


class FakeTriggers:
    """Records and last firings by project and id."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], bytes] = {}
        self._firings: dict[tuple[str, str], Firing] = {}
        self._lock = Lock()

    def put(self, record: TriggerRecord, expected_version: int) -> None:
        body = msgspec.json.encode(record)
        place = record.project_id, record.id
        with self._lock:
            found = self._records.get(place)
            if found == body:
                return
            version = _decode(found).version if found is not None else 0
            if version != expected_version:
                raise Conflict(f"The trigger {record.id!r} was changed meanwhile.")
            self._records[place] = body

    def get(self, project_id: str, trigger_id: str) -> TriggerRecord:
        with self._lock:
            found = self._records.get((project_id, trigger_id))
        if found is None:
            raise NotFound(f"There is no trigger {trigger_id!r} in this project.")
        return _decode(found)

    def delete(self, project_id: str, trigger_id: str) -> None:
        with self._lock:
            self._firings.pop((project_id, trigger_id), None)
            self._records.pop((project_id, trigger_id), None)

    def list(self, project_id: str, limit: int, cursor: str | None) -> Page[TriggerRecord]:
        cursors = ListCursors("triggers", project_id, None)
        shown = cursors.read(cursor) if cursor is not None else ""
        with self._lock:
            ids = sorted(
                trigger_id
                for project, trigger_id in self._records
                if project == project_id and trigger_id > shown
            )
            items = tuple(_decode(self._records[project_id, name]) for name in ids[:limit])
        return Page(items, cursors.write(ids[limit - 1]) if len(ids) > limit else None)

    def record_firing(self, project_id: str, trigger_id: str, firing: Firing) -> None:
        place = project_id, trigger_id
        with self._lock:
            known = self._firings.get(place)
            if known is None or known.at <= firing.at:
                self._firings[place] = firing

    def last_firing(self, project_id: str, trigger_id: str) -> Firing | None:
        with self._lock:
            return self._firings.get((project_id, trigger_id))


def _decode(body: bytes) -> TriggerRecord:
    return msgspec.json.decode(body, type=TriggerRecord)
