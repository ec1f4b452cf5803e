"""Triggers and resource pools."""

from typing import Any

import pytest

from seriatim.domain.definition.trigger import canonical_trigger
from seriatim.domain.validation.triggers import parse_resource_pool, parse_trigger
from tests.unit.domain.validation.asking import brief


def trigger(**fields: Any) -> dict[str, Any]:
    return {"id": "t", "sequenceId": "s", **fields}


PATTERN = {"source": ["shop"]}


@pytest.mark.parametrize(
    "cause",
    [
        {"schedule": {"cron": "0 9 * * ? *", "timeZone": "Europe/Berlin"}},
        {"schedule": {"cron": "0/15 8-18 ? * MON-FRI 2030"}},
        {"schedule": {"rate": "1 hour"}},
        {"schedule": {"rate": "5 minutes"}},
        {"eventPattern": PATTERN, "variables": {"order": "${event.detail.order}"}},
    ],
)
def test_causes_that_are_right(cause: dict[str, Any]) -> None:
    found, problems = parse_trigger(trigger(**cause))
    assert problems == []
    assert found is not None
    document = canonical_trigger(found)
    assert document["enabled"] is True
    assert document["priority"] == 0
    assert parse_trigger(document)[0] == found


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({}, "MissingField", "/schedule"),
        (
            {"schedule": {"rate": "1 hour"}, "eventPattern": PATTERN},
            "UnknownField",
            "/eventPattern",
        ),
        ({"eventPattern": {}}, "Empty", "/eventPattern"),
        ({"schedule": {}}, "InvalidSchedule", "/schedule"),
        ({"schedule": {"cron": "0 9 * * ? *", "rate": "1 hour"}}, "InvalidSchedule", "/schedule"),
        ({"schedule": {"cron": "0 9 * * *"}}, "InvalidSchedule", "/schedule/cron"),
        ({"schedule": {"cron": "0 9 * * * *"}}, "InvalidSchedule", "/schedule/cron"),
        ({"schedule": {"rate": "1 hours"}}, "InvalidSchedule", "/schedule/rate"),
        ({"schedule": {"rate": "5 minute"}}, "InvalidSchedule", "/schedule/rate"),
        ({"schedule": {"rate": "0 minutes"}}, "InvalidSchedule", "/schedule/rate"),
        ({"schedule": {"rate": "1 hour", "timeZone": "here!"}}, "InvalidSchedule",
         "/schedule/timeZone"),
        ({"eventPattern": PATTERN, "variables": {"a": "${oops("}}, "ExpressionSyntax",
         "/variables/a"),
        ({"eventPattern": PATTERN, "variables": {"a": "${total}"}}, "UnknownVariable",
         "/variables/a"),
        ({"sequenceId": None}, "WrongType", "/sequenceId"),
        ({"cron": "x"}, "UnknownField", "/cron"),
    ],
)  # fmt: skip
def test_wrong_triggers(fields: dict[str, Any], code: str, path: str) -> None:
    found, problems = parse_trigger(trigger(**fields))
    assert found is None
    assert (code, path) in brief(problems)


def test_resource_pool_has_a_capacity() -> None:
    found, problems = parse_resource_pool({"capacity": 5}, resource_pool_id="db")
    assert problems == []
    assert found is not None
    assert (found.id, found.capacity) == ("db", 5)


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        ({}, "MissingField", "/capacity"),
        ({"capacity": 0}, "OutOfRange", "/capacity"),
        ({"capacity": "5"}, "WrongType", "/capacity"),
        ({"capacity": 5, "inUse": 1}, "UnknownField", "/inUse"),
        ({"capacity": 5, "id": "other"}, "InvalidId", "/id"),
    ],
)
def test_wrong_resource_pools(document: dict[str, Any], code: str, path: str) -> None:
    found, problems = parse_resource_pool(document, resource_pool_id="db")
    assert found is None
    assert brief(problems) == [(code, path)]
