"""Serving those who wait: who gets what is free.

By priority, then arrival. Whoever cannot be served yet has what he asks for set aside, so that
nobody behind him takes it. Of eight grants of a pool one goes to who has waited longest, if that is
over a minute: no priority starves anybody.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

import msgspec

from seriatim.domain.permits.leases import lease
from seriatim.domain.permits.ledger import Grant, Ledger, Waiting, fits, free_units
from seriatim.domain.permits.rates import next_use
from seriatim.domain.permits.rings import in_turn, keepers_of, never_served
from seriatim.domain.permits.targets import choose
from seriatim.domain.permits.values import Granted, Rules

PASSED_OVER_MAX: Final = 7
PATIENCE_MS: Final = 60_000

replace = msgspec.structs.replace


def serve(ledger: Ledger, now: int, cause: str) -> tuple[Ledger, tuple[Granted, ...]]:
    """Give what is free to who is next, again and again. ``cause`` names the operation that made
    room; grants of others than its own request remember it.
    """
    notices: list[Granted] = []
    while _is_any_met(ledger):
        chosen, passed_over = _pass(ledger, now)
        if not chosen:
            chosen = _let_past(ledger)
        if not chosen:
            break
        ledger = _with_counts(ledger, passed_over)
        ledger, granted = _grant(ledger, chosen, now, cause)
        notices += granted
    return ledger, tuple(notices)


class _Turns:
    """Whose turn it is in one pass over the waiting."""

    def __init__(self, ledger: Ledger, now: int) -> None:
        self._now = now
        self._ranked = in_turn(ledger)
        self._served: set[str] = set()
        self._seen: set[str] = set()
        self.passed_over = {name: pool.passed_over for name, pool in ledger.pools.items()}
        self._arrivals: dict[str, list[Waiting]] = defaultdict(list)
        for waiting in reversed(ledger.waiting.values()):
            for pool in waiting.request.units:
                self._arrivals[pool].append(waiting)

    def __iter__(self) -> Iterator[Waiting]:
        """Each once. Whoever is due goes before all that have not been seen."""
        for ranked in self._ranked:
            yield from self._due()
            if ranked.request.id not in self._seen:
                self._seen.add(ranked.request.id)
                yield ranked

    def _due(self) -> Iterator[Waiting]:
        for pool in list(self._arrivals):
            while self.passed_over.get(pool, 0) >= PASSED_OVER_MAX:
                oldest = self._oldest(pool)
                if oldest is None or oldest.request.id in self._seen:
                    break
                if self._now - oldest.at <= PATIENCE_MS:
                    break
                self._seen.add(oldest.request.id)
                yield oldest

    def served(self, waiting: Waiting) -> None:
        """It got what it asked for."""
        for pool in waiting.request.units:
            is_oldest = self._oldest(pool) is waiting
            passed = min(self.passed_over.get(pool, 0) + 1, PASSED_OVER_MAX)
            self.passed_over[pool] = 0 if is_oldest else passed
        self._served.add(waiting.request.id)

    def _oldest(self, pool: str) -> Waiting | None:
        arrivals = self._arrivals[pool]
        while arrivals and arrivals[-1].request.id in self._served:
            arrivals.pop()
        return arrivals[-1] if arrivals else None


def _pass(ledger: Ledger, now: int) -> tuple[list[Waiting], dict[str, int]]:
    """Who is served now, in order, and how often each pool's oldest was passed over."""
    free = free_units(ledger)
    chosen: list[Waiting] = []
    turns = _Turns(ledger, now)
    for waiting in turns:
        units = waiting.request.units
        if fits(units, free):
            turns.served(waiting)
            chosen.append(waiting)
        for pool, count in units.items():
            free[pool] = free.get(pool, 0) - count
        if units and all(count <= 0 for count in free.values()):
            break
    return chosen, turns.passed_over


def _let_past(ledger: Ledger) -> list[Waiting]:
    """One who holds what those ahead wait for, directly or not, or for whom such a one waits, and
    would wait behind them for ever: the only one who may overtake.
    """
    free = free_units(ledger)
    keepers = keepers_of(ledger)
    would_fit = [
        waiting
        for waiting in in_turn(ledger)
        if not keepers.isdisjoint((waiting.request.execution_id, *waiting.request.ancestors))
        and fits(waiting.request.units, free)
    ]
    if not would_fit:
        return []
    stuck = never_served(ledger, is_order_kept=True)
    return [one for one in would_fit if one.request.execution_id in stuck][:1]


def _with_counts(ledger: Ledger, passed_over: dict[str, int]) -> Ledger:
    pools = {
        name: replace(pool, passed_over=passed_over[name]) for name, pool in ledger.pools.items()
    }
    return replace(ledger, pools=pools)


def _is_any_met(ledger: Ledger) -> bool:
    free = free_units(ledger)
    return any(fits(waiting.request.units, free) for waiting in ledger.waiting.values())


def _grant(
    ledger: Ledger, chosen: list[Waiting], now: int, cause: str
) -> tuple[Ledger, list[Granted]]:
    rules = ledger.rules or Rules()
    bursts, targets = ledger.bursts, ledger.targets
    outstanding = Counter(grant.target for grant in ledger.grants.values())
    granted: dict[str, Grant] = {}
    for waiting in chosen:
        request = waiting.request
        usable_at, target = now, None
        if rules.rate_permits and rules.rate_ms:
            usable_at, bursts = next_use(bursts, rules.rate_permits, rules.rate_ms, now)
        if rules.weights:
            counts = [outstanding[index] for index in range(len(rules.weights))]
            target, targets = choose(targets, rules.weights, counts, rules.balancing, now)
            outstanding[target] += 1
        granted[request.id] = Grant(
            request=request,
            at=now,
            lease_until=lease(now, usable_at),
            given_by=cause if cause != request.id else None,
            not_before=usable_at if usable_at > now else None,
            target=target,
        )
    others = {name: one for name, one in ledger.waiting.items() if name not in granted}
    grants = {**ledger.grants, **granted}
    after = replace(ledger, grants=grants, waiting=others, bursts=bursts, targets=targets)
    return after, [grant.notice for grant in granted.values()]
