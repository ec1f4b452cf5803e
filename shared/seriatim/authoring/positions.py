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
    r'[ \t\r\n]*(?:(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")'  # a step back for each run, not each letter
    r'|(?P<mark>[\[\]{},:])|(?P<plain>[^\s\[\]{},:"]+))',
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
    path: str | None
    """None where nothing within is wanted: a path for every value of a long text takes long."""
    keys: set[str] | None
    """None for an array."""
    count: int = 0
    key: str | None = None

    @property
    def step(self) -> str | int:
        """To the value that is being read."""
        return self.count if self.key is None else self.key


def json_places(text: str, wanted: Collection[str], *, has_repeated: bool = True) -> Places:
    """Where values of a JSON text are: a member of an object at its key, an item at its start.

    The text has been read already, so it is well-formed. With a wanted path comes that of all that
    holds it. Where no key ``has_repeated`` itself, reading ends with the last that is wanted.
    """
    places, lines = Places(wanted), Lines(text)
    containers: list[_Container] = []
    for token in TOKEN.finditer(text):
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
            inner.key = _text_of(token["text"])
            if inner.key in inner.keys:
                path = "".join(pointer(one.step) for one in containers)
                places.repeated.append((path, lines.position(token.start("text"))))
            inner.keys.add(inner.key)
            _note(places, _path_within(inner, wanted), lines, token)
        else:
            path_here = "" if inner is None else _path_within(inner, wanted)
            if inner is None or inner.keys is None:
                _note(places, path_here, lines, token)
            if mark is not None:
                containers.append(_Container(path_here, set() if mark == "{" else None))
        if not has_repeated and len(places.found) == len(wanted):
            break
    return places


def _text_of(token: str) -> str:
    if "\\" not in token:
        return token[1:-1]
    text: str = json.loads(token)
    return text


def _path_within(container: _Container, wanted: Collection[str]) -> str | None:
    """The path of what is being read in a container, if it is wanted."""
    if container.path is None:
        return None
    path = container.path + pointer(container.step)
    return path if path in wanted else None


def _note(places: Places, path: str | None, lines: Lines, token: re.Match[str]) -> None:
    if path is not None:
        places.note(path, lines.position(token.start(token.lastgroup or 0)))
