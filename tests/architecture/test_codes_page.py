"""Codes are stable, so the pages for callers name each that a call may be refused with."""

import ast
import re

from tests.architecture.tree import ROOT, files, read

PAGES = "".join((ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("api", "problems"))

REFUSING = frozenset({"Refusal", "WrongState", "Invalid", "RequestRefused"})
NEVER_ANSWERED = frozenset(
    {
        "ChildNotAwaited",
        "ExecutionNotOver",
        "ExpressionError",
        "MalformedMessage",
        "PermitNotAwaited",
        "TriggerLoop",
    }
)
"""Of messages that come by the queue: nobody hears of them, or a dead letter says them."""


def codes_of(source: str) -> set[str]:
    """Codes that a module refuses with, as far as they stand where it does."""
    if not any(f"{name}(" in source for name in REFUSING):  # most: spares the parsing
        return set()
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {
        argument.value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in REFUSING
        for argument in call.args[:2]
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and re.fullmatch("([A-Z][a-z]+)+", argument.value)
    }


SOURCES = [file for file in files("*.py") if file.parts[0] in {"shared", "functions"}]
CODES = {code for file in SOURCES for code in codes_of(read(file))}


def test_the_pages_for_callers_name_every_code() -> None:
    assert len(CODES) > 30
    assert {code for code in CODES - NEVER_ANSWERED if f"`{code}`" not in PAGES} == set()


def test_what_is_never_answered_is_still_there() -> None:
    assert CODES >= NEVER_ANSWERED
