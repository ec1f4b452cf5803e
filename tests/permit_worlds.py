"""Worlds with resource pools, and what must be true of their ledgers in the end."""

from collections.abc import Callable
from typing import Any

from seriatim.domain.permits.ledger import Ledger, held_units
from seriatim.domain.permits.pools import set_pool
from seriatim.domain.permits.values import POOLS
from tests.world import PROJECT, World


def with_pools(world: World, **capacities: int) -> None:
    """Give the project these pools."""
    for name, capacity in capacities.items():
        world.wired.permits.apply(PROJECT, POOLS, _setting(name, capacity), f"{name}={capacity}")


def _setting(name: str, capacity: int) -> Callable[[Ledger, int], Any]:
    return lambda ledger, now: set_pool(ledger, name, capacity, now)


def with_task(world: World, definition: dict[str, Any]) -> None:
    """Give the project a task definition."""
    world.task_definitions.put(PROJECT, definition["id"], definition)


def ledgers_of(world: World) -> dict[str, Ledger]:
    """The ledgers of the project that hold anything or have anything waiting."""
    found: dict[str, Ledger] = {}
    cursor: str | None = None
    while True:
        page = world.ledgers.busy(100, cursor)
        for _, name in page.items:
            found[name] = world.ledgers.load(PROJECT, name).ledger
        if page.cursor is None:
            return found
        cursor = page.cursor


def check_capacities(world: World) -> None:
    """No ledger has granted more than there is."""
    for name, ledger in ledgers_of(world).items():
        held = held_units(ledger.grants.values())
        for pool, units in held.items():
            capacity = ledger.pools[pool].capacity
            assert capacity is None or units <= capacity, (name, pool, units)


def check_nothing_left(world: World) -> None:
    """Nobody holds anything, nobody waits, and every execution has ended."""
    keys = world.log.keys()
    for key in keys:
        assert world.state(key).status.is_terminal, (key, world.state(key).status)
    for name, ledger in ledgers_of(world).items():
        assert ledger.is_idle, (name, ledger)
