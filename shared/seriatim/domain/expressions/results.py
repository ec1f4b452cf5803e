"""The last look at a result: it leaves as plain JSON, and no larger or deeper than is allowed.

A small expression can build what is huge when it is written out, by putting one value into a list
a thousand times, and that list into another. So what was built is sized as it would be written,
but each part is visited once; what was passed on is sized in one quick sweep, and is no part of
what the expression made where it stands first. May import values, budget and errors.
"""

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from seriatim.domain.expressions.budget import GIVEN_WORK, MADE_SIZE_MAX, RESULT_SIZE_MAX, Budget
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.values import a_kind, keys_of
from seriatim.domain.limits import JSON_DEPTH_MAX

_SHORT_CHARACTERS_MAX: Final = 64
"""Of a string that is counted each time: to know it again would cost more than it has."""
_SCALARS: Final = frozenset({type(None), bool, int, float, str})

Part = tuple[object, int, int]
"""A plain value, its size in characters and elements, its levels of arrays and objects."""


def finished(value: object, budget: Budget) -> object:
    """Return the result as plain JSON: what was passed on as it is, what was built if it may be.

    ``budget`` has the arrays and objects that were made on the way; looking at what was passed on
    is work, too.

    Raises:
        ExpressionError: it is too large or too deep, or no JSON value.
    """
    if type(value) in _SCALARS or (not budget.built and isinstance(value, list | dict)):
        return value
    return _Finish(budget).part(value, 1)[0]


class _Finish:
    """One walk over a result."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        # By identity, for speed alone: what is met again has the same size. All of it is held by
        # the result, so that no identity becomes another's.
        self._seen: dict[int, Part] = {}
        self._given = 0

    def part(self, value: object, depth: int) -> Part:
        """Return a part in plain form, with its measures; ``depth`` is the level it stands on."""
        if type(value) is str and len(value) <= _SHORT_CHARACTERS_MAX:
            return value, 1 + len(value), 0
        if type(value) in _SCALARS and type(value) is not str:
            return value, 1, 0
        seen = self._seen.get(id(value))
        if seen is None:
            seen = self._first(value, depth)
            self._seen[id(value)] = seen
        _, size, levels = seen
        if depth + levels > JSON_DEPTH_MAX + 1:
            raise _too_deep()
        if size > RESULT_SIZE_MAX or size - self._given > MADE_SIZE_MAX:
            raise _too_large()
        return seen

    def _first(self, value: object, depth: int) -> Part:
        self._budget.spend(GIVEN_WORK)
        if isinstance(value, str):
            part: Part = (
                str.__str__(value),
                1 + len(value),
                0,
            )  # an enumeration's member is its text
        elif depth > JSON_DEPTH_MAX:
            raise _too_deep()
        elif id(value) in self._budget.built:
            return self._container(value, depth)
        else:
            given = self._given
            part = _sweep(value) or self._container(value, depth)
            self._given = given
        self._given += part[1]
        return part

    def _container(self, value: object, depth: int) -> Part:
        plain: list[object] = []
        if isinstance(value, list | tuple):
            size, levels = self._parts(value, depth, plain)
            if isinstance(value, list) and all(map(operator.is_, plain, value)):
                return value, size, levels
            return plain, size, levels
        if not isinstance(value, Mapping):
            raise ExpressionError(f"{a_kind(value)} is no JSON value")
        keys = keys_of(value)
        size, levels = self._parts((value[key] for key in keys), depth, plain)
        size += sum(map(len, keys))
        if isinstance(value, dict) and all(map(operator.is_, plain, value.values())):
            return value, size, levels
        return dict(zip(keys, plain, strict=True)), size, levels

    def _parts(self, items: Iterable[object], depth: int, plain: list[object]) -> tuple[int, int]:
        """Put the parts of a container, plain, into ``plain``; return its size and its levels."""
        size, levels = 1, 0
        for item in items:
            made, characters, below = self.part(item, depth + 1)
            plain.append(made)
            size += characters
            levels = max(levels, below)
        return size, 1 + levels


def _sweep(value: object) -> Part | None:
    """Measure a value in next to no memory; None if it is not plain."""
    size = levels = 0
    open_parts: list[Iterator[object]] = [iter((value,))]
    while open_parts:
        for item in open_parts[-1]:
            size += 1
            if type(item) is str:
                size += len(item)
            elif type(item) is list:
                open_parts.append(iter(item))
                break
            elif type(item) is dict:
                size += sum(map(len, item))
                open_parts.append(iter(item.values()))
                break
            elif type(item) not in _SCALARS:
                return None
        else:
            open_parts.pop()
            continue
        levels = max(levels, len(open_parts) - 1)
        if levels > JSON_DEPTH_MAX:
            raise _too_deep()
        if size > RESULT_SIZE_MAX:
            raise _too_large()
    return value, size, levels


def _too_deep() -> ExpressionError:
    return ExpressionError(
        f"gives arrays and objects more than {JSON_DEPTH_MAX} deep; flatten the value"
    )


def _too_large() -> ExpressionError:
    return ExpressionError(
        f"makes more than {MADE_SIZE_MAX:,} characters and elements of what it was given, or gives "
        f"more than {RESULT_SIZE_MAX:,} in all; pass on less"
    )
