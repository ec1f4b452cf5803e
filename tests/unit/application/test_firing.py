"""Goal: a trigger starts its sequence once for each instant or event, shows what came of it, and
triggers that feed each other come to an end.
"""

import json
from typing import Any

import pytest

from seriatim.application.errors import OverQuota, Refused
from seriatim.application.firing import Fire
from seriatim.domain.limits import HOPS_MAX
from seriatim.domain.project_choices import ProjectChoices
from seriatim.domain.times import DAY_MS
from seriatim.domain.values import ExecutionKey
from seriatim.ports.day_counts import DayCount
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.triggers import TriggerRecord
from tests.builders import sequence
from tests.world import PROJECT, Crash, World


def world_with(trigger: dict[str, Any] | None = None) -> World:
    world = World()
    world.publish(sequence("start > a > end", variables=[{"name": "n", "type": "any"}]))
    document = {
        "sequenceId": "s",
        "variables": {},
        "priority": 0,
        "enabled": True,
        **(trigger or {}),
    }
    record = TriggerRecord(
        project_id=PROJECT, id="t", document=document, version=1, created_at=0, updated_at=0
    )
    world.triggers.put(record, 0)
    return world


def fire(world: World, **given: Any) -> None:
    world.wired.firer.fire(Fire(PROJECT, "t", **given))


def names(world: World) -> list[str | None]:
    return [one.name for one in world.summaries.list(PROJECT, SummaryFilter(), 50, None).items]


def event(**fields: Any) -> dict[str, Any]:
    return {"id": "e-1", "source": "shop", "detail-type": "Order", "detail": {}, **fields}


def test_an_instant_starts_one_execution_however_often_it_comes() -> None:
    world = world_with({"variables": {"n": "${event.time}"}})
    for text in ("2026-01-31T09:00:00Z", "2026-01-31T09:00:00.000Z"):
        fire(world, scheduled_time=text)
    assert names(world) == ["t@2026-01-31T09:00:00.000Z"]
    firing = world.triggers.last_firing(PROJECT, "t")
    assert firing is not None
    assert firing.execution_id is not None
    state = world.state(ExecutionKey(PROJECT, firing.execution_id))
    assert state.variables["n"] == "2026-01-31T09:00:00.000Z"


def test_an_event_fills_the_variables() -> None:
    world = world_with(
        {"variables": {"n": {"id": "${event.detail.order}", "by": "${event.source}"}}}
    )
    for _ in range(2):
        fire(world, event=event(detail={"order": 7}))
    assert names(world) == ["t@e-1"]
    firing = world.triggers.last_firing(PROJECT, "t")
    assert firing is not None
    assert firing.execution_id is not None
    state = world.state(ExecutionKey(PROJECT, firing.execution_id))
    assert state.variables["n"] == {"id": 7, "by": "shop"}


@pytest.mark.parametrize("detail", [{"projectId": "other"}, {}, None, {"projectId": [PROJECT]}])
def test_what_is_told_of_another_project_fires_nothing(detail: Any) -> None:
    world = world_with({"variables": {"n": "${event.detail}"}})
    fire(world, event=event(source="seriatim", detail=detail))
    assert names(world) == []
    assert world.triggers.last_firing(PROJECT, "t") is None
    fire(world, event=event(source="seriatim", detail={"projectId": PROJECT}))
    assert names(world) == ["t@e-1"]


@pytest.mark.parametrize("change", [{"enabled": False}, None])
def test_a_trigger_that_is_paused_or_gone_starts_nothing(change: dict[str, Any] | None) -> None:
    world = world_with(change)
    if change is None:
        world.triggers.delete(PROJECT, "t")
    fire(world, event=event())
    assert names(world) == []


def test_between_two_deliveries_the_trigger_may_change() -> None:
    world = world_with({"variables": {"n": 1}})
    fire(world, event=event())
    record = world.triggers.get(PROJECT, "t")
    changed = {**record.document, "variables": {"n": 2}}
    world.triggers.put(
        TriggerRecord(
            project_id=PROJECT, id="t", document=changed, version=2, created_at=0, updated_at=1
        ),
        1,
    )
    fire(world, event=event())
    assert names(world) == ["t@e-1"]


@pytest.mark.parametrize(
    ("trigger", "given", "code"),
    [
        ({"sequenceId": "nowhere"}, {"event": event()}, "NotFound"),
        ({"variables": {"n": "${1 / 0}"}}, {"event": event()}, "ExpressionError"),
        ({}, {"scheduled_time": "tomorrow"}, "MalformedMessage"),
        ({}, {"event": {"source": "shop"}}, "MalformedMessage"),
    ],
)
def test_why_nothing_was_started_is_shown_at_the_trigger(
    trigger: dict[str, Any], given: dict[str, Any], code: str
) -> None:
    world = world_with(trigger)
    with pytest.raises(Refused) as refused:
        fire(world, **given)
    assert refused.value.code == code
    firing = world.triggers.last_firing(PROJECT, "t")
    assert firing is not None
    assert firing.error is not None
    assert firing.error.code == code


def test_a_start_over_a_quota_of_the_day_is_shown_at_the_trigger() -> None:
    world = world_with()
    world.project_settings.put(PROJECT, ProjectChoices(max_timers_per_day=1), 0)
    world.day_counts.add(PROJECT, world.clock.now() // DAY_MS, DayCount(timers=1))
    with pytest.raises(OverQuota):
        fire(world, event=event())
    firing = world.triggers.last_firing(PROJECT, "t")
    assert firing is not None
    assert firing.error is not None
    assert firing.error.code == "DailyTimersExceeded"
    assert names(world) == []


def test_a_trigger_on_its_own_sequences_events_comes_to_an_end() -> None:
    world = world_with()
    world.start()
    refusals: list[str] = []
    for turn in range(10 * HOPS_MAX):
        world.run()
        for one in world.summaries.list(PROJECT, SummaryFilter(), 50, None).items:
            world.wired.event_publishing.republish(ExecutionKey(PROJECT, one.id))
        ended = [e for e in world.event_bus.events if json.loads(e.detail)["status"] == "succeeded"]
        if len(ended) == turn:
            break
        detail = json.loads(ended[turn].detail)
        try:
            fire(world, event=event(id=f"e-{turn}", source="seriatim", detail=detail))
        except Refused as refused:
            refusals.append(refused.code)
    assert refusals == ["TriggerLoop"]
    assert len(names(world)) == HOPS_MAX + 1


def test_whatever_call_the_starter_dies_at_one_execution_runs_to_its_end() -> None:
    for die_at in range(1, 10):
        for after in (False, True):
            world = world_with()
            world.calls.made = 0
            world.calls.die_at, world.calls.die_after_it = die_at, after
            while True:
                try:
                    fire(world, event=event())
                    break
                except Crash:
                    world.calls.die_at = None
                    world.restart()
            world.calls.die_at = None
            world.run()
            assert names(world) == ["t@e-1"]
            assert len(world.tasks.runs) == 1
