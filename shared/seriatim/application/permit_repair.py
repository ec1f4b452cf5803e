"""Repairing ledgers: what nobody wants any more is given back, what is wanted is leased anew, those
who were served and perhaps never told are told, and of each ring one is denied.

Goes over the busy ledgers of all projects, some at each call. Where nothing is wrong it renews
leases and changes nothing else. Two that do it at once do no harm: every operation may come twice.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from seriatim.application.permit_notices import send_notices
from seriatim.application.permits import Permits
from seriatim.domain.permits.asking import release
from seriatim.domain.permits.leases import Leased, leases_over, renew
from seriatim.domain.permits.ledger import Ledger
from seriatim.domain.permits.values import POOLS, Notice
from seriatim.ports.clock import Clock
from seriatim.ports.errors import Conflict, Unavailable
from seriatim.ports.ledgers import LedgerName, Ledgers
from seriatim.ports.queue import WorkQueue

LEASES_PER_LOOK_MAX: Final = 200
"""Of one ledger at one look, the most overdue first: each has its execution read."""
PAGE_LEDGERS_MAX: Final = 100

IsWanted = Callable[[str, str, str, str], bool]
"""Whether an execution wants a permit or holds it, by its log: project, ledger, request, execution.
"""
FindDenials = Callable[[str], Iterable[Notice]]
"""For each ring among the pools of a project the denial of one request; nobody was told yet."""

logger = logging.getLogger(__name__)


class PermitRepair:
    """See the module's docstring."""

    def __init__(
        self,
        ledgers: Ledgers,
        permits: Permits,
        queue: WorkQueue,
        clock: Clock,
        *,
        is_wanted: IsWanted,
        find_denials: FindDenials,
    ) -> None:
        self._ledgers = ledgers
        self._permits = permits
        self._queue = queue
        self._clock = clock
        self._is_wanted = is_wanted
        self._find_denials = find_denials
        self._cursor: str | None = None
        self.in_use = self.waiting = 0
        """Grants, and requests that wait, in the ledgers that the last call looked at."""

    def repair(self, limit: int, deadline: int | None = None) -> int:
        """Look at ``limit`` busy ledgers, going on where the last call ended; returns how many
        permits were given back and how many executions were told something. A ledger that cannot
        be read or written now is left to a later look, and so are all that are left at
        ``deadline``.
        """
        mended = self.in_use = self.waiting = 0
        for name in self._next(limit):
            if deadline is not None and self._clock.now() >= deadline:
                break
            try:
                mended += self._look(name)
            except (Conflict, Unavailable) as error:
                logger.warning("the ledger %s is left to a later look", name, exc_info=error)
        return mended

    def _next(self, limit: int) -> Iterator[LedgerName]:
        """Once round at most."""
        left = limit
        while left > 0:
            page = self._ledgers.busy(min(left, PAGE_LEDGERS_MAX), self._cursor)
            self._cursor = page.cursor
            left -= len(page.items)
            yield from page.items
            if page.cursor is None:
                return

    def _look(self, name: LedgerName) -> int:
        stored = self._ledgers.load(*name)
        self.in_use += len(stored.ledger.grants)
        self.waiting += len(stored.ledger.waiting)
        if stored.ledger.is_idle:
            self._ledgers.unlist(*name, stored)
            return 0
        over = leases_over(stored.ledger, self._clock.now())[:LEASES_PER_LOOK_MAX]
        wanted = {one for one in over if self._wants(name, one)}
        unwanted = [one.request_id for one in over if one not in wanted]
        notices: list[Notice] = []
        if over:
            renewed = [one.request_id for one in wanted]
            notices += self._permits.apply(
                *name, lambda it, now: _mended(it, unwanted, renewed, now), "repair"
            )
        if name.name == POOLS and stored.ledger.waiting:
            notices += self._find_denials(name.project_id)
        send_notices(self._queue, *name, notices)
        return len(unwanted) + len(notices)

    def _wants(self, name: LedgerName, one: Leased) -> bool:
        return self._is_wanted(*name, one.request_id, one.execution_id)


def _mended(
    ledger: Ledger, unwanted: Iterable[str], renewed: Iterable[str], now: int
) -> tuple[Ledger, tuple[Notice, ...]]:
    ledger, told = renew(ledger, tuple(renewed), now)
    notices: list[Notice] = [*told]
    for request_id in unwanted:
        ledger, more = release(ledger, request_id, {}, None, now)
        notices += more
    return ledger, tuple(notices)
