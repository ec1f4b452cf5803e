"""What may be written: the allow-list of syntax, checked once, when an expression is parsed.

What this module lets through is all that the evaluator can ever meet: literals, names, members, the
listed operators, a choice, lists, objects, comprehensions over one variable each, and calls of the
listed functions by name. May import the function table, tokens, errors and limits; nothing that
evaluates.
"""

import ast
import difflib
import keyword
import math
import re
from typing import Final, NoReturn

from seriatim.domain.expressions.budget import (
    DEPTH_MAX,
    INTEGER_ABS_MAX,
    PARTS_MAX,
    SOURCE_CHARACTERS_MAX,
)
from seriatim.domain.expressions.errors import ExpressionSyntaxError
from seriatim.domain.expressions.functions.table import FUNCTIONS
from seriatim.domain.expressions.tokens import blank_strings, check_tokens

NODES: Final = "nodes"
NODE_FIELDS: Final = ("outputs", "status", "error")
VARIABLE: Final = "variable"
"""``variable('order-id')`` reads a variable whose name is no identifier."""

_LITERALS: Final = {"true": True, "false": False, "null": None}

_OPERATORS: Final[tuple[type[ast.AST], ...]] = (
    ast.And, ast.Or, ast.Not, ast.USub, ast.UAdd,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
)  # fmt: skip

_ADVICE: Final[dict[type[ast.AST], str]] = {
    ast.Is: "`is` is not part of the language; compare with `==`",
    ast.IsNot: "`is not` is not part of the language; compare with `!=`",
    ast.Lambda: "there are no functions to define; use a comprehension: [x * 2 for x in items]",
    ast.Tuple: "an array is written in square brackets: [1, 2]",
    ast.Set: "there are no sets; write unique([1, 2])",
    ast.SetComp: "there are no sets; write unique([… for … in …])",
    ast.DictComp: "objects are written out, or joined with merge(a, b)",
    ast.GeneratorExp: "put the comprehension in square brackets: [x for x in items]",
    ast.Starred: "`*` only multiplies; join arrays with concat(a, b)",
}

_WHITESPACE: Final = str.maketrans("\t\r\n\f", "    ")
_WORD: Final = re.compile(r"(\.\s*)?\b([A-Za-z]+)\b")
_LAST_NAME: Final = re.compile(r"[^\s.()]+\Z")


class Local(ast.Name):
    """The variable of a comprehension: a name that the comprehension binds, never the caller."""


class Grammar:
    """One reading of one expression: the checked tree, and what it reads."""

    def __init__(self, source: str) -> None:
        """Read and check ``source``.

        Raises:
            ExpressionSyntaxError: it is not of the language.
        """
        self.names: set[str] = set()
        self.node_ids: set[str] = set()
        self.node_fields: set[tuple[str, str]] = set()
        self.has_computed_ids = False
        self._source = source
        check_tokens(source)
        # No line ends in a string and no comment are left: a line end is a blank like any other.
        self._text = source.translate(_WHITESPACE).strip(" ")
        self._lead = len(source) - len(source.translate(_WHITESPACE).lstrip(" "))
        self._bytes = None if self._text.isascii() else self._text.encode()
        tree = self._parse()
        self._measure(tree)
        self.root = self._visit(tree, frozenset())

    def _parse(self) -> ast.expr:
        try:
            return ast.parse(self._text, mode="eval").body
        except SyntaxError as error:
            self._explain(error)
        except (RecursionError, MemoryError):
            raise ExpressionSyntaxError("is nested too deeply; split the expression") from None
        except ValueError:
            raise ExpressionSyntaxError(
                "holds a number or a character that cannot be read; remove it"
            ) from None

    def _explain(self, error: SyntaxError) -> NoReturn:
        at = min(max((error.offset or 1) - 1, 0), len(self._text))
        column = self._lead + at + 1
        for word in _WORD.finditer(blank_strings(self._text)):
            if not keyword.iskeyword(word[2]) or word[2] in ("True", "False", "None"):
                continue
            if word[1]:
                raise ExpressionSyntaxError(
                    f"`{word[2]}` is a reserved word; write ['{word[2]}'] instead of .{word[2]}",
                    column=self._lead + word.start(2) + 1,
                ) from None
            if word[2] not in ("and", "or", "not", "in", "if", "else", "for", "is", "lambda"):
                raise ExpressionSyntaxError(
                    f"`{word[2]}` is a reserved word; "
                    f"a variable of that name is read with variable('{word[2]}')",
                    column=self._lead + word.start(2) + 1,
                ) from None
        found = self._text[at : at + 20]
        what = f"`{found}` cannot stand here" if found else "something is missing at the end"
        raise ExpressionSyntaxError(
            f"{what}; check the operators and commas around it", column=column
        ) from None

    def _measure(self, tree: ast.expr) -> None:
        """Bound size and depth before anything goes down the tree by recursion."""
        parts = 0
        level: list[ast.AST] = [tree]
        for _ in range(DEPTH_MAX):
            parts += sum(1 for node in level if isinstance(node, ast.expr))
            if parts > PARTS_MAX:
                raise ExpressionSyntaxError(
                    f"has more than {PARTS_MAX:,} parts; split the expression"
                )
            level = [child for node in level for child in _children(node)]
            if not level:
                return
        raise ExpressionSyntaxError(f"is nested more than {DEPTH_MAX} deep; split the expression")

    def _refuse(self, node: ast.AST, reason: str) -> NoReturn:
        raise ExpressionSyntaxError(reason, column=self._column(node))

    def _column(self, node: ast.AST) -> int | None:
        offset: int | None = getattr(node, "col_offset", None)
        if offset is None:
            return None
        if self._bytes is not None:
            offset = len(self._bytes[:offset].decode())
        return self._lead + offset + 1

    def _spelled(self, node: ast.expr, name: str) -> str:
        """Return a name as it was written; Python's parser has changed it to its normal form."""
        if self._bytes is None:
            return name
        found = _LAST_NAME.search(self._bytes[node.col_offset : node.end_col_offset].decode())
        assert found is not None
        return found[0]

    def _visit(self, node: ast.expr, scope: frozenset[str]) -> ast.expr:
        """Return the node checked and resolved, its column being the one in the source."""
        checked = self._checked(node, scope)
        checked.col_offset = self._column(node) or 1
        return checked

    def _checked(self, node: ast.expr, scope: frozenset[str]) -> ast.expr:
        match node:
            case ast.Constant():
                self._check_constant(node)
            case ast.Name():
                return self._name(node, scope)
            case ast.Attribute() | ast.Subscript():
                return self._member(node, scope)
            case ast.Call():
                return self._call(node, scope)
            case ast.ListComp():
                return self._comprehension(node, scope)
            case ast.Dict():
                self._object(node, scope)
            case ast.BoolOp():
                self._check_operators(node, node.op)
                node.values = [self._visit(value, scope) for value in node.values]
            case ast.UnaryOp():
                self._check_operators(node, node.op)
                node.operand = self._visit(node.operand, scope)
            case ast.BinOp():
                self._check_operators(node, node.op)
                node.left = self._visit(node.left, scope)
                node.right = self._visit(node.right, scope)
            case ast.Compare():
                self._check_operators(node, *node.ops)
                node.left = self._visit(node.left, scope)
                node.comparators = [self._visit(value, scope) for value in node.comparators]
            case ast.IfExp():
                node.test = self._visit(node.test, scope)
                node.body = self._visit(node.body, scope)
                node.orelse = self._visit(node.orelse, scope)
            case ast.List():
                node.elts = [self._visit(value, scope) for value in node.elts]
            case _:
                self._refuse_syntax(node, node)
        return node

    def _check_operators(self, node: ast.expr, *operators: ast.AST) -> None:
        for operator in operators:
            if not isinstance(operator, _OPERATORS):
                self._refuse_syntax(node, operator)

    def _refuse_syntax(self, node: ast.expr, syntax: ast.AST) -> NoReturn:
        name = type(syntax).__name__
        self._refuse(node, _ADVICE.get(type(syntax), f"{name} is not part of the language"))

    def _check_constant(self, node: ast.Constant) -> None:
        match node.value:
            case None | bool():
                pass
            case int(value) if abs(value) > INTEGER_ABS_MAX:
                self._refuse(node, f"an integer has to be between ±{INTEGER_ABS_MAX:,}")
            case float(value) if not math.isfinite(value):
                self._refuse(node, "the number is too large")
            case str(value) if any("\ud800" <= character <= "\udfff" for character in value):
                self._refuse(node, "half a surrogate pair is no character; write it as \\U0001F600")
            case int() | float() | str():
                pass
            case _:
                self._refuse(node, "a literal is a string, a number, true, false or null")

    def _name(self, node: ast.Name, scope: frozenset[str]) -> ast.expr:
        name = self._spelled(node, node.id)
        if name in _LITERALS:
            return ast.copy_location(ast.Constant(_LITERALS[name]), node)
        if name in scope:
            return ast.copy_location(Local(name, node.ctx), node)
        if name == NODES:
            self._refuse(node, "`nodes` is read by id: nodes.ID.outputs, or nodes['my-id'].outputs")
        self.names.add(name)
        node.id = name
        return node

    def _member(self, node: ast.Attribute | ast.Subscript, scope: frozenset[str]) -> ast.expr:
        key: object = None
        if isinstance(node, ast.Attribute):
            node.attr = key = self._spelled(node, node.attr)
        elif isinstance(node.slice, ast.Slice):
            for end in ("lower", "upper", "step"):
                value = getattr(node.slice, end)
                if value is not None:
                    setattr(node.slice, end, self._visit(value, scope))
        else:
            node.slice = self._visit(node.slice, scope)
            key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        inner = node.value
        if self._is_nodes(inner, scope):
            self._node(node, key)
            inner.col_offset = self._column(inner) or 1
            return node
        if isinstance(inner, ast.Attribute | ast.Subscript) and self._is_nodes(inner.value, scope):
            if key is not None and key not in NODE_FIELDS:
                self._refuse(node, f"a node has {', '.join(NODE_FIELDS)}, and no `{key}`")
            node.value = self._visit(inner, scope)
            node_id = _constant_key(inner)
            if node_id is not None and isinstance(key, str):
                self.node_fields.add((node_id, key))
            return node
        node.value = self._visit(inner, scope)
        return node

    def _is_nodes(self, node: ast.expr, scope: frozenset[str]) -> bool:
        return (isinstance(node, ast.Name) and NODES not in scope) and self._spelled(
            node, node.id
        ) == NODES

    def _node(self, node: ast.Attribute | ast.Subscript, key: object) -> None:
        """Note which node ``nodes.ID`` reads; a computed id is known only when it runs."""
        self.names.add(NODES)
        if isinstance(key, str):
            self.node_ids.add(key)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant | ast.Slice):
            self._refuse(node, "a node's id is a string: nodes['my-id']")
        else:
            self.has_computed_ids = True

    def _call(self, node: ast.Call, scope: frozenset[str]) -> ast.expr:
        if not isinstance(node.func, ast.Name):
            self._refuse(
                node,
                "values have no methods; functions are called by name: lower(x), not x.lower()",
            )
        name = self._spelled(node.func, node.func.id)
        if node.keywords:
            self._refuse(node, f"{name} takes its arguments by position, without names")
        if name == VARIABLE:
            return self._variable(node)
        function = FUNCTIONS.get(name)
        if function is None:
            near = difflib.get_close_matches(name[:40], FUNCTIONS, n=1, cutoff=0.7)
            hint = f"did you mean `{near[0]}`?" if near else "the list is in docs/expressions.md"
            self._refuse(node, f"there is no function `{name[:40]}`; {hint}")
        node.func.id = name
        count = len(node.args)
        least, most = function.arguments_min, function.arguments_max
        if count < least or (most is not None and count > most):
            given = "1 argument" if count == 1 else f"{count} arguments"
            self._refuse(node, f"call it as {function.usage}; it was given {given}")
        if count == 1 and isinstance(node.args[0], ast.GeneratorExp):
            inner = node.args[0]
            node.args = [ast.copy_location(ast.ListComp(inner.elt, inner.generators), inner)]
        node.args = [self._visit(argument, scope) for argument in node.args]
        return node

    def _variable(self, node: ast.Call) -> ast.expr:
        name = node.args[0] if len(node.args) == 1 else None
        if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
            self._refuse(node, "call it with the variable's name as text: variable('order-id')")
        if name.value == NODES:
            self._refuse(node, "`nodes` is no variable; read nodes.ID.outputs")
        self._check_constant(name)
        self.names.add(name.value)
        return ast.copy_location(ast.Name(name.value, ast.Load()), node)

    def _object(self, node: ast.Dict, scope: frozenset[str]) -> None:
        seen: set[str] = set()
        for key in node.keys:
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                self._refuse(key or node, "the keys of an object are texts in quotes: {'id': 1}")
            self._check_constant(key)
            if key.value in seen:
                self._refuse(key, "the key stands twice in the object; remove one")
            seen.add(key.value)
            key.col_offset = self._column(key) or 1
        node.values = [self._visit(value, scope) for value in node.values]

    def _comprehension(self, node: ast.ListComp, scope: frozenset[str]) -> ast.expr:
        for generator in node.generators:
            if generator.is_async:
                self._refuse(node, "there is nothing asynchronous in an expression")
            # The list is read before the variable is bound: [x for x in x] reads the outer x.
            generator.iter = self._visit(generator.iter, scope)
            if not isinstance(generator.target, ast.Name):
                self._refuse(generator.target, "a comprehension binds one name: [x for x in items]")
            name = self._spelled(generator.target, generator.target.id)
            if name in _LITERALS:
                self._refuse(generator.target, f"`{name}` is a literal and cannot be a variable")
            generator.target.id = name
            scope = scope | {name}
            generator.ifs = [self._visit(condition, scope) for condition in generator.ifs]
        node.elt = self._visit(node.elt, scope)
        return node


def check_length(source: str) -> None:
    """Refuse a text that is blank or too long.

    Raises:
        ExpressionSyntaxError: it is.
    """
    if not source.strip():
        raise ExpressionSyntaxError("the expression is blank; write one, or leave the field out")
    if len(source) > SOURCE_CHARACTERS_MAX:
        raise ExpressionSyntaxError(
            f"the expression has {len(source):,} characters; "
            f"at most {SOURCE_CHARACTERS_MAX:,} are allowed"
        )


def _children(node: ast.AST) -> list[ast.AST]:
    return [
        child
        for child in ast.iter_child_nodes(node)
        if isinstance(child, ast.expr | ast.comprehension | ast.keyword)
    ]


def _constant_key(node: ast.Attribute | ast.Subscript) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.slice.value
    return None
