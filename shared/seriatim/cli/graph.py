"""``seriatim graph``: the picture of a sequence in a file."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from seriatim.authoring.files import LoadedFile, load_file
from seriatim.cli import terminal
from seriatim.cli.choosing import choose
from seriatim.cli.exits import USAGE, Failed
from seriatim.graph.png import PngUnavailable
from seriatim.graph.render import Format, render

SUFFIXES: Final[Mapping[str, Format]] = {
    ".json": "json",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".png": "png",
}


def graph(path: Path, kind: str | None, output: Path | None, sequence: str | None) -> None:
    """Draw one sequence of a file, valid or not, to a file or to standard output.

    Without a format the output's suffix says it; without that it is SVG.

    Raises:
        Failed: nothing can be drawn, or the output cannot be written.
    """
    chosen = _format(kind, output)
    loaded = load_file(path)
    document = choose(_drawable(loaded), sequence, path)
    try:
        picture = render(document, chosen)
    except (ValueError, PngUnavailable) as error:
        raise Failed(f"{path}: {error}") from None
    if loaded.has_errors:
        count = sum(found.problem.severity == "error" for found in loaded.problems)
        terminal.say(f"{path} has errors ({count}); `seriatim validate` lists them.", "yellow")
    content = picture.encode("utf-8", "replace") if isinstance(picture, str) else picture
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as error:
            raise Failed(f"{output} cannot be written: {error.strerror}.") from None
        return
    if chosen == "png" and sys.stdout.isatty():
        raise Failed("A terminal shows no PNG: name a file with --output.", USAGE)
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _format(kind: str | None, output: Path | None) -> Format:
    if kind is None:
        return SUFFIXES.get(output.suffix.lower(), "svg") if output is not None else "svg"
    for known in get_args(Format):
        if known == kind:
            found: Format = known
            return found
    raise Failed(f"--format {kind} is none of {', '.join(get_args(Format))}.", USAGE)


def _drawable(file: LoadedFile) -> list[Mapping[str, Any]]:
    """The sequences as they were written: a wrong one is worth a look too."""
    found = file.documents.get("sequences")
    documents = (
        [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    )
    if not documents:
        problems = "\n".join(str(one) for one in file.problems)
        raise Failed(problems or f"{file.name} has no sequence.")
    return documents
