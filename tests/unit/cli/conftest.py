"""Fixtures of the command line's tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.command import CommandLine

WriteFile = Callable[[str, Any], Path]


@pytest.fixture
def seriatim(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    for name in ("SERIATIM_ENDPOINT", "SERIATIM_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(monkeypatch, capsys)


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    """Writes a file: text as it is, anything else as JSON."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    return write
