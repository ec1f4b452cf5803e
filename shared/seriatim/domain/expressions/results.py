"""The last look at a result: it leaves as plain JSON, and no larger or deeper than is allowed.

A small expression can build what is huge when it is written out, by putting one value into a list
a thousand times, and that list into another. So what was built is sized as it would be written,
but each part is visited once; what was passed on is sized in one quick sweep, many together, and is
no part of what the expression made where it stands first. May import values, budget and errors.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from seriatim.domain.expressions.budget import (
    GIVEN_WORK,
    LEVEL_EACH_WORK,
    LEVEL_PART_WORK,
    LEVEL_WORK,
    LOOK_WORK,
    MADE_SIZE_MAX,
    MET_WORK,
    RESULT_SIZE_MAX,
    SWEEP_CONTAINER_WORK,
    SWEEP_WORK,
    WORK_MAX,
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
    try:
        return _Finish(budget, None if is_sweep_free else budget).part(value, 1)[0]
    except ExpressionError:
        if is_sweep_free or budget.work >= 0:
            raise
        raise _too_much() from None


class _Finish:
    """One walk over a result."""

    def __init__(self, budget: Budget, sweeps: Budget | None) -> None:
        self._budget = budget
        self._sweeps = sweeps
        # By identity, for speed alone: what is met again has the same size. All of it is held by
        # the result, so that no identity becomes another's.
        # None: it was passed on, and sized together with others.
        self._seen: dict[int, Part | None] = {}
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
        is_again = id(value) in self._seen
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
        if not is_again:
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
        fresh: list[int] = []
        others: list[int] = []
        for index, item in enumerate(items):
            kind = type(item)
            if kind in _FLAT:
                size += 1
            elif kind is str and len(item) <= _SHORT_CHARACTERS_MAX:
                size += 1 + len(item)
            elif (kind is list or kind is dict) and self._is_fresh(item):
                fresh.append(index)
            else:
                others.append(index)
        if fresh:
            measures = self._together([items[index] for index in fresh], depth + 1)
            if measures:
                size, levels = size + measures[0], measures[1]
            else:
                others += fresh
        for index in others:
            made, characters, below = self.part(items[index], depth + 1)
            size += characters
            levels = max(levels, below)
            if made is not items[index]:
                plain = list(items) if plain is None else plain
                plain[index] = made
        return items if plain is None else plain, size, 1 + levels

    def _is_fresh(self, item: object) -> bool:
        """Whether it was passed on and is met for the first time; from now on it no longer is."""
        key = id(item)
        if key in self._seen or key in self._budget.built:
            return False
        self._budget.spend(MET_WORK)
        self._seen[key] = None
        return True

    def _together(self, fresh: list[Any], depth: int) -> tuple[int, int] | None:
        """Measure what was passed on; None if not all of it is plain, and then none is met yet."""
        if len(fresh) > _SHORT_ELEMENTS_MAX:
            measures = _sweep_levels(fresh, self._sweeps)
        else:
            each = [_sweep(item, self._sweeps, 1) for item in fresh]
            found = [one for one in each if one]
            sizes, levels = [one[0] for one in found], [one[1] for one in found]
            measures = (sum(sizes), max(levels)) if len(found) == len(each) else None
        if measures is None:
            for item in fresh:
                del self._seen[id(item)]
            return None
        if depth + measures[1] > JSON_DEPTH_MAX + 1:
            raise _too_deep()
        self._given += measures[0]
        return measures


def _sweep(value: Any, budget: Budget | None, depth: int) -> tuple[int, int] | None:
    """Measure an array or object, its size and its levels; None if it is not plain."""
    kind = type(value)
    if kind is not list and kind is not dict:
        return None
    if len(value) > _SHORT_ELEMENTS_MAX:
        measures = _sweep_levels([value], budget)
        if measures and depth - 1 + measures[1] > JSON_DEPTH_MAX:
            raise _too_deep()
        return measures
    if budget is not None:
        looks = len(value) if kind is list else 2 * len(value)
        budget.spend(SWEEP_CONTAINER_WORK + looks * SWEEP_WORK)
    size, items = 1 + len(value), value
    if kind is dict:
        size, items = size + sum(map(len, value)), value.values()
    if depth > JSON_DEPTH_MAX:
        raise _too_deep()
    levels = 0
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
    return size, 1 + levels


def _sweep_levels(level: list[Any], budget: Budget | None) -> tuple[int, int] | None:
    """Measure arrays and objects together, level by level: many at once, without a step for each.

    Returns what `_sweep` does, the size of all and the levels of the deepest.
    """
    size = levels = 0
    while level:
        if budget is not None:
            budget.spend(LEVEL_WORK + LEVEL_PART_WORK * len(level))
        lists = [part for part in level if type(part) is list]
        dicts = [part for part in level if type(part) is dict]
        if len(lists) + len(dicts) < len(level):
            return None
        levels += 1
        if levels > JSON_DEPTH_MAX:
            raise _too_deep()
        members = sum(map(len, dicts))
        count = members + sum(map(len, lists))
        if budget is not None:
            budget.spend(LEVEL_EACH_WORK * (count + members))
        size += len(level) + sum(map(len, chain.from_iterable(dicts)))
        level, scalars = _below(lists, dicts, count, budget)
        size += scalars
    return size, levels


def _below(
    lists: list[list[object]],
    dicts: list[dict[str, object]],
    count: int,
    budget: Budget | None,
) -> tuple[list[object], int]:
    """Return what is no scalar in the parts of a level, and the size of what is."""

    def items() -> Iterator[object]:
        values = chain.from_iterable(map(dict.values, dicts))
        return chain(chain.from_iterable(lists), values)

    kinds = set(map(type, items()))
    if kinds <= _FLAT:
        return [], count
    if budget is not None:
        budget.spend(2 * LEVEL_EACH_WORK * count)
    if kinds == _TEXTS:
        return [], count + sum(map(len, items()))  # type: ignore[arg-type]
    below = [] if kinds <= _SCALARS else [item for item in items() if type(item) not in _SCALARS]
    size = count - len(below)
    if str in kinds:
        size += sum(map(len, [item for item in items() if type(item) is str]))
    return below, size


def _too_much() -> ExpressionError:
    return ExpressionError(
        f"holds too much of what it was given (at most {WORK_MAX:,} units of work in all); pass a "
        "large value on alone or as a place of a template, hold less, or compute it in a task"
    )


def _too_deep() -> ExpressionError:
    return ExpressionError(
        f"gives arrays and objects more than {JSON_DEPTH_MAX} deep; flatten the value"
    )


def _too_large() -> ExpressionError:
    return ExpressionError(
        f"makes more than {MADE_SIZE_MAX:,} characters and elements of what it was given, or gives "
        f"more than {RESULT_SIZE_MAX:,} in all; pass on less"
    )
