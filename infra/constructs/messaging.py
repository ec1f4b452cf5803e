"""What messages travel through: queues, timers and the bus. Not to be replaced while executions are
under way.
"""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgments import acknowledge
from infra.configuration import Deployment
from infra.encryption import use_key
from seriatim.topology import STARTS, STARTS_DLQ, TIMER_DLQ, WORK, Queue, Topology


class Messaging(Construct):
    """Queues, the group of schedules with the role that they run under, and the bus."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        topology: Topology,
        key: kms.Key | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = deployment.prefix
        self._key = key
        self.queues: dict[str, sqs.Queue] = {}
        # A dead-letter queue has none itself, so these come first.
        for queue in sorted(topology.queues, key=lambda queue: queue.dead_letter_queue is not None):
            self.queues[queue.name] = self._queue(queue, topology)
        self.schedule_group = self._group(topology.schedule_group)
        self.scheduler_role = self._sending_role(
            "scheduler-role", self.schedule_group, WORK, TIMER_DLQ, "Timers"
        )
        self.trigger_group = self._group(topology.trigger_group)
        self.trigger_role = self._sending_role(
            "trigger-role", self.trigger_group, STARTS, STARTS_DLQ, "Triggers"
        )
        self.bus_name = f"{self._prefix}-{topology.event_bus}"
        self.bus = events.EventBus(
            self,
            topology.event_bus,
            event_bus_name=self.bus_name,
            description=f"What happens to the executions of {self._prefix}.",
            kms_key=key,
        )
        self._admit_rules()

    def _group(self, name: str) -> scheduler.ScheduleGroup:
        return scheduler.ScheduleGroup(
            self,
            name,
            schedule_group_name=f"{self._prefix}-{name}",
            removal_policy=RemovalPolicy.DESTROY,  # it has a name, which it must not keep taken
        )

    def _admit_rules(self) -> None:
        """Rules of our bus, which triggers make, may send starts, and what they cannot deliver."""
        rules = Stack.of(self).format_arn(
            service="events", resource="rule", resource_name=f"{self.bus_name}/g-*"
        )
        for queue in (self.queues[STARTS.name], self.queues[STARTS_DLQ.name]):
            queue.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("events.amazonaws.com")],
                    actions=["sqs:SendMessage"],
                    resources=[queue.queue_arn],
                    conditions={
                        "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
                        "ArnLike": {"aws:SourceArn": rules},
                    },
                )
            )
        if self._key:
            self._key.grant(
                iam.ServicePrincipal("events.amazonaws.com"), "kms:Decrypt", "kms:GenerateDataKey"
            )

    def _queue(self, queue: Queue, topology: Topology) -> sqs.Queue:
        redrive = None
        if queue.dead_letter_queue is not None and queue.max_receive_count is not None:
            redrive = sqs.DeadLetterQueue(
                queue=self.queues[queue.dead_letter_queue],
                max_receive_count=queue.max_receive_count,
            )
        made = sqs.Queue(
            self,
            queue.name,
            queue_name=f"{self._prefix}-{queue.name}",
            visibility_timeout=Duration.seconds(queue.visibility_timeout_seconds),
            retention_period=Duration.seconds(queue.retention_seconds),
            dead_letter_queue=redrive,
            encryption=sqs.QueueEncryption.KMS if self._key else sqs.QueueEncryption.SQS_MANAGED,
            encryption_master_key=self._key,
            enforce_ssl=True,
        )
        is_fed = any(other.dead_letter_queue == queue.name for other in topology.queues)
        if redrive is None and not is_fed:
            reason = "It is a dead-letter queue: of schedules, which name it, or of a stream."
            acknowledge(made, "AwsSolutions-SQS3", reason)
            acknowledge(made, "Serverless-SQSRedrivePolicy", reason)
        elif redrive is None:
            reason = f"It is the dead-letter queue of {queue.name.removesuffix('-dlq')}."
            acknowledge(made, "Serverless-SQSRedrivePolicy", reason)
        return made

    def _sending_role(
        self,
        construct_id: str,
        group: scheduler.ScheduleGroup,
        target: Queue,
        dead_letters: Queue,
        whose: str,
    ) -> iam.Role:
        """What schedules of a group, and nobody else, may do: send to one queue."""
        trust = iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
                "ArnEquals": {"aws:SourceArn": group.schedule_group_arn},
            },
        )
        statements = [
            iam.PolicyStatement(
                actions=["sqs:SendMessage"], resources=[self.queues[target.name].queue_arn]
            )
        ]
        if self._key:
            statements.append(use_key(self._key, "sqs"))
        role = iam.Role(
            self,
            construct_id,
            assumed_by=trust,
            description=f"{whose} of {self._prefix}: send to {target.name}, and nothing else.",
            inline_policies={"send": iam.PolicyDocument(statements=statements)},
        )
        # What Scheduler could not deliver it drops, unless the role may send to the DLQ. The DLQ
        # says so itself: the role's own policy names one queue.
        self.queues[dead_letters.name].add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ArnPrincipal(role.role_arn)],
                actions=["sqs:SendMessage"],
                resources=[self.queues[dead_letters.name].queue_arn],
            )
        )
        return role
