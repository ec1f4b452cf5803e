"""Expressions: each parses, and reads only what is known at its place."""

from typing import Any

import pytest

from tests.builders import sequence
from tests.unit.domain.validation.asking import at_creation, brief, the

VARIABLES = [{"name": "total"}, {"name": "größe"}]


def conditioned(condition: str, trigger: str = "success") -> dict[str, Any]:
    document = sequence("start > a > end", variables=VARIABLES)
    document["transitions"][1] |= {"condition": condition, "trigger": trigger}
    return document


def mapped(expression: str, kind: str = "task", **parameters: Any) -> dict[str, Any]:
    mapping = {"outputName": "o", "valueExpression": expression}
    fields = {"a": {"type": kind, "parameters": parameters, "outputMappings": [mapping]}}
    return sequence("start > a > end", nodes=fields, variables=VARIABLES)


def transformed(expression: str, kind: str = "task", **parameters: Any) -> dict[str, Any]:
    mapping = {
        "sourceNodeId": "start",
        "sourceOutputName": "o",
        "targetInputName": "i",
        "transformation": expression,
    }
    fields = {"a": {"type": kind, "parameters": parameters, "inputMappings": [mapping]}}
    return sequence("start > a > end", nodes=fields, variables=VARIABLES)


def with_text(text: str) -> dict[str, Any]:
    fields = {"a": {"parameters": {"deep": [{"text": text}]}}}
    return sequence("start > a > end", nodes=fields, variables=VARIABLES)


@pytest.mark.parametrize(
    "document",
    [
        conditioned("total > 5 and größe == 'XL'"),
        conditioned("nodes.a.outputs.x == 1 and nodes['end'].status == null"),
        conditioned("execution.id != execution.name"),
        conditioned("error.code == 'Oops' or inputs.x > 1", "error"),
        mapped("{'a': result.x, 'b': inputs.y, 'c': total}"),
        mapped("arrived[0].x + expected", "join"),
        transformed("upper(value)"),
        transformed("value + index", "subprocess", sequenceId="s", forEach="[1]"),
        with_text("${total}"),
        with_text("a ${total} of ${nodes.start.outputs.x} $${not.this}"),
        with_text("no ${'{brace}'} is $ {missed}"),
        mapped("1", "subprocess", sequenceId="s", forEach="[1]", variables={"x": "${item.a}"}),
    ],
)
def test_what_is_known_may_be_read(document: dict[str, Any]) -> None:
    assert at_creation(document) == []


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (conditioned("nope > 1"), "nope"),
        (conditioned("result.x > 1"), "result"),
        (conditioned("error.code == 'x'"), "error"),
        (conditioned("item > 1"), "item"),
        (mapped("value"), "value"),
        (mapped("arrived"), "arrived"),
        (transformed("result"), "result"),
        (transformed("item"), "item"),
        (with_text("x ${inputs.y}"), "inputs"),
        (mapped("1", "subprocess", sequenceId="${item.x}", forEach="[1]"), "item"),
        (mapped("1", "wait", until="arrived"), "arrived"),
        (mapped("1", "fork", forEach="index", joinNodeId="a"), "index"),
    ],
)
def test_what_is_not_known_is_named(document: dict[str, Any], name: str) -> None:
    found = [one for one in at_creation(document) if one.code == "UnknownVariable"]
    assert repr(name) in the(found).message


@pytest.mark.parametrize("blank", ["", "   ", "\n"])
def test_blank_expression_is_an_error(blank: str) -> None:
    assert brief(at_creation(conditioned(blank))) == [
        ("ExpressionSyntax", "/transitions/1/condition")
    ]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (conditioned("total >"), "/transitions/1/condition"),
        (mapped("().__class__"), "/nodes/1/outputMappings/0/valueExpression"),
        (transformed("lambda: 1"), "/nodes/1/inputMappings/0/transformation"),
        (with_text("${total"), "/nodes/1/parameters/deep/0/text"),
        (with_text("${}"), "/nodes/1/parameters/deep/0/text"),
        (mapped("1", "wait", until="open('x')"), "/nodes/1/parameters/until"),
        (mapped("1", "join", mode="count", count="1 +"), "/nodes/1/parameters/count"),
        (conditioned("x" * 5_000), "/transitions/1/condition"),
    ],
)
def test_expression_that_cannot_be_read(document: dict[str, Any], path: str) -> None:
    assert brief(at_creation(document)) == [("ExpressionSyntax", path)]


def test_unknown_node_in_an_expression() -> None:
    found = the(at_creation(conditioned("nodes.zz.outputs.x and nodes['a'].status")))
    assert (found.code, found.path) == ("UnknownNode", "/transitions/1/condition")
    assert "'zz'" in found.message


def test_every_place_is_looked_at() -> None:
    document = conditioned("nope1")
    document["nodes"][1]["parameters"] = {"a": "${nope2}", "b": ["${nope3 + nope4}", "${ oops( }"]}
    assert brief(at_creation(document)) == [
        ("UnknownVariable", "/nodes/1/parameters/a"),
        ("UnknownVariable", "/nodes/1/parameters/b/0"),
        ("UnknownVariable", "/nodes/1/parameters/b/0"),
        ("ExpressionSyntax", "/nodes/1/parameters/b/1"),
        ("UnknownVariable", "/transitions/1/condition"),
    ]


def test_item_is_known_where_a_fork_chooses_for_each_item_and_not_where_it_fails() -> None:
    fork = {"forEach": "[1]", "joinNodeId": "join"}
    document = sequence(
        "start > fork >[item > index]> a > join > end",
        "fork > b > join",
        "fork >!error> c > end",
        nodes={"fork": {"parameters": fork}},
    )
    document["transitions"][6]["condition"] = "item > 1"
    assert brief(at_creation(document)) == [("UnknownVariable", "/transitions/6/condition")]


def test_item_is_known_in_a_body_and_nowhere_else() -> None:
    document = sequence(
        "start > fork > a > b > join > c > end",
        nodes={
            "fork": {"parameters": {"forEach": "[1]", "joinNodeId": "join"}},
            "a": {"parameters": {"x": "${item.id}"}},
            "c": {"parameters": {"x": "${index}"}},
        },
    )
    document["transitions"][2]["condition"] = "item != null"
    document["transitions"][4]["condition"] = "item != null"
    found = brief(at_creation(document))
    assert found == [
        ("UnknownVariable", "/nodes/5/parameters/x"),
        ("UnknownVariable", "/transitions/4/condition"),
    ]


def test_variable_is_found_however_its_name_is_written() -> None:
    # Python's parser normalises identifiers: the ligature becomes "fi".
    document = sequence("start >[ﬁsh > 1]> end", variables=[{"name": "ﬁsh"}])
    assert at_creation(document) == []
