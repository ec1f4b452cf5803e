"""``Summaries`` and ``Watches`` in memory, as JSON."""

import zlib
from collections.abc import Sequence
from threading import Lock

import msgspec

from seriatim.adapters.dynamodb.pages import ListCursors
from seriatim.domain.values import ExecutionKey
from seriatim.ports.pages import Page
from seriatim.ports.summaries import SearchKey, Summary, SummaryFilter
from seriatim.ports.watches import SHARDS, Watched


class FakeSummaries:
    """A list is a scan, sorted."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, str], bytes] = {}
        self._forgotten: set[tuple[str, str]] = set()
        self._watches: dict[ExecutionKey, int] = {}
        self._lock = Lock()

    def put(self, summary: Summary, found_by: Sequence[str] = ()) -> None:
        self._put_unless(summary, found_from=summary.number)

    def keep(self, summary: Summary) -> None:
        self._put_unless(summary, found_from=summary.number + 1)

    def forget(self, summary: Summary) -> None:
        """It is in no list any more, and nothing older comes back."""
        self.keep(msgspec.structs.replace(summary, watch_at=None))
        self._forgotten.add((summary.project_id, summary.id))

    def due(self, shard: int, now: int, limit: int, cursor: str | None) -> Page[Watched]:
        cursors = ListCursors("fake watches", shard)
        shown = cursors.read(cursor) if cursor is not None else ""
        with self._lock:
            watches = sorted(
                (f"{at:015d}#{key.execution_id}", Watched(key, at))
                for key, at in self._watches.items()
                if zlib.crc32(key.execution_id.encode()) % SHARDS == shard and at <= now
            )
        rest = [one for one in watches if one[0] > shown]
        page = rest[:limit]
        has_more = len(rest) > limit
        return Page(tuple(w for _, w in page), cursors.write(page[-1][0]) if has_more else None)

    def is_any_due(self, now: int) -> bool:
        """Whether any shard has something that is to be looked at."""
        with self._lock:
            return any(at <= now for at in self._watches.values())

    def _put_unless(self, summary: Summary, found_from: int) -> None:
        """Write it unless one of a step from ``found_from`` on is there."""
        key = ExecutionKey(summary.project_id, summary.id)
        body = msgspec.json.encode(msgspec.structs.replace(summary, watch_at=None))
        with self._lock:
            found = self._bodies.get((key.project_id, key.execution_id))
            if found is not None and _decode(found).number >= found_from:
                return
            self._bodies[(key.project_id, key.execution_id)] = body
            self._watches.pop(key, None)
            if summary.watch_at is not None:
                self._watches[key] = summary.watch_at

    def repair(self, summary: Summary, found_by: Sequence[str] = ()) -> None:
        self.put(summary, found_by)

    def get(self, project_id: str, execution_id: str) -> Summary | None:
        with self._lock:
            body = self._bodies.get((project_id, execution_id))
        is_gone = body is None or (project_id, execution_id) in self._forgotten
        return None if is_gone or body is None else _decode(body)

    def list(
        self,
        project_id: str,
        where: SummaryFilter,
        limit: int,
        cursor: str | None,
        by: SearchKey | None = None,
    ) -> Page[Summary]:
        cursors = ListCursors("fake executions", project_id, where)
        shown = cursors.read(cursor) if cursor is not None else None
        with self._lock:
            bodies = [
                body
                for place, body in self._bodies.items()
                if place[0] == project_id and place not in self._forgotten
            ]
        matching = [one for one in map(_decode, bodies) if where.has(one)]
        matching.sort(key=_position, reverse=True)
        rest = [one for one in matching if shown is None or _position(one) < shown]
        page = tuple(rest[:limit])
        return Page(page, cursors.write(_position(page[-1])) if len(rest) > limit else None)


def _decode(body: bytes) -> Summary:
    return msgspec.json.decode(body, type=Summary)


def _position(summary: Summary) -> str:
    return f"{summary.start_time:015d}#{summary.id}"
