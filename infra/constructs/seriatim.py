"""``Seriatim``: the whole service as one construct, for those who have a CDK app of their own.

    from infra.constructs.seriatim import Seriatim

    workflows = Seriatim(self, "Workflows", name="shop")
    workflows.add_lambda_task("charge-card", charge_card)
    workflows.add_task_module("orders.tasks", "tasks/")
    workflows.add_sequences("sequences/")
    workflows.grant_call_api(website, projects=["default"])

What a sequence names is added before it.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from aws_cdk import CfnOutput, CustomResource, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.acknowledgments import acknowledge_wildcard
from infra.byte_code import compiler_for
from infra.configuration import parse
from infra.constructs.data import Data
from infra.constructs.engine_function import EngineFunction
from infra.constructs.messaging import Messaging
from infra.constructs.observability import Observability
from infra.constructs.service import Service
from infra.packaging import Layer, stage_code, stage_tasks
from seriatim.authoring.files import LoadedFile, load_file
from seriatim.domain.validation.bundles import references_of
from seriatim.domain.validation.references import References
from seriatim.local.publishing import files_of
from seriatim.topology import PUBLISHER, STARTS, TOPOLOGY, WORKER

PROJECT: Final = "default"
RESOURCE: Final = "Custom::SeriatimSequences"

OnRemoval = Literal["archive", "keep"]


class SequenceError(ValueError):
    """Files of sequences are wrong; the message has a line for each problem."""


class Seriatim(Construct):
    """Tables, queues, functions, API and alarms, named ``seriatim-<name>-…``."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        settings: Mapping[str, Any] | None = None,
        layer: Path | None = None,
    ) -> None:
        """``settings`` are those of an environment's file (docs/deploy.md), ``layer`` a directory
        with the packages of ``requirements/runtime.txt``, where they have been built already.

        Raises:
            ConfigurationError: a setting is wrong.
            PackagingError: the layer cannot be built.
        """
        super().__init__(scope, construct_id)
        deployment = parse(dict(settings or {}), Path(f"{name}.toml"))
        self._definitions: list[dict[str, Any]] = []
        self._publisher: EngineFunction | None = None
        self._bundles = iam.PolicyStatement(sid="Bundles", actions=["s3:GetObject"])
        self._task_modules = list(deployment.tasks.modules)
        self._compiler = compiler_for(deployment.python)
        packages = (
            layer
            or Layer(
                python=deployment.python,
                architectures=deployment.bundled_architectures,
                compiler=self._compiler,
            ).build()
        )
        self._data = Data(self, "data", deployment=deployment, topology=TOPOLOGY)
        self._messaging = Messaging(
            self, "messaging", deployment=deployment, topology=TOPOLOGY, key=self._data.key
        )
        with tempfile.TemporaryDirectory() as directory:
            layers = {"packages": packages}
            if deployment.tasks.directory is not None:
                tasks = Path(directory) / "tasks"
                layers["tasks"] = stage_tasks(deployment.tasks.directory, tasks, self._compiler)
            self._service = Service(
                self,
                "service",
                deployment=deployment,
                topology=TOPOLOGY,
                data=self._data,
                messaging=self._messaging,
                code=stage_code(Path(directory) / "code", self._compiler),
                layers=layers,
            )
        Observability(
            self,
            "observability",
            deployment=deployment,
            topology=TOPOLOGY,
            data=self._data,
            messaging=self._messaging,
            service=self._service,
        )
        self.api_url: str = self._service.gateway.api.api_endpoint
        self.bus = self._messaging.bus
        """Where changes of status are published."""
        self.start_queue = self._messaging.queues[STARTS.name]
        """What takes messages that start sequences."""
        CfnOutput(self, "ApiUrl", value=self.api_url)
        CfnOutput(self, "BusName", value=self.bus.event_bus_name)
        CfnOutput(self, "StartQueueUrl", value=self.start_queue.queue_url)

    def add_lambda_task(self, task_id: str, function: lambda_.IFunction, **definition: Any) -> None:
        """Let tasks of this id invoke a function. ``definition`` has what else a task definition
        has (``retryPolicy``, ``timeoutSeconds``, ``inputSchema``, …).
        """
        self._worker_role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[function.function_arn]
            )
        )
        self._definitions.append(
            {
                "name": task_id,
                **definition,
                "id": task_id,
                "integration": "lambda",
                "lambda": {"functionArn": function.function_arn},
            }
        )

    def add_task_module(self, module: str, directory: str | Path) -> None:
        """Ship a directory with the functions; ``module``, in it, registers ``python`` tasks."""
        with tempfile.TemporaryDirectory() as staged:
            into = Path(staged) / "layer"
            layer = self._service.add_layer(
                f"tasks-{module}", stage_tasks(Path(directory), into, self._compiler)
            )
        self._task_modules.append(module)
        for each in self._service.functions.values():
            each.function.add_layers(layer)
            each.function.add_environment("TASK_MODULES", ",".join(self._task_modules))

    def add_sequences(
        self, *paths: str | Path, project: str = PROJECT, on_removal: OnRemoval = "keep"
    ) -> CustomResource:
        """Publish files of definitions, or directories of them, whenever they are deployed. What is
        taken away later, or goes with the stack, stays, or is archived: then nobody starts it, and
        its triggers are gone.

        Raises:
            SequenceError: there is a problem in the files; all are named.
        """
        bundle = bundle_of([Path(path) for path in paths], self._definitions)
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "bundle.json"
            file.write_text(json.dumps(bundle, sort_keys=True))
            asset = assets.Asset(self, f"sequences-{project}", path=str(file))
        publisher = self._publisher_of(_object_arn(self, asset))
        resource = CustomResource(
            self,
            f"published-{project}",
            resource_type=RESOURCE,
            service_token=publisher.function.function_arn,
            removal_policy=RemovalPolicy.DESTROY,
            properties={
                "Project": project,
                "Bucket": asset.s3_bucket_name,
                "Key": asset.s3_object_key,
                "TaskDefinitions": Stack.of(self).to_json_string(self._definitions),
                "OnRemoval": on_removal,
            },
        )
        # It keeps sequences in the tables and triggers on the bus, and goes before them.
        resource.node.add_dependency(self._data, self._messaging)
        return resource

    def _publisher_of(self, bundle_arn: str) -> EngineFunction:
        """One function, however many projects there are: it may read the bundle of each."""
        self._bundles.add_resources(bundle_arn)
        if self._publisher is None:
            rights = self._service.rights.of_publisher(self._bundles)
            self._publisher = self._service.add(PUBLISHER, rights)
        return self._publisher

    def grant_call_api(self, grantee: iam.IGrantable, projects: Sequence[str]) -> iam.Grant:
        """Let somebody call the API about these projects, and about no other."""
        api_id = self._service.gateway.api.api_id
        places = [
            Stack.of(self).format_arn(
                service="execute-api",
                resource=api_id,
                resource_name=f"*/*/projects/{project}/*",
            )
            for project in projects
        ]
        grant = iam.Grant.add_to_principal(
            grantee=grantee, actions=["execute-api:Invoke"], resource_arns=places
        )
        if isinstance(grantee, Construct):
            for place in places:
                acknowledge_wildcard(
                    grantee, place, "All calls about a project are one path and what follows it."
                )
        return grant

    @property
    def _worker_role(self) -> iam.Role:
        return self._service.functions[WORKER.name].role


def bundle_of(paths: Sequence[Path], known: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One bundle of all that the files hold, checked as for activation; ``known`` is there, too."""
    files = [file for path in paths for file in files_of(path)]
    references = References(
        task_definitions={str(one["id"]): frozenset() for one in known},
        sequences={},
        resource_pools={},
    )
    first = [load_file(file) for file in files]
    for file in first:
        if file.bundle is not None:
            references = references_of(file.bundle, file.documents, references)
    loaded: list[LoadedFile] = [load_file(file, references) for file in files]
    if any(file.has_errors for file in loaded):
        raise SequenceError("\n".join(str(problem) for file in loaded for problem in file.problems))
    bundle: dict[str, Any] = {}
    for file in loaded:
        for kind, documents in file.documents.items():
            bundle[kind] = [*bundle.get(kind, ()), *documents]
    return bundle


def _object_arn(scope: Construct, asset: assets.Asset) -> str:
    return Stack.of(scope).format_arn(
        service="s3",
        region="",
        account="",
        resource=asset.s3_bucket_name,
        resource_name=asset.s3_object_key,
    )
