"""What executions ask of a ledger: units, all at once or not at all, and to give them back.

Every operation may come twice, late and in any order: what it finds done it leaves, and answers
once more with what it has brought about then.
"""

from collections.abc import Mapping

import msgspec

from seriatim.domain.errors import POOL_TOO_SMALL, TOO_MANY_WAITING, UNKNOWN_RESOURCE_POOL
from seriatim.domain.limits import LEDGER_REQUESTS_MAX
from seriatim.domain.permits.leases import lease
from seriatim.domain.permits.ledger import Ledger, Pool, Waiting
from seriatim.domain.permits.serving import serve
from seriatim.domain.permits.targets import learn
from seriatim.domain.permits.values import (
    SLOTS,
    Denied,
    Notice,
    PermitRequest,
    Rules,
)
from seriatim.domain.values import Error

Answer = tuple[Ledger, tuple[Notice, ...]]

replace = msgspec.structs.replace


def request(ledger: Ledger, asked: PermitRequest, now: int) -> Answer:
    """Ask for permits: granted, denied, or waiting (then the answer has no notice of it).

    A request that is there already is answered as it stands, with what else it has brought about.
    """
    held = ledger.grants.get(asked.id)
    if held is not None:
        return ledger, (held.notice, *given_by(ledger, asked.id))
    if asked.id in ledger.waiting:
        return ledger, given_by(ledger, asked.id)
    if asked.rules is not None:
        ledger = _with_rules(ledger, asked.rules)
    error = _why_never(ledger, asked)
    if error is None and len(ledger.grants) + len(ledger.waiting) >= LEDGER_REQUESTS_MAX:
        text = f"At most {LEDGER_REQUESTS_MAX:,} may hold or wait for these permits at once."
        error = Error(TOO_MANY_WAITING, text, retryable=True)
    if error is not None:
        ledger, notices = serve(ledger, now, asked.id)
        return ledger, (_denied(asked, error), *notices)
    entry = Waiting(replace(asked, rules=None), now, lease(now, now))
    return serve(replace(ledger, waiting={**ledger.waiting, asked.id: entry}), now, asked.id)


def release(
    ledger: Ledger,
    request_id: str,
    keep: Mapping[str, int],
    has_failed: bool | None,
    now: int,
) -> Answer:
    """Give back what is held beyond ``keep`` (absolute: nothing is ever held anew by it), or give
    up waiting. ``has_failed`` tells how an attempt went at its target; None tells nothing.
    """
    grant = ledger.grants.get(request_id)
    if grant is not None:
        units = {
            pool: min(count, keep[pool])
            for pool, count in grant.request.units.items()
            if keep.get(pool, 0) > 0
        }
        if units == grant.request.units and units:
            return ledger, given_by(ledger, request_id)
        grants = {name: one for name, one in ledger.grants.items() if name != request_id}
        if units:
            # In its place: the order of grants says nothing, but a diff of two ledgers does.
            less = replace(grant, request=replace(grant.request, units=units))
            grants = {**ledger.grants, request_id: less}
        elif grant.target is not None and has_failed is not None:
            ledger = replace(ledger, targets=learn(ledger.targets, grant.target, has_failed, now))
        return serve(replace(ledger, grants=grants), now, request_id)
    if request_id in ledger.waiting and not any(keep.values()):
        return serve(_without(ledger, request_id), now, request_id)
    return ledger, given_by(ledger, request_id)


def deny(ledger: Ledger, request_id: str, error: Error, now: int) -> Answer:
    """Take a request that waits out; what holds or is not there stays as it is."""
    asked = ledger.waiting.get(request_id)
    if asked is None:
        return ledger, given_by(ledger, request_id)
    denied = _denied(asked.request, error)
    after, notices = serve(_without(ledger, request_id), now, request_id)
    return after, (denied, *notices)


def given_by(ledger: Ledger, cause: str) -> tuple[Notice, ...]:
    """The grants that others got by that operation and hold still."""
    return tuple(grant.notice for grant in ledger.grants.values() if grant.given_by == cause)


def too_small(pool: str, wanted: int, capacity: int) -> Error:
    """The error of a request that the pool can never meet."""
    text = f"{wanted:,} units of pool {pool!r} are wanted; its capacity is {capacity:,}."
    details = {"pool": pool, "units": wanted, "capacity": capacity}
    return Error(POOL_TOO_SMALL, text, details)


def _why_never(ledger: Ledger, asked: PermitRequest) -> Error | None:
    for name, count in asked.units.items():
        pool = ledger.pools.get(name)
        if pool is None:
            text = f"There is no resource pool {name!r} in this project; create it first."
            return Error(UNKNOWN_RESOURCE_POOL, text, {"pool": name})
        if pool.capacity is not None and count > pool.capacity:
            return too_small(name, count, pool.capacity)
    return None


def _with_rules(ledger: Ledger, rules: Rules) -> Ledger:
    pool = replace(ledger.pools.get(SLOTS, Pool()), capacity=rules.capacity)
    return replace(ledger, rules=rules, pools={**ledger.pools, SLOTS: pool})


def _denied(asked: PermitRequest, error: Error) -> Denied:
    return Denied(request_id=asked.id, execution_id=asked.execution_id, error=error)


def _without(ledger: Ledger, request_id: str) -> Ledger:
    others = {name: one for name, one in ledger.waiting.items() if name != request_id}
    return replace(ledger, waiting=others)
