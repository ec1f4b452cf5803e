"""Quotas of a day: through the API, a worker, and the notifier that counts. What is used up holds
back what is new, and nothing else.
"""

from typing import Any

import pytest

from functions.notifier.handler import handler as notify
from seriatim.application.choices import KEPT_MS
from seriatim.domain.times import DAY_MS
from seriatim.domain.values import ExecutionKey
from seriatim.ports.day_counts import DayCount
from tests.unit.api.caller import Answer, Service
from tests.unit.api.test_executions import EXECUTIONS, WAITING
from tests.unit.functions.test_notifier import records

SETTINGS = "/projects/p/settings"
TIMER = {
    "name": "timed",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "wait", "type": "timer", "parameters": {"durationSeconds": 5}},
        {"id": "end", "type": "end"},
    ],
    "transitions": [
        {"id": "t1", "sourceNodeId": "start", "targetNodeId": "wait"},
        {"id": "t2", "sourceNodeId": "wait", "targetNodeId": "end"},
    ],
}


def start(service: Service, sequence_id: str, name: str | None = None) -> Answer:
    return service.post(f"/projects/p/sequences/{sequence_id}/executions", {"name": name})


def run_and_count(service: Service, execution_id: str) -> DayCount:
    """Let the execution end, and the notifier hear of it; what is counted today."""
    service.run()
    notify({"Records": records(service.world, ExecutionKey("p", execution_id))}, None)
    return used(service)


def used(service: Service) -> DayCount:
    return service.world.day_counts.read("p", service.world.clock.now() // DAY_MS)


@pytest.mark.parametrize(
    ("setting", "code"),
    [("maxStepsPerDay", "DailyStepsExceeded"), ("maxTimersPerDay", "DailyTimersExceeded")],
)
def test_what_is_used_up_is_there_again_on_the_next_day(
    service: Service, setting: str, code: str
) -> None:
    sequence_id = service.activate(TIMER)
    service.put(SETTINGS, {setting: 1_000})
    first = run_and_count(service, service.start(sequence_id))
    count = first.steps if setting == "maxStepsPerDay" else first.timers
    assert count == (2 if setting == "maxStepsPerDay" else 1)
    service.put(SETTINGS, {setting: count + 1})
    service.world.clock.advance(KEPT_MS)
    assert start(service, sequence_id).status == 202, "one below"
    service.put(SETTINGS, {setting: count})
    service.world.clock.advance(KEPT_MS)
    refused = start(service, sequence_id)
    assert (refused.status, refused.json["code"]) == (429, code)
    assert setting in refused.json["detail"]
    left = int(refused.headers["Retry-After"])
    assert 0 < left <= DAY_MS // 1_000
    assert len(service.get(EXECUTIONS).json["items"]) == 2, "nothing was begun"
    service.world.clock.advance(left * 1_000 - 1_000)
    assert start(service, sequence_id).status == 429
    service.world.clock.advance(1_000)
    assert start(service, sequence_id).status == 202


def test_what_runs_already_goes_on_over_a_quota(service: Service) -> None:
    waiting = service.start(service.activate(WAITING))
    service.put(SETTINGS, {"maxStepsPerDay": 1, "maxTimersPerDay": 1})
    service.world.day_counts.add("p", service.world.clock.now() // DAY_MS, DayCount(steps=9))
    service.world.clock.advance(KEPT_MS)
    path = f"{EXECUTIONS}/{waiting}"
    assert service.post(f"{path}/signals/answer", {"payload": 1}).status == 202
    service.run()
    assert service.get(path).json["status"] == "succeeded"


def test_a_start_that_is_repeated_over_a_quota_finds_its_execution(service: Service) -> None:
    sequence_id = service.activate(WAITING)
    service.put(SETTINGS, {"maxStepsPerDay": 1})
    first = start(service, sequence_id, "order-1")
    service.world.day_counts.add("p", service.world.clock.now() // DAY_MS, DayCount(steps=1))
    again = start(service, sequence_id, "order-1")
    assert (again.status, again.json["id"]) == (202, first.json["id"])
    assert start(service, sequence_id, "order-2").status == 429


def test_children_are_begun_over_a_quota(service: Service) -> None:
    child_id = service.activate(TIMER)
    parent: dict[str, Any] = {
        "name": "parent",
        "nodes": [
            {"id": "start", "type": "start"},
            {"id": "ask", "type": "signal", "parameters": {"signalName": "go"}},
            {"id": "sub", "type": "subprocess", "parameters": {"sequenceId": child_id}},
            {"id": "end", "type": "end"},
        ],
        "transitions": [
            {"id": "t1", "sourceNodeId": "start", "targetNodeId": "ask"},
            {"id": "t2", "sourceNodeId": "ask", "targetNodeId": "sub"},
            {"id": "t3", "sourceNodeId": "sub", "targetNodeId": "end"},
        ],
    }
    parent_id = service.start(service.activate(parent))
    service.put(SETTINGS, {"maxStepsPerDay": 1})
    service.world.day_counts.add("p", service.world.clock.now() // DAY_MS, DayCount(steps=1))
    service.post(f"{EXECUTIONS}/{parent_id}/signals/go", {})
    service.run()
    assert service.get(f"{EXECUTIONS}/{parent_id}").json["status"] == "succeeded"


def test_a_project_without_a_quota_is_neither_counted_nor_asked(service: Service) -> None:
    service.put(SETTINGS, {"maxStartsPerMinute": 9})
    assert run_and_count(service, service.start(service.activate(TIMER))) == DayCount()
    assert (service.world.day_counts.adds, service.world.day_counts.reads) == (0, 1)


def test_one_projects_use_is_not_anothers(service: Service) -> None:
    service.put(SETTINGS, {"maxStepsPerDay": 1})
    service.put("/projects/other/settings", {"maxStepsPerDay": 1})
    today = service.world.clock.now() // DAY_MS
    service.world.day_counts.add("other", today, DayCount(steps=1))
    assert start(service, service.activate(WAITING)).status == 202
    other_id = service.activate(WAITING, "other")
    assert service.post(f"/projects/other/sequences/{other_id}/executions").status == 429
