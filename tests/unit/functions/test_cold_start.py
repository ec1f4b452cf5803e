"""What a cold start pays for: the modules that a function imports until its use cases stand, and
the clients that it has built by then. Held by names, for times differ from machine to machine.
"""

import json
import subprocess
import sys

import pytest

from tests.unit.functions.test_settings import GOOD

EVERYWHERE = {"boto3", "moto", "jsonschema", "yaml", "typer", "aws_xray_sdk", "functions.publisher"}
ENGINE = EVERYWHERE | {
    "functions.api",
    "pydantic",
    "seriatim.adapters.trigger_rules",
    "seriatim.adapters.uploads",
    "seriatim.application.definitions",
    "seriatim.application.triggers",
    "seriatim.application.waiting",
    "seriatim.graph",
    "seriatim.tasks.http",
    "seriatim.tasks.http_elsewhere",
}
NO_TASKS = ENGINE | {"seriatim.tasks"}
NO_ENGINE = NO_TASKS | {"seriatim.application.worker", "seriatim.domain.decider.decide"}

PROGRAM = """
import importlib, json, sys
name, use_cases, unwanted, environment = json.loads(sys.argv[1])
importlib.import_module(f"functions.{name}.handler")
clients = {}
if use_cases:
    from functions.settings import load
    from functions.wiring import Wiring
    wired = Wiring(load(environment))
    for use_case in use_cases:
        getattr(wired, use_case)
    clients = wired.clients._clients
print(json.dumps([
    [one for one in unwanted if one in sys.modules],
    [service for (service, _), client in clients.items() if client._client is not None],
]))
"""


@pytest.mark.parametrize(
    ("name", "use_cases", "unwanted"),
    [
        ("api", ("reading_back",), EVERYWHERE | {"seriatim.tasks", "seriatim.graph"}),
        ("worker", ("worker",), ENGINE),
        ("starter", ("queued_starts",), NO_TASKS),
        ("notifier", ("log_stream", "event_publishing", "day_counting"), NO_ENGINE),
        ("reconciler", ("reconciler", "permit_repair"), NO_TASKS),
        ("dead_letter", ("dead_letter_handling",), NO_TASKS),
        ("http_task", (), EVERYWHERE | {"botocore", "pydantic", "functions.wiring"}),
    ],
)
def test_a_cold_start_imports_nothing_that_others_need_and_builds_no_client(
    name: str, use_cases: tuple[str, ...], unwanted: set[str]
) -> None:
    asked = json.dumps([name, use_cases, sorted(unwanted), GOOD])
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, asked],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(answer.stdout) == [[], []]
