"""Holds the style card of CONTRIBUTING.md on every Python file, where ruff has no rule for it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.tree import files, read

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# Modules that may be longer, each with its reason. Empty is the aim.
LONG_MODULES: dict[str, str] = {}
# What users import, from where it lives, when it is first asked for.
PUBLIC_NAMES = Path("shared/seriatim/__init__.py")
# Names that say nothing of what is inside.
EMPTY_NAMES = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}


@cache
def modules() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple((path, ast.parse(read(path))) for path in files("*.py"))


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def test_no_module_is_too_long() -> None:
    lines = {str(path): len(read(path).splitlines()) for path, _ in modules()}
    too_long = {path: count for path, count in lines.items() if count > MODULE_LINES_MAX}
    assert too_long.keys() == LONG_MODULES.keys(), f"over {MODULE_LINES_MAX} lines: {too_long}"


def test_no_function_is_too_long() -> None:
    too_long = [
        f"{path}:{node.lineno} {node.name}: {length} lines"
        for path, node in functions()
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert too_long == []


def test_every_name_says_what_is_inside() -> None:
    empty = [
        str(path)
        for path, _ in modules()
        if any(EMPTY_NAMES & set(part.split("_")) for part in path.with_suffix("").parts)
    ]
    assert empty == []


def test_an_init_holds_its_docstring_only() -> None:
    talkative = [
        str(path)
        for path, tree in modules()
        if path.name == "__init__.py"
        and path != PUBLIC_NAMES
        and not (ast.get_docstring(tree) and len(tree.body) == 1)
    ]
    assert talkative == []


def test_every_module_of_ours_says_what_it_owns() -> None:
    silent = [
        str(path)
        for path, tree in modules()
        if path.parts[0] in {"functions", "infra", "shared"} and not ast.get_docstring(tree)
    ]
    assert silent == []
