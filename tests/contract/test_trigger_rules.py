"""What a trigger becomes in AWS: one schedule or one rule, whatever it was before."""

import json
from typing import Any

import pytest

from seriatim.adapters.trigger_rules import AwsTriggerRules, rule_name
from seriatim.ports.triggers import TriggerRecord

QUEUE = "arn:aws:sqs:eu-central-1:123456789012:starts"
HOURLY = {"cron": None, "rate": "1 hour", "timeZone": "Europe/Berlin"}
PATTERN = {"source": ["seriatim"]}


@pytest.fixture
def clients(aws: Any, project: str) -> Any:
    aws.clients.events.create_event_bus(Name=project)
    aws.clients.scheduler.create_schedule_group(Name=project)
    return aws.clients


@pytest.fixture
def rules(clients: Any, project: str) -> AwsTriggerRules:
    return AwsTriggerRules(
        clients.scheduler,
        clients.events,
        group=project,
        bus=project,
        queue_arn=QUEUE,
        role_arn="arn:aws:iam::123456789012:role/triggers",
        dead_letter_queue_arn=f"{QUEUE}-dlq",
    )


def record(project: str, trigger_id: str = "t", **fields: Any) -> TriggerRecord:
    document = {"schedule": None, "eventPattern": None, "enabled": True, **fields}
    return TriggerRecord(
        project_id=project, id=trigger_id, document=document, version=1, created_at=0, updated_at=0
    )


def schedules(clients: Any, project: str) -> list[str]:
    found = clients.scheduler.list_schedules(GroupName=project)["Schedules"]
    return [schedule["Name"] for schedule in found]


def rules_of(clients: Any, project: str) -> list[str]:
    return [rule["Name"] for rule in clients.events.list_rules(EventBusName=project)["Rules"]]


def test_a_schedule_sends_which_trigger_and_when(
    rules: AwsTriggerRules, clients: Any, project: str
) -> None:
    for enabled, state in ((True, "ENABLED"), (True, "ENABLED"), (False, "DISABLED")):
        rules.apply(record(project, schedule=HOURLY, enabled=enabled))
        (name,) = schedules(clients, project)
        found = clients.scheduler.get_schedule(Name=name, GroupName=project)
        assert found["State"] == state
    assert name == rule_name(project, "t")
    assert len(name) <= 64
    assert found["ScheduleExpression"] == "rate(1 hour)"
    assert found["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert json.loads(found["Target"]["Input"]) == {
        "projectId": project,
        "triggerId": "t",
        "scheduledTime": "<aws.scheduler.scheduled-time>",
    }


def test_a_rule_sends_which_trigger_and_the_whole_event(
    rules: AwsTriggerRules, clients: Any, project: str
) -> None:
    for _ in range(2):
        rules.apply(record(project, "a<b>", eventPattern=PATTERN))
    (name,) = rules_of(clients, project)
    rule = clients.events.describe_rule(Name=name, EventBusName=project)
    assert json.loads(rule["EventPattern"]) == PATTERN
    (target,) = clients.events.list_targets_by_rule(Rule=name, EventBusName=project)["Targets"]
    assert target["Arn"] == QUEUE
    template = target["InputTransformer"]["InputTemplate"]
    assert template.count("<") == 1, "what is in an id is no place"
    filled = json.loads(template.replace("<aws.events.event.json>", "{}"))
    assert filled == {"projectId": project, "triggerId": "a<b>", "event": {}}


def test_a_trigger_fires_in_one_way_and_then_in_none(
    rules: AwsTriggerRules, clients: Any, project: str
) -> None:
    rules.apply(record(project, schedule=HOURLY))
    rules.apply(record(project, eventPattern=PATTERN))
    assert (len(schedules(clients, project)), len(rules_of(clients, project))) == (0, 1)
    rules.apply(record(project, schedule=HOURLY))
    assert (len(schedules(clients, project)), len(rules_of(clients, project))) == (1, 0)
    for _ in range(2):
        rules.remove(project, "t")
    assert (schedules(clients, project), rules_of(clients, project)) == ([], [])
