"""Functions that give numbers. Pure; each takes the budget first.

May import values, budget and errors.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Final

from seriatim.domain.expressions.budget import (
    FAR_WORK,
    FLOAT_WORK,
    ORDERED_CHARACTERS_PER_WORK,
    ROUND_DIGITS_ABS_MAX,
    Budget,
)
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.values import a_kind, checked_number, is_number, kind

_NEAR_CHARACTERS_MAX: Final = 20
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,32}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,32}(\.[0-9]{1,32})?([eE][+-]?[0-9]{1,4})?", re.ASCII)


def number(name: str, value: object) -> Any:
    """Return a number that a function needs, or refuse."""
    if is_number(value):
        return value
    raise ExpressionError(f"{name} needs a number, and this is {a_kind(value)}")


def integer(name: str, value: object) -> int:
    """Return an integer that a function needs, or refuse."""
    if is_number(value) and isinstance(value, int):
        return value
    raise ExpressionError(f"{name} needs an integer, and this is {a_kind(value)}")


def absolute(_: Budget, value: object) -> object:
    """``abs``."""
    return checked_number(abs(number("abs", value)))


def floor(_: Budget, value: object) -> object:
    """The integer at or below."""
    return checked_number(math.floor(number("floor", value)))


def ceil(_: Budget, value: object) -> object:
    """The integer at or above."""
    return checked_number(math.ceil(number("ceil", value)))


def rounded(_: Budget, value: object, digits: object = None) -> object:
    """``round``: a half goes to the even neighbour; without ``digits`` to an integer."""
    if digits is None:
        return checked_number(round(number("round", value)))
    count = integer("round", digits)
    if abs(count) > ROUND_DIGITS_ABS_MAX:
        raise ExpressionError(
            f"round takes between -{ROUND_DIGITS_ABS_MAX} and {ROUND_DIGITS_ABS_MAX} digits"
        )
    return checked_number(round(number("round", value), count))


def to_int(_: Budget, value: object) -> object:
    """``int``: of a number, cut towards zero; of a string that is a whole decimal number."""
    if is_number(value):
        return checked_number(int(number("int", value)))
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return checked_number(int(value))
    raise _unreadable("int", value, "an integer such as '42'")


def spend_on_float(budget: Budget, text: str) -> None:
    """Count what it takes to read a number that may be no integer."""
    is_near = len(text) <= _NEAR_CHARACTERS_MAX and "e" not in text and "E" not in text
    budget.spend(FLOAT_WORK if is_near else FAR_WORK)


def to_float(budget: Budget, value: object) -> object:
    """``float``: of a number, or of a string that is one."""
    if is_number(value):
        return checked_number(float(number("float", value)))
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        spend_on_float(budget, value)
        return checked_number(float(value))
    raise _unreadable("float", value, "a number such as '4.2' or '1e3'")


def total(budget: Budget, value: object) -> object:
    """``sum`` of an array of numbers."""
    if not isinstance(value, list | tuple):
        raise ExpressionError(f"sum needs an array of numbers, and this is {a_kind(value)}")
    budget.elements(len(value))
    return checked_number(sum(number("sum", item) for item in value))


def least(budget: Budget, *values: object) -> object:
    """``min``."""
    return _extreme("min", budget, values, min)


def greatest(budget: Budget, *values: object) -> object:
    """``max``."""
    return _extreme("max", budget, values, max)


def orderable(name: str, budget: Budget, values: list[Any] | tuple[Any, ...]) -> int:
    """Return how many characters values have that order among each other: numbers none.

    Raises:
        ExpressionError: they are neither all numbers nor all strings.
    """
    budget.elements(len(values))
    if all(map(is_number, values)):
        return 0
    if not all(isinstance(value, str) for value in values):
        of_each_type = {type(value): value for value in values}
        found = sorted({kind(value) for value in of_each_type.values()})
        raise ExpressionError(
            f"{name} orders numbers alone or strings alone, and these are {', '.join(found)}"
        )
    return sum(map(len, values))


def _extreme(
    name: str, budget: Budget, values: tuple[object, ...], choose: Callable[..., object]
) -> object:
    given: Any = values
    if len(values) == 1:
        given = values[0]
        if not isinstance(given, list | tuple):
            raise ExpressionError(
                f"{name} of one value needs an array, and this is {a_kind(given)}"
            )
    if not given:
        raise ExpressionError(f"{name} of an empty array; test first: `{name}(x) if x else 0`")
    budget.spend(orderable(name, budget, given) // ORDERED_CHARACTERS_PER_WORK)
    return choose(given)


def _unreadable(name: str, value: object, wanted: str) -> ExpressionError:
    what = "the string is none" if isinstance(value, str) else f"this is {a_kind(value)}"
    return ExpressionError(f"{name} needs a number, or a string that is {wanted}, and {what}")
