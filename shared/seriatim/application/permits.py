"""Permits: operations on ledgers, each read, decided and written on condition of its version.

Operations that reach one ledger at the same time in one process are written together: whoever holds
the ledger's lane applies all that wait there and writes once. Between processes the version
decides; the loser waits a little, reads again and decides again.

Whoever calls sends the notices to the executions that they are for, before what it does is
acknowledged. Every operation may be repeated, and answers with the same notices again.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from seriatim.application.errors import Refused
from seriatim.application.lanes import Entry, Lanes
from seriatim.domain.permits import asking
from seriatim.domain.permits.ledger import Ledger
from seriatim.domain.permits.values import Notice, PermitRequest
from seriatim.ports.clock import Clock
from seriatim.ports.errors import Conflict, NotFound, Unavailable
from seriatim.ports.ledgers import LedgerName, Ledgers

Operation = Callable[[Ledger, int], tuple[Ledger, tuple[Notice, ...]]]
"""A change of a ledger at a time. It may be applied several times; the last one counts. What it
refuses (``Refused``, ``NotFound``) changes nothing, and is no affair of others in the same write.
"""

OPERATIONS_PER_WRITE_MAX: Final = 200
CONFLICTS_MAX: Final = 40
"""After so many lost races in a row the call is for another time."""
WAIT_MS_MIN: Final = 4
WAIT_MS_MAX: Final = 500


class _Entry(Entry[tuple[Notice, ...]]):
    def __init__(self, operation: Operation, mark: str) -> None:
        super().__init__()
        self.operation = operation
        self.mark = mark


class Permits:
    """See the module's docstring. Safe to use from several threads. All raise ``Unavailable``:
    whether it was written is unknown, and the same call may be repeated.
    """

    def __init__(self, ledgers: Ledgers, clock: Clock) -> None:
        self._ledgers = ledgers
        self._clock = clock
        self.lanes: Lanes[LedgerName, _Entry] = Lanes(self._write, _together)

    def request(self, project_id: str, ledger: str, request: PermitRequest) -> tuple[Notice, ...]:
        """Ask for permits. While it waits there is no notice of it; there may be some of others."""
        return self.apply(
            project_id, ledger, lambda it, now: asking.request(it, request, now), request.id
        )

    def release(
        self,
        project_id: str,
        ledger: str,
        request_id: str,
        keep: Mapping[str, int],
        has_failed: bool | None,
    ) -> tuple[Notice, ...]:
        """Give back what is held beyond ``keep``, or give up waiting; returns the notices for
        those who are served now. ``has_failed``: None tells nothing of the target.
        """
        return self.apply(
            project_id,
            ledger,
            lambda it, now: asking.release(it, request_id, keep, has_failed, now),
            request_id,
        )

    def read(self, project_id: str, ledger: str) -> Ledger:
        """The ledger as it is; an empty one where nobody has asked yet. Strongly consistent."""
        return self._ledgers.load(project_id, ledger).ledger

    def apply(
        self, project_id: str, ledger: str, operation: Operation, mark: str
    ) -> tuple[Notice, ...]:
        """Change a ledger by an operation; what changes nothing writes nothing. ``mark`` tells it
        from others that are tried at the same time.
        """
        entry = _Entry(operation, mark)
        self.lanes.pass_through(LedgerName(project_id, ledger), entry)
        return entry.outcome()

    def _write(self, name: LedgerName, batch: list[_Entry]) -> None:
        for conflicts in range(CONFLICTS_MAX):
            stored = self._ledgers.load(*name)
            ledger, now = stored.ledger, self._clock.now()
            answers: list[tuple[Notice, ...] | Exception] = []
            for entry in batch:
                try:
                    ledger, notices = entry.operation(ledger, now)
                    answers.append(notices)
                except (Refused, NotFound) as refused:
                    answers.append(refused)
            try:
                if ledger != stored.ledger:
                    self._ledgers.save(*name, ledger, stored)
            except Conflict:
                self._clock.sleep(_wait_ms(batch[0].mark, conflicts))
                continue
            for entry, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception):
                    entry.error = answer
                else:
                    entry.result = answer
            return
        raise Unavailable(f"lost {CONFLICTS_MAX} races in a row for the ledger {name.name!r}")


def _together(own: _Entry, waiting: list[_Entry]) -> list[_Entry]:
    """In order of arrival, ``own`` among them."""
    others = [entry for entry in waiting if entry is not own]
    taken = {id(entry) for entry in (own, *others[: OPERATIONS_PER_WRITE_MAX - 1])}
    return [entry for entry in waiting if id(entry) in taken]


def _wait_ms(mark: str, conflicts: int) -> int:
    """Longer after each lost race, and never the same for two who lost the same one."""
    most = min(WAIT_MS_MAX, WAIT_MS_MIN << min(conflicts, 10))
    hashed = hashlib.sha256(f"{mark}#{conflicts}".encode()).digest()
    return 1 + int.from_bytes(hashed[:4]) % most
