"""Goal: what is over for as long as it is kept goes, nothing else does, and nothing of it is lost
that is to be archived; whatever call the reconciler or the worker dies at.

How: the real application on strict fakes; the fake log deletes expired steps in the order that a
test chooses, as DynamoDB may.
"""

from typing import Any

import pytest

from seriatim.application.errors import Retired, WrongState
from seriatim.application.redriving import RedriveOrder
from seriatim.application.retention import TRACE_MS
from seriatim.application.visits import Delivery
from seriatim.application.work import StartExecution
from seriatim.domain.control_events import ExecutionRetired
from seriatim.domain.project_choices import ProjectChoices
from seriatim.domain.times import DAY_MS
from seriatim.domain.values import Error, ExecutionKey, Status
from seriatim.ports.errors import NotFound
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.tasks import Failed
from tests.builders import sequence
from tests.world import PROJECT, Crash, World

HOUR = 60 * 60 * 1_000
CHAIN = sequence("start > a > end", retentionDays=1)


def ended(document: dict[str, Any] = CHAIN, **choices: Any) -> tuple[World, ExecutionKey]:
    """An execution that has just ended."""
    world = World()
    if choices:
        world.project_settings.put(PROJECT, ProjectChoices(**choices), 0)
    world.publish(document)
    key = world.start(name="one")
    world.run()
    assert world.log.read(key)[-1].events
    return world, key


def retire(world: World, days: int = 1) -> None:
    """Let the days pass, and whatever comes of it."""
    world.clock.advance(days * DAY_MS)
    rounds(world)


def rounds(world: World, count: int = 4) -> None:
    """Let hours pass; a crash is survived by a new process."""
    for _ in range(count):
        try:
            world.reconcile()
        except Crash:
            world.calls.die_at = None
            world.restart()
        while world.deliver_next():
            pass
        world.clock.advance(HOUR)


def listed(world: World) -> list[str]:
    return [one.id for one in world.summaries.list(PROJECT, SummaryFilter(), 50, None).items]


def watched(world: World) -> int:
    later = world.clock.now() + 10_000 * DAY_MS
    return sum(len(world.watches.due(shard, later, 50, None).items) for shard in range(16))


def all_of(world: World) -> list[ExecutionKey]:
    return world.log.keys()


def is_retired(world: World, key: ExecutionKey) -> bool:
    return isinstance(world.log.read(key)[-1].events[-1], ExecutionRetired)


def test_what_is_over_for_as_long_as_it_is_kept_goes() -> None:
    world, key = ended()
    world.clock.advance(DAY_MS - HOUR)
    rounds(world, 1)
    assert listed(world) == [key.execution_id]
    assert not is_retired(world, key)
    rounds(world, 2)
    assert is_retired(world, key)
    assert listed(world) == []
    assert watched(world) == 0
    last = len(world.log.read(key))
    expiring = world.log.expiring(key)
    assert set(expiring) == set(range(1, last + 1))
    assert expiring[last] >= max(at for n, at in expiring.items() if n < last) + TRACE_MS


@pytest.mark.parametrize(
    ("document", "choices", "is_kept"),
    [
        (sequence("start > a > end"), {}, True),
        (sequence("start > a > end"), {"retention_days": 1}, False),
        (sequence("start > a > end", retentionDays=9), {"retention_days": 1}, True),
        (CHAIN, {"retention_days": 9}, False),
    ],
)
def test_the_sequence_says_how_long_else_its_project(
    document: dict[str, Any], choices: dict[str, Any], is_kept: bool
) -> None:
    world, key = ended(document, **choices)
    retire(world)
    assert (listed(world) == [key.execution_id]) == is_kept


def test_what_the_project_keeps_for_longer_meanwhile_stays() -> None:
    world, key = ended(sequence("start > a > end"), retention_days=1)
    world.project_settings.put(PROJECT, ProjectChoices(retention_days=3), 1)
    retire(world)
    assert listed(world) == [key.execution_id]
    retire(world, 2)
    assert listed(world) == []


def test_what_has_not_ended_stays() -> None:
    node = {"parameters": {"signalName": "go"}}
    world = World()
    world.publish(sequence("start > signal > end", nodes={"signal": node}, retentionDays=1))
    key = world.start()
    retire(world, 10)
    assert world.state(key).status is Status.WAITING
    world.wired.retiring.retire(key)
    assert not is_retired(world, key)


def test_a_retired_execution_is_gone_for_every_call() -> None:
    world, key = ended()
    retire(world)
    wired = world.wired
    for call in (
        lambda: wired.executions.load(key),
        lambda: wired.executions.cancel(key),
        lambda: wired.executions.signal(key, "go"),
        lambda: wired.executions.redrive(key, RedriveOrder()),
        lambda: wired.reading_back.execution(key),
        lambda: wired.reading_back.history(key, 50, None),
        lambda: wired.reading_back.node_runs(key, None, 50, None),
    ):
        with pytest.raises(Retired):
            call()
    with pytest.raises(WrongState) as refused:
        world.start(name="one")
    assert refused.value.code == "ExecutionRetired"


@pytest.mark.parametrize("order", [1, -1])
def test_a_log_that_is_half_gone_is_never_folded(order: int) -> None:
    world, key = ended()
    retire(world)
    numbers = sorted(world.log.expiring(key))
    for number in numbers[:-1][::order]:
        world.log.let_go(key, number, world.clock.now())
        world.restart()
        with pytest.raises(Retired):
            world.wired.executions.load(key)
        with pytest.raises(WrongState):
            world.start(name="one")
        world.wired.retiring.retire(key)


def test_a_start_that_comes_again_after_the_first_step_has_gone_begins_nothing() -> None:
    world, key = ended()
    retire(world)
    world.log.let_go(key, 1, world.clock.now())
    world.restart()
    runs = len(world.tasks.runs)
    again = StartExecution(
        project_id=PROJECT, execution_id=key.execution_id, sequence_id="s", variables={}
    )
    world.wired.worker.handle(again, Delivery("again", 1, world.clock.now() + HOUR))
    world.run()
    assert len(world.tasks.runs) == runs
    assert is_retired(world, key)


def test_a_name_is_free_again_when_nothing_is_left() -> None:
    world, key = ended()
    retire(world)
    world.clock.advance(TRACE_MS)
    for number in sorted(world.log.expiring(key)):
        world.log.let_go(key, number, world.clock.now())
    world.restart()
    with pytest.raises(NotFound):
        world.wired.reading_back.execution(key)
    assert world.start(name="one") == key
    world.run()
    assert world.state(key).status is Status.SUCCEEDED


def test_a_warm_process_that_knows_it_from_before_finds_it_gone() -> None:
    world, key = ended()
    before = world.wired
    assert before.executions.load(key).status is Status.SUCCEEDED
    world.restart()
    retire(world)
    for number in sorted(world.log.expiring(key))[:-1]:
        world.log.let_go(key, number, world.clock.now())
    with pytest.raises(Retired):
        before.executions.load(key)
    with pytest.raises(Retired):
        before.executions.cancel(key)


def test_of_a_redrive_and_a_retirement_the_second_is_refused() -> None:
    world = World()
    world.tasks.scripts["a"] = lambda _: Failed(Error("Broken"))
    world.publish(CHAIN)
    key = world.start()
    world.run()
    known = world.state(key)
    del world.tasks.scripts["a"]
    world.clock.advance(DAY_MS)
    world.wired.executions.redrive(key, RedriveOrder())
    world.run()
    stale = world.wired.retiring._retired(known)
    assert stale is None
    assert world.state(key).status is Status.SUCCEEDED
    retire(world)
    assert is_retired(world, key)


def test_an_archived_execution_is_read_as_it_was() -> None:
    world, key = ended(CHAIN, archive=True)
    reading = world.wired.reading_back
    whole = reading.execution(key)
    nodes = reading.node_runs(key, None, 50, None)
    history = reading.history(key, 50, None)
    first = reading.history(key, 2, None)
    retire(world)
    for number in sorted(world.log.expiring(key))[:-1]:
        world.log.let_go(key, number, world.clock.now())
    world.restart()
    reading = world.wired.reading_back
    assert reading.execution(key) == {**whole, "archived": True}
    assert reading.node_runs(key, None, 50, None) == {**nodes, "archived": True}
    assert reading.node_runs(key, Status.FAILED, 50, None)["items"] == []
    assert reading.history(key, 50, None) == {**history, "archived": True}
    rest = reading.history(key, 50, first["cursor"])
    assert [*first["items"], *rest["items"]] == history["items"]


def test_a_child_whose_end_its_parent_awaits_stays() -> None:
    world = World()
    world.publish(sequence("start > x > end", retentionDays=1), "child")
    sub = {"parameters": {"sequenceId": "child"}}
    world.publish(sequence("start > sub > end", nodes={"sub": sub}))
    key = world.start()
    while sum(world.state(each).status.is_terminal for each in all_of(world)) == 0:
        world.deliver_next()
    world.queue.purge()
    world.clock.advance(2 * DAY_MS)
    rounds(world, 1)
    assert world.state(key).status is Status.SUCCEEDED
    rounds(world)
    assert [is_retired(world, each) for each in all_of(world) if each != key] == [True]


@pytest.mark.parametrize("archive", [False, True])
def test_a_crash_at_any_call_is_made_good(archive: bool) -> None:
    world, key = ended(CHAIN, archive=archive)
    whole = world.wired.reading_back.execution(key)
    world.calls.made = 0
    retire(world)
    for die_at in range(1, world.calls.made + 1):
        for after in (False, True):
            world, key = ended(CHAIN, archive=archive)
            world.calls.made, world.calls.die_at, world.calls.die_after_it = 0, die_at, after
            retire(world)
            assert is_retired(world, key)
            assert listed(world) == []
            assert watched(world) == 0
            assert len(world.log.expiring(key)) == len(world.log.read(key))
            assert (
                sum(
                    isinstance(event, ExecutionRetired)
                    for step in world.log.read(key)
                    for event in step.events
                )
                == 1
            )
            if archive:
                assert world.wired.reading_back.execution(key) == {**whole, "archived": True}
