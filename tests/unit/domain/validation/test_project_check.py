"""What a sequence names in its project."""

from typing import Any

import pytest

from seriatim.domain.definition.kinds import SequenceStatus
from seriatim.domain.validation.references import (
    NamedIds,
    References,
    SequenceReference,
    named_ids,
)
from tests.builders import sequence
from tests.unit.domain.validation.asking import brief, for_activation, the

KNOWN = References(
    task_definitions={"echo": frozenset({"inputs", "region"})},
    sequences={
        "child": SequenceReference(revision=3),
        "old": SequenceReference(SequenceStatus.ARCHIVED),
    },
    resource_pools={"db": 5},
)


def problems(nodes: dict[str, Any] | None = None, **fields: Any) -> list[tuple[str, str]]:
    document = sequence("start > a > sub > end", nodes={**SUB, **(nodes or {})}, **fields)
    document.setdefault("variables", [{"name": "region"}])
    return brief(for_activation(document, KNOWN))


SUB: dict[str, Any] = {"sub": {"parameters": {"sequenceId": "child"}}}


def test_what_is_there_is_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("nodes", "code", "path"),
    [
        (
            {"a": {"taskDefinitionId": None}},
            "MissingTaskDefinition",
            "/nodes/1/taskDefinitionId",
        ),
        ({"a": {"taskDefinitionId": "x"}}, "UnknownTaskDefinition", "/nodes/1/taskDefinitionId"),
        (
            {"sub": {"parameters": {"sequenceId": "x"}}},
            "UnknownSequence",
            "/nodes/2/parameters/sequenceId",
        ),
        (
            {"sub": {"parameters": {"sequenceId": "old"}}},
            "SequenceNotActive",
            "/nodes/2/parameters/sequenceId",
        ),
        (
            {"sub": {"parameters": {"sequenceId": "child", "revision": 4}}},
            "UnknownRevision",
            "/nodes/2/parameters/revision",
        ),
        ({"a": {"resources": {"x": 1}}}, "UnknownResourcePool", "/nodes/1/resources/x"),
        ({"sub": {"acquire": {"x": 1}, **SUB["sub"]}}, "UnknownResourcePool", "/nodes/2/acquire/x"),
        ({"a": {"release": {"a b": 1}}}, "UnknownResourcePool", "/nodes/1/release/a b"),
        ({"a": {"resources": {"db": 6}}}, "PoolTooSmall", "/nodes/1/resources/db"),
    ],
)
def test_what_is_not_there(nodes: dict[str, Any], code: str, path: str) -> None:
    found = problems(nodes)
    assert (code, path) in found
    others = {"VariableNeverRead", "FieldHasNoEffect"}
    assert [one for one in found if one[0] not in others] == [(code, path)]


def test_computed_names_are_looked_up_when_it_runs() -> None:
    parameters = {"sequenceId": "${region}", "revision": "${1 + 1}"}
    assert problems({"sub": {"parameters": parameters}}) == []


def test_sequence_to_run_on_failure_must_be_there() -> None:
    assert problems(onFailureSequenceId="x") == [("UnknownSequence", "/onFailureSequenceId")]
    assert problems(onFailureSequenceId="child") == []


def test_task_definition_may_read_declared_variables_alone() -> None:
    document = sequence("start > a > end")
    found = the(for_activation(document, KNOWN))
    assert (found.code, found.path) == ("UnknownVariable", "/nodes/1/taskDefinitionId")
    assert "'region'" in found.message


def test_node_that_would_wait_for_what_it_holds_itself_is_warned_of() -> None:
    nodes = {"a": {"acquire": {"x": 1}, "resources": {"x": 1}}}
    references = References(resource_pools={"x": 1})
    [found] = for_activation(sequence("start > a > end", nodes=nodes), references)
    assert (found.code, found.path) == ("PoolTooSmall", "/nodes/1/resources/x")


def test_sequence_may_name_itself_before_it_is_there() -> None:
    nodes = {"sub": {"parameters": {"sequenceId": "own"}}}
    document = sequence("start > decide >[1 > 2]> sub > end", "decide > end", nodes=nodes)
    assert for_activation(document, KNOWN) == []


def test_what_was_not_looked_up_is_not_judged() -> None:
    nodes = {**SUB, "a": {"resources": {"x": 1}, "taskDefinitionId": "y"}}
    assert for_activation(sequence("start > a > sub > end", nodes=nodes), References()) == []


def test_named_ids_are_what_to_look_up() -> None:
    nodes = {
        "a": {"resources": {"p": 1}, "acquire": {"q": 1}},
        "sub": {"parameters": {"sequenceId": "child"}},
        "sub2": {"parameters": {"sequenceId": "${x}"}},
    }
    document = sequence("start > a > sub > sub2", nodes=nodes, onFailureSequenceId="other")
    assert named_ids(document) == NamedIds(
        frozenset({"echo"}), frozenset({"child", "other"}), frozenset({"p", "q"})
    )


@pytest.mark.parametrize("wrong", [None, [], {"nodes": 5}, {"nodes": [5, {"parameters": []}]}])
def test_named_ids_of_what_is_no_sequence(wrong: object) -> None:
    assert named_ids(wrong) == NamedIds(frozenset(), frozenset(), frozenset())
