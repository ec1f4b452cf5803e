"""What the commands say: results on standard output, everything else on standard error.

Text of users is shown as text: no markup, no control characters. Colours only on a terminal.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from seriatim.cli.exits import Failed
from seriatim.graph.measure import one_line

WIDTH_OFF_TERMINAL: Final = 10_000
"""Where nobody looks at it but a program, no column is cut."""
UNSEEN: Final = re.compile("[\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069]")
"""What JSON does not escape by itself, and a terminal may obey."""
STATUS_STYLES: Final[Mapping[str, str]] = {
    "succeeded": "green",
    "active": "green",
    "failed": "red",
    "timed_out": "red",
    "cancelled": "bright_black",
    "waiting": "yellow",
    "running": "blue",
    "pending": "bright_black",
}


def console(*, is_error: bool = False) -> Console:
    """Standard output or standard error."""
    stream = sys.stderr if is_error else sys.stdout
    return Console(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if stream.isatty() else WIDTH_OFF_TERMINAL,
    )


def say(text: str, style: str = "") -> None:
    """A line on standard error; of several lines, each."""
    console(is_error=True).print(
        Text("\n".join(one_line(line) for line in text.splitlines()), style), soft_wrap=True
    )


def show(text: str) -> None:
    """A line of the result."""
    console().print(Text(one_line(text)), soft_wrap=True)


def show_json(value: Any) -> None:
    """The result as JSON; text of any script as it is, but what would steer a terminal."""
    text = UNSEEN.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=2))
    sys.stdout.write(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") + "\n")


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


class PlainLines(logging.Formatter):
    """Log lines with text of users in them: whatever it is, it begins no line and steers nothing.
    Only a traceback has several lines.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The message on one line."""
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The traceback, line by line."""
        return "\n".join(one_line(line) for line in super().formatException(ei).split("\n"))


def log_plainly() -> None:
    """Have log lines that nothing else takes written so."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(PlainLines())


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A compact table. Words that are a status are coloured."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    out = console()
    if out.is_terminal:
        out.print(table)
        return
    # Off a terminal no line ends in blanks.
    with out.capture() as capture:
        out.print(table)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def cell(value: object) -> Text:
    """One cell of a table."""
    text = "" if value is None else one_line(str(value))
    return Text(text, STATUS_STYLES.get(text, ""))


def short_json(value: Any, characters_max: int = 100) -> str:
    """A value on one line; on a terminal cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= characters_max or not console().is_terminal:
        return text
    return text[: characters_max - 1] + "…"


def problem_lines(problems: Iterable[Mapping[str, Any]]) -> list[str]:
    """Problems of a definition as the service names them, a line each, errors first."""
    ordered = sorted(problems, key=lambda one: one.get("severity") != "error")
    return [
        f"  {one.get('severity', 'error')} {one.get('code', '')} at {one.get('path', '/')}:"
        f" {one.get('message', '')}"
        for one in ordered
    ]


def parse_json(option: str, text: str) -> Any:
    """The value of an option that is JSON, or ``@`` and the name of a file of JSON; ``@-`` is
    standard input.

    Raises:
        Failed: it cannot be read (exit status 2).
    """
    from pathlib import Path  # noqa: PLC0415

    from seriatim.cli.exits import USAGE  # noqa: PLC0415
    from seriatim.domain.limits import FILE_BYTES_MAX  # noqa: PLC0415
    from seriatim.domain.validation.json_text import JsonTextError, read_json  # noqa: PLC0415

    content: str | bytes = text
    if text.startswith("@"):
        try:
            if text == "@-":
                content = sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
            else:
                with Path(text[1:]).open("rb") as file:  # which may be a device without an end
                    content = file.read(FILE_BYTES_MAX + 1)
        except OSError as error:
            raise Failed(f"{option}: {text[1:]} cannot be read: {error.strerror}.", USAGE) from None
    if len(content) > FILE_BYTES_MAX:
        raise Failed(f"{option}: more than {FILE_BYTES_MAX:,} bytes cannot be read.", USAGE)
    try:
        return read_json(content)
    except JsonTextError as error:
        raise Failed(f"{option}: {error}", USAGE) from None


def parse_object(option: str, text: str | None) -> dict[str, Any] | None:
    """As ``parse_json``, and it must be an object."""
    if text is None:
        return None
    value = parse_json(option, text)
    if not isinstance(value, dict):
        from seriatim.cli.exits import USAGE  # noqa: PLC0415

        raise Failed(f'{option} must be a JSON object, such as {{"name": "value"}}.', USAGE)
    return value
