"""Permits: operations on ledgers, each read, decided and written on condition of its version.

Operations that reach one ledger at the same time in one process are written together: whoever holds
the ledger's lane applies all that wait there and writes once. Between processes the version
decides; the loser waits a little, reads again and decides again.

Whoever calls sends the notices to the executions that they are for, before what it does is
acknowledged. Every operation may be repeated, and answers with the same notices again.
"""

import hashlib
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Final

from seriatim.application.errors import Refused
from seriatim.domain.permits import asking
from seriatim.domain.permits.ledger import Ledger
from seriatim.domain.permits.values import Notice, PermitRequest
from seriatim.permit_ports import LedgerName, Ledgers
from seriatim.ports import Clock, Conflict, NotFound, Unavailable

Operation = Callable[[Ledger, int], tuple[Ledger, tuple[Notice, ...]]]
"""A change of a ledger at a time. It may be applied several times; the last one counts. What it
refuses (``Refused``, ``NotFound``) changes nothing, and is no affair of others in the same write.
"""

OPERATIONS_PER_WRITE_MAX: Final = 200
CONFLICTS_MAX: Final = 40
"""After so many lost races in a row the call is for another time."""
WAIT_MS_MIN: Final = 4
WAIT_MS_MAX: Final = 500


class _Entry:
    def __init__(self, operation: Operation, mark: str) -> None:
        self.operation = operation
        self.mark = mark
        self.notices: tuple[Notice, ...] | None = None
        self.error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.notices is not None or self.error is not None

    def outcome(self) -> tuple[Notice, ...]:
        if self.error is not None:
            raise self.error
        assert self.notices is not None
        return self.notices


class _Lane:
    """Operations that wait for one ledger in this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: list[_Entry] = []
        self.users = 0


class Permits:
    """See the module's docstring. Safe to use from several threads. All raise ``Unavailable``:
    whether it was written is unknown, and the same call may be repeated.
    """

    def __init__(self, ledgers: Ledgers, clock: Clock) -> None:
        self._ledgers = ledgers
        self._clock = clock
        self._lanes: dict[LedgerName, _Lane] = {}
        self._lock = threading.Lock()

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
        name = LedgerName(project_id, ledger)
        with self._lane(name) as lane:
            with self._lock:
                lane.waiting.append(entry)
            with lane.lock:
                if not entry.is_done:
                    self._drain(name, self._next_batch(lane, entry))
        return entry.outcome()

    @contextmanager
    def _lane(self, name: LedgerName) -> Generator[_Lane, None, None]:
        with self._lock:
            lane = self._lanes.setdefault(name, _Lane())
            lane.users += 1
        try:
            yield lane
        finally:
            with self._lock:
                lane.users -= 1
                if not lane.users:
                    del self._lanes[name]

    def _next_batch(self, lane: _Lane, own: _Entry) -> list[_Entry]:
        """In order of arrival, ``own`` among them."""
        with self._lock:
            others = [entry for entry in lane.waiting if entry is not own]
            taken = {id(entry) for entry in (own, *others[: OPERATIONS_PER_WRITE_MAX - 1])}
            batch = [entry for entry in lane.waiting if id(entry) in taken]
            lane.waiting = [entry for entry in lane.waiting if id(entry) not in taken]
        return batch

    def _drain(self, name: LedgerName, batch: list[_Entry]) -> None:
        try:
            self._write(name, batch)
        except Exception as error:  # noqa: BLE001 - handed to every caller, each raises it
            for entry in batch:
                entry.error = error

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
                    entry.notices = answer
            return
        raise Unavailable(f"lost {CONFLICTS_MAX} races in a row for the ledger {name.name!r}")


def _wait_ms(mark: str, conflicts: int) -> int:
    """Longer after each lost race, and never the same for two who lost the same one."""
    most = min(WAIT_MS_MAX, WAIT_MS_MIN << min(conflicts, 10))
    hashed = hashlib.sha256(f"{mark}#{conflicts}".encode()).digest()
    return 1 + int.from_bytes(hashed[:4]) % most
