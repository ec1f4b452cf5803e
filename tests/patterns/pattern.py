"""A control-flow pattern as a data file: a sequence, what happens to it, and what must come of it.

The patterns are those of Russell, ter Hofstede, van der Aalst and Mulyar (2006). What a file
expects is derived from the pattern's definition, never from what the code does.
"""

from pathlib import Path
from typing import Any

import msgspec
import yaml

HERE = Path(__file__).parent
WORK = {"id": "work", "name": "work", "integration": "activity", "activity": {"name": "work"}}
"""The task definition of every task: somebody outside does it when the case says so."""

Document = dict[str, Any]


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must have come of a case."""

    status: str
    order: list[str]
    """Nodes of the main execution in the order in which their runs began."""
    cancelled: list[str] = []
    outputs: Document | None = None


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events in order, and what comes of them."""

    case: str
    expect: Expected
    variables: Document = {}
    events: list[Document] = []


class Pattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file."""

    pattern: int
    name: str
    meaning: str
    how: str
    sequence: Document
    cases: list[Case]
    children: dict[str, Document] = {}


def load_patterns() -> list[Pattern]:
    """All patterns, by number."""
    files = sorted(HERE.glob("[0-9]*.yaml"))
    return [msgspec.convert(yaml.safe_load(file.read_text()), Pattern) for file in files]
