"""JSON values as an expression sees them: kinds, members, equality, text.

Objects are any mapping, arrays any list or tuple; nothing here changes one. Whatever goes down into
a value counts as work, so that a value used many times over costs what its written form would. May
import budget and errors.
"""

import json
import math
import re
from collections.abc import Hashable, Iterable, Mapping
from json.encoder import encode_basestring
from typing import Final

from seriatim.domain.expressions.budget import (
    COMPARE_WORK,
    FAR_WORK,
    FLOAT_WORK,
    INTEGER_ABS_MAX,
    LOOK_WORK,
    READ_CHARACTERS_PER_WORK,
    STRING_CHARACTERS_MAX,
    Budget,
)
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.limits import JSON_DEPTH_MAX

_OTHER_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NUMBERS: Final = frozenset({int, float})
_NUMERIC: Final = (int, float)
_ARRAYS: Final = (list, tuple)
_OBJECTS: Final = (dict, Mapping)
_SHORT_CHARACTERS_MAX: Final = 64
"""Of a string that is written to be measured: that is quicker than to look for what grows."""


def kind(value: object) -> str:
    """Name the kind of a value, in the words of variable types."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case Mapping():
            return "object"
        case _:
            return type(value).__name__


def a_kind(value: object) -> str:
    """Name the kind of a value as a sentence does: a number, an array, null."""
    name = kind(value)
    if value is None:
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def is_number(value: object) -> bool:
    """Whether it is a number; a boolean is none."""
    return type(value) in _NUMBERS or (isinstance(value, _NUMERIC) and not isinstance(value, bool))


def checked_number(value: float) -> float:
    """Return a computed number.

    Raises:
        ExpressionError: it is too large an integer, infinite or undefined.
    """
    if isinstance(value, int):
        if -INTEGER_ABS_MAX <= value <= INTEGER_ABS_MAX:
            return value
        raise ExpressionError(f"gives an integer beyond ±{INTEGER_ABS_MAX:,}")
    if math.isfinite(value):
        return value
    raise ExpressionError("gives a number that is too large")


def member(value: object, key: str) -> object:
    """Look a key up in an object; null where it is missing, and in null itself."""
    if isinstance(value, dict):
        return value.get(key)  # never __missing__: that could change it
    if value is None:
        return None
    if isinstance(value, Mapping):
        try:
            return value[key]
        except KeyError:
            return None
    raise ExpressionError(f"`{key[:40]}` is looked up in an object, and this is {a_kind(value)}")


def equal(left: object, right: object, budget: Budget) -> bool:
    """Whether two values are the same JSON; 1 and 1.0 are, true and 1 are not."""
    if is_number(left):
        return is_number(right) and left == right
    if isinstance(left, str):
        if not (isinstance(right, str) and len(left) == len(right)):
            return False
        budget.spend(LOOK_WORK + len(left) // READ_CHARACTERS_PER_WORK)
        return left == right
    if left is None or isinstance(left, bool):
        return left is right
    if isinstance(left, _ARRAYS):
        budget.spend(COMPARE_WORK)
        if not (isinstance(right, _ARRAYS) and len(left) == len(right)):
            return False
        budget.elements(len(left))
        return _same_elements(left, right, budget)
    if isinstance(left, _OBJECTS):
        budget.spend(COMPARE_WORK)
        if not (isinstance(right, _OBJECTS) and len(left) == len(right)):
            return False
        budget.elements(2 * len(left))
        for key in left:
            if key not in right or not equal(left[key], right[key], budget):
                return False
        return True
    raise ExpressionError(f"{a_kind(left)} is no JSON value")


def _same_elements(left: Iterable[object], right: Iterable[object], budget: Budget) -> bool:
    for one, other in zip(left, right, strict=True):
        kind = type(one)
        if kind in _NUMBERS and type(other) in _NUMBERS:
            if one != other:
                return False
        elif one is other and (one is None or kind is bool):
            continue
        elif not equal(one, other, budget):
            return False
    return True


def identity(value: object, budget: Budget) -> Hashable:
    """Return what is the same for equal values and different for others, to look them up by."""
    if is_number(value):
        return "number", value
    if isinstance(value, str):
        budget.reads(len(value))
        return value
    if value is None or isinstance(value, bool):
        return kind(value), value
    if isinstance(value, _ARRAYS):
        budget.builds(len(value))
        return "array", tuple(identity(item, budget) for item in value)
    if isinstance(value, _OBJECTS):
        budget.builds(3 * len(value))
        return "object", frozenset((key, identity(value[key], budget)) for key in value)
    raise ExpressionError(f"{a_kind(value)} is no JSON value")


def json_text(value: object, budget: Budget) -> str:
    """Write a value as compact JSON, keys in order: equal values give equal texts."""
    _spend_on_text(value, budget, 1)
    text = _ENCODER.encode(value)
    budget.writes(len(text), is_ascii=text.isascii())
    return text


def text_of(value: object, budget: Budget) -> str:
    """Write a value into text: a string as it is, null as nothing, any other as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json_text(value, budget)


def keys_of(value: Mapping[str, object]) -> list[str]:
    """Return an object's keys: as they were written, or sorted where the mapping has no order."""
    return list(value) if isinstance(value, dict) else sorted(value)


def _as_dict(value: object) -> dict[str, object]:
    if isinstance(value, Mapping):
        return dict(value)
    raise ExpressionError(f"{a_kind(value)} is no JSON value")


_ENCODER: Final = json.JSONEncoder(
    allow_nan=False,
    default=_as_dict,
    ensure_ascii=False,
    separators=(",", ":"),
    sort_keys=True,
)


def _spend_on_text(value: object, budget: Budget, depth: int) -> None:
    """Count all of a value before any of it is written: what it would hold, and its elements."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _spend_on_string(value, budget)
    elif isinstance(value, list | tuple | dict | Mapping):
        if depth > JSON_DEPTH_MAX:
            raise ExpressionError(f"writes arrays and objects at most {JSON_DEPTH_MAX} deep")
        budget.spend(COMPARE_WORK + 3 * LOOK_WORK * len(value))
        if isinstance(value, _ARRAYS):
            for item in value:
                if type(item) is not int or not -INTEGER_ABS_MAX <= item <= INTEGER_ABS_MAX:
                    _spend_on_text(item, budget, depth + 1)
            return
        for key, item in value.items():
            budget.elements(2)
            _spend_on_string(key, budget)
            _spend_on_text(item, budget, depth + 1)
    elif isinstance(value, float):
        is_near = 1e-20 < abs(value) < 1e20 or value == 0
        budget.spend(FLOAT_WORK if is_near else FAR_WORK)
    elif isinstance(value, int) and not -INTEGER_ABS_MAX <= value <= INTEGER_ABS_MAX:
        budget.writes(value.bit_length() // 3, is_ascii=True)


def _spend_on_string(text: str, budget: Budget) -> None:
    """Count what a string becomes as JSON, before it is: escapes make it up to six times longer."""
    written = len(text)
    if written <= _SHORT_CHARACTERS_MAX:
        budget.spend(LOOK_WORK + len(encode_basestring(text)))
        return
    if len(text) <= STRING_CHARACTERS_MAX:
        written += sum(map(text.count, '"\\\n\r\t'))
        if _OTHER_CONTROLS.search(text):
            written = 6 * len(text)
    budget.writes(written, is_ascii=text.isascii())
