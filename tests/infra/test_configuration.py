"""A wrong environment is refused before anything is synthesised, with every wrong place named."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.configuration import (
    ENVIRONMENTS,
    ConfigurationError,
    Iam,
    Jwt,
    parse,
    read,
)

ROOT = Path(__file__).parents[2]
JWT = {"type": "jwt", "issuer": "https://login.example.com/", "audience": ["seriatim"]}
ACCOUNT = {"account": "123456789012", "region": "eu-west-1"}
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:"

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"colour": "blue"}, "colour: there is no such setting; remove it, or correct its name"),
    ({"name": "x"}, "name is the file's; remove it"),
    ({"keep_data": "yes"}, 'keep_data: Input should be a valid boolean; it is "yes"'),
    ({"point_in_time_days": 36}, "point_in_time_days: Input should be less than or equal to 35"),
    ({"point_in_time_days": 7.5}, "point_in_time_days: Input should be a valid integer"),
    ({"log_days": 8}, "log_days: Input should be 1, 3, 5, 7"),
    ({"log_level": "VERBOSE"}, "log_level: Input should be 'DEBUG', 'INFO'"),
    ({"account": "12", "region": "eu-west-1"}, "account: String should match pattern"),
    ({"account": "123456789012"}, "give account and region together, or neither"),
    ({**ACCOUNT, "region": "Ireland"}, 'it is "Ireland"'),
    ({"customer_managed_key": True}, "customer_managed_key needs account and region; give them"),
    (
        {"worker_concurrency_max": 1},
        "worker_concurrency_max: Input should be greater than or equal",
    ),
    ({"python": "3.10"}, "python: Input should be '3.11', '3.12', '3.13' or '3.14'"),
    ({"bundled_architectures": ["x86_64"]}, "lacks arm64"),
    ({"bundled_architectures": ["riscv"]}, "bundled_architectures.0: Input should be 'arm64'"),
    ({"throttle": {"burst": 0}}, "throttle.burst: Input should be greater than or equal to 1"),
    ({"throttle": {"rate": 5}}, "throttle.rate: there is no such setting"),
    ({"authorizer": {"type": "none"}}, "authorizer: Input tag 'none'"),
    ({"authorizer": {"type": "jwt", "issuer": "https://x"}}, "authorizer.audience: is missing"),
    ({"authorizer": {**JWT, "audience": []}}, "authorizer.audience: Tuple should have at least 1"),
    ({"authorizer": {**JWT, "issuer": "http://x"}}, "authorizer.issuer: String should match"),
    ({"authorizer": {**JWT, "callback_scopes": ["a"]}}, "callback_scopes without scopes"),
    ({"targets": {"function_arns": ["*"]}}, "targets.function_arns.0: String should match"),
    ({"targets": {"function_arns": [f"{FUNCTION}*"]}}, "targets.function_arns.0"),
    ({"targets": {"function_arns": [f"{FUNCTION}a*b"]}}, "targets.function_arns.0"),
    ({"targets": {"queue_arns": ["https://sqs/x"]}}, "targets.queue_arns.0"),
    ({"targets": {"bus_arns": ["default"]}}, "targets.bus_arns.0"),
    ({"alarm_topic_arn": "alarms"}, "alarm_topic_arn: String should match pattern"),
    ({"snap_start": True, "python": "3.11"}, "snap_start needs python 3.12 or newer; it is 3.11"),
    ({"snap_start": "yes"}, "snap_start: Input should be a valid boolean"),
    ({"tasks": {"modules": ["a-b"]}}, "tasks.modules.0: String should match pattern"),
    ({"tasks": {"directory": "nowhere"}}, "tasks.directory names nowhere, and there is no such"),
    ({"tasks": {"modules": ["absent"], "directory": "."}}, "tasks.modules names absent"),
]


@pytest.mark.parametrize(("document", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_wrong_value_is_named_with_what_is_right(
    tmp_path: Path, document: dict[str, Any], problem: str
) -> None:
    path = tmp_path / "own.toml"
    with pytest.raises(ConfigurationError) as raised:
        parse(document, path)
    assert problem in str(raised.value)
    assert str(path) in str(raised.value)


def test_all_wrong_places_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse({"colour": "blue", "log_days": 8, "throttle": {"burst": 0}}, tmp_path / "own.toml")
    assert [place in str(raised.value) for place in ("colour", "log_days", "burst")] == [True] * 3


def test_nothing_needs_to_be_chosen(tmp_path: Path) -> None:
    deployment = parse({}, tmp_path / "own.toml")
    assert (deployment.name, deployment.prefix) == ("own", "seriatim-own")
    assert deployment.keep_data
    assert deployment.authorizer == Iam(type="iam")


def test_a_directory_of_tasks_lies_beside_its_file(tmp_path: Path) -> None:
    (tmp_path / "tasks" / "orders").mkdir(parents=True)
    document = {"authorizer": JWT, "tasks": {"modules": ["orders"], "directory": "tasks"}}
    deployment = parse(document, tmp_path / "own.toml")
    assert deployment.tasks.directory == (tmp_path / "tasks").resolve()
    assert isinstance(deployment.authorizer, Jwt)


@pytest.mark.parametrize("path", sorted(ENVIRONMENTS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_environments_of_the_repository_are_right(path: Path) -> None:
    assert read(path.stem) == read(str(path))
    assert read(path.stem).name == path.stem


def test_what_is_thrown_away_is_never_production() -> None:
    assert read("prod").keep_data
    assert not read("dev").keep_data


@pytest.mark.parametrize("name", ["Prod", "a_b", "1st", "x" * 21, "../dev"])
def test_a_name_that_aws_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is no name for|There is no file"):
        read(name)


def test_an_unknown_environment_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"Known environments: .*dev, prod"):
        read("staging")


def test_a_file_that_is_no_toml_is_named_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("keep_data = yes\n")
    with pytest.raises(ConfigurationError, match=r"own\.toml is no TOML: .*line 1"):
        read(str(path))


@pytest.mark.parametrize("context", [None, {"environment": 3}])
def test_the_app_says_how_to_choose_an_environment(context: object) -> None:
    result = run_app(context)
    assert result.returncode == 1
    assert result.stderr.startswith("error: Say which environment: -c environment=NAME")


def test_the_app_reports_a_wrong_environment_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("log_days = 8\n")
    result = run_app({"environment": str(path)})
    assert result.returncode == 1
    assert result.stderr.startswith(f"error: {path} is wrong:\n  log_days: Input should be 1,")
    assert "Traceback" not in result.stderr


def run_app(context: object) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "CDK_CONTEXT_JSON"}
    if context is not None:
        environment["CDK_CONTEXT_JSON"] = json.dumps(context)
    command = [sys.executable, "-m", "infra.app"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
