"""Synthesises the environments that the tests look at, in a process of its own: an assembly each
under the directory that is given. The layer is a stand-in, so nothing is asked of any network.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from examples.embedded import app as embedded
from infra.app import compose
from infra.configuration import parse
from infra.constructs.seriatim import Seriatim
from infra.packaging import stage_code, stage_tasks
from tests.builders import sequence

if TYPE_CHECKING:
    from aws_cdk import App

PLAIN: Final[dict[str, Any]] = {"keep_data": False}
FULL: Final[dict[str, Any]] = {
    "account": "123456789012",
    "region": "eu-west-1",
    "customer_managed_key": True,
    "worker_concurrency_max": 20,
    "node_events": True,
    "python": "3.13",
    "snap_start": True,
    "bundled_architectures": ["arm64", "x86_64"],
    "alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:alarms",
    "authorizer": {
        "type": "jwt",
        "issuer": "https://login.example.com/",
        "audience": ["seriatim"],
        "scopes": ["seriatim/manage"],
        "callback_scopes": ["seriatim/work"],
    },
    "tasks": {"modules": ["orders.tasks"], "directory": "tasks"},
    "targets": {
        "function_arns": ["arn:aws:lambda:eu-west-1:123456789012:function:orders-*"],
        "queue_arns": ["arn:aws:sqs:eu-west-1:123456789012:parcels.fifo"],
        "bus_arns": ["arn:aws:events:eu-west-1:123456789012:event-bus/orders"],
    },
}
EMBEDDED: Final = "embedded"
"""The app of ``examples/embedded``."""
PROJECTS: Final = "projects"
"""Sequences of two projects in one stack."""
BROKEN: Final = "broken"
"""The plain environment, with a queue that breaks the rules: synthesis must refuse it."""


def main(out: Path) -> None:
    """Write an assembly for each, and what the packs of rules say of ``broken``."""
    (out / "tasks" / "orders").mkdir(parents=True)
    (out / "tasks" / "orders" / "tasks.py").write_text("READY = True\n")
    (out / "layer" / "python").mkdir(parents=True)
    (out / "layer" / "python" / "packages.txt").write_text("a stand-in\n")
    code = stage_code(out / "code")
    tasks = stage_tasks(out / "tasks", out / "staged-tasks")
    layers = {"packages": out / "layer"}
    _synthesise(out, "plain", PLAIN, code, layers)
    _synthesise(out, "full", FULL, code, {**layers, "tasks": tasks})
    embedded.compose(str(out / EMBEDDED), layer=out / "layer").synth()
    _bring_two_projects(out)
    try:
        _synthesise(out, BROKEN, PLAIN, code, layers, _break)
    except RuntimeError as error:
        (out / BROKEN / "error.txt").write_text(str(error))


def _synthesise(
    out: Path,
    name: str,
    document: dict[str, Any],
    code: Path,
    layers: dict[str, Path],
    change: Callable[["App"], None] | None = None,
) -> None:
    deployment = parse(document, out / f"{name}.toml")
    app = compose(deployment, code=code, layers=layers, outdir=str(out / name))
    if change is not None:
        change(app)
    app.synth()


def _bring_two_projects(out: Path) -> None:
    from aws_cdk import App, Stack  # noqa: PLC0415

    app = App(outdir=str(out / PROJECTS), analytics_reporting=False)
    workflows = Seriatim(Stack(app, "both"), "Workflows", name="both", layer=out / "layer")
    for project in ("north", "south"):
        (out / f"{project}.json").write_text(json.dumps(sequence("start > end", name=project)))
        workflows.add_sequences(out / f"{project}.json", project=project)
    app.synth()


def _break(app: "App") -> None:
    from aws_cdk import Stack  # noqa: PLC0415
    from aws_cdk import aws_sqs as sqs  # noqa: PLC0415

    sqs.Queue(Stack(app, "unfit"), "queue")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
