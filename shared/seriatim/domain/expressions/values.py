"""JSON values as an expression sees them: kinds, equality, text, the last look at a result.

Objects are any mapping, arrays any list or tuple; nothing here changes one. Whatever goes down into
a value counts as work, so that a value used many times over costs what its written form would. May
import budget and errors.
"""

import json
import math
import operator
from collections.abc import Hashable, Mapping
from typing import Final

from seriatim.domain.expressions.budget import INTEGER_ABS_MAX, RESULT_SIZE_MAX, Budget
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.limits import JSON_DEPTH_MAX

_NUMBERS: Final = frozenset({int, float})
_SCALARS: Final = frozenset({type(None), bool, int, float, str})


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
    return type(value) in _NUMBERS or (
        isinstance(value, int | float) and not isinstance(value, bool)
    )


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
        budget.reads(len(left))
        return left == right
    if left is None or isinstance(left, bool):
        return left is right
    if isinstance(left, list | tuple):
        if not (isinstance(right, list | tuple) and len(left) == len(right)):
            return False
        budget.elements(len(left))
        return all(equal(one, other, budget) for one, other in zip(left, right, strict=True))
    if isinstance(left, Mapping):
        if not (isinstance(right, Mapping) and len(left) == len(right)):
            return False
        budget.elements(len(left))
        return all(key in right and equal(left[key], right[key], budget) for key in left)
    raise ExpressionError(f"{a_kind(left)} is no JSON value")


def identity(value: object, budget: Budget) -> Hashable:
    """Return what is the same for equal values and different for others, to look them up by."""
    if is_number(value):
        return "number", value
    if isinstance(value, str):
        budget.reads(len(value))
        return value
    if value is None or isinstance(value, bool):
        return kind(value), value
    if isinstance(value, list | tuple):
        budget.elements(len(value))
        return "array", tuple(identity(item, budget) for item in value)
    if isinstance(value, Mapping):
        budget.elements(len(value))
        return "object", frozenset((key, identity(value[key], budget)) for key in value)
    raise ExpressionError(f"{a_kind(value)} is no JSON value")


def json_text(value: object, budget: Budget) -> str:
    """Write a value as compact JSON, keys in order: equal values give equal texts."""
    _spend_on_text(value, budget, 1)
    text = json.dumps(
        value,
        allow_nan=False,
        default=_as_dict,
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    budget.writes(len(text))
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


def _spend_on_text(value: object, budget: Budget, depth: int) -> None:
    """Count all of a value, before any of it is written: its elements are read, then written."""
    if isinstance(value, str):
        budget.reads(len(value))
    elif isinstance(value, list | tuple | Mapping):
        if depth > JSON_DEPTH_MAX:
            raise ExpressionError(f"writes arrays and objects at most {JSON_DEPTH_MAX} deep")
        budget.elements(2 * len(value))
        for item in value.values() if isinstance(value, Mapping) else value:
            _spend_on_text(item, budget, depth + 1)


def finished(value: object, *, built: bool) -> object:
    """Return the result as plain JSON: what was passed on as it is, what was built if it may be.

    Raises:
        ExpressionError: it is too large or too deep, or no JSON value.
    """
    if type(value) in _SCALARS or (not built and isinstance(value, list | dict)):
        return value
    return _Finish().convert(value, 1)[0]


class _Finish:
    """One walk over a result: it sizes the written form, but visits each part once."""

    def __init__(self) -> None:
        # By identity, for speed alone: parts seen again have the same size. Holding them keeps
        # identities apart.
        self._seen: dict[int, tuple[object, tuple[object, int, int]]] = {}

    def convert(self, value: object, depth: int) -> tuple[object, int, int]:
        """Return the plain value, its size, and its levels of arrays and objects."""
        if isinstance(value, str):
            return value, 1 + len(value), 0
        if value is None or isinstance(value, bool | int | float):
            return value, 1, 0
        seen = self._seen.get(id(value))
        if seen is None:
            if depth > JSON_DEPTH_MAX:
                raise self._too_deep()
            seen = value, self._container(value, depth)
            self._seen[id(value)] = seen
        _, (_, size, levels) = seen
        if depth + levels > JSON_DEPTH_MAX + 1:
            raise self._too_deep()
        if size > RESULT_SIZE_MAX:
            raise ExpressionError(
                f"gives more than {RESULT_SIZE_MAX:,} characters and elements; pass on less"
            )
        return seen[1]

    def _container(self, value: object, depth: int) -> tuple[object, int, int]:
        plain: object
        if isinstance(value, list | tuple):
            parts = [self.convert(item, depth + 1) for item in value]
            plain = [part[0] for part in parts]
            is_same = isinstance(value, list) and all(map(operator.is_, plain, value))
            size = 1
        elif isinstance(value, Mapping):
            keys = keys_of(value)
            parts = [self.convert(value[key], depth + 1) for key in keys]
            plain = {key: part[0] for key, part in zip(keys, parts, strict=True)}
            is_same = isinstance(value, dict) and all(plain[key] is value[key] for key in keys)
            size = 1 + sum(len(key) for key in keys)
        else:
            raise ExpressionError(f"{a_kind(value)} is no JSON value")
        levels = 1 + max((part[2] for part in parts), default=0)
        return value if is_same else plain, size + sum(part[1] for part in parts), levels

    @staticmethod
    def _too_deep() -> ExpressionError:
        return ExpressionError(
            f"gives arrays and objects more than {JSON_DEPTH_MAX} deep; flatten the value"
        )
