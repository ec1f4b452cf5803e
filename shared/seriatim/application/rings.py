"""Rings of waits: executions that hold what the others wait for, and of which nothing else moves.

A ledger sees who waits for whom; only the executions' own states say whether anything but a permit
can move them. So a ring that the ledger shows is looked at in the states of its members.
"""

from collections.abc import Container, Iterable
from typing import Final

from seriatim.application.permits import Permits
from seriatim.application.states import States
from seriatim.domain.decider.claims import find
from seriatim.domain.decider.standstill import is_held_up
from seriatim.domain.errors import RESOURCE_DEADLOCK
from seriatim.domain.permits.ledger import Ledger
from seriatim.domain.permits.rings import Ring, find_rings
from seriatim.domain.permits.values import POOLS, Denied
from seriatim.domain.values import Error, ExecutionKey

LOOKS_MAX: Final = 20
"""Rounds of asking whether members of rings move; then it is for the next look."""


class Rings:
    """Safe to use from several threads."""

    def __init__(self, permits: Permits, states: States) -> None:
        self._permits = permits
        self._states = states

    def denials(self, project_id: str) -> tuple[Denied, ...]:
        """One for each ring of the project's pools: the youngest execution gives way.

        Nothing is written: whoever is denied gives its request back, and as long as it has not, the
        ring is found again. So a denial that is lost comes once more. Raises ``Unavailable``.
        """
        ledger = self._permits.read(project_id, POOLS)
        moving: set[str] = set()
        for _ in range(LOOKS_MAX):
            rings = find_rings(ledger, moving)
            members = {member for ring in rings for member in ring.execution_ids}
            awake = {
                member
                for ring in rings
                for member in self._awake(project_id, ledger, ring, members)
            }
            if not awake:
                return tuple(_denial(ledger, ring) for ring in rings)
            moving |= awake
        return ()

    def _awake(
        self, project_id: str, ledger: Ledger, ring: Ring, stuck: Container[str]
    ) -> Iterable[str]:
        """Those who move all the same. First of all those are asked who wait for nothing but their
        children: one that has other children saves the look at all of them.
        """
        asking = {waiting.request.execution_id for waiting in ledger.waiting.values()}
        for group in (set(ring.execution_ids) - asking, set(ring.execution_ids) & asking):
            awake = {x for x in group if not self._is_held_up(project_id, ledger, x, stuck)}
            if awake:
                return awake
        return ()

    def _is_held_up(
        self, project_id: str, ledger: Ledger, execution_id: str, stuck: Container[str]
    ) -> bool:
        state = self._states.fresh(ExecutionKey(project_id, execution_id))
        if state is None or not is_held_up(state, ledger.waiting, stuck):
            return False
        # What it has given up is on its way back, and may be all that is waited for.
        held = [x.request for x in ledger.grants.values() if x.request.execution_id == execution_id]
        claims = [(request, find(state, POOLS, request.id)) for request in held]
        return all(claim is not None and claim.units == x.units for x, claim in claims)


def _denial(ledger: Ledger, ring: Ring) -> Denied:
    names = ", ".join(repr(pool) for pool in ring.pools)
    text = (
        f"Units of {names} are held only by executions that wait for each other, and the youngest"
        " gives way; acquire pools in the same order everywhere, or all of them in one node."
    )
    details = {"executionIds": list(ring.execution_ids), "pools": list(ring.pools)}
    return Denied(
        request_id=ring.request_id,
        execution_id=ledger.waiting[ring.request_id].request.execution_id,
        error=Error(RESOURCE_DEADLOCK, text, details),
    )
