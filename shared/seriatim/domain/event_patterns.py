"""Event patterns as EventBridge has them: whether one is well formed, and whether an event fits.

A pattern's fields hold lists of what may be there, or patterns for what is inside. In a list stand
values, and objects with one comparison each.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Path = tuple[str | int, ...]
Trouble = tuple[Path, str]

PATTERN_BYTES_MAX: Final = 4_096
OR: Final = "$or"
NUMERIC: Final[dict[str, Callable[[float, float], bool]]] = {
    "=": lambda value, bound: value == bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
}
SCALARS: Final = (str, int, float, bool, type(None))
_ABSENT: Final = object()


def troubles(pattern: Any, path: Path = ()) -> Iterator[Trouble]:
    """What keeps a pattern from being one: where, and what to do."""
    if not isinstance(pattern, dict) or not pattern:
        yield path, "must be an object with at least one field"
        return
    for field, wanted in pattern.items():
        here = (*path, field)
        if field == OR:
            yield from _troubles_of_choice(wanted, here)
        elif isinstance(wanted, dict):
            yield from troubles(wanted, here)
        elif not isinstance(wanted, list) or not wanted:
            yield here, 'must be a list of what may be there, such as ["succeeded"], or an object'
        else:
            for index, one in enumerate(wanted):
                if problem := _trouble_of(one):
                    yield (*here, index), problem


def fits(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event (or what is inside of one) fits a well-formed pattern."""
    return all(
        any(fits(choice, event) for choice in wanted)
        if field == OR
        else _fits_field(wanted, event, field)
        for field, wanted in pattern.items()
    )


def _fits_field(wanted: Any, event: Any, field: str) -> bool:
    found = event.get(field, _ABSENT) if isinstance(event, dict) else _ABSENT
    if isinstance(wanted, dict):
        inside = found if isinstance(found, list) else [found]
        return any(fits(wanted, one) for one in inside) if inside else fits(wanted, _ABSENT)
    if isinstance(found, list):
        values = [one for one in found if isinstance(one, SCALARS)]
        return any(_fits_value(one, value) for one in wanted for value in values)
    return any(_fits_value(one, found) for one in wanted)


def _fits_value(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        ((name, operand),) = wanted.items()
        if name == "exists":
            is_leaf = value is not _ABSENT and not isinstance(value, dict)
            return bool(is_leaf == operand)
        return value is not _ABSENT and COMPARISONS[name](operand, value)
    return _is_same(wanted, value)


def _is_same(wanted: Any, value: Any) -> bool:
    """JSON's equality: true is not 1."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return bool(wanted == value)


def _is_text(compare: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda operand, value: isinstance(value, str) and compare(operand, value)


def _has_affix(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def has(operand: Any, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(operand, dict):
            return test(value.casefold(), operand["equals-ignore-case"].casefold())
        return test(value, operand)

    return has


def _fits_wildcard(operand: str, value: str) -> bool:
    parts = (re.escape(part) for part in operand.split("*"))
    return re.fullmatch(".*".join(parts), value, re.DOTALL) is not None


def _is_none_of(operand: Any, value: Any) -> bool:
    if isinstance(operand, dict):
        ((name, inner),) = operand.items()
        operands = inner if isinstance(inner, list) else [inner]
        return not any(COMPARISONS[name](one, value) for one in operands)
    operands = operand if isinstance(operand, list) else [operand]
    return not any(_is_same(one, value) for one in operands)


def _is_within(operand: Sequence[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return all(NUMERIC[operator](value, bound) for operator, bound in pairs)


def _is_in_network(operand: str, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "prefix": _has_affix(str.startswith),
    "suffix": _has_affix(str.endswith),
    "equals-ignore-case": _is_text(lambda operand, value: operand.casefold() == value.casefold()),
    "wildcard": _is_text(_fits_wildcard),
    "anything-but": _is_none_of,
    "numeric": _is_within,
    "cidr": _is_in_network,
}


# -- whether it is well formed ---------------------------------------------------------------------


def _troubles_of_choice(choices: Any, path: Path) -> Iterator[Trouble]:
    if not isinstance(choices, list) or len(choices) < 2:
        yield path, "must be a list of at least two patterns"
        return
    for index, choice in enumerate(choices):
        yield from troubles(choice, (*path, index))


def _trouble_of(wanted: Any) -> str | None:
    if isinstance(wanted, SCALARS):
        return None
    known = ", ".join(sorted({*COMPARISONS, "exists"}))
    if not isinstance(wanted, dict) or len(wanted) != 1:
        return f"must be a value, or an object with one of {known}"
    ((name, operand),) = wanted.items()
    match name:
        case "exists":
            return None if isinstance(operand, bool) else "'exists' takes true or false"
        case "prefix" | "suffix":
            inner = operand
            if isinstance(operand, dict) and operand.keys() == {"equals-ignore-case"}:
                inner = operand["equals-ignore-case"]
            return None if isinstance(inner, str) else f"{name!r} takes a text"
        case "equals-ignore-case" | "wildcard":
            if not isinstance(operand, str) or "**" in operand:
                return f"{name!r} takes a text (with no two stars in a row)"
            return None
        case "anything-but":
            return _trouble_of_exclusion(operand)
        case "numeric":
            return _trouble_of_bounds(operand)
        case "cidr":
            return None if _is_network(operand) else "'cidr' takes a network such as '10.0.0.0/24'"
        case _:
            return f"{name!r} is no comparison; there are {known}"


def _is_network(operand: Any) -> bool:
    if not isinstance(operand, str):  # of a number it makes an address, too; of true it fails
        return False
    try:
        ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False
    return True


def _trouble_of_exclusion(operand: Any) -> str | None:
    text = (
        "'anything-but' takes texts or numbers, or one of prefix, suffix, equals-ignore-case,"
        " wildcard"
    )
    if isinstance(operand, dict):
        if len(operand) != 1:
            return text
        ((name, inner),) = operand.items()
        if name not in {"prefix", "suffix", "equals-ignore-case", "wildcard"}:
            return text
        inner = inner if isinstance(inner, list) else [inner]
        return None if inner and all(isinstance(one, str) for one in inner) else text
    operands = operand if isinstance(operand, list) else [operand]
    is_right = operands and all(isinstance(one, str | int | float) for one in operands)
    return None if is_right else text


def _trouble_of_bounds(operand: Any) -> str | None:
    if isinstance(operand, list) and len(operand) in {2, 4}:
        operators, bounds = operand[::2], operand[1::2]
        are_numbers = all(
            isinstance(bound, int | float) and not isinstance(bound, bool) for bound in bounds
        )
        if are_numbers and all(
            isinstance(operator, str) and operator in NUMERIC for operator in operators
        ):
            return None
    return "'numeric' takes one or two comparisons such as ['>', 0, '<=', 5]"
