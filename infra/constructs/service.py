"""What runs: functions, what feeds them, the HTTP API. It keeps nothing, may go and come back."""

from pathlib import Path

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.configuration import Deployment, Jwt
from infra.constructs.api_gateway import ApiGateway
from infra.constructs.data import Data
from infra.constructs.engine_function import (
    ARCHITECTURE,
    LIVE,
    EngineFunction,
    Program,
    runtime,
)
from infra.constructs.messaging import Messaging
from infra.rights import NOTHING, Granted, Rights, of_targets, of_task_secrets
from seriatim.topology import (
    API,
    HTTP_TASK,
    LOG,
    RECORDS,
    STARTS,
    STARTS_DLQ,
    TIMER_DLQ,
    TOPOLOGY,
    WORK,
    WORKER,
    Function,
    Topology,
)


class Service(Construct):
    """The functions and the API of one environment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        topology: Topology,
        data: Data,
        messaging: Messaging,
        code: Path,
        layers: dict[str, Path],
    ) -> None:
        super().__init__(scope, construct_id)
        self._deployment = deployment
        self._key = data.key
        self._program = Program(
            code=lambda_.Code.from_asset(str(code)),
            layers=tuple(self.add_layer(name, path) for name, path in layers.items()),
            environment=_environment(deployment, data, messaging),
        )
        self.rights = Rights(data, messaging, self)
        self.functions: dict[str, EngineFunction] = {}
        for function in topology.functions:
            granted = self.rights.of(function.name) if function.has_data else NOTHING
            if function.name == WORKER.name:
                http_task = _http_function(deployment)
                granted += self.rights.to_invoke(http_task) + of_targets(deployment.targets)
                granted += of_task_secrets(self._task_secrets())
            self.functions[function.name] = self.add(function, granted)
            for source in function.event_sources:
                queue = messaging.queues[source.queue]
                is_worker = function.name == WORKER.name
                concurrency_max = source.max_concurrency
                if is_worker:
                    concurrency_max = deployment.worker_concurrency_max
                self.functions[function.name].feed(queue, source, concurrency_max)
            if function.rate_minutes is not None:
                self.functions[function.name].repeat(function.rate_minutes)
            if function.stream_source is not None:
                table = data.tables[function.stream_source.table]
                failed = messaging.queues[function.stream_source.failure_queue]
                attributes = function.stream_source.attributes
                if deployment.node_events:
                    attributes = ()  # a change of a node run may be in any step
                self.functions[function.name].follow(table, failed, attributes)
        self.gateway = ApiGateway(
            self,
            "gateway",
            deployment=deployment,
            function=self.functions[API.name].entrance,
            key=data.key,
        )

    def add(self, function: Function, granted: Granted) -> EngineFunction:
        """A function that runs our code with these rights."""
        return EngineFunction(
            self,
            function.name,
            function=function,
            deployment=self._deployment,
            program=self._program,
            granted=granted,
            key=self._key,
        )

    def _task_secrets(self) -> str:
        """The ARNs of all secrets for tasks."""
        name = f"{task_secrets_prefix(self._deployment)}*"
        return Stack.of(self).format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def add_layer(self, name: str, path: Path) -> lambda_.LayerVersion:
        """What a directory holds, for the functions to import."""
        return lambda_.LayerVersion(
            self,
            name,
            code=lambda_.Code.from_asset(str(path)),
            compatible_architectures=[ARCHITECTURE],
            compatible_runtimes=[runtime(self._deployment.python)],
            description=f"The {name} of {self._deployment.prefix}.",
        )


def _http_function(deployment: Deployment) -> str:
    """The name by which the worker invokes it."""
    name = f"{deployment.prefix}-{HTTP_TASK.name}"
    return f"{name}:{LIVE}" if deployment.snap_start else name


def task_secrets_prefix(deployment: Deployment) -> str:
    """What the names of secrets for tasks begin with."""
    return f"{deployment.prefix}-{TOPOLOGY.task_secrets}"


def _environment(deployment: Deployment, data: Data, messaging: Messaging) -> dict[str, str]:
    """What ``functions.settings`` reads; every function gets the same."""
    variables = {
        "LOG_TABLE": data.tables[LOG.name].table_name,
        "RECORDS_TABLE": data.tables[RECORDS.name].table_name,
        "PAYLOAD_BUCKET": data.bucket.bucket_name,
        "WORK_QUEUE_URL": messaging.queues[WORK.name].queue_url,
        "WORK_QUEUE_ARN": messaging.queues[WORK.name].queue_arn,
        "TIMER_DLQ_ARN": messaging.queues[TIMER_DLQ.name].queue_arn,
        "SCHEDULE_GROUP": messaging.schedule_group.schedule_group_name,
        "SCHEDULER_ROLE_ARN": messaging.scheduler_role.role_arn,
        "TASK_TOKEN_SECRET_ID": data.secret_arn,
        "TASK_SECRETS_PREFIX": task_secrets_prefix(deployment),
        "EVENT_BUS": messaging.bus.event_bus_name,
        "STARTS_QUEUE_URL": messaging.queues[STARTS.name].queue_url,
        "STARTS_QUEUE_ARN": messaging.queues[STARTS.name].queue_arn,
        "STARTS_DLQ_URL": messaging.queues[STARTS_DLQ.name].queue_url,
        "STARTS_DLQ_ARN": messaging.queues[STARTS_DLQ.name].queue_arn,
        "TRIGGER_GROUP": messaging.trigger_group.schedule_group_name,
        "TRIGGER_ROLE_ARN": messaging.trigger_role.role_arn,
        "HTTP_FUNCTION": _http_function(deployment),
        "POWERTOOLS_LOG_LEVEL": deployment.log_level,
    }
    if isinstance(deployment.authorizer, Jwt):
        variables["PROJECTS_CLAIM"] = deployment.authorizer.projects_claim
        if deployment.authorizer.scope_prefix:
            variables["SCOPE_PREFIX"] = deployment.authorizer.scope_prefix
    if deployment.node_events:
        variables["NODE_EVENTS"] = "true"
    if deployment.tasks.modules:
        variables["TASK_MODULES"] = ",".join(deployment.tasks.modules)
    return variables
