"""What the bus is told of executions that have to wait for their slot."""

import msgspec

from seriatim.application.redriving import RedriveOrder
from seriatim.application.status_events import events_of, identity_of
from seriatim.domain.values import ExecutionKey
from tests.builders import sequence
from tests.world import World

ALONE = sequence(
    "start > a > end", nodes={"a": {"taskDefinitionId": "outside"}}, maxConcurrentExecutions=1
)


def told(world: World, key: ExecutionKey) -> list[str]:
    steps = world.log.read(key)
    identity = identity_of(steps[0])
    assert identity is not None
    return [
        msgspec.json.decode(event.detail)["status"]
        for step in steps
        for event in events_of(identity, step, has_nodes=False)
    ]


def test_a_redrive_that_has_to_wait_for_its_slot_is_pending_until_it_has_it() -> None:
    world = World()
    world.publish(ALONE)
    first, second = world.start(name="first"), world.start(name="second")
    world.run()
    world.wired.executions.cancel(second)
    world.run()
    world.wired.executions.redrive(second, RedriveOrder())
    world.run()
    assert told(world, second) == ["pending", "cancelled", "pending"]
    world.wired.executions.cancel(first)
    world.run()
    assert told(world, second) == ["pending", "cancelled", "pending", "running", "waiting"]
