"""Leases: when to look whether a grant or a request is still wanted. Seldom for what is old."""

from collections.abc import Collection
from typing import Final

import msgspec

from seriatim.domain.permits.ledger import Grant, Ledger, Waiting
from seriatim.domain.permits.values import Granted

LEASE_MS_MIN: Final = 5 * 60_000
"""Longer than a message takes that is delivered again after a crash."""
LEASE_MS_MAX: Final = 60 * 60_000

replace = msgspec.structs.replace


class Leased(msgspec.Struct, frozen=True):
    """What a lease is about."""

    request_id: str
    execution_id: str


def lease(since: int, now: int) -> int:
    """When to look next at what is there since then."""
    return now + min(LEASE_MS_MAX, max(LEASE_MS_MIN, now - since))


def leases_over(ledger: Ledger, now: int) -> tuple[Leased, ...]:
    """Grants and requests to be looked at now, the most overdue first."""
    entries: list[Grant | Waiting] = [*ledger.grants.values(), *ledger.waiting.values()]
    over = sorted(
        (entry for entry in entries if entry.lease_until <= now), key=lambda one: one.lease_until
    )
    return tuple(Leased(one.request.id, one.request.execution_id) for one in over)


def renew(
    ledger: Ledger, request_ids: Collection[str], now: int
) -> tuple[Ledger, tuple[Granted, ...]]:
    """Lease anew what is still wanted and whose lease is over; the rest stays.

    Grants that were given by waiting are told once more, the first time: whoever gave them may
    have died before.
    """
    grants = dict(ledger.grants)
    waiting = dict(ledger.waiting)
    told: list[Granted] = []
    for request_id in request_ids:
        grant = grants.get(request_id)
        if grant is not None and grant.lease_until <= now:
            if grant.given_by is not None:
                told.append(grant.notice)
            until = lease(grant.at, now)
            grants[request_id] = replace(grant, lease_until=until, given_by=None)
        asked = waiting.get(request_id)
        if asked is not None and asked.lease_until <= now:
            waiting[request_id] = replace(asked, lease_until=lease(asked.at, now))
    return replace(ledger, grants=grants, waiting=waiting), tuple(told)
