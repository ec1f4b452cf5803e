"""Triggers over the API: what is refused says why, and what was left undone is done by the same
call again.
"""

from typing import Any

import pytest

from tests.unit.api.caller import Service

HOURLY: dict[str, Any] = {"schedule": {"rate": "1 hour"}}
MORNINGS = {"cron": "0 9 ? * MON-FRI *", "timeZone": "Europe/Berlin"}
SIMPLE = {
    "name": "simple",
    "nodes": [{"id": "start", "type": "start"}, {"id": "end", "type": "end"}],
    "transitions": [{"id": "t", "sourceNodeId": "start", "targetNodeId": "end"}],
}


@pytest.fixture
def sequence_id(service: Service) -> str:
    return service.activate(SIMPLE, "p")


def put(service: Service, sequence_id: str, **fields: Any) -> Any:
    return service.put("/projects/p/triggers/t", {"sequenceId": sequence_id, **fields})


def test_a_trigger_is_stored_shown_listed_and_deleted(service: Service, sequence_id: str) -> None:
    stored = put(service, sequence_id, schedule=MORNINGS, variables={"n": "${event.time}"})
    assert stored.status == 200
    assert stored.json["schedule"] == MORNINGS
    assert stored.json["enabled"] is True
    assert "eventPattern" not in stored.json
    assert service.get("/projects/p/triggers/t").json == stored.json
    assert service.get("/projects/p/triggers").json == {"items": [stored.json]}
    assert service.call("DELETE", "/projects/p/triggers/t").status == 204
    assert service.world.trigger_rules.applied == {}
    assert service.get("/projects/p/triggers/t").status == 404
    assert service.call("DELETE", "/projects/p/triggers/t").status == 404


def test_the_same_trigger_again_changes_nothing(service: Service, sequence_id: str) -> None:
    first = put(service, sequence_id, **HOURLY)
    service.world.clock.advance(5_000)
    assert put(service, sequence_id, **HOURLY).json == first.json


def test_what_a_crash_left_undone_the_same_call_does(service: Service, sequence_id: str) -> None:
    service.world.trigger_rules.fail_next = 1
    assert put(service, sequence_id, **HOURLY).status == 503
    assert service.world.trigger_rules.applied == {}
    assert put(service, sequence_id, **HOURLY).status == 200
    assert list(service.world.trigger_rules.applied) == [("p", "t")]


def test_a_paused_trigger_is_applied_as_paused(service: Service, sequence_id: str) -> None:
    put(service, sequence_id, **HOURLY)
    assert put(service, sequence_id, **HOURLY, enabled=False).json["enabled"] is False
    assert service.world.trigger_rules.applied["p", "t"].document["enabled"] is False


def test_an_archived_sequence_takes_no_trigger_but_a_paused_one(
    service: Service, sequence_id: str
) -> None:
    assert put(service, sequence_id, **HOURLY).status == 200
    for verb in ("deprecate", "archive"):
        assert service.post(f"/projects/p/sequences/{sequence_id}/{verb}").status == 200
    refused = put(service, sequence_id, **HOURLY, priority=1)
    assert (refused.status, refused.problem_codes) == (422, ["SequenceArchived"])
    assert put(service, sequence_id, **HOURLY, enabled=False).status == 200


def test_what_aws_has_no_room_for_is_refused(service: Service, sequence_id: str) -> None:
    service.world.trigger_rules.refuses = True
    answer = put(service, sequence_id, **HOURLY)
    assert (answer.status, answer.json["code"]) == (400, "InvalidTrigger")
    assert "too many rules" in answer.json["detail"]


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({}, "MissingField", "/schedule"),
        ({**HOURLY, "eventPattern": {"source": ["x"]}}, "UnknownField", "/eventPattern"),
        ({"schedule": {"cron": "0 25 * * ? *"}}, "InvalidSchedule", "/schedule/cron"),
        ({"schedule": {"cron": "0 9 * * * *"}}, "InvalidSchedule", "/schedule/cron"),
        ({"schedule": {"rate": "90 seconds"}}, "InvalidSchedule", "/schedule/rate"),
        (
            {"schedule": {"rate": "1 hour", "timeZone": "Mars/Olympus"}},
            "InvalidSchedule",
            "/schedule/timeZone",
        ),
        ({"eventPattern": {"source": "x"}}, "InvalidPattern", "/eventPattern/source"),
        ({"eventPattern": {"a": [{"like": "x"}]}}, "InvalidPattern", "/eventPattern/a/0"),
        ({**HOURLY, "variables": {"n": "${other}"}}, "UnknownVariable", "/variables/n"),
        ({**HOURLY, "sequenceId": "nowhere"}, "UnknownSequence", "/sequenceId"),
    ],
)
def test_what_is_wrong_is_named(
    service: Service, sequence_id: str, fields: dict[str, Any], code: str, path: str
) -> None:
    answer = service.put("/projects/p/triggers/t", {"sequenceId": sequence_id, **fields})
    assert (answer.status, answer.json["code"]) == (422, "InvalidTrigger")
    found = [(problem["code"], problem["path"]) for problem in answer.json["problems"]]
    assert (code, path) in found
    assert service.get("/projects/p/triggers").json == {"items": []}


def test_what_came_of_the_last_firing_is_shown(service: Service, sequence_id: str) -> None:
    put(service, sequence_id, **HOURLY)
    fire = '{"projectId": "p", "triggerId": "t", "scheduledTime": "2026-01-31T09:00:00Z"}'
    service.world.wired.queued_starts.handle("m", fire)
    shown = service.get("/projects/p/triggers/t").json
    assert shown["lastFiredAt"]
    started = service.get(f"/projects/p/executions/{shown['lastExecutionId']}").json
    assert started["name"] == "t@2026-01-31T09:00:00.000Z"
