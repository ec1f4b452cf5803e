"""The last look at a result: it leaves as plain JSON, and no larger or deeper than is allowed.

A small expression can build what is huge when it is written out, by putting one value into a list
a thousand times, and that list into another. So what was built is sized as it would be written,
but each part is visited once; what was passed on is sized in one quick sweep, and is no part of
what the expression made where it stands first. May import values, budget and errors.
"""

from collections.abc import Mapping
from typing import Any, Final

from seriatim.domain.expressions.budget import (
    GIVEN_WORK,
    LOOK_WORK,
    MADE_SIZE_MAX,
    RESULT_SIZE_MAX,
    SWEEP_CONTAINER_WORK,
    SWEEP_WORK,
    Budget,
)
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.values import a_kind, keys_of
from seriatim.domain.limits import JSON_DEPTH_MAX

_SHORT_CHARACTERS_MAX: Final = 64
"""Of a string that is counted each time: to know it again would cost more than it has."""
_SHORT_ELEMENTS_MAX: Final = 16
"""Of an array that is gone over one by one: to look at all its types at once costs more."""
_FLAT: Final = frozenset({type(None), bool, int, float})
_SCALARS: Final = _FLAT | {str}
_TEXTS: Final = frozenset({str})

Part = tuple[object, int, int]
"""A plain value, its size in characters and elements, its levels of arrays and objects."""


def finished(value: object, budget: Budget, *, is_sweep_free: bool = False) -> object:
    """Return the result as plain JSON: what was passed on as it is, what was built if it may be.

    ``budget`` has the arrays and objects that were made on the way; looking at what was passed on
    is work, too, unless ``is_sweep_free``: a template passes on payloads of any size.

    Raises:
        ExpressionError: it is too large or too deep, or no JSON value.
    """
    if type(value) in _SCALARS or (not budget.built and isinstance(value, list | dict)):
        return value
    return _Finish(budget, None if is_sweep_free else budget).part(value, 1)[0]


class _Finish:
    """One walk over a result."""

    def __init__(self, budget: Budget, sweeps: Budget | None) -> None:
        self._budget = budget
        self._sweeps = sweeps
        # By identity, for speed alone: what is met again has the same size. All of it is held by
        # the result, so that no identity becomes another's.
        self._seen: dict[int, Part] = {}
        self._given = 0

    def part(self, value: object, depth: int) -> Part:
        """Return a part in plain form, with its measures; ``depth`` is the level it stands on."""
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
        part: Part
        if isinstance(value, str):
            # an enumeration's member is its text
            part = str.__str__(value), 1 + len(value), 0
        elif depth > JSON_DEPTH_MAX:
            raise _too_deep()
        elif id(value) in self._budget.built:
            return self._container(value, depth)
        else:
            given = self._given
            measures = _sweep(value, self._sweeps, 1)
            part = (value, *measures) if measures else self._unlike_json(value, depth)
            self._given = given
        self._given += part[1]
        return part

    def _unlike_json(self, value: object, depth: int) -> Part:
        """Return what was given and holds other than plain arrays and objects, made plain."""
        if self._sweeps is not None and isinstance(value, list | tuple | Mapping):
            self._sweeps.spend(GIVEN_WORK + 3 * LOOK_WORK * len(value))
        return self._container(value, depth)

    def _container(self, value: object, depth: int) -> Part:
        if isinstance(value, list | tuple):
            plain, size, levels = self._parts(value, depth)
            return (value if plain is value and type(value) is list else list(plain)), size, levels
        if not isinstance(value, Mapping):
            raise ExpressionError(f"{a_kind(value)} is no JSON value")
        keys = keys_of(value)
        items = list(value.values()) if isinstance(value, dict) else [value[key] for key in keys]
        plain, size, levels = self._parts(items, depth)
        size += sum(map(len, keys))
        if isinstance(value, dict) and plain is items:
            return value, size, levels
        return dict(zip(keys, plain, strict=True)), size, levels

    def _parts(
        self, items: list[Any] | tuple[Any, ...], depth: int
    ) -> tuple[list[Any] | tuple[Any, ...], int, int]:
        """Return the parts of a container, the same if all are plain, its size and its levels."""
        size, levels = 1, 0
        if len(items) > _SHORT_ELEMENTS_MAX and set(map(type, items)) <= _FLAT:
            return items, size + len(items), 1
        plain: list[Any] | None = None
        for index, item in enumerate(items):
            kind = type(item)
            if kind in _FLAT:
                size += 1
            elif kind is str and len(item) <= _SHORT_CHARACTERS_MAX:
                size += 1 + len(item)
            else:
                made, characters, below = self.part(item, depth + 1)
                size += characters
                levels = max(levels, below)
                if made is not item:
                    plain = list(items) if plain is None else plain
                    plain[index] = made
        return items if plain is None else plain, size, 1 + levels


def _sweep(value: Any, budget: Budget | None, depth: int) -> tuple[int, int] | None:
    """Measure an array or object, its size and its levels; None if it is not plain."""
    kind = type(value)
    if kind is not list and kind is not dict:
        return None
    if budget is not None:
        looks = len(value) if kind is list else 2 * len(value)
        budget.spend(SWEEP_CONTAINER_WORK + looks * SWEEP_WORK)
    size, items = 1 + len(value), value
    if kind is dict:
        size, items = size + sum(map(len, value)), value.values()
    if depth > JSON_DEPTH_MAX:
        raise _too_deep()
    levels = 0
    if len(value) > _SHORT_ELEMENTS_MAX:
        kinds = set(map(type, items))
        if kinds <= _FLAT:
            return size, 1
        if kinds == _TEXTS:
            return size + sum(map(len, items)), 1
    for item in items:
        kind = type(item)
        if kind is str:
            size += len(item)
        elif kind not in _FLAT:
            measures = _sweep(item, budget, depth + 1)
            if measures is None:
                return None
            size += measures[0] - 1
            levels = max(levels, measures[1])
    if size > RESULT_SIZE_MAX:
        raise _too_large()
    return size, 1 + levels


def _too_deep() -> ExpressionError:
    return ExpressionError(
        f"gives arrays and objects more than {JSON_DEPTH_MAX} deep; flatten the value"
    )


def _too_large() -> ExpressionError:
    return ExpressionError(
        f"makes more than {MADE_SIZE_MAX:,} characters and elements of what it was given, or gives "
        f"more than {RESULT_SIZE_MAX:,} in all; pass on less"
    )
