"""A ledger as a value: who holds units of which pools, and who waits for them, in order of arrival.

It is read and written as a whole. What may become of it: ``asking``, ``serving``, ``leases``,
``rings``, ``pools``.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec

from seriatim.domain.permits.values import Granted, PermitRequest, Rules


class Pool(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Units of something. They are lent, never used up."""

    capacity: int | None = None
    """``None``: as many as are asked for."""
    passed_over: int = 0
    """Grants since the one who waits longest was served (see ``serving``)."""


class Grant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who has units, and since when."""

    request: PermitRequest
    """Its ``units`` are those that are still held."""
    at: int
    lease_until: int
    """When to look whether it is still wanted."""
    given_by: str | None = None
    """The operation that made room for it, where that was another's: repeated, it says so again.
    """
    not_before: int | None = None
    target: int | None = None

    @property
    def notice(self) -> Granted:
        """What the execution is told."""
        return Granted(
            request_id=self.request.id,
            execution_id=self.request.execution_id,
            not_before=self.not_before,
            target=self.target,
        )


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Who waits, and since when."""

    request: PermitRequest
    at: int
    lease_until: int


class Burst(msgspec.Struct, frozen=True, array_like=True):
    """So many grants may be used from ``at`` on (see ``rates``)."""

    at: int
    count: int


class Target(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What is known of one of the targets of a task (see ``targets``)."""

    credit: float = 0.0
    """Who has most is next."""
    failures: int = 0
    """One after another."""
    out_until: int = 0
    """Left out until then."""


class Ledger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """See the module's docstring. Its maps are never changed in place."""

    pools: dict[str, Pool] = {}
    grants: dict[str, Grant] = {}
    """By request."""
    waiting: dict[str, Waiting] = {}
    """By request, in order of arrival."""
    rules: Rules | None = None
    """Of the last request that brought some."""
    bursts: tuple[Burst, ...] = ()
    targets: tuple[Target, ...] = ()

    @property
    def is_idle(self) -> bool:
        """Whether nobody holds or waits for anything."""
        return not self.grants and not self.waiting


def held_units(grants: Iterable[Grant]) -> Counter[str]:
    """Units by pool."""
    held: Counter[str] = Counter()
    for grant in grants:
        held.update(grant.request.units)
    return held


def free_units(ledger: Ledger) -> dict[str, float]:
    """Units of each pool that nobody holds; below zero where its capacity was lowered."""
    held = held_units(ledger.grants.values())
    return {
        name: float("inf") if pool.capacity is None else pool.capacity - held[name]
        for name, pool in ledger.pools.items()
    }


def fits(units: dict[str, int], free: dict[str, float]) -> bool:
    """Whether all of it is free at once."""
    return all(count <= free.get(name, 0) for name, count in units.items())
