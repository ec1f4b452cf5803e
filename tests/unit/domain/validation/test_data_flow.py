"""Warnings about data: mappings from nodes that may not have run, variables that nothing reads."""

from typing import Any

import pytest

from seriatim.domain.validation.references import References
from tests.builders import sequence
from tests.unit.domain.validation.asking import brief, for_activation, only, the


def reading(source: str, *paths: str, reader: str = "x", **nodes: Any) -> dict[str, Any]:
    """A sequence in which a node takes an output of another."""
    mapping = {"sourceNodeId": source, "sourceOutputName": "o", "targetInputName": "i"}
    return sequence(*paths, nodes={**nodes, reader: {"inputMappings": [mapping]}})


EACH = {"parameters": {"forEach": "[1]", "joinNodeId": "join"}}
ANY = {"parameters": {"mode": "any"}}
BOTH = ("start > fork > a > join > x > end", "fork > b > join")


@pytest.mark.parametrize(
    "document",
    [
        reading("a", "start > a > x > end"),
        reading("start", "start > a > b > x > end"),
        reading("a", *BOTH),
        reading("b", *BOTH),
        reading("a", *BOTH, join={"parameters": {"mode": "gather"}}),
        reading("a", "start > a > decide >[1 > 2]> b > x > end", "decide > c > x"),
        reading("a", "start > fork > a > fork2 > b > join2 > join > x > end",
                "fork2 > c > join2", "fork > d > join"),
        reading("c", "start > fork > a > fork2 > b > join2 > join > x > end",
                "fork2 > c > join2", "fork > d > join"),
        reading("a", "start > fork > a > decide >[1 > 2]> b > m > join > x > end",
                "decide > c > m", "fork > d > join"),
        reading("a", "start > a > x > decide >[1 > 2]> a", "decide > end"),
        reading("fork", "start > fork > y > join > x > end", fork=EACH),
        reading("join", "start > fork > y > join > x > end", fork=EACH),
        reading("y", "start > fork > y > x > join > end", fork=EACH),
        reading("a", "start > a > x > end", "a >!error> b > x"),
    ],
)  # fmt: skip
def test_source_that_surely_ran(document: dict[str, Any]) -> None:
    assert only(for_activation(document), "MayNotHaveRun") == []


@pytest.mark.parametrize(
    "document",
    [
        reading("a", "start > decide >[1 > 2]> a > x > end", "decide > x"),
        reading("a", "start > x > a > end"),
        reading("x", "start > x > end"),
        reading("a", "start > fork > a > join > end", "fork > x > join"),
        reading("a", *BOTH, join=ANY),
        reading("a", "start > fork >[1 > 2]> a > join > x > end", "fork > b > join"),
        reading("a", "start > fork > decide >[1 > 2]> a > join > x > end",
                "decide > c > join", "fork > b > join"),
        reading("a", "start > decide >[1 > 2]> a > join > x > end", "decide > b > join"),
        reading("y", "start > fork > y > join > x > end", fork=EACH),
        reading("b", "start > a > x > end", "a >!error> b > x"),
        reading("b", "start > a > x > end", "a >!timer> b > x") ,
    ],
)  # fmt: skip
def test_source_that_may_not_have_run(document: dict[str, Any]) -> None:
    for transition in document["transitions"]:
        if transition.get("trigger") == "timer":
            transition["afterSeconds"] = 5
    found = the(only(for_activation(document), "MayNotHaveRun"))
    assert (found.severity, found.node_id) == ("warning", "x")
    assert found.path.endswith("/inputMappings/0/sourceNodeId")


@pytest.mark.parametrize("kind", ["blocking", "non_blocking"])
def test_declared_dependency_says_that_it_is_meant(kind: str) -> None:
    document = reading("a", "start > fork > a > join > end", "fork > x > join")
    document["nodes"][5]["dependencies"] = [{"nodeId": "a", "type": kind}]
    assert document["nodes"][5]["id"] == "x"
    assert for_activation(document) == []


def test_variable_that_nothing_reads() -> None:
    document = sequence("start >[seen > 1]> a > end", variables=[{"name": "seen"}, {"name": "v"}])
    found = the(for_activation(document))
    assert (found.code, found.path) == ("VariableNeverRead", "/variables/1/name")
    assert found.severity == "warning"


@pytest.mark.parametrize(
    "nodes",
    [
        {"a": {"parameters": {"x": ["${v}"]}}},
        {"a": {"outputMappings": [{"outputName": "o", "valueExpression": "v + 1"}]}},
        {
            "a": {
                "inputMappings": [
                    {"sourceNodeId": "start", "sourceOutputName": "v", "targetInputName": "i"}
                ]
            }
        },
    ],
)
def test_variable_that_is_read(nodes: dict[str, Any]) -> None:
    document = sequence("start > a > end", nodes=nodes, variables=[{"name": "v"}])
    assert for_activation(document) == []


def test_variable_that_a_task_definition_reads() -> None:
    document = sequence("start > a > end", variables=[{"name": "v"}])
    references = References(task_definitions={"echo": frozenset({"v", "inputs"})})
    assert for_activation(document, references) == []


def test_variable_that_others_may_read() -> None:
    document = sequence("start > end", variables=[{"name": "v", "scope": "global"}])
    assert for_activation(document) == []
    document = sequence("start > end", variables=[{"name": "v"}], onFailureSequenceId="clean-up")
    assert for_activation(document) == []


def test_variable_whose_name_means_something_else() -> None:
    document = sequence("start >[result > 1]> end", variables=[{"name": "result"}])
    assert brief(for_activation(document)) == [("ShadowedVariable", "/variables/0/name")]
