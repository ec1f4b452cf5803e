"""What the operators do: on numbers, on texts, and on anything for equality. Nothing is converted.

A boolean is no number. What orders against null is false; null in anything else is an error. May
import values, budget and errors.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from seriatim.domain.expressions.budget import FAR_WORK, ORDERED_CHARACTERS_PER_WORK, Budget
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.values import a_kind, checked_number, equal, is_number

_NUMBERS: Final = frozenset({int, float})
_NEAR_QUOTIENT_MAX: Final = 2**53


def arithmetic(
    sign: str, compute: Callable[[Any, Any], Any]
) -> Callable[[Any, Any, Budget], object]:
    """Return the operator ``sign``: two numbers to one, within the limits of numbers."""

    def apply(left: Any, right: Any, _: Budget) -> object:
        _check_numbers(sign, left, right)
        try:
            return checked_number(compute(left, right))
        except ZeroDivisionError:
            raise ExpressionError(
                f"divides by zero; test first: `a {sign} b if b != 0 else 0`"
            ) from None
        except OverflowError:
            raise ExpressionError("gives a number that is too large") from None

    return apply


def remainder(
    sign: str, compute: Callable[[Any, Any], Any]
) -> Callable[[Any, Any, Budget], object]:
    """Return ``sign`` as `arithmetic` does, counting what a quotient of many digits takes."""
    divide = arithmetic(sign, compute)

    def apply(left: Any, right: Any, budget: Budget) -> object:
        if (
            type(left) in _NUMBERS
            and type(right) in _NUMBERS
            and float in {type(left), type(right)}
        ):
            budget.spend(0 if abs(left) < _NEAR_QUOTIENT_MAX * abs(right) else FAR_WORK)
        return divide(left, right, budget)

    return apply


def ordering(sign: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Budget], bool]:
    """Return the comparison ``sign``: of two numbers, or of two strings by their characters."""

    def apply(left: Any, right: Any, budget: Budget) -> bool:
        if type(left) in _NUMBERS and type(right) in _NUMBERS:
            return compare(left, right)
        if left is None or right is None:
            return False
        if isinstance(left, str) and isinstance(right, str):
            budget.spend(min(len(left), len(right)) // ORDERED_CHARACTERS_PER_WORK)
            return compare(left, right)
        if is_number(left) and is_number(right):
            return compare(left, right)
        raise ExpressionError(
            f"`{sign}` orders two numbers or two strings, "
            f"and these are {a_kind(left)} and {a_kind(right)}"
        )

    return apply


def add(left: object, right: object, budget: Budget) -> object:
    """Add two numbers, or join two strings."""
    if isinstance(left, str) and isinstance(right, str):
        budget.writes(len(left) + len(right), is_ascii=left.isascii() and right.isascii())
        return left + right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        raise ExpressionError("`+` does not join arrays; write concat(a, b)")
    if isinstance(left, str) or isinstance(right, str):
        raise ExpressionError(
            f"`+` joins two strings, and these are {a_kind(left)} and {a_kind(right)}; "
            "write str(x) to make text of a value"
        )
    return _add_numbers(left, right, budget)


_add_numbers = arithmetic("+", lambda left, right: left + right)


def contains(container: object, item: object, budget: Budget) -> bool:
    """Whether an array has the element, a string the part, an object the key; null has nothing."""
    if container is None:
        return False
    if isinstance(container, str):
        if not isinstance(item, str):
            raise ExpressionError(f"a string contains strings, and this is {a_kind(item)}")
        budget.searches(len(container), len(item))
        return item in container
    if isinstance(container, list | tuple):
        budget.elements(len(container))
        return any(equal(element, item, budget) for element in container)
    if isinstance(container, Mapping):
        if not isinstance(item, str):
            return False
        budget.reads(len(item))
        return item in container
    raise ExpressionError(
        f"`in` looks into an array, a string or an object, not {a_kind(container)}"
    )


def signed(sign: str, compute: Callable[[Any], Any]) -> Callable[[Any], object]:
    """Return the sign before a number."""

    def apply(value: Any) -> object:
        if type(value) not in _NUMBERS and not is_number(value):
            raise ExpressionError(f"`{sign}` needs a number, and this is {a_kind(value)}")
        return checked_number(compute(value))

    return apply


def _check_numbers(sign: str, left: object, right: object) -> None:
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return
    if not (is_number(left) and is_number(right)):
        raise ExpressionError(
            f"`{sign}` needs two numbers, and these are {a_kind(left)} and {a_kind(right)}"
        )
