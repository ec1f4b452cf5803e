"""What each function may do: statements for one role each, no more than its code calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.configuration import Targets
from infra.constructs.data import CHANGES, Data
from infra.constructs.messaging import Messaging
from infra.encryption import use_key
from seriatim.topology import (
    API,
    DEAD_LETTER,
    EVENTS_DLQ,
    LOG,
    NOTIFIER,
    RECONCILER,
    RECORDS,
    STARTER,
    STARTS,
    STARTS_DLQ,
    WORK,
    WORKER,
)

ENGINE: Final = frozenset({API.name, WORKER.name, STARTER.name, RECONCILER.name, DEAD_LETTER.name})
"""The functions that advance executions."""
LOG_ACTIONS: Final = ("dynamodb:PutItem", "dynamodb:Query")
"""Conditional puts append; strongly consistent queries read."""
LOG_ACTIONS_READING: Final = ("dynamodb:Query",)
PAYLOAD_ACTIONS: Final = ("s3:GetObject", "s3:PutObject")
"""Read and write, never delete."""
PAYLOAD_ACTIONS_READING: Final = ("s3:GetObject",)

RECORDS_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    API.name: (
        "dynamodb:BatchGetItem",
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    ),
    WORKER.name: ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"),
    STARTER.name: (
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    ),
    NOTIFIER.name: ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
    DEAD_LETTER.name: ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"),
    RECONCILER.name: (
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    ),
}
"""By function. A transaction needs what its parts need. The worker reads items whose keys it knows;
lists, leases and deletions are the API's.
"""

QUEUE_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    API.name: ("sqs:SendMessage",),
    WORKER.name: (
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    ),
    STARTER.name: ("sqs:SendMessage",),
    NOTIFIER.name: (),
    RECONCILER.name: ("sqs:SendMessage",),
    DEAD_LETTER.name: ("sqs:SendMessage",),
}
"""By function, on the work queue. What is fed from it receives and deletes in its function's name.
"""


@dataclass(frozen=True, kw_only=True)
class Granted:
    """Statements of a role; and which resources in them end in a star, each with its reason."""

    statements: tuple[iam.PolicyStatement, ...]
    wildcards: Mapping[str, str]

    def __add__(self, other: "Granted") -> "Granted":
        return Granted(
            statements=self.statements + other.statements,
            wildcards={**self.wildcards, **other.wildcards},
        )


NOTHING: Final = Granted(statements=(), wildcards={})
"""But to write its own log."""


class Rights:
    """What the role of each function is granted."""

    def __init__(self, data: Data, messaging: Messaging, user: Construct) -> None:
        """``user`` is in the stack of the functions."""
        self._user = user
        self._data = data
        self._messaging = messaging
        self._bucket = data.bucket_arn_for(user)
        self._objects = f"{self._bucket}/payloads/*"
        self._uploads = f"{self._bucket}/uploads/*"
        self._archive = f"{self._bucket}/archive/*"
        group = messaging.schedule_group.schedule_group_name
        # ``t-`` is how ``adapters.scheduler`` begins the names of schedules.
        self._schedules = Stack.of(messaging).format_arn(
            service="scheduler", resource="schedule", resource_name=f"{group}/t-*"
        )

    def of(self, function: str) -> Granted:
        """What the engine needs, as far as this function is part of it."""
        work = self._messaging.queues[WORK.name].queue_arn
        on_work = QUEUE_ACTIONS[function]
        is_engine = function in ENGINE
        is_reading = function == NOTIFIER.name
        statements = [
            *self._log(LOG_ACTIONS if is_engine else LOG_ACTIONS_READING),
            *self._records(function),
            *self._payloads(PAYLOAD_ACTIONS_READING if is_reading else PAYLOAD_ACTIONS),
            *([_allow("Work", on_work, work)] if on_work else []),
            *self._events(function),
            *(self._of_engine() if is_engine else []),
        ]
        if self._data.key:
            signing = ("secretsmanager",) if is_engine else ()
            statements.append(use_key(self._data.key, "dynamodb", "s3", "sqs", *signing))
        granted = Granted(
            statements=tuple(statements),
            wildcards={
                self._objects: "A payload is named by project and content; projects come and go.",
                **({self._schedules: "A schedule is named by its timer."} if is_engine else {}),
            },
        )
        if function == API.name:
            return granted + self._archived("Get") + self._taking_uploads() + self._triggers()
        return granted + self._archived("Put") if function == WORKER.name else granted

    def _archived(self, act: str) -> Granted:
        """The worker archives executions, the API reads them."""
        return Granted(
            statements=(_allow("Archive", [f"s3:{act}Object"], self._archive),),
            wildcards={self._archive: "An archived execution is named by its project and id."},
        )

    def to_invoke(self, function_name: str) -> Granted:
        """To invoke one function of ours, and wait for it."""
        arn = Stack.of(self._user).format_arn(
            service="lambda",
            resource="function",
            resource_name=function_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return Granted(
            statements=(_allow("Requests", ["lambda:InvokeFunction"], arn),), wildcards={}
        )

    def of_publisher(self, bundles: iam.PolicyStatement) -> Granted:
        """To define sequences, and what starts them, by what ``bundles`` lets it read."""
        statements = [
            *self._records(API.name),
            *self._payloads(PAYLOAD_ACTIONS),
            bundles,
        ]
        if self._data.key:
            statements.append(use_key(self._data.key, "dynamodb", "s3"))
        reason = "A definition's payload is named by project and content."
        granted = Granted(statements=tuple(statements), wildcards={self._objects: reason})
        return granted + self._triggers()

    def _events(self, function: str) -> list[iam.PolicyStatement]:
        """What the ends of the event paths need: to read the stream and to publish; to be fed with
        starts and to refuse them.
        """
        queues = self._messaging.queues
        if function == NOTIFIER.name:
            stream = self._data.tables[LOG.name].table_stream_arn
            assert stream is not None
            read = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
            return [
                _allow("Stream", [f"dynamodb:{action}" for action in read], stream),
                _allow("Publish", ["events:PutEvents"], self._messaging.bus.event_bus_arn),
                _allow("Unpublished", ["sqs:SendMessage"], queues[EVENTS_DLQ.name].queue_arn),
            ]
        if function == RECONCILER.name:
            return [_allow("Publish", ["events:PutEvents"], self._messaging.bus.event_bus_arn)]
        take = [a for a in QUEUE_ACTIONS[WORKER.name] if a != "sqs:SendMessage"]
        if function == DEAD_LETTER.name:
            given_up = [queues[each.queue].queue_arn for each in DEAD_LETTER.event_sources]
            return [_allow("GivenUp", take, *given_up)]
        if function == STARTER.name:
            return [
                _allow("Starts", take, queues[STARTS.name].queue_arn),
                _allow("Refused", ["sqs:SendMessage"], queues[STARTS_DLQ.name].queue_arn),
            ]
        return []

    def _triggers(self) -> Granted:
        """Make and take away what fires triggers: ``g-`` is how ``adapters.trigger_rules`` begins
        the names of schedules and rules.
        """
        messaging = self._messaging
        group = messaging.trigger_group.schedule_group_name
        bus = messaging.bus_name
        schedules = Stack.of(messaging).format_arn(
            service="scheduler", resource="schedule", resource_name=f"{group}/g-*"
        )
        rules = Stack.of(messaging).format_arn(
            service="events", resource="rule", resource_name=f"{bus}/g-*"
        )
        changes = ["CreateSchedule", "DeleteSchedule", "UpdateSchedule"]
        of_rules = ["DeleteRule", "PutRule", "PutTargets", "RemoveTargets"]
        reason = "A trigger's schedule or rule is named by its hash; users make them."
        return Granted(
            statements=(
                _allow("TriggerSchedules", [f"scheduler:{each}" for each in changes], schedules),
                _allow("TriggerRules", [f"events:{each}" for each in of_rules], rules),
                iam.PolicyStatement(
                    sid="TriggerRole",
                    actions=["iam:PassRole"],
                    resources=[messaging.trigger_role.role_arn],
                    conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
                ),
            ),
            wildcards={schedules: reason, rules: reason},
        )

    def _taking_uploads(self) -> Granted:
        """Read uploads, and sign URLs to put them: whoever has one acts in the role's name."""
        actions = ["s3:GetObject", "s3:PutObject"]
        return Granted(
            statements=(_allow("Uploads", actions, self._uploads),),
            wildcards={self._uploads: "An upload is named by project and a new id."},
        )

    def _log(self, actions: Sequence[str]) -> list[iam.PolicyStatement]:
        """The denial stands above whatever else is ever allowed to the role."""
        table = self._data.tables[LOG.name].table_arn
        return [
            _allow("Steps", actions, table),
            iam.PolicyStatement(
                sid="AppendOnly",
                effect=iam.Effect.DENY,
                actions=list(CHANGES),
                resources=[table],
            ),
        ]

    def _records(self, function: str) -> list[iam.PolicyStatement]:
        table = self._data.tables[RECORDS.name].table_arn
        actions = RECORDS_ACTIONS[function]
        statements = [_allow("Records", actions, table)]
        if "dynamodb:Query" in actions:
            indexes = [f"{table}/index/{index.name}" for index in RECORDS.indexes]
            statements.append(_allow("RecordLists", ["dynamodb:Query"], *indexes))
        return statements

    def _payloads(self, actions: Sequence[str]) -> list[iam.PolicyStatement]:
        return [
            _allow("Payloads", actions, self._objects),
            # Without it a payload that is not there would be answered "access denied".
            _allow("AbsentPayloads", ["s3:ListBucket"], self._bucket),
        ]

    def _of_engine(self) -> list[iam.PolicyStatement]:
        """What appends also arms timers, and signs task tokens."""
        actions = ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"]
        return [
            _allow("Timers", actions, self._schedules),
            iam.PolicyStatement(
                sid="TimersRole",
                actions=["iam:PassRole"],
                resources=[self._messaging.scheduler_role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
            ),
            _allow("TaskTokens", ["secretsmanager:GetSecretValue"], self._data.secret_arn),
        ]


def of_targets(targets: Targets) -> Granted:
    """What tasks may reach, as the environment lists it. A function also by version or alias."""
    functions = [arn for each in targets.function_arns for arn in (each, f"{each}:*")]
    wanted = (
        ("TaskFunctions", "lambda:InvokeFunction", functions),
        ("TaskQueues", "sqs:SendMessage", targets.queue_arns),
        ("TaskBuses", "events:PutEvents", targets.bus_arns),
    )
    reason = "The environment lists it among what its tasks may reach."
    return Granted(
        statements=tuple(_allow(sid, [action], *arns) for sid, action, arns in wanted if arns),
        wildcards={arn: reason for _, _, arns in wanted for arn in arns if arn.endswith("*")},
    )


def of_task_secrets(secrets: str) -> Granted:
    """Read the credentials of tasks, each project's in its own folder."""
    reason = "Secrets for tasks are named by project and id; users make them."
    return Granted(
        statements=(_allow("TaskSecrets", ["secretsmanager:GetSecretValue"], secrets),),
        wildcards={secrets: reason},
    )


def _allow(sid: str, actions: Sequence[str], *resources: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=list(actions), resources=list(resources))
