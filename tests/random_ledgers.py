"""Ledgers beside an execution that is driven by hand: they answer what it asks for, and what they
answer may come late, twice and in any order.
"""

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider.standstill import is_held_up
from seriatim.domain.errors import RESOURCE_DEADLOCK
from seriatim.domain.permits.asking import Answer, deny, release, request
from seriatim.domain.permits.ledger import Ledger, held_units
from seriatim.domain.permits.pools import set_pool
from seriatim.domain.permits.rings import find_rings
from seriatim.domain.permits.values import POOLS, Granted, Notice
from seriatim.domain.values import Error
from tests.builders import Driver

POOL_CAPACITIES = {"db": 2, "lock": 1}


class Ledgers:
    """All ledgers that one execution asks."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._taken_in = 0
        self.answers: list[m.PermitsGranted | m.PermitsDenied] = []
        self.ledgers: dict[str, Ledger] = {POOLS: Ledger()}
        for name, capacity in POOL_CAPACITIES.items():
            self.ledgers[POOLS], _ = set_pool(self.ledgers[POOLS], name, capacity, driver.now)

    def take_in(self) -> None:
        """Do what the execution has called for since the last time."""
        commands = self._driver.commands[self._taken_in :]
        self._taken_in = len(self._driver.commands)
        for command in commands:
            if isinstance(command, c.RequestPermits):
                before = self.ledgers.get(command.ledger, Ledger())
                self._note(command.ledger, request(before, command.request, self._driver.now))
            elif isinstance(command, c.ReleasePermits):
                before = self.ledgers.get(command.ledger, Ledger())
                failed = command.has_failed
                args = (command.request_id, command.keep, failed, self._driver.now)
                self._note(command.ledger, release(before, *args))

    def deny_ring(self) -> bool:
        """Deny a request of a ring of which nothing moves any more. Returns whether there was
        one.
        """
        if not is_held_up(self._driver.current, self.ledgers[POOLS].waiting):
            return False
        for ring in find_rings(self.ledgers[POOLS]):
            error = Error(RESOURCE_DEADLOCK, "a ring")
            ledger = self.ledgers[POOLS]
            self._note(POOLS, deny(ledger, ring.request_id, error, self._driver.now))
            return True
        return False

    def _note(self, name: str, answer: Answer) -> None:
        ledger, notices = answer
        self.ledgers[name] = ledger
        self.answers += [_message(name, notice) for notice in notices]
        held = held_units(ledger.grants.values())
        for pool, units in held.items():
            capacity = ledger.pools[pool].capacity
            assert capacity is None or units <= capacity, "more was granted than there is"

    def check_over(self) -> None:
        """The execution has ended: everything is back."""
        self.take_in()
        assert not len(self._driver.current.claims)
        for name, ledger in self.ledgers.items():
            assert ledger.is_idle, name


def _message(ledger: str, notice: Notice) -> m.PermitsGranted | m.PermitsDenied:
    if isinstance(notice, Granted):
        return m.PermitsGranted(
            ledger=ledger,
            request_id=notice.request_id,
            not_before=notice.not_before,
            target=notice.target,
        )
    return m.PermitsDenied(ledger=ledger, request_id=notice.request_id, error=notice.error)
