"""Templates: JSON values with ``${expression}`` in their strings, read once, filled often.

Places are looked for in values, never in keys. May import the language, values, tokens, budget and
errors.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from seriatim.domain.expressions.budget import (
    PLACE_WORK,
    PLACES_MAX,
    TEMPLATE_DEPTH_MAX,
    Budget,
)
from seriatim.domain.expressions.errors import ExpressionError, ExpressionSyntaxError
from seriatim.domain.expressions.language import Expression, evaluate_within, parse
from seriatim.domain.expressions.results import finished
from seriatim.domain.expressions.tokens import closing_brace
from seriatim.domain.expressions.values import text_of

_OPEN: Final = "${"
_ESCAPED: Final = "$${"


class _Constant(msgspec.Struct, frozen=True):
    value: object


class _Whole(msgspec.Struct, frozen=True):
    """A string that is one place alone: its value keeps its type."""

    place: str
    expression: Expression


class _Text(msgspec.Struct, frozen=True):
    """A string with places in it: their values are put in as text."""

    place: str
    parts: tuple[str | Expression, ...]


class _Array(msgspec.Struct, frozen=True):
    items: "tuple[_Part, ...]"


class _Object(msgspec.Struct, frozen=True):
    members: "tuple[tuple[str, _Part], ...]"


_Part = _Constant | _Whole | _Text | _Array | _Object


class Template(msgspec.Struct, frozen=True):
    """A JSON value whose places are read. Immutable; any number of threads may fill it at once.

    Attributes:
        expressions: each place's expression, with the JSON pointer of the string it stands in, in
            document order. Empty for a value without places.
    """

    expressions: tuple[tuple[str, Expression], ...]
    root: _Part

    @property
    def is_constant(self) -> bool:
        """Whether there is nothing to fill in."""
        return not self.expressions


def parse_template(value: object) -> Template:
    """Read the places of any JSON value.

    Raises:
        ExpressionSyntaxError: the first thing wrong with it, `place` being the JSON pointer of the
            string.
    """
    reader = _Reader()
    root = reader.read(value, "", 0)
    if reader.errors:
        raise reader.errors[0]
    return Template(tuple(reader.expressions), root)


def template_errors(value: object) -> tuple[ExpressionSyntaxError, ...]:
    """Return all that is wrong with a template, one thing for each string; none if it parses."""
    reader = _Reader()
    reader.read(value, "", 0)
    return tuple(reader.errors)


def fill(template: Template, names: Mapping[str, object]) -> object:
    """Put values into the places.

    A string that is one place alone becomes the value, of whatever type. In any other string the
    values are put in as text: strings as they are, null as nothing, all else as JSON. ``$${``
    becomes ``${``. Parts without places are shared with the template.

    Raises:
        ExpressionError: a place failed, or the whole is too large or too deep; `place` says which
            string.
    """
    if isinstance(template.root, _Constant):
        return template.root.value
    filling = _Filling(names)
    result = filling.fill(template.root)
    if not filling.has_grown:
        return result
    # What a place was given, an expression passed on whole: its size is a payload's, and allowed.
    return finished(result, filling.budget, is_sweep_free=True)


class _Reader:
    """One reading of one value."""

    def __init__(self) -> None:
        self.expressions: list[tuple[str, Expression]] = []
        self.errors: list[ExpressionSyntaxError] = []

    def read(self, value: object, place: str, depth: int) -> _Part:
        if depth > TEMPLATE_DEPTH_MAX:
            self.errors.append(
                ExpressionSyntaxError(
                    f"is nested more than {TEMPLATE_DEPTH_MAX} deep; flatten the value", place=place
                )
            )
            return _Constant(None)
        if isinstance(value, str):
            return self._string(value, place) if _OPEN in value else _Constant(value)
        if isinstance(value, Mapping):
            members = tuple(
                (key, self.read(item, f"{place}/{_escaped(key)}", depth + 1))
                for key, item in value.items()
            )
            is_constant = all(
                isinstance(part, _Constant) and part.value is value[key] for key, part in members
            )
            return _Constant(value) if is_constant else _Object(members)
        if isinstance(value, list | tuple):
            items = tuple(
                self.read(item, f"{place}/{index}", depth + 1) for index, item in enumerate(value)
            )
            is_constant = all(
                isinstance(part, _Constant) and part.value is item
                for part, item in zip(items, value, strict=True)
            )
            return _Constant(value) if is_constant else _Array(items)
        return _Constant(value)

    def _string(self, text: str, place: str) -> _Part:
        try:
            parts = _parts(text)
        except ExpressionSyntaxError as error:
            self.errors.append(error.at(place))
            return _Constant(text)
        found = [(place, part) for part in parts if isinstance(part, Expression)]
        if len(self.expressions) + len(found) > PLACES_MAX:
            self.errors.append(
                ExpressionSyntaxError(
                    f"has more than {PLACES_MAX:,} places; put them into fewer expressions",
                    place=place,
                )
            )
            return _Constant(text)
        self.expressions.extend(found)
        match parts:
            case [Expression() as expression]:
                return _Whole(place, expression)
            case _ if found:
                return _Text(place, tuple(parts))
            case _:
                return _Constant("".join(part for part in parts if isinstance(part, str)))


class _Filling:
    """One filling of one template, with one budget for all its places."""

    def __init__(self, names: Mapping[str, object]) -> None:
        self._names = names
        self.budget = Budget()
        self.has_grown = False

    def fill(self, part: _Part) -> object:
        match part:
            case _Constant(value):
                return value
            case _Whole(place, expression):
                return self._value(expression, place)
            case _Text(place, parts):
                return self._text(parts, place)
            case _Array(items):
                array = [self.fill(item) for item in items]
                self.budget.keep(array)
                return array
            case _Object(members):
                made = {key: self.fill(item) for key, item in members}
                self.budget.keep(made)
                return made

    def _value(self, expression: Expression, place: str) -> object:
        try:
            self.budget.spend(PLACE_WORK)
            value = evaluate_within(expression, self._names, self.budget)
        except ExpressionError as error:
            raise error.at(place) from error
        # The same large value may stand in many places: then the whole is sized before it leaves.
        self.has_grown |= isinstance(value, str | list | dict)
        return value

    def _text(self, parts: tuple[str | Expression, ...], place: str) -> str:
        texts = []
        for part in parts:
            value = part if isinstance(part, str) else self._value(part, place)
            try:
                texts.append(text_of(value, self.budget))
            except ExpressionError as error:
                raise error.at(place) from error
        try:
            self.budget.writes(sum(map(len, texts)), is_ascii=all(map(str.isascii, texts)))
        except ExpressionError as error:
            raise error.at(place) from error
        return "".join(texts)


def _parts(text: str) -> list[str | Expression]:
    """Split a string into its text and its places."""
    parts: list[str | Expression] = []
    literal = ""
    at = 0
    while (found := text.find(_OPEN, at)) >= 0:
        if found > at and text[found - 1] == "$":
            literal += text[at : found - 1] + _OPEN
            at = found + len(_OPEN)
            continue
        literal += text[at:found]
        start = found + len(_OPEN)
        try:
            end = closing_brace(text, start)
            if not text[start:end].strip():
                raise ExpressionSyntaxError(
                    "`${}` holds nothing; write an expression, or `$${` for the text `${`",
                    column=found + 1,
                )
        except ExpressionSyntaxError as error:
            error.source = text
            raise
        if literal:
            parts.append(literal)
            literal = ""
        parts.append(parse(text[start:end]))
        at = end + 1
    literal += text[at:]
    if literal or not parts:
        parts.append(literal)
    return parts


def _escaped(key: str) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
