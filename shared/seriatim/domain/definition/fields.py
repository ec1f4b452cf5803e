"""Kinds of fields that the models share: ids, names, numbers with their limits, JSON objects.

Each refuses a wrong value with a code of ``validation.problems`` and a message that says the limit,
the value and what to do. Nothing is coerced.
"""

import unicodedata
from collections.abc import Callable
from typing import Annotated, Any, Never

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, Strict, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from seriatim.domain import limits
from seriatim.domain.definition.value_types import describe, shorten
from seriatim.domain.expressions.errors import ExpressionSyntaxError
from seriatim.domain.expressions.tokens import closing_brace


class Model(BaseModel):
    """A part of a definition: immutable, camelCase on the wire, unknown fields refused, no
    coercion.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_default=False,
        hide_input_in_errors=True,
    )


def refuse(code: str, message: str) -> Never:
    """Refuse the value of a field with a problem's code and message."""
    raise PydanticCustomError(code, "{message}", {"message": message})


# Text


def check_text(value: object, *, characters_max: int, empty: bool = False) -> str:
    """A text of bounded length; blank only where ``empty`` says so."""
    if not isinstance(value, str):
        refuse("WrongType", f"must be a text; it is {describe(value)}")
    if len(value) > characters_max:
        refuse("TooLong", f"may have at most {characters_max:,} characters; it has {len(value):,}")
    if not empty and not value.strip():
        refuse("Empty", "must not be blank; give it a text")
    return value


def check_id(value: object) -> str:
    """An id: 1 to 128 characters of any script that stay whole in a URL and in a storage key."""
    text = check_text(value, characters_max=limits.ID_CHARACTERS_MAX)
    shown = shorten(repr(text))
    if text != text.strip():
        refuse("InvalidId", f"must not begin or end with a blank; it is {shown}")
    if text in {".", ".."}:
        refuse("InvalidId", f"must not be '.' or '..'; it is {shown}")
    for character in "/#":
        if character in text:
            refuse("InvalidId", f"must not contain {character!r}; it is {shown}")
    if _has_control_character(text):
        refuse("InvalidId", f"must not contain control characters; it is {shown}")
    return text


def check_name(value: object) -> str:
    """A name: 1 to 256 characters, not blank, no control characters."""
    text = check_text(value, characters_max=limits.NAME_CHARACTERS_MAX)
    if _has_control_character(text):
        shown = shorten(repr(text))
        refuse("InvalidName", f"must not contain control characters; it is {shown}")
    return text


def _has_control_character(text: str) -> bool:
    if text.isprintable():
        return False
    return any(unicodedata.category(character) == "Cc" for character in text)


def _text(characters_max: int) -> tuple[PlainValidator, WithJsonSchema]:
    return (
        PlainValidator(lambda value: check_text(value, characters_max=characters_max, empty=True)),
        WithJsonSchema({"type": "string", "maxLength": characters_max}),
    )


Id = Annotated[
    str,
    PlainValidator(check_id),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": limits.ID_CHARACTERS_MAX}),
]
Name = Annotated[
    str,
    PlainValidator(check_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": limits.NAME_CHARACTERS_MAX}),
]
OptionalName = Annotated[str, *_text(limits.NAME_CHARACTERS_MAX)]
Description = Annotated[str, *_text(limits.DESCRIPTION_CHARACTERS_MAX)]
Version = Annotated[str, *_text(limits.VERSION_CHARACTERS_MAX)]


def check_source(value: object) -> str:
    """The source of an expression. Its syntax and its length are checked where it is parsed."""
    if not isinstance(value, str):
        refuse("WrongType", f"must be an expression in a text; it is {describe(value)}")
    return value


Source = Annotated[str, PlainValidator(check_source), WithJsonSchema({"type": "string"})]


# Numbers


def check_number(value: object, low: float, high: float, unit: str = "") -> float:
    """A finite number within limits, kept as it was written (5 stays 5)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse("WrongType", f"must be a number; it is {describe(value)}")
    if not low <= value <= high:  # also false for NaN
        within = f"must be from {low:,} to {high:,}{unit}"
        refuse("OutOfRange", f"{within}; it is {describe(value).removeprefix('the number ')}")
    return value


def check_integer(value: object, low: int, high: int) -> int:
    """A whole number within limits."""
    if isinstance(value, bool) or not isinstance(value, int):
        example = max(low, 1)
        refuse("WrongType", f"must be a whole number such as {example}; it is {describe(value)}")
    check_number(value, low, high)
    return value


def number(low: float, high: float, unit: str = "") -> tuple[PlainValidator, WithJsonSchema]:
    """Marks a number from ``low`` to ``high`` (unpack it into ``Annotated``)."""
    return (
        PlainValidator(lambda value: check_number(value, low, high, unit)),
        WithJsonSchema({"type": "number", "minimum": low, "maximum": high}),
    )


def integer(low: int, high: int) -> tuple[PlainValidator, WithJsonSchema]:
    """Marks a whole number from ``low`` to ``high`` (unpack it into ``Annotated``)."""
    return (
        PlainValidator(lambda value: check_integer(value, low, high)),
        WithJsonSchema({"type": "integer", "minimum": low, "maximum": high}),
    )


Seconds = Annotated[int | float, *number(0, limits.DURATION_SECONDS_MAX, " seconds")]
Priority = Annotated[int | float, *number(-limits.PRIORITY_ABS_MAX, limits.PRIORITY_ABS_MAX)]
RetentionDays = Annotated[int, *integer(1, limits.RETENTION_DAYS_MAX)]
Concurrency = Annotated[int, *integer(1, limits.CONCURRENCY_MAX)]
Units = Annotated[int, *integer(1, limits.POOL_CAPACITY_MAX)]


# JSON


def check_object(value: object, *, keys_max: int | None = None) -> dict[str, Any]:
    """A JSON object with at most ``keys_max`` keys."""
    if not isinstance(value, dict):
        refuse("WrongType", f"must be an object; it is {describe(value)}")
    if keys_max is not None and len(value) > keys_max:
        refuse("TooMany", f"may have at most {keys_max:,} keys; it has {len(value):,}")
    return value


JsonObject = Annotated[
    dict[str, Any], PlainValidator(check_object), WithJsonSchema({"type": "object"})
]
Metadata = Annotated[
    dict[str, Any],
    PlainValidator(lambda value: check_object(value, keys_max=limits.METADATA_KEYS_MAX)),
    WithJsonSchema({"type": "object", "maxProperties": limits.METADATA_KEYS_MAX}),
]
Lax = Strict(False)
"""Lets an enumeration take its spelling and a tuple a JSON array; what is inside stays strict."""


def bounded(count_max: int) -> tuple[Strict, Any]:
    """Marks a tuple of at most ``count_max`` items (unpack it into ``Annotated``)."""
    return Lax, Field(max_length=count_max)


# Places for ``${...}``


def is_place(value: object) -> bool:
    """Whether a value is a text that is one ``${expression}`` as a whole.

    Such a text may stand for a value of any type. One that cannot be read is told so elsewhere.
    """
    if not isinstance(value, str) or not value.startswith("${"):
        return False
    try:
        return closing_brace(value, len("${")) == len(value) - 1
    except ExpressionSyntaxError:
        return True


def has_place(value: object) -> bool:
    """Whether a value is a text with an ``${expression}`` in it; what it will be is known when it
    runs.
    """
    return isinstance(value, str) and "${" in value.replace("$${", "")


def or_place(check: Callable[[object], object], kind: str) -> tuple[PlainValidator, WithJsonSchema]:
    """Marks a value of a JSON type or an ``${expression}`` that gives it (unpack it)."""
    return (
        PlainValidator(lambda value: value if is_place(value) else check(value)),
        WithJsonSchema({"type": [kind, "string"]}),
    )


def or_with_place(check: Callable[[object], object]) -> tuple[PlainValidator, WithJsonSchema]:
    """Marks a text or a text that has an ``${expression}`` in it (unpack it)."""
    return (
        PlainValidator(lambda value: value if has_place(value) else check(value)),
        WithJsonSchema({"type": "string"}),
    )
