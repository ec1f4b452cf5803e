"""How executions of ``lives`` begin, and what others do to them."""

import pytest

from seriatim.application.bulk import BulkAction, BulkOrder
from seriatim.application.errors import Retired
from seriatim.application.firing import Fire
from seriatim.domain import messages as m
from seriatim.domain.decider.claims import waited_for
from seriatim.domain.errors import TOO_MANY_WAITING
from seriatim.domain.project_choices import ProjectChoices
from seriatim.domain.times import DAY_MS
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.triggers import TriggerRecord
from tests.replay.scenarios import Act, tokens_of
from tests.world import PROJECT, World

HOUR_MS = 60 * 60 * 1_000
ROUNDS = 6
EVENT = {"id": "e-1", "source": "shop", "detail-type": "Order", "detail": {"items": [1, 2]}}


def archived(world: World) -> ExecutionKey:
    """In a project that archives what it does not keep."""
    world.project_settings.put(PROJECT, ProjectChoices(archive=True), 0)
    return world.start(name="recorded")


def let_time_pass(world: World, key: ExecutionKey) -> None:
    """Until nothing is due any more."""
    world.run()


def delivered(world: World) -> None:
    while world.deliver_next():
        pass


def fire(world: World) -> None:
    """An event of the bus fires a trigger."""
    document = {
        "sequenceId": "s",
        "variables": {"v": "${event.detail.items}"},
        "priority": 3,
        "enabled": True,
    }
    record = TriggerRecord(
        project_id=PROJECT, id="t", document=document, version=1, created_at=0, updated_at=0
    )
    if not world.triggers.list(PROJECT, 1, None).items:
        world.triggers.put(record, 0)
    world.wired.firer.fire(Fire(PROJECT, "t", event=EVENT))


def fired(world: World) -> ExecutionKey:
    fire(world)
    [key] = world.log.keys()
    return key


def fires_again(world: World, key: ExecutionKey) -> None:
    """The same event once more starts nothing."""
    fire(world)
    assert world.log.keys() == [key]


def second(world: World) -> ExecutionKey:
    """Another execution is there already."""
    world.start(name="first")
    delivered(world)
    return world.start(name="recorded")


def bulk(action: BulkAction) -> Act:
    """One act on all executions."""

    def act(world: World, key: ExecutionKey) -> None:
        where = SummaryFilter(sequence_id="s")
        given = BulkOrder(action=action, where=where, reason="all", by="ann", key=f"k-{action}")
        world.wired.bulk.order(PROJECT, given)
        delivered(world)

    return act


def children_fail(world: World, key: ExecutionKey) -> None:
    """Report failure on whatever children do."""
    for each in world.log.keys():  # noqa: SIM118 - a method of the fake's
        for _, token in tokens_of(world, each, "c"):
            world.wired.executions.task_failure(token, Error("Broken"))
    delivered(world)


def one(node_id: str, error: Error | None = None) -> Act:
    """Report on one of several attempts of a node."""

    def act(world: World, key: ExecutionKey) -> None:
        _, token = tokens_of(world, key, node_id)[0]
        if error is None:
            world.wired.executions.task_success(token, {"by": node_id})
        else:
            world.wired.executions.task_failure(token, error)
        delivered(world)

    return act


def another(world: World, key: ExecutionKey) -> None:
    """One more execution of the same sequence sets out."""
    world.start(name="other")
    delivered(world)


def polled(world: World, key: ExecutionKey) -> None:
    """A worker takes what is offered, and is alive."""
    [(_, token)] = tokens_of(world, key)
    world.wired.executions.pick_up(world.tokens.verify(token), "w")
    world.clock.advance(1_000)
    world.wired.executions.task_heartbeat(token)
    delivered(world)


def turned_away(world: World, key: ExecutionKey) -> None:
    """The ledger that it asked says that too many wait."""
    [(_, claim)] = waited_for(world.state(key))
    error = Error(TOO_MANY_WAITING, retryable=True)
    denied = m.PermitsDenied(ledger=claim.ledger, request_id=claim.request_id, error=error)
    world.wired.hand_over.deliver(key, denied)
    delivered(world)


def retire(world: World, key: ExecutionKey) -> None:
    """It is kept for a day."""
    world.clock.advance(DAY_MS)
    rounds(world, key)


def rounds(world: World, key: ExecutionKey) -> None:
    """The reconciler looks, hour after hour."""
    for _ in range(ROUNDS):
        world.reconcile()
        delivered(world)
        world.clock.advance(HOUR_MS)


def some_are_gone(world: World, key: ExecutionKey) -> None:
    """All steps but the last, in any order, as DynamoDB likes it."""
    world.clock.advance(30 * DAY_MS)
    last = max(world.log.expiring(key))
    for number in set(world.log.expiring(key)) - {last}:
        world.log.let_go(key, number, world.clock.now())


def stays_retired(world: World, key: ExecutionKey) -> None:
    """Nothing can be done with it, and its name is still its own."""
    with pytest.raises(Retired):
        world.wired.executions.signal(key, "go", 1, "a key", "ann")
    rounds(world, key)
