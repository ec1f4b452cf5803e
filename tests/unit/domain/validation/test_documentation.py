"""The user pages are complete and true: every code, field and limit; the examples are right."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from seriatim.authoring.files import load_text
from seriatim.authoring.yaml_text import read_yaml
from seriatim.domain import limits
from seriatim.domain.definition import (
    node_parameters,
    resource_pool,
    sequence,
    task_definition,
    template,
    trigger,
)
from seriatim.domain.definition.kinds import NodeType
from seriatim.domain.expressions.budget import SOURCE_CHARACTERS_MAX
from seriatim.domain.validation import expression_names as names_known
from seriatim.domain.validation.problems import ProblemCode
from seriatim.domain.validation.references import References
from seriatim.domain.validation.templates import instantiate, parse_template_document

DOCS = Path(__file__).parents[4] / "docs"
PROBLEMS = (DOCS / "problems.md").read_text(encoding="utf-8")
DEFINITION = (DOCS / "definition.md").read_text(encoding="utf-8")
CALLS = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("api.md", "versions.md"))
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DEFINITION, re.DOTALL)
MODULES = (node_parameters, resource_pool, sequence, task_definition, template, trigger)

INTERNAL = frozenset(
    {
        "BODY_NODES_MAX",
        "BRANCH_TRANSITIONS_VISITED_MAX",
        "BLOCKING_CYCLES_MAX",
        "CERTAINTY_ROUNDS_MAX",
        "CYCLE_TRANSITIONS_VISITED_MAX",
        "PATH_CHARACTERS_SHOWN_MAX",
        "SHOWN_VALUE_CHARACTERS_MAX",
        "TEXT_CHARACTERS_MAX",
        "URL_CHARACTERS_MAX",
    }
)
"""Limits that bound our own work or what a message repeats."""


def test_page_of_problems_has_every_code_once_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", PROBLEMS, re.MULTILINE)
    assert sorted(rows) == sorted(code.value for code in ProblemCode)


def models() -> list[type[BaseModel]]:
    things = [thing for module in MODULES for thing in vars(module).values()]
    found = {one for one in things if isinstance(one, type) and issubclass(one, BaseModel)}
    return sorted(found, key=lambda model: model.__name__)


@pytest.mark.parametrize("model", models())
def test_page_of_definitions_has_every_field(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert f"`{field.alias or name}`" in DEFINITION or f"{{{field.alias or name}" in DEFINITION


@pytest.mark.parametrize("node_type", NodeType)
def test_page_of_definitions_has_every_type(node_type: NodeType) -> None:
    table = DEFINITION.partition("## Types of nodes")[2]
    assert re.search(rf"^\| (`\w+`, )?`{node_type.value}`(, `\w+`)? \|", table, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(names_known.RESERVED))
def test_page_of_definitions_has_every_name(name: str) -> None:
    section = DEFINITION.partition("### Expressions")[2].partition("## Task definition")[0]
    assert re.search(rf"`{name}\b", section)


def test_pages_name_every_limit() -> None:
    values = {
        name: value
        for name, value in vars(limits).items()
        if name.isupper() and name not in INTERNAL
    }
    missing = {
        name: value
        for name, value in values.items()
        if not re.search(rf"(?<![\d,]){value:,}(?![\d,]*\d)", DEFINITION + PROBLEMS + CALLS)
    }
    assert missing == {}
    assert f"{SOURCE_CHARACTERS_MAX:,}" in DEFINITION


def test_every_example_of_a_file_is_right() -> None:
    for example in (EXAMPLES[0], EXAMPLES[2]):
        loaded = load_text(example, "example.yaml", References())
        assert [str(one) for one in loaded.problems] == []


def test_example_of_a_template_is_right() -> None:
    found, problems = parse_template_document(read_yaml(EXAMPLES[1])[0])
    assert problems == []
    assert found is not None
    document, _ = instantiate(found, {"delay": 60})
    assert document is not None
    assert document["nodes"][1]["parameters"] == {"durationSeconds": 60}


def test_links_between_the_pages_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^\w-]", "", line.lstrip("# ").lower().replace(" ", "-"))
        for line in DEFINITION.splitlines()
        if line.startswith("#")
    }
    anchors = re.findall(r"\]\((?:definition\.md)?#([\w-]+)\)", DEFINITION + PROBLEMS)
    assert set(anchors) <= headings
