"""A shop with workflows: ``cdk deploy --app 'python -m examples.embedded.app'``.

One stack holds the shop's own function, the service, the sequences that call the function, and the
website's role, which may start them.
"""

import sys
from pathlib import Path
from typing import Any, Final

from aws_cdk import App, Duration, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import Construct

from infra.acknowledgments import acknowledge
from infra.constructs.seriatim import Seriatim

HERE: Final = Path(__file__).parent
CHARGE_CARD: Final = """
def handler(event, context):
    return {"reference": "pay-" + event["orderId"]}
"""


class Shop(Stack):
    """The shop."""

    def __init__(self, scope: Construct, construct_id: str, **service: Any) -> None:
        """``service`` is what ``Seriatim`` takes besides."""
        super().__init__(scope, construct_id)
        charge_card = lambda_.Function(
            self,
            "charge-card",
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_inline(CHARGE_CARD),
            handler="index.handler",
            memory_size=256,
            role=iam.Role(
                self, "charging", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
            ),
            runtime=lambda_.Runtime.PYTHON_3_14,
            timeout=Duration.seconds(10),
        )
        reason = "The worker waits for its answer, and the execution's history tells of it."
        acknowledge(charge_card, "Serverless-LambdaDLQ", reason)
        acknowledge(charge_card, "Serverless-LambdaTracing", reason)
        website = iam.Role(
            self, "website", assumed_by=iam.ServicePrincipal("apprunner.amazonaws.com")
        )
        workflows = Seriatim(self, "Workflows", name="shop", **service)
        workflows.add_lambda_task("charge-card", charge_card, timeoutSeconds=30)
        workflows.add_task_module("shop_tasks", HERE / "tasks")
        workflows.add_sequences(HERE / "sequences", on_removal="archive")
        workflows.grant_call_api(website, projects=["default"])


def compose(outdir: str | None = None, **service: Any) -> App:
    """The app, held to the rules that the service itself is held to."""
    app = App(outdir=outdir, analytics_reporting=False)
    Shop(app, "shop", **service)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    return app


if __name__ == "__main__":
    compose().synth()
    sys.exit(0)
