"""Goal: requests and answers of ledgers that were lost with the queue are made good by the
reconciler.

How: the queue is purged after each number of deliveries; then only the reconciler and time help.
"""

import pytest

from tests.permit_worlds import check_capacities, check_nothing_left
from tests.unit.application.test_permit_crashes import SCENARIOS
from tests.world import World

LOOKS_MAX = 400
MINUTE_MS = 60_000


def mended(world: World) -> None:
    """The reconciler runs every minute, until all executions have ended."""
    for _ in range(LOOKS_MAX):
        world.run(until_ms=world.clock.now())
        keys = world.log.keys()
        if all(world.state(key).status.is_terminal for key in keys):
            return
        world.clock.advance(MINUTE_MS)
        for work in world.timers.ring(world.clock.now()):
            world.queue.send([work])
        world.reconcile()
        world.wired.permit_repair.repair(100)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_purge_at_any_moment_is_made_good(name: str) -> None:
    for delivered in range(12):
        world = World()
        SCENARIOS[name](world)
        for execution in ("one", "two"):
            world.start(name=execution)
        for _ in range(delivered):
            world.deliver_next()
        world.queue.purge()
        mended(world)
        check_capacities(world)
        for _ in range(60):
            world.clock.advance(10 * MINUTE_MS)
            world.wired.permit_repair.repair(100)
        world.run()
        check_nothing_left(world)
