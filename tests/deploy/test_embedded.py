"""The service in somebody else's stack: deployed, it has the sequences that came with it, and they
call the stack's own function.
"""

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.deploy.conftest import SECONDS_MAX, Deployed
from tests.deploy.emulator import wait_until
from tests.deploy.signed_calls import SignedCaller

pytestmark = pytest.mark.timeout(SECONDS_MAX)

SYNTHESISE = """
import json, sys
from examples.embedded.app import compose
compose(settings=json.loads(sys.argv[1])).synth()
"""


def buy_by_event(deployed: Deployed, caller: SignedCaller, shown: dict[str, str]) -> None:
    """The trigger that came with the sequences starts one, through a rule and a queue of AWS."""
    (bus,) = (value for name, value in shown.items() if name.startswith("WorkflowsBusName"))
    ordered = {"Source": "website", "DetailType": "Ordered", "EventBusName": bus}
    detail = json.dumps({"orderId": "A-8"})
    deployed.emulator.client("events").put_events(Entries=[{**ordered, "Detail": detail}])
    trigger = "/triggers/ordered"
    wait_until(
        lambda: "lastFiredAt" in caller.call("GET", trigger),
        120,
        lambda: caller.call("GET", trigger),
    )
    started = caller.call("GET", trigger)["lastExecutionId"]
    caller.wait(started, "succeeded", 120)


def test_sequences_come_with_the_stack_and_call_its_function(
    deployed: Deployed, tmp_path: Path
) -> None:
    settings = {
        "keep_data": False,
        "python": deployed.python,
        "bundled_architectures": deployed.architectures,
    }
    app = shlex.join([sys.executable, "-c", SYNTHESISE, json.dumps(settings)])
    outputs, assembly = tmp_path / "outputs.json", tmp_path / "cdk.out"
    deployed.emulator.cdk(
        "deploy",
        "--all",
        f"--app={app}",
        "--require-approval=never",
        f"--outputs-file={outputs}",
        f"--output={assembly}",
    )
    shown = json.loads(outputs.read_text())["shop"]
    (url,) = (value for name, value in shown.items() if name.startswith("WorkflowsApiUrl"))
    known = deployed.emulator.credentials
    caller = SignedCaller(url, (known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"]))
    assert caller.call("GET", "/sequences/buy")["status"] == "active"
    bought = caller.wait(caller.start("buy", orderId="A-7"), "succeeded", 120)
    thanks = bought["nodeExecutions"]["thank"]["outputs"]["message"]
    assert thanks == "Thank you for A-7, paid by pay-A-7."
    buy_by_event(deployed, caller, shown)
    deployed.emulator.cdk("destroy", "--all", "--force", f"--app={assembly}")
