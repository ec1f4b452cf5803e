"""The user page is true: its examples run, its table is complete, its limits are the limits."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from seriatim.domain.expressions import budget
from seriatim.domain.expressions.functions.table import FUNCTIONS
from seriatim.domain.expressions.language import evaluate, parse
from seriatim.domain.expressions.placeholders import fill, parse_template

PAGE = (Path(__file__).parents[4] / "docs" / "expressions.md").read_text(encoding="utf-8")
NAMES: dict[str, Any] = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])


def examples(language: str) -> list[tuple[str, str]]:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [(left, right) for left, _, right in (line.rpartition(" → ") for line in lines)]


ROWS = re.findall(r"^\| (`[a-z]\w+\(.*?) \| .+ \| `(.+)` → `(.+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(
    ("source", "result"),
    examples("expression") + [(example, result) for _, example, result in ROWS],
)
def test_example_gives_what_the_page_says(source: str, result: str) -> None:
    names = copy.deepcopy(NAMES)
    given = evaluate(parse(source), names)
    assert given == json.loads(result)
    assert type(given) is type(json.loads(result))
    assert names == NAMES


@pytest.mark.parametrize(("template", "result"), examples("template"))
def test_template_gives_what_the_page_says(template: str, result: str) -> None:
    assert fill(parse_template(json.loads(template)), NAMES) == json.loads(result)


def test_table_has_every_function_as_its_messages_write_it() -> None:
    written = {usages.replace("`, `", " or ").strip("`") for usages, _, _ in ROWS}
    assert written == {function.usage for function in FUNCTIONS.values()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_usage_begins_with_the_name(name: str) -> None:
    assert FUNCTIONS[name].usage.startswith(f"{name}(")


@pytest.mark.parametrize(
    "limit",
    [
        budget.SOURCE_CHARACTERS_MAX,
        budget.TOKENS_MAX,
        budget.PARTS_MAX,
        budget.DEPTH_MAX,
        budget.STEPS_MAX,
        budget.WORK_MAX,
        budget.STRING_CHARACTERS_MAX,
        budget.INTEGER_ABS_MAX,
        budget.MADE_SIZE_MAX,
        budget.RESULT_SIZE_MAX,
        budget.PLACES_MAX,
    ],
)
def test_page_names_the_limit(limit: int) -> None:
    assert f"{limit:,}" in PAGE.partition("## Limits")[2]
