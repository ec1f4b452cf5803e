"""Has moto parse a condition once: it does so twice for each write."""

from copy import copy
from functools import lru_cache
from typing import Any, Final

from moto.dynamodb import responses
from moto.dynamodb.comparisons import Func, Op, create_condition_expression_parser
from moto.dynamodb.models import table

CONDITIONS_REMEMBERED_MAX: Final = 4_096


def remember_conditions() -> None:
    """The same text with the same names and values always means the same. Repeating this changes
    nothing.
    """
    vars(table)["get_filter_expression"] = _filter
    vars(responses)["create_condition_expression_parser"] = _own_parser_of


def _filter(expression: str | None, names: Any, values: Any) -> Op | Func:
    condition: Op | Func = parser_of(expression, names, values).parse()
    return condition


def _own_parser_of(expression: str | None, names: Any, values: Any) -> Any:
    """moto adds to the names that it has found those of other expressions of the same call."""
    parser = copy(parser_of(expression, names, values))
    parser.expr_attr_names_found = [*parser.expr_attr_names_found]
    return parser


def parser_of(expression: str | None, names: Any, values: Any) -> Any:
    """A parser that has parsed already, if it can be remembered."""
    given = tuple((name, *value.items()) for name, value in (values or {}).items())
    try:
        return _remembered(expression, tuple((names or {}).items()), given)
    except TypeError:  # a list or a map among the values
        return create_condition_expression_parser(expression, names, values)


@lru_cache(CONDITIONS_REMEMBERED_MAX)
def _remembered(
    expression: str | None,
    names: tuple[tuple[str, str], ...],
    values: tuple[tuple[str, tuple[str, str]], ...],
) -> Any:
    named = {name: dict([value]) for name, value in values}
    parser = create_condition_expression_parser(expression, dict(names), named)
    parsed = parser.parse()
    vars(parser)["parse"] = lambda: parsed
    return parser
