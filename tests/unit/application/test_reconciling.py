"""Goal: whatever is lost, the reconciler finds it and the execution ends as it would have; and
where nothing is lost it does nothing.

How: each scenario is played once whole, and then once for each delivery after which every message
and every schedule is gone. Then time passes, minute by minute, with a run of the reconciler each.
"""

from collections.abc import Callable

import pytest

from seriatim.application.redriving import RedriveOrder
from seriatim.domain.decider.causes import ATTEMPT_MS_MAX, MINUTE
from seriatim.domain.messages import TimerDue
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.errors import Unavailable
from seriatim.ports.pages import Page
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.watches import SHARDS, Watched
from tests.builders import sequence
from tests.fakes.summaries import FakeSummaries
from tests.unit.application.test_crashes import SCENARIOS as CRASHING
from tests.world import Crash, World

DAY = 24 * 60 * MINUTE
WAITS = {"signal": {"parameters": {"signalName": "never"}}}
REPAIRED_MS_MAX = 3 * MINUTE
"""After its time: patience, the minute until a run, and the repair itself."""


def children(world: World) -> None:
    world.publish(sequence("start > x > end"), "child")
    node = {"parameters": {"sequenceId": "child", "forEach": "[1, 2, 3]", "maxConcurrency": 2}}
    world.publish(sequence("start > sub > a > end", nodes={"sub": node}))


SCENARIOS = {**CRASHING, "children": (children, "succeeded")}


def begin(prepare: Callable[[World], None]) -> tuple[World, ExecutionKey]:
    world = World()
    prepare(world)
    return world, world.start(name="one")


def deliver(world: World, count: int) -> int:
    """Deliver so many messages, letting time pass to each; returns how many there were."""
    for done in range(count):
        while not world.deliver_next():
            if not pass_time(world, DAY):
                return done
    return count


def pass_time(world: World, milliseconds: int) -> bool:
    """Go to what comes next within so much time, else that far; whether something came."""
    now = world.clock.now()
    hours = [at for at, _ in world.timers.armed()]
    visible = world.queue.next_visible_at()
    hours += [] if visible is None else [visible]
    until = min([now + milliseconds, *(max(now, hour) for hour in hours)])
    world.clock.advance(until - now)
    for work in world.timers.ring(until):
        world.queue.send([work])
    return bool(hours)


def live(world: World, milliseconds: int) -> list[str]:
    """Deliver all that comes for so long, with a run of the reconciler every minute; returns what
    that did.
    """
    done: list[str] = []
    ends = world.clock.now() + milliseconds
    tick = world.clock.now() + MINUTE
    while world.clock.now() < ends:
        while world.deliver_next():
            pass
        pass_time(world, tick - world.clock.now())
        if world.clock.now() >= tick:
            done += world.reconcile()
            tick += MINUTE
    return done


def lose_everything(world: World) -> None:
    world.queue.purge()
    world.timers.ring(world.clock.now() + 1_000 * DAY)


def check(world: World, key: ExecutionKey, expected: str) -> None:
    assert world.state(key).status == expected
    listed = world.summaries.list("p", SummaryFilter(), 50, None).items
    found = {one.id: one.status for one in listed}
    keys = world.log.keys()
    for each in keys:
        assert world.state(each).status.is_terminal, each
        assert found[each.execution_id] == world.state(each).status
    assert len(world.queue) == 0
    assert world.timers.armed() == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_execution_survives_the_loss_of_all_messages(name: str) -> None:
    prepare, expected = SCENARIOS[name]
    world, key = begin(prepare)
    began = world.clock.now()
    deliveries = deliver(world, 100)
    took = world.clock.now() - began
    executions = len(world.log.keys())
    for count in range(deliveries + 1):
        world, key = begin(prepare)
        deliver(world, count)
        lose_everything(world)
        live(world, took + ATTEMPT_MS_MAX + 2 * REPAIRED_MS_MAX + 30 * MINUTE)
        check(world, key, expected)
        assert len(world.log.keys()) == executions


@pytest.mark.parametrize("name", SCENARIOS)
def test_where_nothing_is_wrong_nothing_is_done(name: str) -> None:
    prepare, expected = SCENARIOS[name]
    world, key = begin(prepare)
    assert live(world, DAY + 60 * MINUTE if name == "timed" else 60 * MINUTE) == []
    check(world, key, expected)
    assert sum(len(page_of(world, shard)) for shard in range(16)) == 0, "it is watched still"


def page_of(world: World, shard: int) -> tuple[object, ...]:
    return world.watches.due(shard, world.clock.now() + 1_000 * DAY, 50, None).items


def waiting(world: World) -> ExecutionKey:
    world.publish(
        sequence("start > timer > end", nodes={"timer": {"parameters": {"durationSeconds": 300}}})
    )
    key = world.start()
    world.run(until_ms=world.clock.now())
    return key


class Troubled(FakeSummaries):
    """Watches of which some shards cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[int] = set()

    def due(self, shard: int, now: int, limit: int, cursor: str | None) -> Page[Watched]:
        if shard in self.broken:
            raise Unavailable
        return super().due(shard, now, limit, cursor)


def test_a_shard_that_cannot_be_read_holds_up_no_other() -> None:
    watches, world = Troubled(), World()
    world.watches = watches
    world.summaries = watches
    world.restart()
    key = waiting(world)
    world.clock.advance(10 * MINUTE)
    [own] = [shard for shard in range(SHARDS) if page_of(world, shard)]
    reconciler, deadline = world.wired.reconciler, world.clock.now() + MINUTE
    watches.broken = set(range(SHARDS)) - {own}
    assert [watched.key for watched in reconciler.due(deadline)] == [key]
    watches.broken = {own}
    assert list(reconciler.due(deadline)) == []


def test_a_lost_timer_rings_within_two_minutes() -> None:
    world = World()
    key = waiting(world)
    lose_everything(world)
    assert live(world, 300_000 + 2 * MINUTE) == ["timer"]
    assert world.state(key).status is Status.SUCCEEDED


def test_one_that_only_callers_can_move_is_looked_at_seldom() -> None:
    world = World()
    node = {"parameters": {"signalName": "go"}}
    world.publish(sequence("start > signal > end", nodes={"signal": node}))
    key = world.start()
    looks = 0
    for _ in range(2 * 24 * 60):
        world.clock.advance(MINUTE)
        while world.deliver_next():
            pass
        before = world.calls.made
        assert world.reconcile() == []
        looks += world.calls.made - before > 16
    assert world.state(key).status is Status.WAITING
    assert looks < 15


def test_a_summary_that_fell_behind_is_mended() -> None:
    world = World()
    key = waiting(world)
    world.calls.die_at, world.calls.die_after_it = None, False
    [summary] = world.summaries.list("p", SummaryFilter(), 5, None).items
    world.wired.advancer.submit(key, TimerDue(at=world.clock.now() + 300_000), "lost")
    assert world.state(key).status is Status.SUCCEEDED
    assert summary.status is Status.WAITING
    live(world, 3 * MINUTE)
    [summary] = world.summaries.list("p", SummaryFilter(), 5, None).items
    assert summary.status is Status.SUCCEEDED


def test_a_run_that_dies_anywhere_is_made_good_by_the_next() -> None:
    for name in ("with_child", "children", "branches", "failing"):
        prepare, expected = SCENARIOS[name]
        for after in (False, True):
            for die_at in range(1, 120, 9):
                world, key = begin(prepare)
                deliver(world, 2)
                lose_everything(world)
                world.clock.advance(2 * MINUTE)
                world.calls.made, world.calls.die_at, world.calls.die_after_it = 0, die_at, after
                try:
                    world.reconcile()
                except Crash:
                    world.restart()
                world.calls.die_at = None
                live(world, 60 * MINUTE)
                check(world, key, expected)


def test_a_child_whose_cancelling_was_lost_is_cancelled() -> None:
    world = World()
    world.publish(sequence("start > signal > end", nodes=WAITS), "child")
    sub = {"parameters": {"sequenceId": "child"}}
    world.publish(sequence("start > sub > end", nodes={"sub": sub}))
    key = world.start()
    world.run()
    world.wired.executions.cancel(key)
    lose_everything(world)
    assert live(world, 10 * MINUTE) == ["orphan"]
    keys = world.log.keys()
    assert {world.state(each).status for each in keys} == {Status.CANCELLED}


def test_a_child_that_was_redriven_by_itself_is_left_alone() -> None:
    world = World()
    world.publish(sequence("start > signal > end", nodes=WAITS), "child")
    sub = {"parameters": {"sequenceId": "child"}}
    world.publish(sequence("start > sub > end", nodes={"sub": sub}))
    parent = world.start()
    world.run()
    world.wired.executions.cancel(parent)
    world.run()
    keys = world.log.keys()
    [child] = [key for key in keys if key != parent]
    world.wired.executions.redrive(child, RedriveOrder())
    world.run()
    assert live(world, 10 * MINUTE) == []
    assert world.state(child).status is Status.WAITING


def test_a_child_of_a_list_that_was_redriven_is_found_where_its_start_was_lost() -> None:
    world = World()
    world.publish(sequence("start > signal > end", nodes=WAITS), "child")
    node = {"parameters": {"sequenceId": "child", "forEach": "[0, 1, 2]"}}
    world.publish(sequence("start > sub > end", nodes={"sub": node}))
    key = world.start(name="one")
    world.run()
    calls = world.wired.executions
    children = {
        one.parent.index: one.key
        for one in (world.state(each) for each in world.log.keys())  # noqa: SIM118 - no mapping
        if one.parent is not None
    }
    calls.signal(children[0], "never")
    world.run()
    calls.cancel(key)
    world.run()
    calls.redrive(key, RedriveOrder())
    world.queue.purge()  # the starts of children 1 and 2 are lost
    for _ in range(10):
        if not pass_time(world, MINUTE):
            world.reconcile()
        deliver(world, 100)
    begun = {
        state.parent.index
        for state in (world.state(each) for each in world.log.keys())  # noqa: SIM118 - no mapping
        if state.parent is not None and not state.status.is_terminal
    }
    assert begun == {1, 2}


def test_a_schedule_armed_after_the_end_is_gone_twenty_minutes_later() -> None:
    world = World()
    far = {"parameters": {"durationSeconds": 86_400}}
    world.publish(sequence("start > timer > end", nodes={"timer": far}))
    key = world.start()
    world.run(until_ms=world.clock.now())
    [(at, _)] = world.timers.armed()
    [work] = world.timers.ring(at)
    world.wired.executions.cancel(key)
    live(world, 10 * MINUTE)
    # Whoever had recorded the timer arms it only now.
    world.timers.arm(key, at, work)
    live(world, 10 * MINUTE)
    assert world.timers.armed() == []
    check(world, key, "cancelled")
