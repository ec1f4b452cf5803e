"""Every role may do what its function's code does, and no more."""

import re
from pathlib import Path
from typing import Any

import pytest

from seriatim.topology import API, HTTP_TASK, NOTIFIER, TOPOLOGY, WORKER
from tests.infra.templates import PLACE, Assembly, Policy, Resource

ADAPTERS = Path(__file__).parents[2] / "shared" / "seriatim" / "adapters"
CALL = re.compile(r"\bclient\.([a-z_]+)\(")
ACTIONS = {
    "batch_get_item": "dynamodb:BatchGetItem",
    "change_message_visibility": "sqs:ChangeMessageVisibility",
    "delete_rule": "events:DeleteRule",
    "put_events": "events:PutEvents",
    "put_rule": "events:PutRule",
    "put_targets": "events:PutTargets",
    "remove_targets": "events:RemoveTargets",
    "update_schedule": "scheduler:UpdateSchedule",
    "create_schedule": "scheduler:CreateSchedule",
    "delete_item": "dynamodb:DeleteItem",
    "delete_schedule": "scheduler:DeleteSchedule",
    "get_item": "dynamodb:GetItem",
    "get_object": "s3:GetObject",
    "get_secret_value": "secretsmanager:GetSecretValue",
    "put_item": "dynamodb:PutItem",
    "put_object": "s3:PutObject",
    "query": "dynamodb:Query",
    "send_message": "sqs:SendMessage",
    "send_message_batch": "sqs:SendMessage",
    "transact_write_items": "dynamodb:PutItem",
    "update_item": "dynamodb:UpdateItem",
}
"""What the adapters call, and what IAM calls that."""
ENGINE = {"api", "worker", "starter", "reconciler", "dead-letter"}
"""What advances executions: it appends, arms timers and signs task tokens."""
CHANGES = (
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
)


def role(assembly: Assembly, function: str) -> Resource:
    (made,) = (f for f in assembly.all("AWS::Lambda::Function") if f.name.endswith(function))
    return next(r for r in assembly.all("AWS::IAM::Role") if r.arn == made.properties["Role"])


def roles(assembly: Assembly) -> dict[str, Resource]:
    """By function, of those that have data."""
    return {spec.name: role(assembly, spec.name) for spec in TOPOLOGY.functions if spec.has_data}


def arn(assembly: Assembly, kind: str, name: str = "") -> str:
    return assembly.one(kind, name).arn


def test_every_function_has_a_role_of_its_own(each: Assembly) -> None:
    arns = {role(each, spec.name).arn for spec in TOPOLOGY.functions}
    assert len(arns) == len(TOPOLOGY.functions)


def test_what_sends_the_requests_of_tasks_may_do_nothing_else(each: Assembly) -> None:
    """It reads no data, so nothing that a request provokes can give any away."""
    actions = {action for action, _, _ in _grants(role(each, HTTP_TASK.name))}
    assert actions == {"logs:CreateLogStream", "logs:PutLogEvents"}
    variables = each.one("AWS::Lambda::Function", HTTP_TASK.name).properties["Environment"]
    assert set(variables["Variables"]) == {"POWERTOOLS_LOG_LEVEL"}


def test_the_worker_alone_has_it_send_requests(each: Assembly) -> None:
    worker = each.one("AWS::Lambda::Function", WORKER.name).properties["Environment"]["Variables"]
    function = f"arn:aws:lambda:{PLACE}:function:{worker['HTTP_FUNCTION']}"
    senders = {
        name
        for name, made in roles(each).items()
        if Policy.of(made).allows("lambda:InvokeFunction", function)
    }
    assert senders == {WORKER.name}


def test_no_role_has_policies_that_others_write(each: Assembly) -> None:
    assert not any("ManagedPolicyArns" in r.properties for r in each.all("AWS::IAM::Role"))
    assert each.all("AWS::IAM::Policy") == []


def test_what_the_adapters_call_some_role_may_do(plain: Assembly) -> None:
    called = {
        call for path in ADAPTERS.rglob("*.py") for call in CALL.findall(path.read_text("utf-8"))
    }
    assert called <= set(ACTIONS), "a new call: name its action here, and grant it in infra/rights"
    granted = {
        action for made in roles(plain).values() for action, _, _ in Policy.of(made).grants()
    }
    assert {ACTIONS[call] for call in called} <= granted


@pytest.mark.parametrize("action", CHANGES)
def test_no_function_changes_or_deletes_items_of_the_log(each: Assembly, action: str) -> None:
    log = arn(each, "AWS::DynamoDB::GlobalTable", "log")
    for name, made in roles(each).items():
        policy = Policy.of(made)
        assert policy.allows("dynamodb:PutItem", log) == (name in ENGINE)
        assert policy.allows("dynamodb:Query", log)
        assert not policy.allows(action, log)
        denied = [
            statement["Action"]
            for document in made.properties["Policies"]
            for statement in document["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny" and statement["Resource"] == log
        ]
        assert [action in actions for actions in denied] == [True], "not only not allowed: denied"


def test_the_worker_neither_lists_nor_deletes_records(each: Assembly) -> None:
    records = arn(each, "AWS::DynamoDB::GlobalTable", "records")
    policy = Policy.of(role(each, WORKER.name))
    assert policy.allows("dynamodb:GetItem", records)
    for action in ("dynamodb:Query", "dynamodb:Scan", "dynamodb:DeleteItem"):
        assert not policy.allows(action, records)
    assert not policy.allows("dynamodb:Query", f"{records}/index/by_status")


def test_the_api_takes_nothing_from_the_queue(each: Assembly) -> None:
    work = next(q.arn for q in each.all("AWS::SQS::Queue") if q.name.endswith("-work"))
    policy = Policy.of(role(each, API.name))
    assert policy.allows("sqs:SendMessage", work)
    assert not policy.allows("sqs:ReceiveMessage", work)
    assert not policy.allows("sqs:DeleteMessage", work)
    assert Policy.of(role(each, WORKER.name)).allows("sqs:ReceiveMessage", work)


def test_nobody_scans_deletes_payloads_or_changes_secrets(each: Assembly) -> None:
    actions = {action for made in each.all("AWS::IAM::Role") for action, _, _ in _grants(made)}
    assert not actions & {"dynamodb:Scan", "s3:DeleteObject", "secretsmanager:PutSecretValue"}
    assert not any(action.endswith("*") for action in actions)


def test_payloads_lie_in_one_place(each: Assembly) -> None:
    bucket = arn(each, "AWS::S3::Bucket")
    for made in roles(each).values():
        policy = Policy.of(made)
        assert policy.allows("s3:GetObject", f"{bucket}/payloads/acme/{'0' * 64}")
        assert not policy.allows("s3:GetObject", f"{bucket}/other")


def test_the_notifier_reads_the_log_marks_its_place_and_counts_and_publishes(
    each: Assembly,
) -> None:
    grants = _grants(role(each, NOTIFIER.name))
    actions = {action for action, _, _ in grants if not action.startswith("kms:")}
    read = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    assert actions == {
        *(f"dynamodb:{action}" for action in (*read, "GetItem", "PutItem", "Query", "UpdateItem")),
        "events:PutEvents",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:GetObject",
        "s3:ListBucket",
        "sqs:SendMessage",
    }
    sent = {resource for action, resource, _ in grants if action == "sqs:SendMessage"}
    assert sent == {arn(each, "AWS::SQS::Queue", "events-dlq")}


def test_uploads_are_the_apis(each: Assembly) -> None:
    upload = f"{arn(each, 'AWS::S3::Bucket')}/uploads/acme/upl-1"
    for action in ("s3:GetObject", "s3:PutObject"):
        assert Policy.of(role(each, API.name)).allows(action, upload)
        assert not Policy.of(role(each, WORKER.name)).allows(action, upload)


def test_the_worker_archives_and_the_api_reads_that(each: Assembly) -> None:
    archived = f"{arn(each, 'AWS::S3::Bucket')}/archive/acme/exec-1.json.gz"
    may = {
        (name, action)
        for name, made in roles(each).items()
        for action in ("s3:GetObject", "s3:PutObject")
        if Policy.of(made).allows(action, archived)
    }
    assert may == {("worker", "s3:PutObject"), ("api", "s3:GetObject")}


def test_the_timers_role_goes_to_scheduler_only(each: Assembly) -> None:
    scheduler = each.one("AWS::IAM::Role", "scheduler").arn
    passed = [
        (resource, conditions)
        for made in roles(each).values()
        for action, resource, conditions in _grants(made)
        if action == "iam:PassRole"
    ]
    only = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
    triggers = each.one("AWS::IAM::Role", "trigger").arn
    assert passed.count((scheduler, only)) == len(ENGINE)
    assert [one for one in passed if one != (scheduler, only)] == [(triggers, only)]


def test_only_what_advances_executions_signs_task_tokens(each: Assembly) -> None:
    secret = arn(each, "AWS::SecretsManager::Secret")
    signing = {
        name
        for name, made in roles(each).items()
        if Policy.of(made).allows("secretsmanager:GetSecretValue", secret)
    }
    assert signing == ENGINE


def test_the_worker_alone_reads_the_credentials_of_tasks(each: Assembly) -> None:
    prefix = f"seriatim-{each.directory.name}-{TOPOLOGY.task_secrets}"
    secret = f"arn:aws:secretsmanager:{PLACE}:secret:{prefix}acme/billing-AbCdEf"
    readers = {
        spec.name
        for spec in TOPOLOGY.functions
        if Policy.of(role(each, spec.name)).allows("secretsmanager:GetSecretValue", secret)
    }
    assert readers == {WORKER.name}


def test_every_star_has_its_reason(plain: Assembly) -> None:
    """What ends in one, and nothing else: log streams, payloads, uploads, timers."""
    starred = {
        resource
        for made in plain.all("AWS::IAM::Role")
        for _, resource, _ in _grants(made)
        if "*" in resource
    }
    timers, triggers = (
        arn(plain, "AWS::Scheduler::ScheduleGroup", name).replace("schedule-group", "schedule")
        for name in ("timers", "triggers")
    )
    rules = arn(plain, "AWS::Events::EventBus").replace("event-bus", "rule")
    assert starred == {
        f"{arn(plain, 'AWS::S3::Bucket')}/payloads/*",
        f"{arn(plain, 'AWS::S3::Bucket')}/uploads/*",
        f"{arn(plain, 'AWS::S3::Bucket')}/archive/*",
        f"{timers}/t-*",
        f"{triggers}/g-*",
        f"{rules}/g-*",
        f"arn:aws:secretsmanager:{PLACE}:secret:seriatim-plain-{TOPOLOGY.task_secrets}*",
        *(arn(plain, "AWS::Logs::LogGroup", f"-{each.name}") for each in TOPOLOGY.functions),
    }


def test_tasks_reach_nothing_that_the_environment_does_not_list(
    plain: Assembly, full: Assembly
) -> None:
    orders = "arn:aws:lambda:eu-west-1:123456789012:function:orders-pack"
    queue = "arn:aws:sqs:eu-west-1:123456789012:parcels.fifo"
    bus = "arn:aws:events:eu-west-1:123456789012:event-bus/orders"
    wanted = (
        ("lambda:InvokeFunction", orders),
        ("lambda:InvokeFunction", f"{orders}:live"),
        ("sqs:SendMessage", queue),
        ("events:PutEvents", bus),
    )
    for action, resource in wanted:
        assert Policy.of(role(full, WORKER.name)).allows(action, resource)
        assert not Policy.of(role(plain, WORKER.name)).allows(action, resource)
        assert not Policy.of(role(full, API.name)).allows(action, resource)
    own = arn(full, "AWS::Lambda::Function", API.name)
    assert not Policy.of(role(full, WORKER.name)).allows("lambda:InvokeFunction", own)


def test_the_customers_key_is_used_through_services_only(full: Assembly) -> None:
    for made in full.all("AWS::IAM::Role"):
        uses = [conditions for action, _, conditions in _grants(made) if action.startswith("kms:")]
        assert uses or made.arn == role(full, HTTP_TASK.name).arn
        assert all("kms:ViaService" in conditions["StringEquals"] for conditions in uses)


def _grants(made: Resource) -> list[tuple[str, str, dict[str, Any]]]:
    return list(Policy.of(made).grants())
