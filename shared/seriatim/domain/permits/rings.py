"""Rings of waits, and waits that only their order keeps up: found by reduction.

Whoever waits for nothing is assumed to end and give all back; so is whoever has one request that
could be met then, and whoever waits for a child execution that goes on. Who is left over, again and
again, can never get anything.

Of the executions that wait for children the ledger knows those above its requests: they count where
one of them, or one above them, holds units across nodes. Whether they really wait for nothing else,
their states must say.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

import msgspec

from seriatim.domain.permits.ledger import Grant, Ledger, Waiting, fits, held_units


class Ring(msgspec.Struct, frozen=True):
    """Executions that wait for what only they hold, or for each other's end, and the one request to
    be denied: the last one of the youngest execution that has one.
    """

    execution_ids: tuple[str, ...]
    request_id: str
    pools: tuple[str, ...]
    """What they wait for."""


def in_turn(ledger: Ledger) -> list[Waiting]:
    """Who waits, by priority, then arrival."""
    return sorted(ledger.waiting.values(), key=lambda waiting: -waiting.request.priority)


def never_served(
    ledger: Ledger, moving: Collection[str] = (), *, is_order_kept: bool = False
) -> frozenset[str]:
    """The executions whose requests can never be met, whatever the others give back. ``moving``
    are known to move all the same. With ``is_order_kept`` nobody overtakes a request that does not
    fit.
    """
    below = _below(ledger)
    left = {waiting.request.execution_id for waiting in ledger.waiting.values()} | below.keys()
    left -= set(moving)
    kept = [
        grant
        for grant in ledger.grants.values()
        if grant.request.is_kept and grant.request.execution_id in left
    ]
    ranked = in_turn(ledger)
    while left:
        free = _free_without(ledger, kept)
        ranked = [waiting for waiting in ranked if waiting.request.execution_id in left]
        met = set(_met(ranked, free, is_order_kept))
        met |= {parent for parent, children in below.items() if parent in left and children - left}
        if not met:
            break
        left -= met
        kept = [grant for grant in kept if grant.request.execution_id in left]
    return frozenset(left)


def _below(ledger: Ledger) -> dict[str, set[str]]:
    """By execution the children that it waits for, on the ways from those that hold units across
    nodes down to those that wait.
    """
    keepers = keepers_of(ledger)
    below: dict[str, set[str]] = {}
    for waiting in ledger.waiting.values():
        above = waiting.request.ancestors
        outermost = max((n for n, one in enumerate(above, 1) if one in keepers), default=0)
        for child, parent in pairwise((waiting.request.execution_id, *above[:outermost])):
            below.setdefault(parent, set()).add(child)
    return below


def keepers_of(ledger: Ledger) -> frozenset[str]:
    """The executions that hold units across nodes."""
    grants = ledger.grants.values()
    return frozenset(grant.request.execution_id for grant in grants if grant.request.is_kept)


def find_rings(ledger: Ledger, moving: Collection[str] = ()) -> tuple[Ring, ...]:
    """The rings of a ledger; executions that wait for a ring and are no part of it are in none.

    ``moving`` are executions of which it is known that they move without the permits.
    """
    if not keepers_of(ledger):
        return ()
    stuck = never_served(ledger, moving)
    if not stuck:
        return ()
    waits = _Waits(ledger, stuck)
    rings: dict[frozenset[str], Ring] = {}
    settled: set[str] = set()
    for execution_id in sorted(stuck):
        if execution_id in settled:
            continue
        settled |= waits.reach(execution_id) | {execution_id}
        for members in waits.closed_groups(execution_id):
            rings[members] = waits.ring(members)
    return tuple(rings.values())


class _Waits:
    """Who waits for whom among executions that are stuck."""

    def __init__(self, ledger: Ledger, stuck: frozenset[str]) -> None:
        kept = [
            grant
            for grant in ledger.grants.values()
            if grant.request.is_kept and grant.request.execution_id in stuck
        ]
        free = _free_without(ledger, kept)
        self._below = _below(ledger)
        self._requests: dict[str, list[Waiting]] = defaultdict(list)
        self._lacks: dict[str, set[str]] = defaultdict(set)
        self._holders: dict[str, set[str]] = defaultdict(set)
        self._reached: dict[str, frozenset[str]] = {}
        for grant in kept:
            for pool in grant.request.units:
                self._holders[pool].add(grant.request.execution_id)
        for waiting in ledger.waiting.values():
            request = waiting.request
            if request.execution_id in stuck:
                self._requests[request.execution_id].append(waiting)
                self._lacks[request.execution_id] |= {
                    pool for pool, count in request.units.items() if count > free.get(pool, 0)
                }

    def reach(self, execution_id: str) -> frozenset[str]:
        """For whom it waits, directly or through others."""
        if execution_id not in self._reached:
            self._reached[execution_id] = self._search(execution_id)
        return self._reached[execution_id]

    def _search(self, execution_id: str) -> frozenset[str]:
        reached: set[str] = set()
        pools: set[str] = set()
        frontier = [execution_id]
        while frontier:
            one = frontier.pop()
            found = set(self._below.get(one, ()))
            for pool in self._lacks[one] - pools:
                found |= self._holders[pool]
            pools |= self._lacks[one]
            frontier += found - reached
            reached |= found
        return frozenset(reached)

    def closed_groups(self, execution_id: str) -> Iterator[frozenset[str]]:
        """Groups reached from it whose members all wait for each other and for nobody else."""
        for member in sorted(self.reach(execution_id)):
            group = self.reach(member)
            if all(self.reach(other) == group for other in group):
                yield group

    def ring(self, members: frozenset[str]) -> Ring:
        """The ring that a closed group is."""
        requests = [waiting for member in members for waiting in self._requests[member]]
        pools = {pool for member in members for pool in self._lacks[member]}
        denied = max(requests, key=_age)
        return Ring(tuple(sorted(members)), denied.request.id, tuple(sorted(pools)))


def _age(waiting: Waiting) -> tuple[int, str, int, str]:
    request = waiting.request
    return request.begun_at, request.execution_id, waiting.at, request.id


def _free_without(ledger: Ledger, kept: Iterable[Grant]) -> dict[str, float]:
    held = held_units(kept)
    return {
        name: float("inf") if pool.capacity is None else pool.capacity - held[name]
        for name, pool in ledger.pools.items()
    }


def _met(ranked: Iterable[Waiting], free: dict[str, float], is_order_kept: bool) -> Iterator[str]:
    for waiting in ranked:
        units = waiting.request.units
        if fits(units, free):
            yield waiting.request.execution_id
        elif is_order_kept:
            for pool, count in units.items():
                free[pool] = free.get(pool, 0) - count
