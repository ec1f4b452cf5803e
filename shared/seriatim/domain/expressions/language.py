"""The expression language: parse once, evaluate often. Its words are in docs/expressions.md.

May be imported by anything; imports the grammar and the evaluator.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from seriatim.domain.expressions.budget import Budget
from seriatim.domain.expressions.errors import ExpressionError, ExpressionSyntaxError
from seriatim.domain.expressions.evaluator import run
from seriatim.domain.expressions.grammar import Grammar, check_length
from seriatim.domain.expressions.values import a_kind


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, checked. Immutable; any number of threads may evaluate it at once.

    Attributes:
        source: as it was written.
        names: what it reads, by root: ``total`` of ``total.net``, ``nodes`` of ``nodes.a.outputs``.
            The variables of its comprehensions and the functions it calls are not among them.
        node_ids: the ids in ``nodes.ID`` and ``nodes['ID']``; ids that are computed are known only
            when it runs.
        node_fields: those ids, each with the field it reads: ``outputs``, ``status`` or ``error``.
        has_computed_ids: whether it reads nodes whose ids are computed, too.
    """

    source: str
    names: frozenset[str] = field(compare=False)
    node_ids: frozenset[str] = field(compare=False)
    node_fields: frozenset[tuple[str, str]] = field(compare=False)
    has_computed_ids: bool = field(compare=False)
    root: ast.expr = field(compare=False, repr=False)


def parse(source: str) -> Expression:
    """Read an expression and check that all of it is allowed.

    Raises:
        ExpressionSyntaxError: it is blank or too long, does not parse, or uses syntax or functions
            that the language does not have; the message says where and what to write instead.
    """
    try:
        check_length(source)
        grammar = Grammar(source)
    except ExpressionSyntaxError as error:
        error.source = source
        raise
    return Expression(
        source,
        frozenset(grammar.names),
        frozenset(grammar.node_ids),
        frozenset(grammar.node_fields),
        grammar.has_computed_ids,
        grammar.root,
    )


def evaluate(expression: Expression, names: Mapping[str, object]) -> object:
    """Evaluate an expression over ``names``, which has at least the names that it reads.

    Mappings are asked for the members that are read, and for no others. Nothing is changed; the
    result may share parts with ``names``, so treat both as immutable.

    Raises:
        ExpressionError: a part of it failed, or it takes or gives more than is allowed.
    """
    return evaluate_within(expression, names, Budget())


def evaluate_within(expression: Expression, names: Mapping[str, object], budget: Budget) -> object:
    """Evaluate as `evaluate` does, with a budget of the caller's.

    Raises:
        ExpressionError: as for `evaluate`.
    """
    return run(expression.root, expression.source, names, budget)


def evaluate_condition(expression: Expression, names: Mapping[str, object]) -> bool:
    """Evaluate a condition: true, or false, null counting as false.

    Raises:
        ExpressionError: it failed, or gave anything else.
    """
    result = evaluate(expression, names)
    if result is None or isinstance(result, bool):
        return bool(result)
    raise ExpressionError(
        f"a condition gives true or false, and this gives {a_kind(result)}; "
        "compare it with something",
        source=expression.source,
    )
