"""`docs/limits.md` is complete and true: each row names one limit of the code and its number, each
limit of what callers send has a row, and each row has a test that tries the limit.
"""

import ast
import re

import pytest

from functions.api import incoming, parameters
from functions.api.schemas import bodies
from seriatim.domain import limits
from tests.architecture.tree import ROOT

PAGE = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
TABLE_LINES = [line for line in PAGE.splitlines() if line.startswith("|")]
ROW = re.compile(r"\| `([A-Z_]+_MAX)` \| ([0-9,]+) \| .+ \| .+ \|")
ROWS = [found.groups() for line in TABLE_LINES if (found := ROW.fullmatch(line))]
HEADS = {"| limit | at most | of what | one over |", "|---|---|---|---|"}
MODULES = (limits, incoming, parameters, bodies)
OF_PAGES = {"test_limits_page.py", "test_documentation.py"}


def test_every_line_of_a_table_is_a_limit_and_none_is_there_twice() -> None:
    assert [line for line in TABLE_LINES if line not in HEADS and not ROW.fullmatch(line)] == []
    names = [name for name, _ in ROWS]
    assert len(names) == len(set(names)) > 60


@pytest.mark.parametrize(("name", "number"), ROWS)
def test_the_page_has_the_numbers_of_the_code(name: str, number: str) -> None:
    values = {getattr(module, name) for module in MODULES if hasattr(module, name)}
    assert {f"{value:,}" for value in values} == {number}


def test_the_page_has_every_limit_of_definitions_and_calls() -> None:
    named = {name for module in MODULES for name in vars(module) if name.endswith("_MAX")}
    assert named == {name for name, _ in ROWS}


def names_tried() -> set[str]:
    """Constants that tests read, or set by their name for as long as the test lasts."""
    found = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        if file.name in OF_PAGES:
            continue
        text = file.read_text(encoding="utf-8")
        if "_MAX" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Constant(value=str(name)):
                    found.add(name.rpartition(".")[2])
                case _:
                    pass
    return found


def test_every_limit_of_the_page_is_tried_by_a_test() -> None:
    assert {name for name, _ in ROWS} - names_tried() == set()
