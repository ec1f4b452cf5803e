"""``cdk deploy``, unchanged, makes a service that works: functions run what was packaged with the
rights that were granted, fed by the queues and timers that were made. The tests are in the order of
a deployment's life, and share one.
"""

import json
import time
from typing import Any

import pytest

from seriatim.application.handing_over import DELAY_MS_MAX
from seriatim.topology import TOPOLOGY
from tests.deploy.conftest import NAME, SECONDS_MAX, TASKS, Deployed
from tests.deploy.emulator import ACCOUNT, wait_until
from tests.deploy.signed_calls import SignedCaller

pytestmark = pytest.mark.timeout(SECONDS_MAX)

ORDER = {"orderId": "A-1001", "lines": [{"article": "desk", "quantity": 1}]}
SHORT_TIMER_SECONDS = 65
PATIENCE_SECONDS = 180
"""For what takes a second or two where nobody else is at work."""
FAR_TIMER_SECONDS = 905
GROUP = f"seriatim-{NAME}-timers"
STACKS = {f"seriatim-{NAME}-{part}" for part in ("data", "messaging", "service", "observability")}


def waiting(seconds: int) -> dict[str, Any]:
    """A sequence of one timer."""
    return {
        "name": f"wait-{seconds}",
        "nodes": [
            {"id": "start", "type": "start"},
            {"id": "wait", "type": "timer", "parameters": {"durationSeconds": seconds}},
            {"id": "end", "type": "end"},
        ],
        "transitions": [
            {"id": "t1", "sourceNodeId": "start", "targetNodeId": "wait"},
            {"id": "t2", "sourceNodeId": "wait", "targetNodeId": "end"},
        ],
    }


@pytest.fixture(scope="module")
def waiter(deployed: Deployed) -> tuple[str, float]:
    """An execution that waits a little longer than a minute, and when it began."""
    caller = deployed.operator
    began = time.monotonic()
    return caller.start(caller.publish_one(waiting(SHORT_TIMER_SECONDS))), began


@pytest.mark.usefixtures("waiter")
def test_an_order_goes_from_the_basket_to_the_door(deployed: Deployed) -> None:
    caller = deployed.operator
    ids = caller.publish(TASKS / "order.yaml")
    order = caller.start(ids["order"], **ORDER)
    wait_until(
        lambda: "approval" in caller.execution(order)["currentNodeIds"],
        PATIENCE_SECONDS,
        lambda: caller.execution(order),
    )
    caller.call("POST", f"/executions/{order}/signals/approved", {"payload": {"by": "Ada"}})
    ended = caller.wait(order, "succeeded", PATIENCE_SECONDS)
    assert ended["outputs"]["total"] == 240
    assert ended["outputs"]["message"] == "Order A-1001 is on its way: TRACK-A-1001"
    types = caller.event_types(order)
    assert types[0] == "ExecutionStarted"
    assert types[-1] == "ExecutionEnded"
    assert {"TaskScheduled", "TaskFailed", "SignalReceived"} <= set(types)


def test_whoever_does_not_sign_learns_of_its_health_and_nothing_else(deployed: Deployed) -> None:
    nobody = SignedCaller(deployed.url, None)
    assert nobody.status("GET", "/health")[0] == 200
    assert nobody.status("GET", "/projects/default/sequences")[0] == 403


def test_a_policy_for_one_project_opens_no_other(deployed: Deployed) -> None:
    iam = deployed.emulator.client("iam")
    iam.create_user(UserName="acme")
    key = iam.create_access_key(UserName="acme")["AccessKey"]
    api_id = deployed.url.split("//")[1].split(".")[0]
    allowed = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": f"arn:aws:execute-api:*:{ACCOUNT}:{api_id}/*/*/projects/acme/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="acme", PolicyName="acme", PolicyDocument=policy)
    caller = SignedCaller(deployed.url, (key["AccessKeyId"], key["SecretAccessKey"]))
    assert caller.status("GET", "/projects/acme/sequences")[0] == 200
    assert caller.status("GET", "/projects/default/sequences")[0] == 403


def test_a_timer_beyond_a_minute_rings(deployed: Deployed, waiter: tuple[str, float]) -> None:
    execution, began = waiter
    deployed.operator.wait(execution, "succeeded", 5 * SHORT_TIMER_SECONDS)
    assert time.monotonic() - began >= SHORT_TIMER_SECONDS


def test_a_far_timer_is_a_schedule_that_wakes_its_execution(deployed: Deployed) -> None:
    """Scheduler is made to ring early: what is left of the time then fits into a message."""
    caller, scheduler = deployed.operator, deployed.emulator.client("scheduler")

    def armed() -> set[str]:
        return {each["Name"] for each in scheduler.list_schedules(GroupName=GROUP)["Schedules"]}

    others = armed()
    began = time.monotonic()
    execution = caller.start(caller.publish_one(waiting(FAR_TIMER_SECONDS)))
    wait_until(lambda: len(armed() - others) == 1, PATIENCE_SECONDS, lambda: (others, armed()))
    (name,) = armed() - others
    delayed = deployed.count("work", "ApproximateNumberOfMessagesDelayed")
    near = FAR_TIMER_SECONDS - DELAY_MS_MAX / 1000
    wait_until(lambda: time.monotonic() - began > near, PATIENCE_SECONDS, armed)
    made = scheduler.get_schedule(GroupName=GROUP, Name=name)
    kept = ("Name", "GroupName", "FlexibleTimeWindow", "Target", "ActionAfterCompletion")
    rings_now = {"ScheduleExpression": "at(2026-01-01T00:00:00)"}
    scheduler.update_schedule(**{field: made[field] for field in kept}, **rings_now)
    wait_until(lambda: name not in armed(), PATIENCE_SECONDS, armed)
    wait_until(
        lambda: deployed.count("work", "ApproximateNumberOfMessagesDelayed") == delayed + 1,
        PATIENCE_SECONDS,
        lambda: caller.execution(execution),
    )
    caller.call("POST", f"/executions/{execution}/cancel", {"reason": "seen enough"})
    caller.wait(execution, "cancelled", PATIENCE_SECONDS)


def test_no_message_was_given_up(deployed: Deployed) -> None:
    for queue in TOPOLOGY.queues:
        if queue.dead_letter_queue is None:
            assert deployed.count(queue.name, "ApproximateNumberOfMessages") == 0, queue.name


def test_a_second_deployment_changes_functions_and_keeps_data(deployed: Deployed) -> None:
    before = deployed.operator.call("GET", "/executions")["items"]
    deployed.configure(log_level='"DEBUG"', worker_concurrency_max="7")
    deployed.deploy()
    functions = deployed.emulator.client("lambda")
    name = f"seriatim-{NAME}-worker"
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    assert variables["POWERTOOLS_LOG_LEVEL"] == "DEBUG"
    caller = deployed.operator
    assert caller.call("GET", "/executions")["items"] == before
    caller.wait(caller.start(caller.publish_one(waiting(1))), "succeeded", PATIENCE_SECONDS)


def test_what_was_deployed_goes_when_it_is_destroyed(deployed: Deployed) -> None:
    assert deployed.stacks() == STACKS
    s3 = deployed.emulator.client("s3")
    (bucket,) = (b["Name"] for b in s3.list_buckets()["Buckets"] if NAME in b["Name"])
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=item["Key"])
    deployed.destroy()
    assert deployed.stacks() == set()
    assert deployed.emulator.client("sqs").list_queues().get("QueueUrls", []) == []
    assert deployed.emulator.client("dynamodb").list_tables()["TableNames"] == []
