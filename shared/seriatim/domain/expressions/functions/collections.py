"""Functions on arrays and objects. Pure; each takes the budget first and changes nothing.

``keys`` and ``values`` go by the characters of the keys: an object has no order of its own. May
import numbers, text, operators, values, budget and errors.
"""

from collections.abc import Hashable, Mapping
from typing import Any

from seriatim.domain.expressions.budget import STEPS_MAX, Budget
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.functions.numbers import integer, orderable
from seriatim.domain.expressions.functions.text import string
from seriatim.domain.expressions.operators import contains as contains_item
from seriatim.domain.expressions.values import a_kind, identity, keys_of, kind, member


def array(name: str, value: object) -> list[Any] | tuple[Any, ...]:
    """Return an array that a function needs, or refuse."""
    if isinstance(value, list | tuple):
        return value
    raise ExpressionError(f"{name} needs an array, and this is {a_kind(value)}")


def mapping(name: str, value: object) -> Mapping[str, object]:
    """Return an object that a function needs, or refuse."""
    if isinstance(value, Mapping):
        return value
    raise ExpressionError(f"{name} needs an object, and this is {a_kind(value)}")


def length(_: Budget, value: object) -> object:
    """``len``: characters, elements or members."""
    if isinstance(value, str | list | tuple | Mapping):
        return len(value)
    raise ExpressionError(f"len needs a string, an array or an object, and this is {a_kind(value)}")


def contains(budget: Budget, container: object, item: object) -> object:
    """What ``item in container`` gives."""
    return contains_item(container, item, budget)


def concat(budget: Budget, *values: object) -> object:
    """Arrays one after the other, or strings."""
    if all(isinstance(value, str) for value in values):
        texts = [string("concat", value) for value in values]
        budget.writes(sum(map(len, texts)), is_ascii=all(map(str.isascii, texts)))
        return "".join(texts)
    if not all(isinstance(value, list | tuple) for value in values):
        found = sorted({kind(value) for value in values})
        raise ExpressionError(
            f"concat joins arrays alone or strings alone, and these are {', '.join(found)}"
        )
    arrays = [array("concat", value) for value in values]
    budget.builds(sum(map(len, arrays)))
    return [item for part in arrays for item in part]


def keys(budget: Budget, value: object) -> object:
    """The keys of an object, in order."""
    members = mapping("keys", value)
    _orders_keys(budget, members)
    return sorted(members)


def values(budget: Budget, value: object) -> object:
    """The values of an object, in the order of its keys."""
    members = mapping("values", value)
    _orders_keys(budget, members)
    return [members[key] for key in sorted(members)]


def _orders_keys(budget: Budget, members: Mapping[str, object]) -> None:
    budget.builds(len(members))
    budget.elements(len(members))
    budget.orders(len(members), sum(map(len, members)))


def get(budget: Budget, value: object, key: object, default: object = None) -> object:
    """A member or an element, or the default where there is none or it is null."""
    found: object = None
    if isinstance(value, list | tuple):
        position = integer("get", key)
        if -len(value) <= position < len(value):
            found = value[position]
    else:
        name = string("get", key)
        budget.reads(len(name))
        found = member(value, name)
    return default if found is None else found


def merge(budget: Budget, *objects: object) -> object:
    """One object of the members of several, the last of a key winning; null has none."""
    parts = [mapping("merge", value) for value in objects if value is not None]
    budget.builds(2 * sum(map(len, parts)))
    return {key: part[key] for part in parts for key in keys_of(part)}


def numbers_range(budget: Budget, *ends: object) -> object:
    """``range``: integers from a start (0) to before an end, by a step (1)."""
    bounds = [integer("range", end) for end in ends]
    if len(bounds) == 3 and bounds[2] == 0:
        raise ExpressionError("the step of range is not 0")
    numbers = range(*bounds)
    # Not len(), which fails beyond the machine's word.
    count = -((numbers.start - numbers.stop) // numbers.step)
    if count > STEPS_MAX:
        raise ExpressionError(f"range gives at most {STEPS_MAX:,} numbers, this one {count:,}")
    budget.builds(len(numbers))
    return list(numbers)


def in_order(budget: Budget, value: object, key: object = None) -> object:
    """``sorted``: numbers or strings; with a key, objects by that member. Equals keep order."""
    items = array("sorted", value)
    budget.builds(len(items))
    if key is None:
        budget.orders(len(items), orderable("sorted", budget, items))
        return sorted(items)
    name = string("sorted", key)
    budget.elements(2 * len(items))
    by: list[Any] = [member(item, name) for item in items]
    budget.orders(len(items), orderable(f"sorted by {name[:40]}", budget, by))
    return sorted(items, key=lambda item: member(item, name))  # type: ignore[arg-type, return-value]


def unique(budget: Budget, value: object) -> object:
    """Each element once, where it first stands."""
    items = array("unique", value)
    budget.builds(2 * len(items))
    budget.elements(len(items))
    first: dict[Hashable, object] = {}
    for item in items:
        first.setdefault(identity(item, budget), item)
    return list(first.values())


def flatten(budget: Budget, value: object) -> object:
    """An array of arrays as one array; elements that are no arrays stay. One level."""
    items = array("flatten", value)
    budget.elements(len(items))
    budget.builds(sum(len(item) if isinstance(item, list | tuple) else 1 for item in items))
    result: list[object] = []
    for item in items:
        if isinstance(item, list | tuple):
            result.extend(item)
        else:
            result.append(item)
    return result


def any_of(budget: Budget, value: object) -> object:
    """``any``: whether one element counts as true."""
    items = array("any", value)
    budget.elements(len(items))
    return any(items)


def all_of(budget: Budget, value: object) -> object:
    """``all``: whether every element counts as true."""
    items = array("all", value)
    budget.elements(len(items))
    return all(items)


def coalesce(_: Budget, *candidates: object) -> object:
    """The first that is not null."""
    return next((value for value in candidates if value is not None), None)


def exists(_: Budget, value: object) -> object:
    """Whether it is not null."""
    return value is not None


def is_null(_: Budget, value: object) -> object:
    """``isNull``: whether it is null."""
    return value is None


def to_bool(_: Budget, value: object) -> object:
    """``bool``: whether it counts as true; of strings, 'true' and 'false' alone are read."""
    if isinstance(value, str):
        if value in ("true", "false"):
            return value == "true"
        raise ExpressionError("bool reads the strings 'true' and 'false' alone; compare any other")
    return bool(value)
