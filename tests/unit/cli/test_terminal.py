"""Nothing that users name things steers a terminal, or makes up lines."""

import json
import logging
import sys

import pytest

from seriatim.cli import terminal
from seriatim.cli.exits import Failed

HOSTILE = "a\x1b[2J\nb\x9b31m\x85c\u2028d\u202ee\x7f\rf"


def is_harmless(text: str) -> bool:
    return not set(text) & set("\x1b\x9b\x85\u2028\u202e\x7f\r")


def test_json_is_the_same_value_and_escapes_what_steers_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal.show_json({HOSTILE: [HOSTILE, "grün 東 🦊"]})
    out = capsys.readouterr().out
    assert json.loads(out) == {HOSTILE: [HOSTILE, "grün 東 🦊"]}
    assert is_harmless(out)
    assert "grün 東 🦊" in out


def test_tables_and_lines_show_it_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show_table(("NAME",), [(HOSTILE,)])
    terminal.show(HOSTILE)
    out = capsys.readouterr().out
    assert is_harmless(out)
    assert len(out.splitlines()) == 3


def test_a_log_line_is_one_line_and_a_traceback_has_its_own() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        record = logging.LogRecord("n", 1, "p", 1, "of %s", (HOSTILE,), sys.exc_info())
    lines = terminal.PlainLines().format(record).split("\n")
    assert lines[0].startswith("of a")
    assert lines[1].startswith("Traceback")
    assert is_harmless("".join(lines))


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(Failed, match="--input: more than 67,108,864 bytes"):
        terminal.parse_json("--input", "@/dev/zero")
