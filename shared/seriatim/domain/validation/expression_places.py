"""Texts with expressions in them: where they are in a value, and what they parse to."""

from collections.abc import Iterator

from seriatim.domain.definition.fields import has_place
from seriatim.domain.expressions.errors import ExpressionSyntaxError
from seriatim.domain.expressions.language import Expression, parse
from seriatim.domain.expressions.placeholders import parse_template
from seriatim.domain.pointers import PathPart


def parse_text(text: str, *, is_template: bool) -> list[Expression] | ExpressionSyntaxError:
    """The expressions of a text, or why it has none."""
    try:
        if is_template:
            return [expression for _, expression in parse_template(text).expressions]
        return [parse(text)]
    except ExpressionSyntaxError as refused:
        return refused


def texts_with_places(value: object) -> Iterator[tuple[tuple[PathPart, ...], str]]:
    """Every text in a JSON value that has an ``${expression}``, with the path to it."""
    todo: list[tuple[tuple[PathPart, ...], object]] = [((), value)]
    while todo:
        path, item = todo.pop()
        if isinstance(item, str):
            if has_place(item):
                yield path, item
        elif isinstance(item, dict):
            todo.extend(((*path, key), inside) for key, inside in reversed(item.items()))
        elif isinstance(item, list):
            todo.extend(
                ((*path, place), inside) for place, inside in reversed(list(enumerate(item)))
            )
