"""The deployment under test: bootstrapped and deployed once, as an operator would do it."""

import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.emulator import ACCOUNT, REGION, ROOT, Emulator, NotToBeHad, python_version
from tests.deploy.signed_calls import SignedCaller

TASKS = ROOT / "examples" / "order_fulfilment"
NAME = "trial"
SECONDS_MAX = 1800
"""For one test; the first bootstraps and deploys. Ten times what it takes on a machine of its own:
where others are at work, synthesis alone has taken three minutes.
"""
MACHINES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "AMD64": "x86_64"}


@dataclass(frozen=True)
class Deployed:
    """One environment on one emulator."""

    emulator: Emulator
    file: Path
    outputs: Path

    @property
    def python(self) -> str:
        """The version that runs the functions here."""
        return python_version()

    @property
    def architectures(self) -> list[str]:
        """Lambda's, and this machine's, which runs the functions here."""
        return sorted({"arm64", MACHINES[platform.machine()]})

    def configure(self, **changed: str) -> None:
        """Write the environment's file; ``changed`` are settings as TOML has them."""
        settings = {
            "account": f'"{ACCOUNT}"',
            "region": f'"{REGION}"',
            "keep_data": "false",
            "python": f'"{self.python}"',
            "bundled_architectures": json.dumps(self.architectures),
            "tasks": f'{{modules = ["tasks"], directory = "{TASKS}"}}',
            **changed,
        }
        self.file.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))

    def deploy(self) -> None:
        """``cdk deploy``, as docs/deploy.md has it."""
        self.emulator.cdk(
            "deploy",
            "--all",
            f"--context=environment={self.file}",
            "--require-approval=never",
            f"--outputs-file={self.outputs}",
            f"--output={self.file.parent / 'cdk.out'}",
        )

    def destroy(self) -> None:
        """``cdk destroy`` of what was deployed last."""
        self.emulator.cdk("destroy", "--all", "--force", f"--app={self.file.parent / 'cdk.out'}")

    @property
    def url(self) -> str:
        """The API's, as it is printed after a deployment."""
        url: str = json.loads(self.outputs.read_text())[f"seriatim-{NAME}-service"]["Url"]
        return url

    @property
    def operator(self) -> SignedCaller:
        """Somebody who may do everything."""
        known = self.emulator.credentials
        return SignedCaller(self.url, (known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"]))

    def count(self, queue: str, attribute: str) -> int:
        """Of the messages in a queue."""
        sqs = self.emulator.client("sqs")
        url = sqs.get_queue_url(QueueName=f"seriatim-{NAME}-{queue}")["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])
        return int(asked["Attributes"][attribute])

    def stacks(self) -> set[str]:
        """Of this environment, those that there are."""
        listed = self.emulator.client("cloudformation").list_stacks()["StackSummaries"]
        names = {s["StackName"] for s in listed if s["StackStatus"] != "DELETE_COMPLETE"}
        return {name for name in names if name.startswith(f"seriatim-{NAME}-")}


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """An empty account, bootstrapped, with the environment deployed."""
    directory = tmp_path_factory.mktemp("deploy")
    try:
        with Emulator(directory) as emulator:
            emulator.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=directory)
            made = Deployed(emulator, directory / f"{NAME}.toml", directory / "outputs.json")
            made.configure()
            made.deploy()
            yield made
    except NotToBeHad as lack:
        pytest.skip(str(lack))
