"""Schemas and values made to keep a worker busy are errors, soon; all others mean what they did."""

import time
from itertools import pairwise
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from seriatim.domain.validation.schemas import check_schema
from seriatim.tasks.bounded_schemas import bounded, budget
from seriatim.tasks.schemas import mismatch

SECONDS_MAX = 20
"""Of the processor's; unbounded, each of these takes hours."""


def doubling(levels: int) -> dict[str, Any]:
    """A schema that asks twice as much at each level."""
    names = [f"l{level}" for level in range(levels)]
    definitions: dict[str, Any] = {
        name: {"allOf": [{"$ref": f"#/$defs/{after}"}] * 2} for name, after in pairwise(names)
    }
    return {"$ref": "#/$defs/l0", "$defs": {**definitions, names[-1]: {"type": "integer"}}}


BOMBS: list[tuple[dict[str, Any], Any]] = [
    ({"pattern": "(a+)+$"}, "a" * 200_000 + "!"),
    ({"pattern": "^(a|a)*$"}, "a" * 200_000 + "!"),
    ({"pattern": "a*a*a*a*a*a*b"}, "a" * 200_000),
    ({"patternProperties": {"(a+)+$": {"type": "integer"}}}, {"a" * 200_000 + "!": 1}),
    (
        {"patternProperties": {"(a|aa)+$": True}, "additionalProperties": False},
        {"a" * 200_000 + "!": 1},
    ),
    (
        {"patternProperties": {"(a|aa)+$": True}, "unevaluatedProperties": False},
        {"a" * 60 + "!": 1},
    ),
    (doubling(40), 1),
    ({"$ref": "#"}, 1),
    ({"uniqueItems": True}, [{"a": number} for number in range(20_000)]),
    ({"enum": [[number] for number in range(5_000)]}, [-1]),
    ({"items": {"anyOf": [{"const": number} for number in range(2_000)]}}, list(range(-2_000, 0))),
]


@pytest.mark.parametrize(("schema", "value"), BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_is_an_error_of_the_task(schema: dict[str, Any], value: Any) -> None:
    began = time.process_time()
    found = mismatch(schema, value, code="Bad", complaint="the inputs do not match")
    assert found is not None
    assert len(found.error.message) < 1_000
    assert time.process_time() - began < SECONDS_MAX


FAIR: list[tuple[dict[str, Any], list[Any]]] = [
    ({"pattern": "^a+$"}, ["aa", "ab", 5]),
    ({"patternProperties": {"^x": {"type": "integer"}}}, [{"x1": 1}, {"x1": "a"}, {"y": "a"}, 5]),
    (
        {"properties": {"a": {}}, "patternProperties": {"^x": {}}, "additionalProperties": False},
        [{"a": 1, "x": 2}, {"b": 1}, {"xa": 1, "c": 2}, []],
    ),
    (
        {"patternProperties": {"^x": {}}, "additionalProperties": {"type": "string"}},
        [{"x": 1, "b": "s"}, {"b": 1}],
    ),
    ({"additionalProperties": False, "properties": {"a": {}}}, [{"a": 1}, {"b": 1}]),
    ({"uniqueItems": True}, [[1, 2], [1, 1], [{"a": 1}, {"a": 1}], [[1], [2]], 5]),
    ({"enum": [1, "a", [2]]}, [1, "a", [2], [3]]),
    ({"unevaluatedProperties": False, "properties": {"a": {}}}, [{"a": 1}, {"b": 1}]),
]


@pytest.mark.parametrize(("schema", "values"), FAIR, ids=range(len(FAIR)))
def test_a_schema_means_what_it_meant(schema: dict[str, Any], values: list[Any]) -> None:
    ours, plain = bounded(Draft202012Validator)(schema), Draft202012Validator(schema)
    for value in values:
        with budget():
            found = [list(one.absolute_path) for one in ours.iter_errors(value)]
        assert found == [list(one.absolute_path) for one in plain.iter_errors(value)]


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "(?=a)b"},
        {"properties": {"pattern": {"pattern": r"(a)\1"}}},
        {"patternProperties": {"(a{99}){99}": {}}},
    ],
)
def test_a_pattern_that_cannot_be_bounded_is_refused_when_it_is_written(schema: Any) -> None:
    [problem] = check_schema(schema, "inputSchema")
    assert problem.code == "InvalidSchema"
    assert "is not taken" in problem.message


def test_a_property_may_be_called_pattern() -> None:
    schema = {
        "properties": {"pattern": {"type": "string"}, "patternProperties": {"enum": ["(?=a)"]}}
    }
    assert list(check_schema(schema, "inputSchema")) == []
