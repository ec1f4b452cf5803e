"""A function of the topology, with a role and a log group of its own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.acknowledgments import acknowledge, acknowledge_wildcard
from infra.configuration import Deployment
from infra.rights import Granted
from seriatim.topology import EventSource, Function

ARCHITECTURE: Final = lambda_.Architecture.ARM_64
RUNTIMES: Final = {
    "3.11": lambda_.Runtime.PYTHON_3_11,
    "3.12": lambda_.Runtime.PYTHON_3_12,
    "3.13": lambda_.Runtime.PYTHON_3_13,
    "3.14": lambda_.Runtime.PYTHON_3_14,
}
LOG_LEVEL: Final = "POWERTOOLS_LOG_LEVEL"
LIVE: Final = "live"
NEWEST: Final = max(RUNTIMES)


@dataclass(frozen=True, kw_only=True)
class Program:
    """What all functions share: they differ by their handlers."""

    code: lambda_.Code
    layers: tuple[lambda_.LayerVersion, ...]
    environment: Mapping[str, str]


class EngineFunction(Construct):
    """One folder of ``functions``, one Lambda function, one role."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: Function,
        deployment: Deployment,
        program: Program,
        granted: Granted,
        key: kms.Key | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._spec = function
        name = f"{deployment.prefix}-{function.name}"
        self.log_group = logs.LogGroup(
            self,
            "log",
            log_group_name=f"/aws/lambda/{name}",
            retention=retention(deployment.log_days),
            encryption_key=key,
            removal_policy=RemovalPolicy.DESTROY,  # executions' history is in the tables
        )
        self.role = self._role(name, granted)
        for resource, reason in granted.wildcards.items():
            acknowledge_wildcard(self.role, resource, reason)
        self.function = lambda_.Function(
            self,
            "function",
            function_name=name,
            code=program.code,
            handler=function.handler,
            runtime=runtime(deployment.python),
            architecture=ARCHITECTURE,
            layers=list(program.layers),
            memory_size=function.memory_megabytes,
            timeout=Duration.seconds(function.timeout_seconds),
            environment=(
                dict(program.environment)
                if function.has_data
                else {LOG_LEVEL: program.environment[LOG_LEVEL]}
            ),
            role=self.role,
            snap_start=(
                lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if deployment.snap_start else None
            ),
            log_group=self.log_group,
            recursive_loop=(
                lambda_.RecursiveLoop.ALLOW
                if function.recursion_allowed
                else lambda_.RecursiveLoop.TERMINATE
            ),
        )
        self.entrance = self._entrance(deployment)
        """What is invoked."""
        self._acknowledge(deployment)

    def _entrance(self, deployment: Deployment) -> lambda_.IFunction:
        """Snapshots are of published versions, and an alias names the newest."""
        if not deployment.snap_start:
            return self.function
        version = self.function.current_version
        return lambda_.Alias(self, "live", alias_name=LIVE, version=version)

    def _acknowledge(self, deployment: Deployment) -> None:
        acknowledge(
            self.function,
            "Serverless-LambdaDLQ",
            "What it is given is not lost: callers wait for its answer, and queues, streams and "
            "schedules have dead-letter queues of their own.",
        )
        acknowledge(
            self.function,
            "Serverless-LambdaTracing",
            "An execution is followed by its history and by the ids in the logs, across days and "
            "queues; X-Ray's SDK costs a cold start as much as all AWS clients together.",
        )

        if deployment.python != NEWEST:
            reason = "The environment asks for this version of Python."
            acknowledge(self.function, "AwsSolutions-L1", reason)
            acknowledge(self.function, "Serverless-LambdaLatestVersion", reason)

    def feed(self, queue: sqs.Queue, source: EventSource, concurrency_max: int) -> None:
        """Have the function invoked with batches from the queue, as its event source says."""
        feed = lambda_.EventSourceMapping(
            self,
            "feed" if source == self._spec.event_source else f"feed-{source.queue}",
            target=self.entrance,
            event_source_arn=queue.queue_arn,
            batch_size=source.batch_size,
            max_concurrency=concurrency_max,
            report_batch_item_failures=True,
        )
        acknowledge(
            feed,
            "Serverless-LambdaEventSourceMappingDestination",
            "Destinations are for streams; a queue's messages go to its dead-letter queue.",
        )

    def follow(self, table: dynamodb.TableV2, failed: sqs.Queue, attributes: Sequence[str]) -> None:
        """Have the function invoked with what is new in the table, as its stream source says: items
        with one of these attributes, or all where there are none.
        """
        source = self._spec.stream_source
        assert source is not None
        feed = lambda_.EventSourceMapping(
            self,
            "stream",
            target=self.entrance,
            event_source_arn=table.table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=source.batch_size,
            parallelization_factor=source.parallelization,
            max_record_age=Duration.seconds(source.record_age_seconds_max),
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            filters=[{"pattern": json.dumps(pattern)} for pattern in news(attributes)],
        )
        # The construct's own way would write a policy beside the role's.
        mapping = feed.node.default_child
        assert isinstance(mapping, lambda_.CfnEventSourceMapping)
        mapping.destination_config = lambda_.CfnEventSourceMapping.DestinationConfigProperty(
            on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=failed.queue_arn)
        )

    def repeat(self, minutes: int) -> None:
        """Have the function invoked by the clock. One that fails waits for the next time."""
        target = targets.LambdaFunction(self.entrance, retry_attempts=0)
        rate = events.Schedule.rate(Duration.minutes(minutes))
        rule = events.Rule(self, "clock", schedule=rate, targets=[target])
        acknowledge(
            rule,
            "Serverless-EventBusDLQ",
            "A tick that is lost is made good by the next one.",
        )

    def _role(self, name: str, granted: Granted) -> iam.Role:
        log = iam.PolicyStatement(
            sid="Log",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[self.log_group.log_group_arn],
        )
        return iam.Role(
            self,
            "role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {name} may do, and nobody else.",
            inline_policies={"rights": iam.PolicyDocument(statements=[log, *granted.statements])},
        )


def news(attributes: Sequence[str]) -> list[dict[str, Any]]:
    """Filters for new items with one of these text attributes, or for all new items. Items that are
    told to go are put again, and are no news. ``exists`` is for leaves alone.
    """
    new: dict[str, Any] = {"eventName": ["INSERT"]}
    images = [{"NewImage": {attribute: {"S": [{"exists": True}]}}} for attribute in attributes]
    return [{**new, "dynamodb": image} for image in images] or [new]


def runtime(python: str) -> lambda_.Runtime:
    """Lambda's runtime of that version of Python."""
    return RUNTIMES[python]


def retention(days: int) -> logs.RetentionDays:
    """CloudWatch's name of a number of days."""
    return _RETENTION[days]


_RETENTION: Final = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
    1827: logs.RetentionDays.FIVE_YEARS,
    3653: logs.RetentionDays.TEN_YEARS,
}
