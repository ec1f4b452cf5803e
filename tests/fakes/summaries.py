"""``Summaries`` in memory, as JSON."""

from threading import Lock

import msgspec

from seriatim.adapters.dynamodb.pages import ListCursors
from seriatim.ports import Page, Summary, SummaryFilter


class FakeSummaries:
    """A list is a scan, sorted."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def put(self, summary: Summary) -> None:
        place = (summary.project_id, summary.id)
        with self._lock:
            body = self._bodies.get(place)
            if body is None or _decode(body).number < summary.number:
                self._bodies[place] = msgspec.json.encode(summary)

    def list(
        self, project_id: str, where: SummaryFilter, limit: int, cursor: str | None
    ) -> Page[Summary]:
        cursors = ListCursors("fake executions", project_id, where)
        shown = cursors.read(cursor) if cursor is not None else None
        with self._lock:
            bodies = [body for (project, _), body in self._bodies.items() if project == project_id]
        matching = [one for one in map(_decode, bodies) if _is_listed(one, where)]
        matching.sort(key=_position, reverse=True)
        rest = [one for one in matching if shown is None or _position(one) < shown]
        page = tuple(rest[:limit])
        return Page(page, cursors.write(_position(page[-1])) if len(rest) > limit else None)


def _decode(body: bytes) -> Summary:
    return msgspec.json.decode(body, type=Summary)


def _position(summary: Summary) -> str:
    return f"{summary.start_time:015d}#{summary.id}"


def _is_listed(summary: Summary, where: SummaryFilter) -> bool:
    return (
        (where.status is None or summary.status == where.status)
        and (where.sequence_id is None or summary.sequence_id == where.sequence_id)
        and (where.started_after is None or summary.start_time > where.started_after)
        and (where.started_before is None or summary.start_time < where.started_before)
    )
