"""``TriggerRules`` in AWS: a schedule of EventBridge Scheduler, or a rule on the bus, named by the
trigger's hash. Both send to the queue of starts which trigger fires, and when or by what.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.ports.trigger_rules import RuleRefused
from seriatim.ports.triggers import TriggerRecord

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

TARGET_ID: Final = "starts"
SCHEDULED_TIME: Final = "<aws.scheduler.scheduled-time>"
WHOLE_EVENT: Final = "<aws.events.event.json>"
RETRIES: Final = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
"""As long as both services try."""
GONE: Final = frozenset({"ResourceNotFoundException"})
REFUSED: Final = frozenset(
    {
        "InvalidEventPatternException",
        "LimitExceededException",
        "ServiceQuotaExceededException",
        "ValidationException",
    }
)


class AwsTriggerRules:
    """Every call may be repeated: each part is put or taken away by its name."""

    def __init__(
        self,
        scheduler: "EventBridgeSchedulerClient",
        events: "EventBridgeClient",
        *,
        group: str,
        bus: str,
        queue_arn: str,
        role_arn: str,
        dead_letter_queue_arn: str,
    ) -> None:
        self._scheduler = scheduler
        self._events = events
        self._group = group
        self._bus = bus
        self._queue_arn = queue_arn
        self._role_arn = role_arn
        self._dead_letters = {"Arn": dead_letter_queue_arn}

    def apply(self, record: TriggerRecord) -> None:
        """Have the trigger fire as its record says, and in no other way."""
        name = rule_name(record.project_id, record.id)
        try:
            with transient_as_unavailable:
                if record.document["schedule"] is not None:
                    self._remove_rule(name)
                    self._put_schedule(name, record)
                else:
                    self._remove_schedule(name)
                    self._put_rule(name, record)
        except ClientError as error:
            if code_of(error) in REFUSED:
                message = error.response.get("Error", {}).get("Message", "")
                raise RuleRefused(f"AWS refuses the trigger: {message}") from error
            raise

    def remove(self, project_id: str, trigger_id: str) -> None:
        """Have it fire no more."""
        name = rule_name(project_id, trigger_id)
        with transient_as_unavailable:
            self._remove_schedule(name)
            self._remove_rule(name)

    def _put_schedule(self, name: str, record: TriggerRecord) -> None:
        request: dict[str, Any] = {
            "Name": name,
            "GroupName": self._group,
            "ScheduleExpression": expression(record.document["schedule"]),
            "ScheduleExpressionTimezone": record.document["schedule"]["timeZone"],
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": _state(record),
            "Target": {
                "Arn": self._queue_arn,
                "RoleArn": self._role_arn,
                "Input": _template(record, "scheduledTime", json.dumps(SCHEDULED_TIME)),
                "DeadLetterConfig": self._dead_letters,
                "RetryPolicy": RETRIES,
            },
        }
        if not _done_unless(GONE, lambda: self._scheduler.update_schedule(**request)):
            exists = frozenset({"ConflictException"})
            _done_unless(exists, lambda: self._scheduler.create_schedule(**request))

    def _put_rule(self, name: str, record: TriggerRecord) -> None:
        """The rule first, for a target needs it; until it has one it fires nothing."""
        self._events.put_rule(
            Name=name,
            EventBusName=self._bus,
            EventPattern=json.dumps(record.document["eventPattern"]),
            State=_state(record),
        )
        target: Any = {
            "Id": TARGET_ID,
            "Arn": self._queue_arn,
            "InputTransformer": {"InputTemplate": _template(record, "event", WHOLE_EVENT)},
            "DeadLetterConfig": self._dead_letters,
            "RetryPolicy": RETRIES,
        }
        answer = self._events.put_targets(Rule=name, EventBusName=self._bus, Targets=[target])
        assert not answer.get("FailedEntryCount"), f"EventBridge took no target: {answer}"

    def _remove_schedule(self, name: str) -> None:
        _done_unless(
            GONE, lambda: self._scheduler.delete_schedule(Name=name, GroupName=self._group)
        )

    def _remove_rule(self, name: str) -> None:
        """A rule can go when it has no target any more."""
        _done_unless(
            GONE,
            lambda: self._events.remove_targets(Rule=name, EventBusName=self._bus, Ids=[TARGET_ID]),
        )
        _done_unless(GONE, lambda: self._events.delete_rule(Name=name, EventBusName=self._bus))


def rule_name(project_id: str, trigger_id: str) -> str:
    """The name of what fires a trigger: derived, and fit for ids of any script."""
    digest = hashlib.sha256(f"{project_id}#{trigger_id}".encode()).digest()
    return "g-" + base64.b32encode(digest).decode()[:40].lower()


def expression(schedule: dict[str, Any]) -> str:
    """A schedule as Scheduler writes it."""
    if schedule["cron"] is not None:
        return f"cron({schedule['cron']})"
    return f"rate({schedule['rate']})"


def _state(record: TriggerRecord) -> Any:
    return "ENABLED" if record.document["enabled"] else "DISABLED"


def _template(record: TriggerRecord, field: str, place: str) -> str:
    """The message for the queue of starts, in which AWS fills the place."""
    fire = {"projectId": record.project_id, "triggerId": record.id}
    # Angle brackets in an id would be taken for a place.
    told = json.dumps(fire).replace("<", "\\u003c").replace(">", "\\u003e")
    return f'{told.removesuffix("}")}, "{field}": {place}}}'


def _done_unless(codes: frozenset[str], call: Callable[[], object]) -> bool:
    """Make a call; False where it fails by one of these codes."""
    try:
        call()
    except ClientError as error:
        if code_of(error) not in codes:
            raise
        return False
    return True
