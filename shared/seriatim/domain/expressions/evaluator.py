"""The evaluator: simpleeval's walk over a checked tree, with our members, calls and budget.

The only module that imports simpleeval. What simpleeval still decides is the order of evaluation,
`and`/`or`, chained comparisons, choices, and arrays and objects; whatever it would look up in
Python objects is replaced. May import the grammar, operators, values, the function table, budget
and errors.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Final

from simpleeval import EvalWithCompoundTypes, InvalidExpression

from seriatim.domain.expressions.budget import ELEMENT_WORK, Budget
from seriatim.domain.expressions.errors import ExpressionError
from seriatim.domain.expressions.functions.table import FUNCTIONS
from seriatim.domain.expressions.grammar import Local
from seriatim.domain.expressions.operators import add, arithmetic, contains, ordering, signed
from seriatim.domain.expressions.results import finished
from seriatim.domain.expressions.values import a_kind, equal, is_number, kind, member

_OPERATORS: Final[dict[type[ast.AST], Callable[..., object]]] = {
    ast.Not: operator.not_,
    ast.USub: signed("-", operator.neg),
    ast.UAdd: signed("+", operator.pos),
    ast.Sub: arithmetic("-", operator.sub),
    ast.Mult: arithmetic("*", operator.mul),
    ast.Div: arithmetic("/", operator.truediv),
    ast.FloorDiv: arithmetic("//", operator.floordiv),
    ast.Mod: arithmetic("%", operator.mod),
    ast.Lt: ordering("<", operator.lt),
    ast.LtE: ordering("<=", operator.le),
    ast.Gt: ordering(">", operator.gt),
    ast.GtE: ordering(">=", operator.ge),
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
        self.operators = {
            **_OPERATORS,
            ast.Add: self._add,
            ast.Eq: self._equal,
            ast.NotEq: self._unequal,
            ast.In: self._in,
            ast.NotIn: self._not_in,
        }
        # Every part that the grammar lets through, and no other: that has no way to be evaluated.
        self.nodes = {
            ast.Constant: self._eval_constant,
            ast.Name: self._eval_name,
            Local: self._eval_local,
            ast.Attribute: self._eval_attribute,
            ast.Subscript: self._eval_subscript,
            ast.Call: self._eval_call,
            ast.List: self._eval_list,
            ast.Dict: self._eval_dict,
            ast.ListComp: self._eval_comprehension,
            ast.UnaryOp: self._eval_unaryop,
            ast.BinOp: self._eval_binop,
            ast.BoolOp: self._eval_boolop,
            ast.Compare: self._eval_compare,
            ast.IfExp: self._eval_ifexp,
        }
        self._budget = budget
        self._locals: dict[str, object] = {}

    def _eval(self, node: ast.expr) -> object:
        """Evaluate one part; simpleeval's walk comes back here for each part of it."""
        try:
            self._budget.step()
            return self.nodes[type(node)](node)
        except ExpressionError as error:
            if error.column is None:
                error.column = node.col_offset
            raise

    def _add(self, left: object, right: object) -> object:
        return add(left, right, self._budget)

    def _equal(self, left: object, right: object) -> bool:
        return equal(left, right, self._budget)

    def _unequal(self, left: object, right: object) -> bool:
        return not equal(left, right, self._budget)

    def _in(self, item: object, container: object) -> bool:
        return contains(container, item, self._budget)

    def _not_in(self, item: object, container: object) -> bool:
        return not contains(container, item, self._budget)

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
        count = len(range(*slice(*ends).indices(len(container))))
        if isinstance(container, str):
            self._budget.writes(count, is_ascii=container.isascii())
            return container[slice(*ends)]
        self._budget.builds(count)
        return self._budget.keep(list(container[slice(*ends)]))

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
        self._budget.builds(2 * len(node.keys))
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
        if level == len(node.generators):
            self._budget.spend(ELEMENT_WORK)
            result.append(self._eval(node.elt))
            return
        generator = node.generators[level]
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
            if all(self._eval(condition) for condition in generator.ifs):
                self._generate(node, level + 1, result)


def _position(value: object, what: str) -> int:
    if is_number(value) and isinstance(value, int):
        return value
    raise ExpressionError(f"{what} an integer, and this is {a_kind(value)}")
