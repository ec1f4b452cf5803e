"""Goal: a bulk reaches every execution that its filter shows, once, whatever it dies at."""

from collections.abc import Callable

import pytest

from seriatim.application.bulk import BulkAction, BulkOrder
from seriatim.application.errors import WrongState
from seriatim.domain.control_events import ExecutionPaused, ExecutionRedriven, ExecutionResumed
from seriatim.domain.event import Event
from seriatim.domain.events import ExecutionEnded
from seriatim.domain.values import Error, ExecutionKey, Status
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.tasks import Completed, Failed
from tests.builders import sequence
from tests.world import PROJECT, Crash, World

WAITS = {"signal": {"parameters": {"signalName": "go"}}}
EXECUTIONS = 3


def waiting_world() -> World:
    world = World()
    world.publish(sequence("start > signal > end", nodes=WAITS))
    for number in range(EXECUTIONS):
        world.start(name=f"e{number}")
    world.run()
    return world


def ordered(world: World, action: BulkAction, key: str | None = None, **where: object) -> str:
    order = BulkOrder(
        action=action,
        where=SummaryFilter(**where),  # type: ignore[arg-type]
        reason="because",
        by="ada",
        key=key or f"k-{action}",
    )
    return world.wired.bulk.order(PROJECT, order)


def keys_of(world: World) -> list[ExecutionKey]:
    return list(world.log.keys())


def statuses(world: World) -> list[str]:
    return [world.state(key).status.value for key in keys_of(world)]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seriatim.application.bulk.EXECUTIONS_PER_PAGE", 2)


def test_all_executions_of_all_pages_are_cancelled() -> None:
    world = waiting_world()
    bulk_id = ordered(world, BulkAction.CANCEL)
    assert bulk_id.startswith("bulk-")
    world.run()
    assert statuses(world) == ["cancelled"] * EXECUTIONS
    assert {world.state(key).end_reason for key in keys_of(world)} == {"because"}


def test_only_what_the_filter_shows_and_the_state_allows_is_acted_on() -> None:
    world = waiting_world()
    first = keys_of(world)[0]
    world.wired.executions.signal(first, "go")
    world.run()
    ordered(world, BulkAction.PAUSE, status=Status.WAITING, sequence_id="s")
    world.run()
    paused = [world.state(key).pause is not None for key in keys_of(world)]
    assert sorted(paused) == [False, True, True]
    ordered(world, BulkAction.RESUME)
    world.run()
    assert all(world.state(key).pause is None for key in keys_of(world))
    ordered(world, BulkAction.CANCEL, sequence_id="another")
    world.run()
    assert "cancelled" not in statuses(world)


def test_the_same_order_under_the_same_key_changes_nothing() -> None:
    world = waiting_world()
    first = ordered(world, BulkAction.PAUSE)
    world.run()
    assert ordered(world, BulkAction.PAUSE) == first
    world.run()
    for key in keys_of(world):
        events = [event for step in world.log.read(key) for event in step.events]
        assert sum(isinstance(event, ExecutionPaused) for event in events) == 1


def test_what_starts_after_the_first_call_is_left_out_of_its_repetition() -> None:
    world = waiting_world()
    ordered(world, BulkAction.CANCEL)
    world.run()
    world.clock.advance(1_000)
    key = world.start(name="later")
    world.run()
    ordered(world, BulkAction.CANCEL)
    world.run()
    assert world.state(key).status == "waiting"


def test_failed_executions_are_redriven() -> None:
    world = World()
    world.publish(sequence("start > a > end"))
    world.tasks.scripts["a"] = lambda _: Failed(Error("Bad"))
    for number in range(EXECUTIONS):
        world.start(name=f"e{number}")
    world.run()
    world.tasks.scripts["a"] = lambda _: Completed({})
    ordered(world, BulkAction.REDRIVE, status=Status.FAILED)
    world.run()
    assert statuses(world) == ["succeeded"] * EXECUTIONS


def test_a_key_stands_for_one_order_also_in_another_process() -> None:
    world = waiting_world()
    first = ordered(world, BulkAction.PAUSE, "k")
    world.run()
    for action, where in ((BulkAction.CANCEL, {}), (BulkAction.PAUSE, {"sequence_id": "s"})):
        world.restart()
        with pytest.raises(WrongState) as refused:
            ordered(world, action, "k", **where)
        assert refused.value.code == "IdempotencyKeyReused"
    world.run()
    assert statuses(world) == ["waiting"] * EXECUTIONS
    assert ordered(world, BulkAction.PAUSE, "k") == first


def failed_world() -> World:
    world = World()
    world.publish(sequence("start > a > signal > end", nodes=WAITS))
    world.tasks.scripts["a"] = lambda _: Failed(Error("Bad"))
    for number in range(EXECUTIONS):
        world.start(name=f"e{number}")
    world.run()
    world.tasks.scripts["a"] = lambda _: Completed({})
    return world


def paused_world() -> World:
    world = waiting_world()
    ordered(world, BulkAction.PAUSE)
    world.run()
    return world


CRASHES: dict[BulkAction, tuple[Callable[[], World], type[Event], str]] = {
    BulkAction.CANCEL: (waiting_world, ExecutionEnded, "cancelled"),
    BulkAction.PAUSE: (waiting_world, ExecutionPaused, "waiting"),
    BulkAction.RESUME: (paused_world, ExecutionResumed, "waiting"),
    BulkAction.REDRIVE: (failed_world, ExecutionRedriven, "waiting"),
}


@pytest.mark.parametrize("action", CRASHES)
def test_a_bulk_survives_a_crash_at_every_call(action: BulkAction) -> None:
    make, kind, status = CRASHES[action]
    for die_at in range(1, 40):
        for after in (False, True):
            world = make()
            before = {key: len(world.log.read(key)) for key in keys_of(world)}
            world.calls.die_at, world.calls.die_after_it = world.calls.made + die_at, after
            try:
                ordered(world, action)
            except Crash:
                world.calls.die_at = None
                world.restart()
                ordered(world, action)
            world.run()
            assert statuses(world) == [status] * EXECUTIONS
            for key, steps in before.items():
                events = [
                    event for step in world.log.read(key, after=steps) for event in step.events
                ]
                assert sum(isinstance(event, kind) for event in events) == 1
            assert len(world.queue) == 0
