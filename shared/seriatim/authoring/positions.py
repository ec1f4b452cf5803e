"""Where the values of a text are, by JSON pointer. Found out only when there is a problem."""

import json
import re
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from seriatim.domain.pointers import pointer

Position = tuple[int, int]
"""Line and column, from 1."""

TOKEN: Final = re.compile(
    r'[ \t\r\n]*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[\[\]{},:])|(?P<plain>[^\s\[\]{},:"]+))',
    re.DOTALL,
)


@dataclass(slots=True)
class Places:
    """Where the wanted values are, and the keys that an object has twice."""

    wanted: Collection[str]
    found: dict[str, Position] = field(default_factory=dict)
    repeated: list[tuple[str, Position]] = field(default_factory=list)

    def note(self, path: str, position: Position) -> None:
        """Keep the position of a value, if it is wanted."""
        if path in self.wanted:
            self.found.setdefault(path, position)

    def nearest(self, path: str) -> Position | None:
        """Where a value is or, if it is not there, what would hold it."""
        while path not in self.found and path:
            path = path.rpartition("/")[0]
        return self.found.get(path)


def with_holders(paths: Collection[str]) -> frozenset[str]:
    """The paths and those of all that hold them; the document as a whole is the empty path."""
    found = {""}
    for path in paths:
        whole = path
        while whole not in found:
            found.add(whole)
            whole = whole.rpartition("/")[0]
    return frozenset(found)


class Lines:
    """The lines of a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def position(self, offset: int) -> Position:
        """Where a character is."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


@dataclass(slots=True)
class _Container:
    path: str
    keys: set[str] | None
    """None for an array."""
    count: int = 0
    key: str | None = None


def json_places(text: str, wanted: Collection[str]) -> Places:
    """Where values of a JSON text are: a member of an object at its key, an item at its start.

    The text has been read already, so it is well-formed.
    """
    places, lines = Places(wanted), Lines(text)
    containers: list[_Container] = []
    for token in TOKEN.finditer(text):
        offset = token.start(token.lastgroup or 0)
        inner = containers[-1] if containers else None
        mark = token["mark"]
        if mark == ":":
            continue
        if mark is not None and mark in "]}":
            containers.pop()
        elif mark == ",":
            assert inner is not None
            inner.key, inner.count = None, inner.count + 1
        elif inner is not None and inner.keys is not None and inner.key is None:
            inner.key = json.loads(token["text"])
            path = inner.path + pointer(inner.key or "")
            if inner.key in inner.keys:
                places.repeated.append((path, lines.position(offset)))
            inner.keys.add(inner.key or "")
            places.note(path, lines.position(offset))
        else:
            path = "" if inner is None else inner.path + pointer(_step(inner))
            if inner is None or inner.keys is None:
                places.note(path, lines.position(offset))
            if mark is not None:
                containers.append(_Container(path, set() if mark == "{" else None))
    return places


def _step(container: _Container) -> str | int:
    return container.count if container.key is None else container.key
