"""Templates: checked when they are stored, instantiated with arguments."""

from typing import Any

import pytest

from seriatim.domain.definition.template import Template, canonical_template
from seriatim.domain.validation.templates import instantiate, parse_template_document
from tests.builders import sequence
from tests.unit.domain.validation.asking import at_creation, brief, the

PARAMETERS = [
    {"name": "limit", "type": "integer", "required": True},
    {"name": "region", "type": "string", "default": "EU"},
    {"name": "note"},
]


def template(**fields: Any) -> dict[str, Any]:
    variables = [
        {"name": "region", "type": "string", "defaultValue": {"$parameter": "region"}},
        {"name": "note", "defaultValue": {"$parameter": "note"}},
    ]
    document = sequence("start > a > end", variables=variables)
    document |= {"timeoutSeconds": {"$parameter": "limit"}, "parameters": PARAMETERS}
    return document | fields


def parsed(document: object) -> Template:
    found, problems = parse_template_document(document)
    assert found is not None, problems
    return found


def test_arguments_and_defaults_are_put_in() -> None:
    document, problems = instantiate(parsed(template()), {"limit": 60})
    assert problems == []
    assert document is not None
    assert document["timeoutSeconds"] == 60
    assert [one["defaultValue"] for one in document["variables"]] == ["EU", None]
    assert at_creation(document) == []


def test_argument_wins_over_the_default() -> None:
    document, _ = instantiate(parsed(template()), {"limit": 1, "region": "US", "note": [1]})
    assert document is not None
    assert [one["defaultValue"] for one in document["variables"]] == ["US", [1]]


def test_argument_never_becomes_part_of_an_expression() -> None:
    document = sequence("start > a > end", variables=[{"name": "x"}])
    document["variables"][0]["defaultValue"] = {"$parameter": "x"}
    document["parameters"] = [{"name": "x"}]
    document["transitions"][0]["condition"] = "x == 'y'"
    made, _ = instantiate(parsed(document), {"x": "' or true or '${1}"})
    assert made is not None
    assert made["transitions"][0]["condition"] == "x == 'y'"
    assert at_creation(made) == []


@pytest.mark.parametrize(
    ("arguments", "code", "path"),
    [
        ({}, "MissingArgument", "/limit"),
        ({"limit": None}, "MissingArgument", "/limit"),
        ({"limit": "60"}, "WrongType", "/limit"),
        ({"limit": 60, "region": 5}, "WrongType", "/region"),
        ({"limit": 60, "zone": "x"}, "UnknownArgument", "/zone"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], code: str, path: str) -> None:
    document, problems = instantiate(parsed(template()), arguments)
    assert document is None
    assert brief(problems) == [(code, path)]


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"name": {"$parameter": "note"}}, "WrongType", "/name"),
        ({"timeoutSeconds": {"$parameter": "zz"}}, "UnknownTemplateParameter", "/timeoutSeconds"),
        ({"timeoutSeconds": {"$parameter": 5}}, "WrongType", "/timeoutSeconds"),
        ({"timeoutSeconds": {"$parameter": "limit", "x": 1}}, "WrongType", "/timeoutSeconds"),
        ({"parameters": [*PARAMETERS, {"name": "note"}]}, "DuplicateId", "/parameters/3/name"),
        (
            {"parameters": [*PARAMETERS, {"name": "n", "type": "number", "default": "5"}]},
            "WrongDefault",
            "/parameters/3/default",
        ),
        ({"parameters": [*PARAMETERS, {"typ": 1}]}, "MissingField", "/parameters/3/name"),
        ({"status": "draft"}, "UnknownField", "/status"),
        ({"id": "a/b"}, "InvalidId", "/id"),
    ],
)
def test_wrong_templates(fields: dict[str, Any], code: str, path: str) -> None:
    found, problems = parse_template_document(template(**fields))
    assert found is None
    assert (code, path) in brief(problems)


@pytest.mark.parametrize("missing", ["name", "nodes", "transitions"])
def test_template_has_what_a_sequence_needs(missing: str) -> None:
    document = template()
    del document[missing]
    found = the(parse_template_document(document)[1])
    assert (found.code, found.path) == ("MissingField", f"/{missing}")


def test_stored_template_comes_back_the_same() -> None:
    found, _ = parse_template_document(template(), template_id="t")
    assert found is not None
    document = canonical_template(found)
    assert document["id"] == "t"
    again, problems = parse_template_document(document, template_id="t")
    assert problems == []
    assert again == found


def test_id_in_the_path_stands() -> None:
    found = the(parse_template_document(template(id="x"), template_id="t")[1])
    assert (found.code, found.path) == ("InvalidId", "/id")
