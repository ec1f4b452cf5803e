"""``Ledgers`` in memory, as JSON."""

from threading import Lock

import msgspec

from seriatim.adapters.dynamodb.pages import ListCursors
from seriatim.domain.permits.ledger import Ledger
from seriatim.ports.errors import Conflict
from seriatim.ports.ledgers import LedgerName, StoredLedger
from seriatim.ports.pages import Page


class FakeLedgers:
    """Ledgers by project and name."""

    def __init__(self) -> None:
        self._ledgers: dict[LedgerName, bytes] = {}
        self._lock = Lock()

    def load(self, project_id: str, name: str) -> StoredLedger:
        with self._lock:
            return self._found(LedgerName(project_id, name))

    def save(self, project_id: str, name: str, ledger: Ledger, based_on: StoredLedger) -> None:
        self._write(project_id, name, ledger, based_on, based_on.is_listed or not ledger.is_idle)

    def busy(self, limit: int, cursor: str | None) -> Page[LedgerName]:
        cursors = ListCursors("fake busy ledgers")
        shown = cursors.read(cursor) if cursor is not None else ""
        with self._lock:
            listed = {"#".join(key): key for key in self._ledgers if self._found(key).is_listed}
        rest = sorted(text for text in listed if text > shown)
        page = rest[:limit]
        more = cursors.write(page[-1]) if len(rest) > limit else None
        return Page(tuple(listed[text] for text in page), more)

    def unlist(self, project_id: str, name: str, based_on: StoredLedger) -> None:
        if based_on.is_listed:
            self._write(project_id, name, based_on.ledger, based_on, is_listed=False)

    def _found(self, key: LedgerName) -> StoredLedger:
        body = self._ledgers.get(key)
        if body is None:
            return StoredLedger(Ledger(), 0)
        return msgspec.json.decode(body, type=StoredLedger)

    def _write(
        self, project_id: str, name: str, ledger: Ledger, based_on: StoredLedger, is_listed: bool
    ) -> None:
        key = LedgerName(project_id, name)
        body = msgspec.json.encode(StoredLedger(ledger, based_on.version + 1, is_listed))
        with self._lock:
            if self._found(key).version != based_on.version:
                raise Conflict(f"The ledger {name!r} was written meanwhile.")
            self._ledgers[key] = body
