"""Resource pools as operators see them: make them, change their capacity, see who holds them."""

import base64
import binascii
import hashlib
from typing import Any, Final

import msgspec

from seriatim.application.errors import Invalid, WrongState
from seriatim.application.pages import invalid_cursor, page_document
from seriatim.application.permit_notices import send_notices
from seriatim.application.permits import Permits
from seriatim.domain.limits import RESOURCE_POOLS_MAX
from seriatim.domain.permits.ledger import Grant, Ledger, held_units
from seriatim.domain.permits.pools import holders, remove_pool, set_pool, waiting_for
from seriatim.domain.permits.values import POOLS, Notice
from seriatim.domain.times import to_iso
from seriatim.ports.errors import NotFound
from seriatim.ports.queue import WorkQueue

Document = dict[str, Any]

HOLDERS_SHOWN_MAX: Final = 100
HOLDERS_NAMED_MAX: Final = 5
"""In a message."""


class ResourcePools:
    """Use cases of resource pools. Errors: ``NotFound``, ``Invalid``, ``WrongState``."""

    def __init__(self, permits: Permits, queue: WorkQueue) -> None:
        self._permits = permits
        self._queue = queue

    def put(self, project_id: str, pool_id: str, capacity: int) -> Document:
        """Make a pool, or give it another capacity: more goes at once to who waits, less takes
        nothing away. Repeated, it changes nothing, and tells once more those who got something.
        """

        def change(ledger: Ledger, now: int) -> tuple[Ledger, tuple[Notice, ...]]:
            if pool_id not in ledger.pools and len(ledger.pools) >= RESOURCE_POOLS_MAX:
                text = f"A project may have at most {RESOURCE_POOLS_MAX:,} resource pools."
                raise Invalid("TooManyResourcePools", text)
            return set_pool(ledger, pool_id, capacity, now)

        notices = self._permits.apply(project_id, POOLS, change, pool_id)
        send_notices(self._queue, project_id, POOLS, notices)
        return self.get(project_id, pool_id)

    def get(self, project_id: str, pool_id: str) -> Document:
        """A pool, how much of it is in use, and who holds it: the oldest holders, so many."""
        ledger = self._permits.read(project_id, POOLS)
        _check(ledger, pool_id)
        shown = [_holder(grant, pool_id) for grant in holders(ledger, pool_id)[:HOLDERS_SHOWN_MAX]]
        return {**_listed(ledger, pool_id), "holders": shown}

    def delete(self, project_id: str, pool_id: str) -> None:
        """Take away a pool that nobody uses. Repeated: ``NotFound``.

        Raises:
            WrongState: somebody holds units of it, or waits for them.
        """

        def change(ledger: Ledger, _: int) -> tuple[Ledger, tuple[Notice, ...]]:
            _check(ledger, pool_id)
            _check_unused(ledger, pool_id)
            return remove_pool(ledger, pool_id), ()

        self._permits.apply(project_id, POOLS, change, pool_id)

    def capacities(self, project_id: str) -> dict[str, int]:
        """All pools of a project."""
        return capacities(self._permits.read(project_id, POOLS))

    def list(self, project_id: str, limit: int, cursor: str | None) -> Document:
        """One page of a project's pools, by id, without their holders."""
        ledger = self._permits.read(project_id, POOLS)
        shown = _position(project_id, cursor)
        rest = sorted(name for name in ledger.pools if name > shown)
        page = rest[:limit]
        more = _cursor(project_id, page[-1]) if len(rest) > limit else None
        return page_document([_listed(ledger, name) for name in page], more)


def capacities(ledger: Ledger) -> dict[str, int]:
    """Of each pool of the ledger ``pools``."""
    return {name: pool.capacity for name, pool in ledger.pools.items() if pool.capacity is not None}


def _check(ledger: Ledger, pool_id: str) -> None:
    if pool_id not in ledger.pools:
        raise NotFound(f"There is no resource pool {pool_id!r} in this project.")


def _check_unused(ledger: Ledger, pool_id: str) -> None:
    held, waiting = holders(ledger, pool_id), waiting_for(ledger, pool_id)
    if not held and not waiting:
        return
    requests = [*(one.request for one in held), *(one.request for one in waiting)]
    ids = dict.fromkeys(request.execution_id for request in requests)
    named = ", ".join(list(ids)[:HOLDERS_NAMED_MAX])
    more = f" and {len(ids) - HOLDERS_NAMED_MAX:,} more" if len(ids) > HOLDERS_NAMED_MAX else ""
    text = (
        f"Resource pool {pool_id!r} is in use: held or waited for by {named}{more}. Let them end,"
        " or cancel them, and delete it then."
    )
    raise WrongState("ResourcePoolInUse", text)


def _listed(ledger: Ledger, pool_id: str) -> Document:
    return {
        "id": pool_id,
        "capacity": ledger.pools[pool_id].capacity,
        "inUse": held_units(ledger.grants.values())[pool_id],
        "waiting": len(waiting_for(ledger, pool_id)),
    }


def _holder(grant: Grant, pool_id: str) -> Document:
    request = grant.request
    holder = {"executionId": request.execution_id, "units": request.units[pool_id]}
    if request.node_id is not None:
        holder["nodeId"] = request.node_id
    return {**holder, "since": to_iso(grant.at)}


def _cursor(project_id: str, pool_id: str) -> str:
    body = msgspec.msgpack.encode((_list_id(project_id), pool_id))
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def _position(project_id: str, cursor: str | None) -> str:
    if cursor is None:
        return ""
    try:
        body = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        list_id, pool_id = msgspec.msgpack.decode(body, type=tuple[str, str])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise invalid_cursor() from None
    if list_id != _list_id(project_id):
        raise invalid_cursor()
    return pool_id


def _list_id(project_id: str) -> str:
    return hashlib.sha256(f"resource-pools#{project_id}".encode()).hexdigest()[:12]
