"""Reads a JSON body: strictly, with every fault named by its place (a JSON pointer)."""

import json
from collections.abc import Sequence
from typing import Any

from seriatim.domain.validation.json_text import JsonTextError, read_json
from seriatim.domain.validation.json_values import Place, check_json
from seriatim.domain.validation.problems import Problem, ProblemCode, error, in_order


class Malformed(Exception):
    """The body is nothing that this call takes; ``problems`` (at least one, bounded as those of a
    document are) say what and where.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].message)
        self.problems = tuple(in_order(problems))


def read_body(text: str) -> dict[str, Any]:
    """The JSON object of a body. Its depth is left to whoever takes it in.

    Raises:
        Malformed: no JSON, no object, a key twice, NaN, Infinity or a lone surrogate in it.
    """
    try:
        value = read_json(text)
    except JsonTextError as refused:
        raise Malformed(_with_places(refused, text)) from None
    if not isinstance(value, dict):
        raise Malformed([error(ProblemCode.WRONG_TYPE, "The body must be a JSON object.")])
    # A definition that is nested too deep is well-formed, and told so with all else that is wrong.
    problems = [found for found in check_json(value) if found.code != ProblemCode.TOO_DEEP]
    if problems:
        raise Malformed(problems)
    return value


def _with_places(refused: JsonTextError, text: str) -> list[Problem]:
    if not refused.duplicate_keys:
        return refused.problems
    others = [found for found in refused.problems if found.code != ProblemCode.DUPLICATE_KEY]
    return _repeated_keys(text) + others


class _Pairs(tuple[tuple[str, Any], ...]):
    """An object with its repeated keys kept."""

    __slots__ = ()


def _repeated_keys(text: str) -> list[Problem]:
    """Every key that an object has twice, with its place; reads the text once more, at need."""
    problems: list[Problem] = []
    todo: list[tuple[Any, Place | None]] = [(json.loads(text, object_pairs_hook=_Pairs), None)]
    while todo:
        value, place = todo.pop()
        seen: set[str | int] = set()
        for key, part in value if isinstance(value, _Pairs) else enumerate(value):
            here = Place(place, key)
            if key in seen:
                message = f"The key {key!r} is there twice; leave one of them out."
                problems.append(error(ProblemCode.DUPLICATE_KEY, message, *here.path()))
            seen.add(key)
            if isinstance(part, _Pairs | list):
                todo.append((part, here))
    return problems
