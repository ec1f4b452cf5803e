"""cdk-nag's packs and cfn-lint are content, and would not be with less; synthesis asks no account
anything.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.synthesis import BROKEN, EMBEDDED
from tests.infra.templates import Assembly

LET_PASS = ("W3005",)
"""The CDK says that a function needs its role, which the role's ARN in it says, too: no harm."""


def linted(*templates: Path) -> str:
    """What cfn-lint says of templates."""
    program = Path(sys.executable).with_name("cfn-lint")
    command = [str(program), "--ignore-checks", *LET_PASS, "--"]
    result = subprocess.run(
        [*command, *map(str, templates)], capture_output=True, text=True, check=False
    )
    return result.stdout + result.stderr


def findings(assembly: Path) -> dict[str, set[str]]:
    """By pack of rules: the constructs with findings."""
    report = json.loads((assembly / "validation-report.json").read_text())
    return {
        pack["pluginName"]: {
            construct["constructPath"]
            for violation in pack["violations"]
            for construct in violation["violatingConstructs"]
        }
        for pack in report["pluginReports"]
    }


def test_no_finding_is_left(each: Assembly) -> None:
    assert findings(each.directory) == {}


def test_both_packs_look_and_refuse(assemblies: Path) -> None:
    unfit = {"unfit/queue/Resource"}
    assert findings(assemblies / BROKEN) == {"AwsSolutions": unfit, "Serverless": unfit}
    assert (assemblies / BROKEN / "error.txt").read_text().startswith("ValidationFailed")


@pytest.mark.parametrize("name", ["plain", "full", EMBEDDED])
def test_cfn_lint_has_nothing_to_say(assemblies: Path, name: str) -> None:
    templates = sorted((assemblies / name).glob("*.template.json"))
    assert templates
    assert linted(*templates) == ""


def test_cfn_lint_finds_what_cloudformation_would_refuse(tmp_path: Path) -> None:
    pytest.importorskip("cfnlint", reason="cfn-lint is not installed; `make setup-infra` does it")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 901}}
    template = tmp_path / "wrong.template.json"
    template.write_text(json.dumps({"Resources": {"queue": queue}}))
    assert "901 is greater than the maximum of 900" in linted(template)


def test_synthesis_looks_nothing_up(each: Assembly) -> None:
    assert "missing" not in each.manifest


def test_the_stacks_are_apart_by_how_long_they_live(each: Assembly) -> None:
    stacks = {
        name.rpartition("-")[2]: artifact
        for name, artifact in each.manifest["artifacts"].items()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    assert set(stacks) == {"data", "messaging", "service", "observability"}
    needed = {
        name: {d.rpartition("-")[2] for d in stack.get("dependencies", []) if "assets" not in d}
        for name, stack in stacks.items()
    }
    assert needed["data"] == set()
    assert needed["messaging"] <= {"data"}
    assert needed["service"] == {"data", "messaging"}
