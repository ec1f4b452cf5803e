"""cdk-nag's packs are content, and would not be with less; synthesis asks no account anything."""

import json
from pathlib import Path

from tests.infra.synthesis import BROKEN
from tests.infra.templates import Assembly


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
