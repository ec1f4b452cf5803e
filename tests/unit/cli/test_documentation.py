"""``docs/cli.md`` has every command and every option."""

from pathlib import Path

import pytest
import typer.main

from seriatim.cli.main import app

TEXT = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    assert f"seriatim {name} " in TEXT
    options = [option for parameter in COMMANDS[name].params for option in parameter.opts]
    missing = [one for one in options if one.startswith("--") and one not in TEXT]
    assert missing == []
