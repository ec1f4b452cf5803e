"""A message is tried for as long as an outage may last, and is then kept where somebody looks."""

import json
from typing import Any

from seriatim.topology import HOUR, TOPOLOGY
from tests.infra.templates import ACCOUNT, Assembly, Policy, Resource

DAY = 24 * HOUR


def queues(assembly: Assembly) -> dict[str, Resource]:
    """By logical name."""
    prefix = f"seriatim-{assembly.directory.name}-"
    return {q.name.removeprefix(prefix): q for q in assembly.all("AWS::SQS::Queue")}


def test_the_queues_are_those_of_the_topology(each: Assembly) -> None:
    assert set(queues(each)) == {queue.name for queue in TOPOLOGY.queues}


def test_a_message_is_kept_for_two_weeks_encrypted(each: Assembly) -> None:
    for queue in queues(each).values():
        assert queue.properties["MessageRetentionPeriod"] == 14 * DAY
        is_sse = queue.properties.get("SqsManagedSseEnabled") is True
        assert is_sse or "KmsMasterKeyId" in queue.properties


def test_a_batch_is_hidden_for_six_times_the_functions_time_out(each: Assembly) -> None:
    functions = {function.arn: function for function in each.all("AWS::Lambda::Function")}
    sources = {queue.arn: queue for queue in queues(each).values()}
    mappings = each.all("AWS::Lambda::EventSourceMapping")
    fed = [mapping for mapping in mappings if mapping.properties["EventSourceArn"] in sources]
    assert fed
    for mapping in fed:
        queue = sources[mapping.properties["EventSourceArn"]]
        (timeout,) = (
            function.properties["Timeout"]
            for function in functions.values()
            if function.name == mapping.properties["FunctionName"].removesuffix(":live")
        )
        assert queue.properties["VisibilityTimeout"] >= 6 * timeout


def test_an_outage_of_six_hours_sends_no_message_to_the_dlq(each: Assembly) -> None:
    work = queues(each)["work"].properties
    redrive = work["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == queues(each)["work-dlq"].arn
    assert redrive["maxReceiveCount"] * work["VisibilityTimeout"] >= 6 * HOUR


def test_queues_refuse_whoever_comes_without_tls(each: Assembly) -> None:
    policies = [p.properties["PolicyDocument"] for p in each.all("AWS::SQS::QueuePolicy")]
    assert len(policies) == len(TOPOLOGY.queues)
    for policy in policies:
        denial = policy["Statement"][0]
        assert denial["Effect"] == "Deny"
        assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_timers_may_send_to_the_work_queue_and_nowhere_else(each: Assembly) -> None:
    role = each.one("AWS::IAM::Role", "scheduler")
    granted = {
        (action, resource)
        for action, resource, _ in Policy.of(role).grants()
        if not action.startswith("kms:")
    }
    assert granted == {("sqs:SendMessage", queues(each)["work"].arn)}


def test_a_timer_that_cannot_be_delivered_may_go_to_its_dlq_alone(each: Assembly) -> None:
    role = each.one("AWS::IAM::Role", "scheduler")
    admitted = [
        (statement["Action"], statement["Resource"])
        for statement in _admissions(each)
        if statement["Principal"] == {"AWS": role.arn}
    ]
    assert admitted == [("sqs:SendMessage", queues(each)["timer-dlq"].arn)]


def test_only_rules_of_triggers_may_send_starts(each: Assembly) -> None:
    bus = each.one("AWS::Events::EventBus").name
    found = [s for s in _admissions(each) if s["Principal"] == {"Service": "events.amazonaws.com"}]
    admitted = {statement["Resource"]: statement["Condition"] for statement in found}
    assert admitted.keys() == {queues(each)[name].arn for name in ("starts", "starts-dlq")}
    for condition in admitted.values():
        assert condition["ArnLike"]["aws:SourceArn"].endswith(f":rule/{bus}/g-*")


def _admissions(assembly: Assembly) -> list[dict[str, Any]]:
    return [
        statement
        for policy in assembly.all("AWS::SQS::QueuePolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]


def test_only_schedules_of_our_group_get_the_timers_role(each: Assembly) -> None:
    group = each.one("AWS::Scheduler::ScheduleGroup", "timers")
    role = each.one("AWS::IAM::Role", "scheduler")
    (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": group.arn},
    }


def test_names_are_short_enough_and_of_one_environment(each: Assembly) -> None:
    kinds = ("AWS::SQS::Queue", "AWS::Scheduler::ScheduleGroup", "AWS::Events::EventBus")
    names = [resource.name for kind in kinds for resource in each.all(kind)]
    prefix = f"seriatim-{each.directory.name}-"
    assert all(name.startswith(prefix) and len(name) <= 64 for name in names), json.dumps(names)
