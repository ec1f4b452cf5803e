"""Declared types of values: whether a JSON value has one, and what to call a value in a message.

May import the standard library and the enumerations only: the decider enforces types without
pydantic.
"""

from collections.abc import Mapping
from typing import assert_never

from seriatim.domain.definition.kinds import VariableType
from seriatim.domain.limits import SHOWN_VALUE_CHARACTERS_MAX


def has_type(value: object, declared: VariableType) -> bool:
    """Whether a JSON value has the declared type. Nothing is coerced, and a boolean is no number.

    A number without a fraction is an ``integer`` however it is written (5 and 5.0 are the same JSON
    number). Null has the type ``any`` alone; where nothing was given, there is no value to ask
    about.
    """
    match declared:
        case VariableType.ANY:
            return True
        case VariableType.STRING:
            return isinstance(value, str)
        case VariableType.NUMBER:
            return _is_number(value)
        case VariableType.INTEGER:
            return _is_number(value) and not (isinstance(value, float) and value % 1 != 0)
        case VariableType.BOOLEAN:
            return isinstance(value, bool)
        case VariableType.OBJECT:
            return isinstance(value, Mapping)
        case VariableType.ARRAY:
            return isinstance(value, list | tuple)
        case _:
            assert_never(declared)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def describe(value: object) -> str:
    """What a value is, in the words of JSON, shown shortened: ``the text 'abc'``, ``an object``,
    ``null``.
    """
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {shorten(_number_text(value))}"
        case str():
            return f"the text {shorten(repr(value))}"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "an array"
        case _:
            return f"a {type(value).__name__}, which is no JSON"


def _number_text(value: float) -> str:
    # Python refuses to print integers of more than 4,300 digits.
    if isinstance(value, int) and value.bit_length() > 1_000:
        return f"of {value.bit_length()} bits"
    return f"{value:,}" if isinstance(value, int) else repr(value)


def shorten(text: str) -> str:
    """A text cut to what a message has room for."""
    if len(text) <= SHOWN_VALUE_CHARACTERS_MAX:
        return text
    return text[: SHOWN_VALUE_CHARACTERS_MAX - 1] + "…"
