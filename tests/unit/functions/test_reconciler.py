"""The reconciler's run over ledgers, with the real application behind it."""

import pytest

from functions import wiring
from functions.reconciler.handler import handler
from seriatim.domain.permits.leases import LEASE_MS_MIN
from seriatim.domain.permits.values import POOLS
from seriatim.ports.errors import Unavailable
from tests.builders import sequence
from tests.permit_requests import kept
from tests.permit_worlds import check_nothing_left, with_pools
from tests.world import PROJECT, World


class Context:
    """Of an invocation that has just begun."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(wiring, "_current", world.wired)
    with_pools(world, lock=1)
    world.publish(sequence("start > a > end", nodes={"a": {"acquire": {"lock": 1}}}))
    return world


def test_a_lock_that_nobody_wants_goes_to_who_waits_for_it(world: World) -> None:
    world.wired.permits.request(PROJECT, POOLS, kept("gone/1", {"lock": 1}))
    key = world.start()
    world.run()
    assert world.state(key).status == "waiting"
    assert handler({}, Context())["repairs"] == {}
    world.clock.advance(LEASE_MS_MIN)
    assert handler({}, Context())["repairs"]["permits"] == 2
    world.run()
    assert world.state(key).status == "succeeded"
    check_nothing_left(world)


def test_a_lock_that_is_wanted_stays_where_it_is(world: World) -> None:
    world.publish(
        sequence(
            "start > a > signal > end",
            nodes={
                "a": {"acquire": {"lock": 1}},
                "signal": {"parameters": {"signalName": "go"}},
            },
        ),
        "held",
    )
    holder = world.start("held")
    world.run()
    waiter = world.start()
    world.run()
    for _ in range(5):
        world.clock.advance(LEASE_MS_MIN)
        assert "permits" not in handler({}, Context())["repairs"]
        world.run()
    assert [world.state(key).status for key in (holder, waiter)] == ["waiting", "waiting"]
    world.wired.executions.signal(holder, "go")
    world.run()
    check_nothing_left(world)


def test_ledgers_that_cannot_be_listed_hold_up_no_execution(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(limit: int, cursor: str | None) -> None:
        raise Unavailable

    monkeypatch.setattr(world.ledgers, "busy", refuse)
    world.start()
    world.clock.advance(LEASE_MS_MIN)
    assert handler({}, Context())["looks"] == 1
