"""The founding document's ``validateSequence``: every rule with its code, place and ids."""

from typing import Any

import pytest

from tests.builders import sequence
from tests.unit.domain.validation.asking import at_creation, brief, the


def changed(**fields: Any) -> dict[str, Any]:
    return sequence("start > a > end") | fields


def node(node_id: str, kind: str = "task", **fields: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, **fields}


def edge(edge_id: str, source: str, target: str) -> dict[str, Any]:
    return {"id": edge_id, "sourceNodeId": source, "targetNodeId": target}


def test_smallest_sequence_has_no_problem() -> None:
    assert at_creation(sequence("start > end")) == []


PARTS = sequence("start > a > end")
NODES, TRANSITIONS = PARTS["nodes"], PARTS["transitions"]


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        (changed(nodes=[], transitions=TRANSITIONS[:0]), "NoNodes", "/nodes"),
        (changed(transitions=[]), "NoTransitions", "/transitions"),
        (changed(nodes=NODES[1:], transitions=TRANSITIONS[1:]), "NoStartNode", "/nodes"),
        (changed(nodes=NODES[:-1], transitions=TRANSITIONS[:1]), "NoEndNode", "/nodes"),
        (changed(nodes=[*NODES, node("b", "start")]), "SeveralStartNodes", "/nodes/3/type"),
        (changed(nodes=[*NODES, node("a")]), "DuplicateNodeId", "/nodes/3/id"),
        (
            changed(transitions=[*TRANSITIONS, edge("start-a", "a", "end")]),
            "DuplicateTransitionId",
            "/transitions/2/id",
        ),
        (
            changed(transitions=[*TRANSITIONS, edge("t", "zz", "end")]),
            "UnknownNode",
            "/transitions/2/sourceNodeId",
        ),
        (
            changed(transitions=[*TRANSITIONS, edge("t", "a", "zz")]),
            "UnknownNode",
            "/transitions/2/targetNodeId",
        ),
        (
            changed(transitions=[*TRANSITIONS, edge("t", "a", "start")]),
            "TransitionIntoStart",
            "/transitions/2/targetNodeId",
        ),
        (
            changed(transitions=[*TRANSITIONS, edge("t", "end", "a")]),
            "TransitionOutOfEnd",
            "/transitions/2/sourceNodeId",
        ),
        (
            changed(variables=[{"name": "x"}, {"name": "x"}]),
            "DuplicateVariable",
            "/variables/1/name",
        ),
        (
            changed(variables=[{"name": "x", "type": "integer", "defaultValue": "5"}]),
            "WrongDefault",
            "/variables/0/defaultValue",
        ),
    ],
)
def test_each_rule_names_its_code_and_place(document: dict[str, Any], code: str, path: str) -> None:
    assert (code, path) in brief(at_creation(document))


def test_problem_names_the_node_or_the_transition() -> None:
    found = the(at_creation(changed(nodes=[*NODES, node("a")])))
    assert found.to_json()["nodeId"] == "a"
    found = the(at_creation(changed(transitions=[*TRANSITIONS, edge("t", "a", "zz")])))
    assert found.to_json()["transitionId"] == "t"
    assert "zz" in found.message


def test_all_problems_are_reported_at_once() -> None:
    document = {
        "name": "x",
        "nodes": [node("a"), node("a")],
        "transitions": [edge("t", "a", "b"), edge("t", "c", "a")],
        "variables": [{"name": "v"}, {"name": "v"}],
    }
    assert {code for code, _ in brief(at_creation(document))} == {
        "NoStartNode",
        "NoEndNode",
        "DuplicateNodeId",
        "DuplicateTransitionId",
        "UnknownNode",
        "DuplicateVariable",
    }


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (
            {
                "inputMappings": [
                    {"sourceNodeId": "zz", "sourceOutputName": "o", "targetInputName": "i"}
                ]
            },
            "inputMappings/0/sourceNodeId",
        ),
        ({"dependencies": [{"nodeId": "zz"}]}, "dependencies/0/nodeId"),
        ({"cancelNodeIds": ["end", "zz"]}, "cancelNodeIds/1"),
    ],
)
def test_nodes_that_a_node_names_must_be_there(fields: dict[str, Any], path: str) -> None:
    document = sequence("start > a > end", nodes={"a": fields})
    assert brief(at_creation(document)) == [("UnknownNode", f"/nodes/1/{path}")]


def test_target_variable_must_be_declared() -> None:
    mapping = {"outputName": "o", "valueExpression": "result", "targetVariable": "v"}
    document = sequence("start > a > end", nodes={"a": {"outputMappings": [mapping]}})
    path = "/nodes/1/outputMappings/0/targetVariable"
    assert brief(at_creation(document)) == [("UnknownVariable", path)]
    assert at_creation(document | {"variables": [{"name": "v"}]}) == []


def test_null_default_is_no_default() -> None:
    variables = [{"name": "x", "type": "string", "defaultValue": None}]
    assert at_creation(changed(variables=variables)) == []
