"""Templates: checked when they are stored, instantiated with arguments."""

from typing import Any

import pytest

from seriatim.domain.definition.template import Template, canonical_template
from seriatim.domain.limits import JSON_DEPTH_MAX, PROBLEMS_MAX
from seriatim.domain.validation.parse import parse_sequence
from seriatim.domain.validation.templates import (
    as_of_arguments,
    instantiate,
    parse_template_document,
)
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


# -- the sequence inside ---------------------------------------------------------------------------


def delayed(delay: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A template with a timer whose duration is a parameter."""
    pause = {"parameters": {"durationSeconds": {"$parameter": "delay"}}}
    document = sequence("start > timer > end", nodes={"timer": pause}, **fields)
    return document | {"parameters": [{"name": "delay", **delay}]}


def test_sequence_inside_is_checked_with_the_defaults() -> None:
    found = the(parse_template_document(delayed({"default": -5}))[1])
    assert (found.code, found.node_id) == ("OutOfRange", "timer")
    assert found.path == "/nodes/1/parameters/durationSeconds"
    assert "default of the parameter 'delay'" in found.message


def test_what_has_no_default_is_left_to_the_argument() -> None:
    for delay in ({"required": True}, {}):
        assert parse_template_document(delayed(delay))[1] == []


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"timeoutSeconds": "5"}, "WrongType", "/timeoutSeconds"),
        ({"colour": "red"}, "UnknownField", "/colour"),
        ({"variables": [{"name": "x"}, {"name": "x"}]}, "DuplicateVariable", "/variables/1/name"),
    ],
)
def test_what_no_argument_can_mend_is_told_at_once(
    fields: dict[str, Any], code: str, path: str
) -> None:
    assert brief(parse_template_document(delayed({}, **fields))[1]) == [(code, path)]


def test_unknown_variable_is_told_unless_the_build_is_open() -> None:
    document = delayed({})
    document["transitions"][0]["condition"] = "item > 5"
    assert the(parse_template_document(document)[1]).code == "UnknownVariable"
    document["nodes"][1]["type"] = {"$parameter": "delay"}
    assert parse_template_document(document)[1] == []


def test_more_places_than_problems_are_no_problem() -> None:
    names = [f"timer{number}" for number in range(PROBLEMS_MAX + 50)]
    pause = {"parameters": {"durationSeconds": {"$parameter": "delay"}}}
    document = sequence(" > ".join(["start", *names, "end"]), nodes=dict.fromkeys(names, pause))
    document["parameters"] = [{"name": "delay", "required": True}]
    assert parse_template_document(document)[1] == []


def test_defaults_may_not_make_the_document_too_deep() -> None:
    deep: Any = 1
    for _ in range(JSON_DEPTH_MAX - 3):
        deep = [deep]
    place = {"parameters": {"x": {"$parameter": "deep"}}}
    document = sequence("start > a > end", nodes={"a": place})
    document["parameters"] = [{"name": "deep", "default": deep}]
    found = the(parse_template_document(document)[1])
    assert (found.code, found.path) == ("TooDeep", "/nodes/1/parameters/x")


# -- what arguments do to the sequence -------------------------------------------------------------


def problems_of(document: dict[str, Any], arguments: dict[str, Any]) -> list[tuple[str, str]]:
    """The problems of the sequence that the arguments make, as the caller sees them."""
    template = parsed(document)
    made, problems = instantiate(template, arguments)
    assert problems == []
    return brief(as_of_arguments(template, arguments, parse_sequence(made)[1]))


def test_problem_of_what_was_put_in_is_a_problem_of_the_argument() -> None:
    document = delayed({"type": "number"}, timeoutSeconds={"$parameter": "delay"})
    assert problems_of(document, {"delay": -1}) == [
        ("OutOfRange", "/arguments/delay"),
        ("OutOfRange", "/arguments/delay"),
    ]


def test_place_inside_an_argument_is_named() -> None:
    document = sequence("start > a > end", nodes={"a": {"retryPolicy": {"$parameter": "retry"}}})
    document["parameters"] = [{"name": "retry", "type": "object", "required": True}]
    found = problems_of(document, {"retry": {"maxRetries": "3"}})
    assert found == [("WrongType", "/arguments/retry/maxRetries")]


def test_null_where_none_may_be_is_a_problem_of_the_missing_argument() -> None:
    template = parsed(delayed({"type": "number"}))
    made, _ = instantiate(template, {})
    found = the(as_of_arguments(template, {}, parse_sequence(made)[1]))
    assert (found.code, found.path) == ("MissingParameter", "/arguments/delay")
    assert "got no argument" in found.message


def test_problem_beside_what_was_put_in_is_the_sequences() -> None:
    document = sequence("start > a > end")
    document["nodes"][1]["id"] = {"$parameter": "own"}
    document["parameters"] = [{"name": "own", "required": True}]
    found = problems_of(document, {"own": "b"})
    assert found == [
        ("UnknownNode", "/transitions/0/targetNodeId"),
        ("UnknownNode", "/transitions/1/sourceNodeId"),
    ]
