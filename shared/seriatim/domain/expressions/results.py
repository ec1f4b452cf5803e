"""The last look at a result: it leaves as plain JSON, and no larger or deeper than is allowed.

A small expression can build what is huge when it is written out, by putting one value into a list
a thousand times, and that list into another. So what was built is sized as it would be written,
but each part is visited once; what was passed on is sized in one quick sweep. May import values,
budget and errors.
"""

import operator
from collections.abc import Mapping
from typing import Final

from seriatim.domain.expressions.budget import RESULT_SIZE_MAX
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.values import a_kind, keys_of
from seriatim.domain.limits import JSON_DEPTH_MAX

_SCALARS: Final = frozenset({type(None), bool, int, float, str})
_SWEEP_ELEMENTS_MAX: Final = 1_000_000

Part = tuple[object, int, int]
"""A plain value, its size in characters and elements, its levels of arrays and objects."""


def finished(value: object, built: Mapping[int, object]) -> object:
    """Return the result as plain JSON: what was passed on as it is, what was built if it may be.

    ``built`` has, by identity, the arrays and objects that were made on the way.

    Raises:
        ExpressionError: it is too large or too deep, or no JSON value.
    """
    if type(value) in _SCALARS or (not built and isinstance(value, list | dict)):
        return value
    return _Finish(built).part(value, 1)[0]


class _Finish:
    """One walk over a result."""

    def __init__(self, built: Mapping[int, object]) -> None:
        self._built = built
        # By identity, for speed alone: what is met again has the same size. The value is kept with
        # it, so that its identity is no other's.
        self._seen: dict[int, tuple[object, Part]] = {}

    def part(self, value: object, depth: int) -> Part:
        """Return a part in plain form, with its measures; ``depth`` is the level it stands on."""
        if isinstance(value, str):
            return str.__str__(value), 1 + len(value), 0  # an enumeration's member is its text
        if type(value) in _SCALARS:
            return value, 1, 0
        seen = self._seen.get(id(value))
        if seen is None:
            if depth > JSON_DEPTH_MAX:
                raise _too_deep()
            swept = None if id(value) in self._built else _sweep(value)
            seen = value, swept or self._container(value, depth)
            self._seen[id(value)] = seen
        _, size, levels = seen[1]
        if depth + levels > JSON_DEPTH_MAX + 1:
            raise _too_deep()
        if size > RESULT_SIZE_MAX:
            raise _too_large()
        return seen[1]

    def _container(self, value: object, depth: int) -> Part:
        plain: object
        size = 1
        if isinstance(value, list | tuple):
            parts = [self.part(item, depth + 1) for item in value]
            plain = [part[0] for part in parts]
            is_same = isinstance(value, list) and all(map(operator.is_, plain, value))
        elif isinstance(value, Mapping):
            keys = keys_of(value)
            parts = [self.part(value[key], depth + 1) for key in keys]
            plain = {key: part[0] for key, part in zip(keys, parts, strict=True)}
            is_same = isinstance(value, dict) and all(plain[key] is value[key] for key in keys)
            size += sum(map(len, keys))
        else:
            raise ExpressionError(f"{a_kind(value)} is no JSON value")
        levels = 1 + max((part[2] for part in parts), default=0)
        return value if is_same else plain, size + sum(part[1] for part in parts), levels


def _sweep(value: object) -> Part | None:
    """Measure a value level by level; None if it is not plain or so large that it may be shared."""
    size = levels = visited = 0
    level: list[object] = [value]
    while level:
        below: list[object] = []
        is_deeper = False
        for item in level:
            if type(item) is str:
                size += len(item)
            elif type(item) is dict:
                is_deeper = True
                size += sum(map(len, item))
                below.extend(item.values())
            elif type(item) is list:
                is_deeper = True
                below.extend(item)
            elif type(item) not in _SCALARS:
                return None
        size += len(level)
        visited += len(level)
        if visited > _SWEEP_ELEMENTS_MAX:
            return None
        if size > RESULT_SIZE_MAX:
            raise _too_large()
        levels += is_deeper
        if levels > JSON_DEPTH_MAX:
            raise _too_deep()
        level = below
    return value, size, levels


def _too_deep() -> ExpressionError:
    return ExpressionError(
        f"gives arrays and objects more than {JSON_DEPTH_MAX} deep; flatten the value"
    )


def _too_large() -> ExpressionError:
    return ExpressionError(
        f"gives more than {RESULT_SIZE_MAX:,} characters and elements; pass on less"
    )
