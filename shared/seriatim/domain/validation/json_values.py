"""Whether a value is JSON that can be stored: finite, bounded in depth, clean text."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from seriatim.domain.definition.value_types import describe, shorten
from seriatim.domain.limits import JSON_DEPTH_MAX
from seriatim.domain.pointers import PathPart
from seriatim.domain.validation.problems import Problem, ProblemCode, error


class Place(NamedTuple):
    """Where a value is: linked to its container, so that a path costs nothing until needed."""

    container: Place | None
    key: Any

    def path(self) -> tuple[PathPart, ...]:
        """The parts from the document down to here."""
        parts: list[PathPart] = []
        place: Place | None = self
        while place is not None:
            parts.append(place.key)
            place = place.container
        return tuple(reversed(parts))


def check_json(document: object) -> list[Problem]:
    """All that keeps a value from being storable JSON, each with its pointer.

    Refused: NaN and Infinity, texts with half a character (a lone surrogate), more than
    ``JSON_DEPTH_MAX`` levels, and what is no JSON at all. Every other check relies on this one.
    """
    problems: list[Problem] = []
    todo: list[tuple[Any, Place | None, int]] = []

    def look_at(value: object, place: Place | None, depth: int) -> None:
        if type(value) not in {dict, list}:
            problems.extend(_check_scalar(value, place))
        elif depth > JSON_DEPTH_MAX:
            problems.append(_too_deep(place))
        else:
            todo.append((value, place, depth))

    look_at(document, None, 1)
    while todo:
        container, place, depth = todo.pop()
        if type(container) is dict:
            problems.extend(_check_keys(container, place))
            items = list(container.items())
        else:
            items = list(enumerate(container))
        # Last first: what is pushed last is looked into first.
        for key, value in reversed(items):
            if not _is_plain(value):
                look_at(value, Place(place, key), depth + 1)
    return problems


def _is_plain(value: object) -> bool:
    """Whether a value is one of the most that there are, with which nothing can be wrong."""
    kind = type(value)
    if kind is str:
        return value.isascii()  # type: ignore[attr-defined,no-any-return]
    return kind is int or kind is bool or value is None


def _check_scalar(value: object, place: Place | None) -> list[Problem]:
    path = place.path() if place else ()
    match value:
        case None | bool() | int():
            return []
        case float():
            if math.isfinite(value):
                return []
            message = f"{_named(path)} is {value}, which is no JSON number; give a finite one."
            return [error(ProblemCode.NOT_FINITE, message, *path)]
        case str():
            return [] if _is_clean(value) else [_unclean(path, _named(path))]
        case _:
            message = f"{_named(path)} is {describe(value)}; give a JSON value."
            return [error(ProblemCode.WRONG_TYPE, message, *path)]


def _check_keys(container: dict[Any, Any], place: Place | None) -> list[Problem]:
    problems = []
    for key in container:
        if isinstance(key, str) and (key.isascii() or _is_clean(key)):
            continue
        path = place.path() if place else ()
        if isinstance(key, str):
            problems.append(_unclean(path, f"A key of {_named(path)}"))
        else:
            message = f"A key of {_named(path)} is {describe(key)}; a JSON key is a text."
            problems.append(error(ProblemCode.WRONG_TYPE, message, *path))
    return problems


def _is_clean(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unclean(path: tuple[PathPart, ...], subject: str) -> Problem:
    message = (
        f"{subject} holds half of a character (a lone surrogate), which cannot be stored; "
        "write the whole character or leave it out."
    )
    clean = (part if not isinstance(part, str) or _is_clean(part) else "�" for part in path)
    return error(ProblemCode.INVALID_TEXT, message, *clean)


def _too_deep(place: Place | None) -> Problem:
    path = place.path() if place else ()
    message = (
        f"{_named(path)} lies deeper than the {JSON_DEPTH_MAX} levels of objects and arrays that a "
        "document may have; make it flatter."
    )
    return error(ProblemCode.TOO_DEEP, message, *path)


def _named(path: tuple[PathPart, ...]) -> str:
    if not path:
        return "The document"
    last = path[-1]
    if isinstance(last, str):
        return repr(shorten(last))
    if all(isinstance(part, int) for part in path[-3:]) and len(path) > 2:
        # A list in lists: which item of which is in the problem's path.
        names = [repr(shorten(part)) for part in path if isinstance(part, str)]
        return f"An item within {names[-1] if names else 'the document'}"
    return f"Item {last} of {_named(path[:-1])}"
