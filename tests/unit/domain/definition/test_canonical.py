"""The stored document: every default written out, and back again to the same sequence."""

import json
from typing import Any

import pytest

from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.validation.parse import DocumentMode, parse_sequence
from tests.builders import sequence


def stored(document: object) -> dict[str, Any]:
    found, problems = parse_sequence(document, sequence_id="s", project_id="p")
    assert found is not None, problems
    return canonical(found)


def test_every_default_of_a_sequence() -> None:
    document = stored(sequence("start > end"))
    assert document == {
        "id": "s",
        "name": "test",
        "description": "",
        "version": "",
        "projectId": "p",
        "status": "draft",
        "revision": 0,
        "nodes": document["nodes"],
        "transitions": document["transitions"],
        "variables": [],
        "timeoutSeconds": 0,
        "failurePolicy": "fail_fast",
        "onFailureSequenceId": None,
        "maxNodeRuns": 10_000,
        "maxConcurrentExecutions": None,
        "retentionDays": None,
        "metadata": {},
    }


def test_every_default_of_a_node() -> None:
    assert stored(sequence("start > end"))["nodes"][0] == {
        "id": "start",
        "name": "start",
        "description": "",
        "type": "start",
        "taskDefinitionId": None,
        "parameters": {},
        "inputMappings": [],
        "outputMappings": [],
        "timeoutSeconds": 0,
        "heartbeatSeconds": 0,
        "queueTimeoutSeconds": 0,
        "retryPolicy": None,
        "dependencies": [],
        "cancelNodeIds": [],
        "resources": {},
        "acquire": {},
        "release": {},
        "metadata": {},
    }


def test_every_default_of_a_transition_and_a_variable() -> None:
    document = stored(sequence("start > end", variables=[{"name": "x"}]))
    assert document["transitions"] == [
        {
            "id": "start-end",
            "name": "",
            "sourceNodeId": "start",
            "targetNodeId": "end",
            "condition": None,
            "priority": 0,
            "trigger": "success",
            "afterSeconds": None,
            "signalName": None,
            "interrupting": True,
            "metadata": {},
        }
    ]
    assert document["variables"] == [
        {"name": "x", "type": "any", "defaultValue": None, "scope": "sequence", "description": ""}
    ]


@pytest.mark.parametrize(
    ("node_id", "parameters", "filled"),
    [
        ("a", {"any": [1, "${1}"]}, {"any": [1, "${1}"]}),
        ("fork", {}, {"forEach": None, "joinNodeId": None, "maxConcurrency": None}),
        (
            "join",
            {"mode": "count", "count": 1},
            {"mode": "count", "count": 1, "completeWhen": None, "onReached": "absorb"},
        ),
        (
            "sub",
            {"sequenceId": "s"},
            {
                "sequenceId": "s",
                "revision": None,
                "variables": {},
                "waitForCompletion": True,
                "forEach": None,
                "maxConcurrency": None,
                "toleratedFailurePercentage": 0,
            },
        ),
        ("wait", {"callback": True}, {"until": None, "callback": True}),
        ("timer", {"durationSeconds": 5}, {"durationSeconds": 5, "at": None}),
        (
            "signal",
            {"signalName": "x"},
            {"signalName": "x", "mode": "wait", "targetExecutionId": None, "payload": None},
        ),
        ("end", {}, {"status": "succeeded", "errorCode": None, "terminate": False}),
    ],
)
def test_every_default_of_parameters(
    node_id: str, parameters: dict[str, Any], filled: dict[str, Any]
) -> None:
    path = "start > end" if node_id == "end" else f"start > {node_id} > end"
    document = stored(sequence(path, nodes={node_id: {"parameters": parameters}}))
    assert next(one for one in document["nodes"] if one["id"] == node_id)["parameters"] == filled


def test_every_default_of_what_a_node_holds() -> None:
    fields = {
        "inputMappings": [
            {"sourceNodeId": "start", "sourceOutputName": "o", "targetInputName": "i"}
        ],
        "outputMappings": [{"outputName": "o", "valueExpression": "result"}],
        "retryPolicy": {},
        "dependencies": [{"nodeId": "start"}],
    }
    node = stored(sequence("start > a > end", nodes={"a": fields}))["nodes"][1]
    assert node["inputMappings"][0]["transformation"] is None
    assert node["outputMappings"][0]["targetVariable"] is None
    assert node["dependencies"] == [{"nodeId": "start", "type": "blocking", "on": "succeeded"}]
    assert node["retryPolicy"] == {
        "maxRetries": 3,
        "retryIntervalSeconds": 1,
        "backoffMultiplier": 2,
        "maxIntervalSeconds": 31_622_400,
        "retryableErrors": None,
        "jitter": "none",
    }


FULL = sequence(
    "start > fork > a > join > decide >[total > 5]> sub > end",
    "decide > wait > timer > signal > end",
    "a >!error> join",
    "wait >!timer> end",
    nodes={
        "fork": {"parameters": {"forEach": "[1]", "joinNodeId": "join"}},
        "sub": {"parameters": {"sequenceId": "other", "revision": 2}},
        "wait": {"parameters": {"until": "total > 9"}, "cancelNodeIds": ["timer"]},
        "timer": {"parameters": {"at": "2030-01-01T00:00:00+02:00"}},
        "signal": {"parameters": {"signalName": "go"}},
        "a": {
            "retryPolicy": {"maxRetries": 2, "retryableErrors": [], "jitter": "full"},
            "resources": {"db": 2},
            "metadata": {"owner": "x"},
        },
    },
    variables=[{"name": "total", "type": "integer", "defaultValue": 5.0}],
)
FULL["transitions"][-1]["afterSeconds"] = 1.5


def test_document_comes_back_as_the_same_sequence() -> None:
    document = stored(FULL)
    again, problems = parse_sequence(document, mode=DocumentMode.STORED)
    assert problems == []
    assert isinstance(again, TaskSequence)
    assert canonical(again) == document


def test_document_is_json_and_the_same_every_time() -> None:
    text = json.dumps(stored(FULL), allow_nan=False)
    assert text == json.dumps(stored(json.loads(json.dumps(FULL))))
    assert json.loads(text) == stored(FULL)


def test_numbers_stay_as_they_were_written() -> None:
    document = stored(sequence("start > end", timeoutSeconds=5))
    assert repr(document["timeoutSeconds"]) == "5"
    document = stored(sequence("start > end", timeoutSeconds=0.25))
    assert repr(document["timeoutSeconds"]) == "0.25"
