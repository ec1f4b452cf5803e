"""The evaluator: simpleeval's walk over a checked tree, with our members, calls and budget.

The only module that imports simpleeval. What simpleeval still decides is `and`/`or`, choices, and
how arrays and objects are made; whatever it would look up in Python objects is replaced, and so is
what it would do unlimited. May import the grammar, operators, values, the function table, budget
and errors.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from simpleeval import EvalWithCompoundTypes, InvalidExpression

from seriatim.domain.expressions.budget import ELEMENT_WORK, SLICE_WORK, STEP_WORK, Budget
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.functions.table import FUNCTIONS
from seriatim.domain.expressions.grammar import Local
from seriatim.domain.expressions.operators import (
    add,
    arithmetic,
    contains,
    ordering,
    remainder,
    signed,
)
from seriatim.domain.expressions.results import finished
from seriatim.domain.expressions.values import a_kind, equal, is_number, kind, member

_UNARY: Final[dict[type[ast.AST], Callable[[Any], object]]] = {
    ast.Not: operator.not_,
    ast.USub: signed("-", operator.neg),
    ast.UAdd: signed("+", operator.pos),
}
_BINARY: Final[dict[type[ast.AST], Callable[[Any, Any, Budget], object]]] = {
    ast.Add: add,
    ast.Sub: arithmetic("-", operator.sub),
    ast.Mult: arithmetic("*", operator.mul),
    ast.Div: arithmetic("/", operator.truediv),
    ast.FloorDiv: remainder("//", operator.floordiv),
    ast.Mod: remainder("%", operator.mod),
}
_COMPARISONS: Final[dict[type[ast.AST], Callable[[Any, Any, Budget], bool]]] = {
    ast.Eq: equal,
    ast.NotEq: lambda left, right, budget: not equal(left, right, budget),
    ast.Lt: ordering("<", operator.lt),
    ast.LtE: ordering("<=", operator.le),
    ast.Gt: ordering(">", operator.gt),
    ast.GtE: ordering(">=", operator.ge),
    ast.In: lambda item, container, budget: contains(container, item, budget),
    ast.NotIn: lambda item, container, budget: not contains(container, item, budget),
}


def run(root: ast.expr, source: str, names: Mapping[str, object], budget: Budget) -> object:
    """Evaluate a checked tree.

    Raises:
        ExpressionError: with the column of the part that failed.
    """
    try:
        return finished(_Evaluator(names, budget).eval(source, root), budget)
    except ExpressionError as error:
        error.source = source
        raise
    except (
        InvalidExpression,
        ArithmeticError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        # What nobody foresaw is still the expression's failure, never the worker's.
        raise ExpressionError(
            f"cannot be evaluated ({type(error).__name__}); simplify it", source=source
        ) from error


class _Evaluator(EvalWithCompoundTypes):  # type: ignore[misc]
    """One evaluation; made for each, so that any number of threads may evaluate at once.

    simpleeval's own constructor is not called: it switches the warning filters of the process,
    which no thread is safe from, and costs four times what a simple condition does.
    """

    def __init__(self, names: Mapping[str, object], budget: Budget) -> None:
        self.names = names
        self._budget = budget
        self._locals: dict[str, object] = {}

    def _eval(self, node: ast.expr) -> object:
        """Evaluate one part; simpleeval's walk comes back here for each part of it."""
        budget = self._budget
        # As `Budget.step` does, without the call: this runs for every part.
        budget.steps -= 1
        budget.work -= STEP_WORK
        try:
            if budget.steps < 0 or budget.work < 0:
                budget.refuse()
            return self._parts[type(node)](self, node)
        except ExpressionError as error:
            if error.column is None:
                error.column = node.col_offset
            raise

    def _eval_unaryop(self, node: ast.UnaryOp) -> object:
        return _UNARY[type(node.op)](self._eval(node.operand))

    def _eval_binop(self, node: ast.BinOp) -> object:
        left = self._eval(node.left)
        return _BINARY[type(node.op)](left, self._eval(node.right), self._budget)

    def _eval_compare(self, node: ast.Compare) -> object:
        left, result = self._eval(node.left), True
        for sign, comparator in zip(node.ops, node.comparators, strict=True):
            right = self._eval(comparator)
            result = _COMPARISONS[type(sign)](left, right, self._budget)
            if not result:
                break
            left = right
        return result

    def _eval_constant(self, node: ast.Constant) -> object:
        return node.value

    def _eval_name(self, node: ast.Name) -> object:
        try:
            return self.names[node.id]
        except KeyError:
            raise ExpressionError(
                f"there is no `{node.id[:40]}` here; declare it, or mend the name"
            ) from None

    def _eval_local(self, node: ast.Name) -> object:
        return self._locals[node.id]

    def _eval_attribute(self, node: ast.Attribute) -> object:
        return member(self._eval(node.value), node.attr)

    def _eval_subscript(self, node: ast.Subscript) -> object:
        container = self._eval(node.value)
        if container is None:
            return None
        if isinstance(node.slice, ast.Slice):
            return self._slice(container, node.slice)
        key = self._eval(node.slice)
        if isinstance(container, list | tuple | str):
            position = _position(key, "an element is reached by")
            if not -len(container) <= position < len(container):
                raise ExpressionError(
                    f"there is no element {position}, the {kind(container)} has {len(container)}"
                )
            return container[position]
        if not isinstance(key, str):
            raise ExpressionError(f"a member is reached by a string, and this is {a_kind(key)}")
        self._budget.reads(len(key))
        return member(container, key)

    def _slice(self, container: object, node: ast.Slice) -> object:
        if not isinstance(container, list | tuple | str):
            raise ExpressionError(
                f"a part is taken of an array or a string, and this is {a_kind(container)}"
            )
        ends = [
            None
            if end is None or (value := self._eval(end)) is None
            else _position(value, "ends are")
            for end in (node.lower, node.upper, node.step)
        ]
        if ends[2] == 0:
            raise ExpressionError("the step of a slice is not 0")
        self._budget.spend(SLICE_WORK)
        count = len(range(*slice(*ends).indices(len(container))))
        if isinstance(container, str):
            self._budget.writes(count, is_ascii=container.isascii())
            return container[slice(*ends)]
        self._budget.builds(count)
        part = container[slice(*ends)]
        return self._budget.keep(part if type(part) is list else list(part))

    def _eval_call(self, node: ast.Call) -> object:
        arguments = [self._eval(argument) for argument in node.args]
        function = FUNCTIONS[node.func.id]  # type: ignore[attr-defined]
        self._budget.is_building = False
        self._budget.spend(function.work)
        result: object = function.call(self._budget, *arguments)
        return self._budget.keep(result) if self._budget.is_building else result

    def _eval_list(self, node: ast.List) -> object:
        self._budget.builds(len(node.elts))
        return self._budget.keep(super()._eval_list(node))

    def _eval_dict(self, node: ast.Dict) -> object:
        self._budget.builds(2 + 2 * len(node.keys))
        return self._budget.keep(super()._eval_dict(node))

    def _eval_comprehension(self, node: ast.ListComp) -> object:
        self._budget.builds(0)
        result: list[object] = []
        outer = self._locals
        self._locals = dict(outer)
        try:
            self._generate(node, 0, result)
        finally:
            self._locals = outer
        return self._budget.keep(result)

    def _generate(self, node: ast.ListComp, level: int, result: list[object]) -> None:
        """Bind the variable of one ``for`` to each element; under the last, add to the result."""
        generator = node.generators[level]
        is_last = level + 1 == len(node.generators)
        elements = self._eval(generator.iter)
        if not isinstance(elements, list | tuple):
            raise ExpressionError(
                f"a comprehension goes over an array, and this is {a_kind(elements)}"
                + ("; write keys(x) or values(x)" if isinstance(elements, Mapping) else ""),
                column=generator.iter.col_offset,
            )
        name = generator.target.id  # type: ignore[attr-defined]
        for element in elements:
            self._budget.step()
            self._locals[name] = element
            for condition in generator.ifs:
                if not self._eval(condition):
                    break
            else:
                if is_last:
                    self._budget.spend(ELEMENT_WORK)
                    result.append(self._eval(node.elt))
                else:
                    self._generate(node, level + 1, result)

    # Every part that the grammar lets through, and no other: that has no way to be evaluated.
    _parts: ClassVar[dict[type[ast.AST], Callable[["_Evaluator", Any], object]]] = {
        ast.Constant: _eval_constant,
        ast.Name: _eval_name,
        Local: _eval_local,
        ast.Attribute: _eval_attribute,
        ast.Subscript: _eval_subscript,
        ast.Call: _eval_call,
        ast.List: _eval_list,
        ast.Dict: _eval_dict,
        ast.ListComp: _eval_comprehension,
        ast.UnaryOp: _eval_unaryop,
        ast.BinOp: _eval_binop,
        ast.BoolOp: EvalWithCompoundTypes._eval_boolop,  # noqa: SLF001
        ast.Compare: _eval_compare,
        ast.IfExp: EvalWithCompoundTypes._eval_ifexp,  # noqa: SLF001
    }


def _position(value: object, what: str) -> int:
    if is_number(value) and isinstance(value, int):
        return value
    raise ExpressionError(f"{what} an integer, and this is {a_kind(value)}")
