"""From documents to sequences: modes, shape, and that one wrong field hides nothing else."""

import math
from typing import Any

import pytest

from seriatim.domain import limits
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.validation.parse import DocumentMode, parse_sequence
from seriatim.domain.validation.problems import has_errors
from seriatim.domain.validation.references import References
from tests.builders import sequence
from tests.unit.domain.validation.asking import at_creation, brief, codes, parsed, the


def changed(**fields: Any) -> dict[str, Any]:
    return sequence("start > a > end") | fields


def with_node(**fields: Any) -> dict[str, Any]:
    return sequence("start > a > end", nodes={"a": fields})


def with_transition(**fields: Any) -> dict[str, Any]:
    document = sequence("start > a > end")
    document["transitions"][0] |= fields
    return document


# Modes


@pytest.mark.parametrize("field", ["id", "projectId", "status", "revision"])
def test_body_of_a_call_carries_none_of_the_services_fields(field: str) -> None:
    found = the(at_creation(changed(**{field: "draft"})))
    assert (found.code, found.path) == ("UnknownField", f"/{field}")
    assert field in found.message


def test_file_may_carry_an_id_alone() -> None:
    assert parsed(changed(id="orders"), mode=DocumentMode.FILE).id == "orders"
    found = the(at_creation(changed(status="active"), mode=DocumentMode.FILE))
    assert (found.code, found.path) == ("UnknownField", "/status")


def test_stored_document_has_all_of_them() -> None:
    stored = canonical(parsed(changed(), sequence_id="s", project_id="p"))
    again = parsed(stored, mode=DocumentMode.STORED)
    assert (again.id, again.project_id, again.status, again.revision) == ("s", "p", "draft", 0)
    del stored["projectId"]
    assert brief(at_creation(stored, mode=DocumentMode.STORED)) == [("MissingField", "/projectId")]


def test_ids_that_are_given_become_the_sequences() -> None:
    sequence = parsed(changed(), sequence_id="s", project_id="p")
    assert (sequence.id, sequence.project_id) == ("s", "p")


# Shape


@pytest.mark.parametrize("document", [None, 5, "x", [], [{}], math.nan])
def test_document_must_be_an_object(document: object) -> None:
    found, problems = parse_sequence(document)
    assert found is None
    assert [one.path for one in problems] == ["/"]


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        ({}, "MissingField", "/name"),
        ({}, "MissingField", "/nodes"),
        ({}, "MissingField", "/transitions"),
        (changed(name=""), "Empty", "/name"),
        (changed(name="  "), "Empty", "/name"),
        (changed(name=5), "WrongType", "/name"),
        (changed(name=None), "WrongType", "/name"),
        (changed(name="x" * 257), "TooLong", "/name"),
        (changed(name="a\x00b"), "InvalidName", "/name"),
        (changed(description="x" * 4_097), "TooLong", "/description"),
        (changed(nodes={}), "WrongType", "/nodes"),
        (changed(nodes=[5]), "WrongType", "/nodes/0"),
        (changed(extra=1), "UnknownField", "/extra"),
        (changed(timeoutSeconds=-1), "OutOfRange", "/timeoutSeconds"),
        (changed(timeoutSeconds="5"), "WrongType", "/timeoutSeconds"),
        (changed(timeoutSeconds=True), "WrongType", "/timeoutSeconds"),
        (changed(timeoutSeconds=31_622_401), "OutOfRange", "/timeoutSeconds"),
        (changed(failurePolicy="stop"), "NotOneOf", "/failurePolicy"),
        (changed(maxNodeRuns=0), "OutOfRange", "/maxNodeRuns"),
        (changed(maxNodeRuns=1.0), "WrongType", "/maxNodeRuns"),
        (changed(maxConcurrentExecutions=0), "OutOfRange", "/maxConcurrentExecutions"),
        (changed(onFailureSequenceId="a#b"), "InvalidId", "/onFailureSequenceId"),
        (changed(metadata={str(i): i for i in range(51)}), "TooMany", "/metadata"),
        (changed(metadata=[]), "WrongType", "/metadata"),
        (changed(variables=[{}]), "MissingField", "/variables/0/name"),
        (changed(variables=[{"name": "x", "type": "text"}]), "NotOneOf", "/variables/0/type"),
        (changed(variables=[{"name": "x", "scope": "all"}]), "NotOneOf", "/variables/0/scope"),
        (with_node(timeOutSeconds=1), "UnknownField", "/nodes/1/timeOutSeconds"),
        (with_node(name=""), "Empty", "/nodes/1/name"),
        (with_node(type="job"), "NotOneOf", "/nodes/1/type"),
        (with_node(type=["task"]), "NotOneOf", "/nodes/1/type"),
        (with_node(parameters=None), "WrongType", "/nodes/1/parameters"),
        (with_node(inputMappings=[{}]), "MissingField", "/nodes/1/inputMappings/0/sourceNodeId"),
        (with_node(outputMappings=[1]), "WrongType", "/nodes/1/outputMappings/0"),
        (with_node(retryPolicy=[]), "WrongType", "/nodes/1/retryPolicy"),
        (
            with_node(retryPolicy={"maxRetries": 1_001}),
            "OutOfRange",
            "/nodes/1/retryPolicy/maxRetries",
        ),
        (
            with_node(retryPolicy={"backoffMultiplier": 0.5}),
            "OutOfRange",
            "/nodes/1/retryPolicy/backoffMultiplier",
        ),
        (
            with_node(retryPolicy={"jitter": "some"}),
            "NotOneOf",
            "/nodes/1/retryPolicy/jitter",
        ),
        (
            with_node(retryPolicy={"retryableErrors": ["A", ""]}),
            "Empty",
            "/nodes/1/retryPolicy/retryableErrors/1",
        ),
        (with_node(dependencies=[{"nodeId": "a", "on": "done"}]), "NotOneOf",
         "/nodes/1/dependencies/0/on"),
        (with_node(resources={"a/b": 1}), "InvalidId", "/nodes/1/resources/a~1b"),
        (with_node(acquire={"lock": 0}), "OutOfRange", "/nodes/1/acquire/lock"),
        (with_node(release={"lock": 1.5}), "WrongType", "/nodes/1/release/lock"),
        (with_transition(priority="1"), "WrongType", "/transitions/0/priority"),
        (with_transition(condition=True), "WrongType", "/transitions/0/condition"),
        (with_transition(trigger="failure"), "NotOneOf", "/transitions/0/trigger"),
        (with_transition(interrupting=1), "WrongType", "/transitions/0/interrupting"),
    ],
)  # fmt: skip
def test_each_wrong_field_names_its_code_and_place(
    document: dict[str, Any], code: str, path: str
) -> None:
    found, problems = parse_sequence(document)
    assert found is None
    assert (code, path) in brief(problems)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("a", True),
        ("x" * 128, True),
        ("Bestellung prüfen", True),
        ("注文", True),
        ("a.b", True),
        ("...", True),
        ("x" * 129, False),
        ("", False),
        (".", False),
        ("..", False),
        (" a", False),
        ("a\u00a0", False),
        ("a/b", False),
        ("a#b", False),
        ("a\nb", False),
        ("a\x7fb", False),
        ("a\x85b", False),
        (5, False),
    ],
)
def test_ids_of_any_script_that_stay_whole(value: object, accepted: bool) -> None:
    document = sequence("start > a > end")
    document["nodes"][1]["id"] = value
    document["transitions"][0]["targetNodeId"] = value
    document["transitions"][1]["sourceNodeId"] = value
    assert has_errors(at_creation(document)) is not accepted
    assert has_errors(at_creation(with_transition(id=value))) is not accepted


@pytest.mark.parametrize(
    "document",
    [
        with_transition(name=""),
        with_transition(condition=None, priority=-3, metadata={"a": None}),
        with_node(taskDefinitionId="x", retryPolicy=None, timeoutSeconds=0.5),
        with_node(retryPolicy={}, heartbeatSeconds=31_622_400),
        changed(version="", description="", metadata={}, timeoutSeconds=0),
        changed(maxConcurrentExecutions=None, onFailureSequenceId=None),
    ],
)
def test_what_may_be_empty_or_absent(document: dict[str, Any]) -> None:
    assert at_creation(document) == []


def test_limit_and_value_are_in_the_message() -> None:
    found = the(at_creation(changed(name="x" * 300)))
    assert "256" in found.message
    assert "300" in found.message
    found = the(at_creation(changed(timeoutSeconds=40_000_000)))
    assert "31,622,400" in found.message
    assert "40,000,000" in found.message


def test_unknown_field_suggests_the_one_that_may_be_meant() -> None:
    assert "'condition'" in the(at_creation(with_transition(conditon="x"))).message


def test_message_of_a_huge_value_is_short() -> None:
    for value in ("x" * 100_000, 10**4_000, {"a": ["x"] * 10_000}):
        found = at_creation(with_node(timeoutSeconds=value))
        assert len(the(found).message) < 300


def test_words_of_the_library_beneath_do_not_show() -> None:
    document = {"nodes": [{"id": 1, "type": {}}, None], "transitions": 5, "x": 1, "metadata": 0}
    text = " ".join(one.message for one in at_creation(document)).lower()
    for word in ("pydantic", "input should", "valid dictionary", "http", "tuple", "none"):
        assert word not in text


# JSON


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_depth_counts_from_the_document() -> None:
    room = limits.JSON_DEPTH_MAX - 2
    assert at_creation(changed(metadata={"a": nested(room)})) == []
    found = the(at_creation(changed(metadata={"a": nested(room + 1)})))
    assert found.code == "TooDeep"
    assert found.path == "/metadata/a" + "/0" * room


def test_very_deep_document_is_refused_without_recursion() -> None:
    value: Any = nested(1)
    for _ in range(200_000):
        value = [value]
    assert codes(at_creation(changed(metadata={"a": value}))) == ["TooDeep"]
    while value:  # freed bit by bit: deallocation recurses too
        value = value.pop()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (math.nan, "NotFinite"),
        (math.inf, "NotFinite"),
        (-math.inf, "NotFinite"),
        ("a\ud800", "InvalidText"),
        ((1, 2), "WrongType"),
        ({1, 2}, "WrongType"),
        (b"x", "WrongType"),
        ({1: 2}, "WrongType"),
        ({"\udfff": 2}, "InvalidText"),
    ],
)
def test_what_is_no_json_is_refused_where_it_is(value: object, code: str) -> None:
    found = the(at_creation(with_node(parameters={"deep": [value]})))
    assert found.code == code
    assert found.path.startswith("/nodes/1/parameters/deep/0")
    assert found.message.encode()


# Salvage


def test_one_wrong_field_hides_nothing_else() -> None:
    document = sequence(
        "start > a > end",
        "start > b > end",
        nodes={"a": {"timeoutSeconds": -1, "parameters": {"x": "${nope}"}}},
    )
    document["transitions"].append({"id": "t", "sourceNodeId": "a", "targetNodeId": "zz"})
    found = parse_sequence(document, references=References(task_definitions={}))[1]
    assert set(brief(found)) == {
        ("OutOfRange", "/nodes/1/timeoutSeconds"),
        ("UnknownNode", "/transitions/4/targetNodeId"),
        ("UnknownVariable", "/nodes/1/parameters/x"),
        ("SeveralDefaultPaths", "/transitions/2"),
        ("UnknownTaskDefinition", "/nodes/1/taskDefinitionId"),
        ("UnknownTaskDefinition", "/nodes/3/taskDefinitionId"),
    }


@pytest.mark.parametrize(
    "broken",
    [
        {"nodes": 5},
        {"nodes": [5, {"id": "end", "type": "end"}]},
        {"transitions": None},
        {"transitions": [[]]},
        {"variables": [{"name": 5}]},
        {"nodes": [{"type": "start"}, {"id": "end", "type": "ende"}]},
    ],
)
def test_gaps_are_not_complained_of(broken: dict[str, Any]) -> None:
    document = sequence("start >[x > 1]> end", variables=[{"name": "x"}]) | broken
    shape = [one.path for one in parse_sequence(document)[1]]
    everything = parse_sequence(document, references=References())[1]
    assert {one.path for one in everything} <= {*shape, "/transitions"}


def test_transition_with_a_wrong_trigger_is_not_judged_by_it() -> None:
    document = with_transition(trigger="tmer", afterSeconds=5)
    assert brief(at_creation(document)) == [("NotOneOf", "/transitions/0/trigger")]


def test_node_with_a_wrong_type_is_not_judged_by_it() -> None:
    document = with_node(type="tsk", parameters={"x": "${nope}"}, taskDefinitionId=None)
    found = parse_sequence(document, references=References(task_definitions={}))[1]
    assert brief(found) == [("NotOneOf", "/nodes/1/type")]


# Order and bounds


def test_errors_come_before_warnings() -> None:
    document = sequence("start > decide >[1 > 2]> decide", "decide > end", "start > end2")
    severities = [one.severity for one in parse_sequence(document, references=References())[1]]
    assert severities == sorted(severities)
    assert {"error", "warning"} == set(severities)


def test_problems_are_bounded_and_say_how_many_are_left() -> None:
    nodes = [{"id": "start", "type": "start", "x": 1}] * 2_000
    found = at_creation(changed(nodes=nodes))
    assert len(found) == limits.PROBLEMS_MAX + 1
    assert found[-1].code == "MoreProblems"
    assert has_errors([found[-1]])


def test_more_nodes_than_allowed() -> None:
    node = {"id": "a", "type": "task"}
    found = the(at_creation(changed(nodes=[node] * (limits.NODES_MAX + 1), transitions=[])))
    assert (found.code, found.path) == ("TooMany", "/nodes")
    assert "10,000" in found.message
    assert "10,001" in found.message
