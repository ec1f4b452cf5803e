"""Runs the command line in this process, as a shell would."""

import json
import sys
from typing import Any, NamedTuple

import pytest

from seriatim.cli.main import main


class Ran(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class CommandLine:
    """``seriatim`` with arguments."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch = patch
        self._capture = capture

    def __call__(self, *arguments: object) -> Ran:
        """Run it to its end."""
        self._patch.setattr(sys, "argv", ["seriatim", *map(str, arguments)])
        self._capture.readouterr()
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        out, err = self._capture.readouterr()
        return Ran(status, out, err)
