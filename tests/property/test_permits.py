"""Ledgers under every order of requests, releases and changes of capacity.

What holds always: no pool is over its capacity (but by lowering it), everything is granted whole
or not at all, a second delivery of any operation changes nothing, everyone who waits is served in
the end, no window has more grants than the rate allows, and rings are those that a slow model
finds, which tries every group of executions.
"""

from itertools import combinations, pairwise
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from seriatim.domain.permits.asking import deny, release, request
from seriatim.domain.permits.ledger import Burst, Ledger, free_units, held_units
from seriatim.domain.permits.pools import set_pool
from seriatim.domain.permits.rates import BURSTS_KEPT, next_use
from seriatim.domain.permits.rings import find_rings, never_served
from seriatim.domain.permits.values import Denied, Granted, Notice, PermitRequest
from seriatim.domain.values import Error
from tests.permit_requests import NOW, pools

POOLS = ("a", "b", "c")
UNITS = st.dictionaries(st.sampled_from(POOLS), st.integers(1, 3), min_size=1)
ASKS = st.tuples(st.integers(0, 5), UNITS, st.integers(-1, 1), st.booleans())
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), ASKS),
        st.tuples(st.just("release"), st.integers(0, 99), UNITS | st.just({})),
        st.tuples(st.just("pool"), st.sampled_from(POOLS), st.integers(1, 4)),
        st.tuples(st.just("deny"), st.integers(0, 99)),
        st.tuples(st.just("later"), st.integers(1, 200_000)),
    ),
    max_size=40,
)


PARENTS = st.tuples(*(st.none() | st.integers(0, child - 1) for child in range(1, 6)))
"""Of executions 1 to 5, each older than its child."""
ALONE: tuple[int | None, ...] = (None,) * 5


def ancestors(execution: int, parents: tuple[int | None, ...]) -> tuple[str, ...]:
    parent = parents[execution - 1] if execution else None
    return () if parent is None else (f"e{parent}", *ancestors(parent, parents))


def asked(
    number: int,
    execution: int,
    units: dict[str, int],
    rank: int,
    kept: bool,
    parents: tuple[int | None, ...],
) -> Any:
    return PermitRequest(
        ancestors=ancestors(execution, parents),
        id=f"e{execution}/{number}",
        execution_id=f"e{execution}",
        units=units,
        priority=rank,
        begun_at=execution,
        is_kept=kept,
    )


class Played:
    """A ledger to which steps happen, each twice, and what it has told."""

    def __init__(self, parents: tuple[int | None, ...] = ALONE) -> None:
        self.parents = parents
        self.ledger: Ledger = pools(a=3, b=3, c=3)
        self.now = NOW
        self.number = 0
        self.told: dict[str, Notice] = {}

    def apply(self, operation: Any) -> None:
        before = self.ledger
        self.ledger, notices = operation(before)
        again, repeated = operation(self.ledger)
        assert again == self.ledger
        for notice in notices:
            is_there = notice.request_id in self.ledger.grants
            assert not is_there or notice in repeated, "whoever died before he told, tells now"
        told = {notice.request_id for notice in notices if isinstance(notice, Granted)}
        assert self.ledger.grants.keys() - before.grants.keys() <= told
        self.told |= {notice.request_id: notice for notice in notices}

    def step(self, step: Any) -> None:
        names = [*self.ledger.grants, *self.ledger.waiting]
        match step:
            case "ask", (execution, units, rank, kept):
                self.number += 1
                one = asked(self.number, execution, units, rank, kept, self.parents)
                self.apply(lambda it: request(it, one, self.now))
                assert (
                    one.id in self.ledger.grants
                    or one.id in self.ledger.waiting
                    or isinstance(self.told[one.id], Denied)
                )
            case "release", which, keep if names:
                name = names[which % len(names)]
                self.apply(lambda it: release(it, name, keep, None, self.now))
            case "pool", pool, capacity:
                self.apply(lambda it: set_pool(it, pool, capacity, self.now))
            case "deny", which if names:
                name = names[which % len(names)]
                self.apply(lambda it: deny(it, name, Error("X"), self.now))
            case "later", milliseconds:
                self.now += milliseconds
            case _:
                pass  # nobody is there to release, or to be denied


@given(STEPS)
def test_no_pool_is_ever_over_its_capacity(steps: list[Any]) -> None:
    played = Played()
    for step in steps:
        before = played.ledger
        played.step(step)
        held = held_units(played.ledger.grants.values())
        held_before = held_units(before.grants.values())
        for name, pool in played.ledger.pools.items():
            assert pool.capacity is not None
            assert held[name] <= max(pool.capacity, held_before[name])
        for name, grant in played.ledger.grants.items():
            if name in before.waiting:
                assert grant.request.units == before.waiting[name].request.units, "all or nothing"


@given(STEPS)
def test_whoever_is_first_in_line_is_never_passed_over_for_want_of_a_look(steps: list[Any]) -> None:
    """Nobody waits who could be served, but behind somebody who cannot."""
    played = Played()
    for step in steps:
        played.step(step)
        ranked = sorted(played.ledger.waiting.values(), key=lambda one: -one.request.priority)
        if ranked:
            free = free_units(played.ledger)
            first = ranked[0].request
            due = any(played.ledger.pools[name].passed_over >= 7 for name in first.units)
            assert due or any(count > free[name] for name, count in first.units.items())


@given(STEPS, PARENTS, st.randoms(use_true_random=False))
def test_everyone_who_waits_is_served_in_the_end(
    steps: list[Any], parents: tuple[int | None, ...], random: Any
) -> None:
    """Whoever holds something gives it back at some time, in any order: an attempt when it has
    ended, an execution when it waits for nothing more and its children neither. Who is left over
    waits in or for a ring.
    """
    played = Played(parents)
    for step in steps:
        played.step(step)
    for _ in range(10 * (played.number + 1)):
        requests = [one.request for one in played.ledger.waiting.values()]
        waiting = {x for one in requests for x in (one.execution_id, *one.ancestors)}
        able = [
            name
            for name, grant in played.ledger.grants.items()
            if not grant.request.is_kept or grant.request.execution_id not in waiting
        ]
        if able:
            name = random.choice(able)
            played.apply(lambda it, name=name: release(it, name, {}, None, played.now))
        elif waiting:
            ring = find_rings(played.ledger)[0]
            played.apply(lambda it, ring=ring: deny(it, ring.request_id, Error("X"), played.now))
    assert played.ledger.is_idle


def stuck_by_model(ledger: Ledger) -> set[str]:
    """The largest group of executions of whom none can get any of what he waits for, nor has a
    child outside, even when all others and all attempts have given back everything. Found by
    trying.
    """
    waits: dict[str, list[dict[str, int]]] = {}
    for one in ledger.waiting.values():
        waits.setdefault(one.request.execution_id, []).append(one.request.units)
    kept: dict[str, list[dict[str, int]]] = {}
    for grant in ledger.grants.values():
        if grant.request.is_kept:
            kept.setdefault(grant.request.execution_id, []).append(grant.request.units)
    children: dict[str, set[str]] = {}
    for one in ledger.waiting.values():
        child, above = one.request.execution_id, list(one.request.ancestors)
        while kept.keys() & above:
            children.setdefault(above[0], set()).add(child)
            waits.setdefault(above[0], [])
            child = above.pop(0)
    for size in range(len(waits), 0, -1):
        for group in combinations(sorted(waits), size):
            free = {name: pool.capacity or 0 for name, pool in ledger.pools.items()}
            for member in group:
                for units in kept.get(member, ()):
                    for name, count in units.items():
                        free[name] -= count
            wanted = [units for member in group for units in waits[member]]
            awaited = {child for member in group for child in children.get(member, ())}
            is_any_met = any(all(n <= free[name] for name, n in x.items()) for x in wanted)
            if awaited <= set(group) and not is_any_met:
                return set(group)
    return set()


@given(STEPS, PARENTS)
def test_no_ring_is_missed_and_none_is_made_up(
    steps: list[Any], parents: tuple[int | None, ...]
) -> None:
    played = Played(parents)
    for step in steps:
        played.step(step)
    stuck = stuck_by_model(played.ledger)
    assert never_served(played.ledger) == stuck
    rings = find_rings(played.ledger)
    assert bool(rings) == bool(stuck)
    for ring in rings:
        assert set(ring.execution_ids) <= stuck
        assert played.ledger.waiting[ring.request_id].request.execution_id in ring.execution_ids
    for one, other in combinations(rings, 2):
        assert not set(one.execution_ids) & set(other.execution_ids)


@given(STEPS, PARENTS)
def test_denying_one_after_another_ends_every_ring(
    steps: list[Any], parents: tuple[int | None, ...]
) -> None:
    played = Played(parents)
    for step in steps:
        played.step(step)
    for _ in range(played.number + 1):
        rings = find_rings(played.ledger)
        if not rings:
            return
        for ring in rings:
            played.apply(lambda it, ring=ring: deny(it, ring.request_id, Error("X"), played.now))
    raise AssertionError("there is always another ring")


@given(
    st.integers(1, 5) | st.integers(1, 400),
    st.integers(1, 50),
    st.lists(st.integers(0, 20), min_size=1, max_size=300),
)
def test_no_window_has_more_grants_than_the_rate_allows(
    permits: int, window_ms: int, waits: list[int]
) -> None:
    now = 0
    bursts: tuple[Burst, ...] = ()
    uses: list[int] = []
    for wait in waits:
        now += wait
        at, bursts = next_use(bursts, permits, window_ms, now)
        assert at >= now
        assert len(bursts) <= BURSTS_KEPT + 1
        uses.append(at)
    assert all(one <= other for one, other in pairwise(uses))
    assert all(other - one >= window_ms for one, other in zip(uses, uses[permits:], strict=False))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 50), st.integers(0, 9)), max_size=100))
def test_a_rate_that_changes_is_kept_as_it_is_now(changes: list[tuple[int, int, int]]) -> None:
    """While the rules change, the last grants count for the new rule as they were."""
    assume(changes)
    now = 0
    bursts: tuple[Burst, ...] = ()
    for permits, window_ms, wait in changes:
        now += wait
        before = bursts
        at, bursts = next_use(bursts, permits, window_ms, now)
        recent = [burst for burst in before if burst.at > at - window_ms]
        assert sum(burst.count for burst in recent) < permits
