"""The command as a whole: help, usage, colours, pipes."""

import subprocess
import sys
from pathlib import Path

import pytest

from seriatim.version import VERSION
from tests.unit.cli.command import CommandLine
from tests.unit.cli.conftest import WriteFile
from tests.unit.cli.definitions import line, task

SERIATIM = [sys.executable, "-m", "seriatim.cli.main"]


def test_help_names_every_command_and_the_exit_statuses(seriatim: CommandLine) -> None:
    ran = seriatim("--help")
    assert ran.status == 0
    commands = ("dev", "run", "validate", "graph", "start", "get", "list", "history", "cancel")
    for command in (*commands, "signal"):
        assert f"│ {command} " in ran.out
    assert "3 the service cannot" in ran.out


def test_help_imports_nothing_that_only_the_commands_need() -> None:
    code = (
        "import sys; sys.argv = ['seriatim', '--help']\n"
        "from seriatim.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'boto3', 'moto', 'pydantic', 'yaml', 'functions', 'seriatim.local.service'}\n"
        "print('heavy:', heavy & set(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr == "heavy: set()\n"


def test_version_is_printed(seriatim: CommandLine) -> None:
    assert seriatim("--version").out == f"seriatim {VERSION}\n"


def test_wrong_usage_is_status_2(seriatim: CommandLine) -> None:
    assert seriatim("frobnicate").status == 2
    assert seriatim("validate").status == 2
    assert seriatim("run", "x.json", "--timeout", "soon").status == 2
    assert seriatim("list", "--limit", "0").status == 2


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--executions-per-month", "9" * 400),
        ("--task-seconds", "inf"),
        ("--task-megabytes", "10241"),
        ("--worker-megabytes", "10241"),
    ],
)
def test_a_cost_beyond_reckoning_is_wrong_usage(
    seriatim: CommandLine, option: str, value: str
) -> None:
    ran = seriatim("cost", "x.json", "--executions-per-month", "1", option, value)
    assert ran.status == 2
    assert f"Invalid value for '{option}'" in ran.err


def test_a_reader_that_leaves_early_is_no_error(write: WriteFile) -> None:
    nodes = [task(f"n{i}", "nowhere") for i in range(2_000)]
    file = write("many.json", line(*nodes))
    with subprocess.Popen(
        [*SERIATIM, "validate", file], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_no_colours_off_a_terminal(seriatim: CommandLine, write: WriteFile) -> None:
    ran = seriatim("validate", write("bad.json", {"name": "x"}))
    assert ran.status == 1
    assert "\x1b" not in ran.out + ran.err


def test_names_from_files_do_nothing_to_the_terminal(
    seriatim: CommandLine, write: WriteFile
) -> None:
    hostile = "\x1b]0;owned\x07\x9b31m\u202e"
    ran = seriatim("validate", write("bad.json", line({"id": "a", "type": "task", hostile: 1})))
    assert ran.status == 1
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(ran.out + ran.err)


def test_output_that_the_terminal_cannot_show_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "注文.json"
    ran = subprocess.run(
        [*SERIATIM, "validate", file],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)},
        check=False,
    )
    assert ran.returncode == 1
    assert b"??.json: error UnreadableFile" in ran.stdout
