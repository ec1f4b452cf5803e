"""Reading JSON text strictly: one value, no duplicate keys, no NaN or Infinity."""

import json
from dataclasses import dataclass
from typing import Any

from seriatim.domain.validation.json_values import check_json
from seriatim.domain.validation.problems import Problem, ProblemCode, error


class JsonTextError(ValueError):
    """The text is no JSON that can be taken in. ``problems`` says why, all at once."""

    def __init__(
        self,
        problems: list[Problem],
        line: int | None = None,
        column: int | None = None,
        duplicate_keys: tuple[str, ...] = (),
    ) -> None:
        """``line`` and ``column`` (from 1) are where the syntax broke, where it did."""
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems
        self.line = line
        self.column = column
        self.duplicate_keys = duplicate_keys


@dataclass(frozen=True, slots=True)
class JsonText:
    """What a JSON text holds, and what is not strict about it."""

    value: Any
    duplicate_keys: tuple[str, ...]
    """Keys that an object has twice; the last one counts."""
    has_constants: bool
    """Whether NaN or Infinity is in it."""


def decode_json(text: str) -> JsonText:
    """The value of a JSON text, and what is wrong with it beside its syntax.

    Raises:
        JsonTextError: not JSON, an integer beyond reading, or nested so deep that the reader
            gives up. What is well-formed but too deep for a document is for ``check_json``.
    """
    duplicates: dict[str, None] = {}
    constants: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        collected = dict(pairs)
        if len(collected) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    duplicates[key] = None
                seen.add(key)
        return collected

    def note_constant(name: str) -> float:
        constants.append(name)
        return float(name)

    try:
        value = json.loads(text, object_pairs_hook=collect, parse_constant=note_constant)
    except json.JSONDecodeError as refused:
        message = (
            f"This is no JSON: {refused.msg} at line {refused.lineno}, column {refused.colno}."
        )
        problem = error(ProblemCode.INVALID_JSON, message)
        raise JsonTextError([problem], refused.lineno, refused.colno) from None
    except RecursionError:
        message = "The text is nested too deep to be read; make it flatter."
        raise JsonTextError([error(ProblemCode.TOO_DEEP, message)]) from None
    except ValueError:
        # Python refuses to read integers of more than 4,300 digits.
        message = "The text holds an integer of more than 4,300 digits; write a smaller number."
        raise JsonTextError([error(ProblemCode.INVALID_JSON, message)]) from None
    return JsonText(value, tuple(duplicates), bool(constants))


def read_json(text: str | bytes) -> Any:
    """The value of a JSON text; an empty text is an error here, whatever a caller makes of it.

    Raises:
        JsonTextError: not UTF-8, not JSON (``decode_json``), a key twice in one object, NaN or
            Infinity. Lone surrogates, and what is too deep for a document, are for ``check_json``.
    """
    read = decode_json(_decoded(text) if isinstance(text, bytes) else text)
    problems = [
        error(
            ProblemCode.DUPLICATE_KEY,
            f"The key {key!r} is there twice in one object; leave one of them out.",
        )
        for key in read.duplicate_keys
    ]
    if read.has_constants:
        problems += [one for one in check_json(read.value) if one.code == ProblemCode.NOT_FINITE]
    if problems:
        raise JsonTextError(problems, duplicate_keys=read.duplicate_keys)
    return read.value


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as refused:
        message = f"This is no UTF-8 text: byte {refused.start} cannot be read; save it as UTF-8."
        raise JsonTextError([error(ProblemCode.INVALID_JSON, message)]) from None
