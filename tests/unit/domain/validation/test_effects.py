"""What is given and can have no effect is warned of, and nothing else is."""

from typing import Any

import pytest

from tests.builders import sequence
from tests.unit.domain.validation.asking import brief, for_activation, the


def test_release_of_what_no_node_acquires_is_warned_of() -> None:
    nodes = {"a": {"acquire": {"x": 1}}, "b": {"release": {"x": 1, "y": 1}}}
    [found] = for_activation(sequence("start > a > b > end", nodes=nodes))
    assert (found.code, found.path) == ("FieldHasNoEffect", "/nodes/2/release/y")


def test_boundary_of_a_node_that_never_waits_is_warned_of() -> None:
    document = sequence("start > decide > end", "decide >!timer> end")
    document["transitions"][2] |= {"afterSeconds": 5}
    assert brief(for_activation(document)) == [("BoundaryNeverFires", "/transitions/2/trigger")]
    document["nodes"][1]["acquire"] = {"lock": 1}
    assert for_activation(document) == []


LET_GO = {"sequenceId": "child", "waitForCompletion": False}
SEND = {"mode": "send", "signalName": "go", "targetExecutionId": "exec-1"}


@pytest.mark.parametrize(
    ("node_id", "fields", "path"),
    [
        ("decide", {"taskDefinitionId": "echo"}, "taskDefinitionId"),
        ("decide", {"resources": {"pool": 1}}, "resources"),
        ("end", {"parameters": {"errorCode": "Oops"}}, "parameters/errorCode"),
        ("start", {"timeoutSeconds": 5}, "timeoutSeconds"),
        ("end", {"timeoutSeconds": 5}, "timeoutSeconds"),
        ("decide", {"timeoutSeconds": 5}, "timeoutSeconds"),
        ("decide", {"heartbeatSeconds": 5}, "heartbeatSeconds"),
        ("decide", {"queueTimeoutSeconds": 5}, "queueTimeoutSeconds"),
        ("decide", {"retryPolicy": {}}, "retryPolicy"),
        ("wait", {"retryPolicy": {}, "parameters": {"until": "true"}}, "retryPolicy"),
        ("wait", {"heartbeatSeconds": 5, "parameters": {"until": "true"}}, "heartbeatSeconds"),
        ("sub", {"heartbeatSeconds": 5, "parameters": {"sequenceId": "child"}}, "heartbeatSeconds"),
        ("timer", {"retryPolicy": {}, "parameters": {"durationSeconds": 1}}, "retryPolicy"),
        ("signal", {"retryPolicy": {}, "parameters": {"signalName": "go"}}, "retryPolicy"),
        ("signal", {"timeoutSeconds": 5, "parameters": SEND}, "timeoutSeconds"),
        ("signal", {"heartbeatSeconds": 5, "parameters": SEND}, "heartbeatSeconds"),
        ("sub", {"timeoutSeconds": 5, "parameters": LET_GO}, "timeoutSeconds"),
        ("sub", {"retryPolicy": {}, "parameters": LET_GO}, "retryPolicy"),
        (
            "sub",
            {"parameters": {**LET_GO, "forEach": "[1]", "toleratedFailurePercentage": 5}},
            "parameters/toleratedFailurePercentage",
        ),
    ],
)
def test_field_without_effect_is_warned_of(node_id: str, fields: dict[str, Any], path: str) -> None:
    way = "start > end" if node_id in {"start", "end"} else f"start > {node_id} > end"
    document = sequence(way, nodes={node_id: fields})
    found = the(for_activation(document))
    assert (found.code, found.severity) == ("FieldHasNoEffect", "warning")
    assert found.path.endswith(path)


NO_RETRIES = {"timeoutSeconds": 0, "heartbeatSeconds": 0, "retryPolicy": {"maxRetries": 0}}


@pytest.mark.parametrize(
    ("node_id", "fields"),
    [
        ("a", {"timeoutSeconds": 5, "heartbeatSeconds": 5, "retryPolicy": {}}),
        ("sub", {"timeoutSeconds": 5, "retryPolicy": {}, "parameters": {"sequenceId": "child"}}),
        ("wait", {"timeoutSeconds": 5, "parameters": {"until": "true"}}),
        ("wait", {"heartbeatSeconds": 5, "retryPolicy": {}, "parameters": {"callback": True}}),
        ("timer", {"timeoutSeconds": 5, "parameters": {"durationSeconds": 1}}),
        ("signal", {"timeoutSeconds": 5, "parameters": {"signalName": "go"}}),
        ("decide", {"retryPolicy": {}, "acquire": {"lock": 1}}),
        ("decide", NO_RETRIES),
    ],
)
def test_field_with_an_effect_is_not_warned_of(node_id: str, fields: dict[str, Any]) -> None:
    document = sequence(f"start > {node_id} > end", nodes={node_id: fields})
    assert [problem.code for problem in for_activation(document)] == []


def test_fork_over_a_list_lasts_so_that_boundaries_fire_but_it_has_no_attempt() -> None:
    each = {"parameters": {"forEach": "[1, 2]", "joinNodeId": "join"}, "timeoutSeconds": 5}
    document = sequence(
        "start > fork > a > join > end", "fork >!timer> b > end", nodes={"fork": each}
    )
    late = next(t for t in document["transitions"] if t["targetNodeId"] == "b")
    late |= {"afterSeconds": 5}
    found = the(for_activation(document))
    assert (found.code, found.path) == ("FieldHasNoEffect", "/nodes/1/timeoutSeconds")
    assert "use a timer transition" in found.message
