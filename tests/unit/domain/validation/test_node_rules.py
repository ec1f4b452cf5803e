"""Parameters by type of node, and what the triggers of transitions need."""

from typing import Any

import pytest

from tests.builders import sequence
from tests.unit.domain.validation.asking import at_creation, codes, for_activation, the


def with_node(kind: str, **parameters: Any) -> dict[str, Any]:
    """A sequence with one node of a type between its start and its end."""
    fields = {"x": {"type": kind, "parameters": parameters}}
    document = sequence("start > x > end", "start > join1 > end", nodes=fields)
    del document["nodes"][1]["taskDefinitionId"]
    return document


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("task", {"anything": {"goes": [1, None]}}),
        ("decision", {}),
        ("fork", {}),
        ("fork", {"forEach": "[1]", "joinNodeId": "join1", "maxConcurrency": 5}),
        ("fork", {"forEach": "[1]", "joinNodeId": "join1", "maxConcurrency": "${1 + 1}"}),
        ("join", {}),
        ("join", {"mode": "gather", "onReached": "cancel"}),
        ("join", {"mode": "any"}),
        ("join", {"mode": "count", "count": 1}),
        ("join", {"mode": "count", "count": "1 + 0"}),
        ("join", {"mode": "expression", "completeWhen": "len(arrived) > expected / 2"}),
        ("subprocess", {"sequenceId": "s"}),
        ("subprocess", {"sequenceId": "${'a'}", "revision": 3, "waitForCompletion": False}),
        ("subprocess", {"sequenceId": "s", "forEach": "[1]", "toleratedFailurePercentage": 9.5}),
        ("subprocess", {"sequenceId": "s", "variables": {"deep": ["${1}"]}}),
        ("wait", {"until": "1 > 0"}),
        ("wait", {"callback": True}),
        ("timer", {"durationSeconds": 0.5}),
        ("timer", {"durationSeconds": "${5 * 60}"}),
        ("timer", {"at": "2030-01-31T09:00:00+01:00"}),
        ("timer", {"at": "2030-01-31T09:00:00.123Z"}),
        ("timer", {"at": "${'2030-01-31T09:00:00Z'}"}),
        ("signal", {"signalName": "go"}),
        ("signal", {"signalName": "go-${1}", "mode": "wait"}),
        ("signal", {"signalName": "go", "mode": "send", "targetExecutionId": "${execution.id}"}),
        ("end", {"status": "failed", "errorCode": "Nope", "terminate": True}),
    ],
)
def test_parameters_that_suit_the_type(kind: str, parameters: dict[str, Any]) -> None:
    document = with_node(kind, **parameters)
    if kind == "end":
        document["transitions"] = [
            one for one in document["transitions"] if one["sourceNodeId"] != "x"
        ]
    assert at_creation(document) == []


@pytest.mark.parametrize(
    ("kind", "parameters", "code", "field"),
    [
        ("start", {"x": 1}, "UnknownParameter", "x"),
        ("decision", {"condition": "true"}, "UnknownParameter", "condition"),
        ("fork", {"forEach": "[1]"}, "MissingParameter", "joinNodeId"),
        ("fork", {"joinNodeId": "join1"}, "InvalidParameter", "joinNodeId"),
        ("fork", {"maxConcurrency": 2}, "InvalidParameter", "maxConcurrency"),
        ("fork", {"forEach": "[1]", "joinNodeId": "zz"}, "UnknownNode", "joinNodeId"),
        ("fork", {"forEach": "[1]", "joinNodeId": "end"}, "InvalidParameter", "joinNodeId"),
        (
            "fork",
            {"forEach": "[1]", "joinNodeId": "join1", "maxConcurrency": 0},
            "OutOfRange",
            "maxConcurrency",
        ),
        ("fork", {"forEach": 5, "joinNodeId": "join1"}, "WrongType", "forEach"),
        ("join", {"mode": "some"}, "NotOneOf", "mode"),
        ("join", {"mode": "count"}, "MissingParameter", "count"),
        ("join", {"count": 1}, "InvalidParameter", "count"),
        ("join", {"mode": "count", "count": 0}, "OutOfRange", "count"),
        ("join", {"mode": "count", "count": 1.5}, "WrongType", "count"),
        ("join", {"mode": "count", "count": True}, "WrongType", "count"),
        ("join", {"mode": "count", "count": 2}, "CountTooHigh", "count"),
        ("join", {"mode": "expression"}, "MissingParameter", "completeWhen"),
        ("join", {"completeWhen": "true"}, "InvalidParameter", "completeWhen"),
        ("subprocess", {}, "MissingParameter", "sequenceId"),
        ("subprocess", {"sequenceId": "a/b"}, "InvalidId", "sequenceId"),
        ("subprocess", {"sequenceId": "s", "revision": 0}, "OutOfRange", "revision"),
        ("subprocess", {"sequenceId": "s", "maxConcurrency": 3}, "InvalidParameter", None),
        (
            "subprocess",
            {"sequenceId": "s", "toleratedFailurePercentage": 5},
            "InvalidParameter",
            "toleratedFailurePercentage",
        ),
        (
            "subprocess",
            {"sequenceId": "s", "forEach": "[1]", "toleratedFailurePercentage": 101},
            "OutOfRange",
            "toleratedFailurePercentage",
        ),
        ("subprocess", {"sequenceId": "s", "variables": []}, "WrongType", "variables"),
        ("wait", {}, "MissingParameter", "until"),
        ("wait", {"callback": "yes"}, "WrongType", "callback"),
        ("timer", {}, "MissingParameter", "durationSeconds"),
        ("timer", {"durationSeconds": 1, "at": "2030-01-31T09:00:00Z"}, "InvalidParameter", "at"),
        ("timer", {"durationSeconds": 31_622_401}, "OutOfRange", "durationSeconds"),
        ("timer", {"durationSeconds": "5"}, "WrongType", "durationSeconds"),
        ("timer", {"durationSeconds": "${a} and ${b}"}, "WrongType", "durationSeconds"),
        ("timer", {"at": "2030-01-31T09:00:00"}, "InvalidTime", "at"),
        ("timer", {"at": "tomorrow"}, "InvalidTime", "at"),
        ("signal", {}, "MissingParameter", "signalName"),
        ("signal", {"signalName": ""}, "Empty", "signalName"),
        ("signal", {"signalName": "x", "mode": "send"}, "MissingParameter", "targetExecutionId"),
        ("signal", {"signalName": "x", "payload": 1}, "InvalidParameter", "payload"),
        (
            "signal",
            {"signalName": "x", "targetExecutionId": "e"},
            "InvalidParameter",
            "targetExecutionId",
        ),
        ("end", {"status": "done"}, "NotOneOf", "status"),
        ("end", {"terminate": 1}, "WrongType", "terminate"),
    ],
)
def test_parameters_that_do_not_suit_the_type(
    kind: str, parameters: dict[str, Any], code: str, field: str | None
) -> None:
    found = [one for one in at_creation(with_node(kind, **parameters)) if one.node_id == "x"]
    assert code in codes(found)
    if field is not None:
        assert f"/nodes/1/parameters/{field}" in {one.path for one in found}


def test_wait_with_boundaries_needs_no_parameters() -> None:
    document = sequence("start > wait > end", "wait >!timer> end")
    document["transitions"][2] |= {"afterSeconds": 5}
    assert at_creation(document) == []


def test_closing_join_counts_items_and_not_transitions() -> None:
    document = sequence(
        "start > fork > a > join > end",
        nodes={
            "fork": {"parameters": {"forEach": "[1, 2, 3]", "joinNodeId": "join"}},
            "join": {"parameters": {"mode": "count", "count": 3}},
        },
    )
    assert at_creation(document) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"trigger": "timer"}, "afterSeconds"),
        ({"trigger": "signal"}, "signalName"),
        ({"afterSeconds": 5}, "afterSeconds"),
        ({"trigger": "error", "signalName": "x"}, "signalName"),
        ({"trigger": "timer", "afterSeconds": 1, "signalName": "x"}, "signalName"),
        ({"interrupting": False}, "interrupting"),
        ({"trigger": "error", "interrupting": False}, "interrupting"),
    ],
)
def test_trigger_has_what_it_needs_and_nothing_else(fields: dict[str, Any], field: str) -> None:
    document = sequence("start > a > end")
    document["transitions"][1] |= fields
    found = the(at_creation(document))
    assert (found.code, found.path) == ("InvalidTrigger", f"/transitions/1/{field}")
    assert found.transition_id == "a-end"


def test_boundaries_that_are_right() -> None:
    document = sequence("start > a > end", "a >!timer> end", "a >!signal> end", "a >!error> end")
    document["transitions"][2] |= {"afterSeconds": 0, "interrupting": False}
    document["transitions"][3] |= {"signalName": "stop"}
    assert for_activation(document) == []


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ({"parameters": {"zzz": 1}}, "is no field of signal parameters"),
        ({"inputMappings": [{"zzz": 1}]}, "is no field of an input mapping"),
        ({"retryPolicy": {"zzz": 1}}, "is no field of a retry policy"),
    ],
)
def test_an_unknown_field_is_told_with_what_it_is_no_field_of(
    field: dict[str, Any], place: str
) -> None:
    document = with_node("signal", signalName="go")
    document["nodes"][1] |= field
    told = [found.message for found in at_creation(document)]
    assert [message for message in told if place in message]
