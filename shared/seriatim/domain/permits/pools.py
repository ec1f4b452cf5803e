"""What operators do with the pools of a project, and what they see of them."""

import msgspec

from seriatim.domain.permits.asking import Answer, given_by, too_small
from seriatim.domain.permits.ledger import Grant, Ledger, Pool, Waiting
from seriatim.domain.permits.serving import serve
from seriatim.domain.permits.values import Denied

replace = msgspec.structs.replace


def set_pool(ledger: Ledger, name: str, capacity: int, now: int) -> Answer:
    """Make a pool, or give it another capacity. More grants at once to who waits; less takes
    nothing away, but denies requests that the pool cannot meet any more. Repeated, it answers with
    the same grants.
    """
    cause = f"{name}={capacity}"
    pool = ledger.pools.get(name)
    if pool is not None and pool.capacity == capacity:
        return ledger, given_by(ledger, cause)
    changed = replace(pool or Pool(), capacity=capacity)
    ledger = replace(ledger, pools={**ledger.pools, name: changed})
    never = [one for one in waiting_for(ledger, name) if one.request.units[name] > capacity]
    left = {key: one for key, one in ledger.waiting.items() if one not in never}
    ledger, granted = serve(replace(ledger, waiting=left), now, cause)
    return ledger, (*granted, *(_denied(one, name, capacity) for one in never))


def _denied(waiting: Waiting, name: str, capacity: int) -> Denied:
    return Denied(
        request_id=waiting.request.id,
        execution_id=waiting.request.execution_id,
        error=too_small(name, waiting.request.units[name], capacity),
    )


def remove_pool(ledger: Ledger, name: str) -> Ledger:
    """Take away a pool that nobody holds or waits for."""
    assert not holders(ledger, name)
    assert not waiting_for(ledger, name)
    return replace(ledger, pools={key: one for key, one in ledger.pools.items() if key != name})


def holders(ledger: Ledger, name: str) -> tuple[Grant, ...]:
    """Who holds units of it, the oldest first."""
    held = [grant for grant in ledger.grants.values() if name in grant.request.units]
    return tuple(sorted(held, key=lambda grant: grant.at))


def waiting_for(ledger: Ledger, name: str) -> tuple[Waiting, ...]:
    """Who waits for units of it, in order of arrival."""
    return tuple(one for one in ledger.waiting.values() if name in one.request.units)
