"""Bundles: each definition by itself, then what they say of each other."""

from typing import Any

import pytest

from seriatim.domain.validation.bundles import is_bundle, parse_bundle
from seriatim.domain.validation.references import References
from tests.builders import ECHO, sequence
from tests.unit.domain.validation.asking import brief, the

NOTHING_BESIDES = References(task_definitions={}, sequences={}, resource_pools={})


def bundle(**lists: Any) -> dict[str, Any]:
    document = {
        "taskDefinitions": [ECHO],
        "resourcePools": [{"id": "db", "capacity": 2}],
        "templates": [sequence("start > end") | {"parameters": [{"name": "x"}]}],
        "sequences": [
            sequence("start > a > sub > end", nodes=NODES) | {"id": "one"},
            sequence("start > end") | {"id": "two"},
        ],
        "triggers": [{"id": "t", "sequenceId": "two", "schedule": {"rate": "1 hour"}}],
    }
    return document | lists


NODES: dict[str, Any] = {
    "sub": {"parameters": {"sequenceId": "two"}},
    "a": {"resources": {"db": 2}},
}


def test_definitions_of_a_bundle_may_name_each_other() -> None:
    found, problems = parse_bundle(bundle(), NOTHING_BESIDES)
    assert problems == []
    assert found is not None
    assert [one.id for one in found.sequences] == ["one", "two"]
    assert [one.id for one in found.task_definitions] == ["echo"]
    assert (len(found.resource_pools), len(found.templates), len(found.triggers)) == (1, 1, 1)


def test_what_neither_the_bundle_nor_the_project_has_is_unknown() -> None:
    document = bundle(taskDefinitions=[], resourcePools=[])
    document["sequences"] = document["sequences"][:1]
    found, problems = parse_bundle(document, NOTHING_BESIDES)
    assert found is not None
    assert brief(problems) == [
        ("UnknownTaskDefinition", "/sequences/0/nodes/1/taskDefinitionId"),
        ("UnknownSequence", "/sequences/0/nodes/2/parameters/sequenceId"),
        ("UnknownResourcePool", "/sequences/0/nodes/1/resources/db"),
        ("UnknownSequence", "/triggers/0/sequenceId"),
    ]


def test_definition_with_an_error_is_there_all_the_same() -> None:
    document = bundle(taskDefinitions=[ECHO | {"timeoutSeconds": -1}])
    document["sequences"][1]["timeoutSeconds"] = -1
    found, problems = parse_bundle(document, NOTHING_BESIDES)
    assert found is None
    assert brief(problems) == [
        ("OutOfRange", "/taskDefinitions/0/timeoutSeconds"),
        ("OutOfRange", "/sequences/1/timeoutSeconds"),
    ]


def test_recursion_by_way_of_another_sequence_of_the_bundle() -> None:
    nodes = {"sub": {"parameters": {"sequenceId": "one"}}}
    document = bundle()
    document["sequences"][1] = sequence("start > sub > end", nodes=nodes) | {"id": "two"}
    codes = [code for code, _ in brief(parse_bundle(document, NOTHING_BESIDES)[1])]
    assert codes == ["EndlessRecursion", "EndlessRecursion"]


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        ({"sequences": {}}, "WrongType", "/sequences"),
        ({"sequences": [5]}, "WrongType", "/sequences/0"),
        ({"sequences": [sequence("start > end") | {"status": "active"}]}, "UnknownField",
         "/sequences/0/status"),
        ({"taskDefinitions": [ECHO, ECHO]}, "DuplicateId", "/taskDefinitions/1/id"),
        ({"pools": []}, "UnknownField", "/pools"),
        ({"resourcePools": [{"capacity": 1}]}, "MissingField", "/resourcePools/0/id"),
        ({"triggers": [{}] * 1_001}, "TooMany", "/triggers"),
        (5, "WrongType", "/"),
    ],
)  # fmt: skip
def test_wrong_bundles(document: Any, code: str, path: str) -> None:
    found, problems = parse_bundle(document)
    assert found is None
    assert (code, path) in brief(problems)


def test_without_references_only_creation_is_checked() -> None:
    found, problems = parse_bundle({"sequences": [sequence("start > a", "b > end")]})
    assert problems == []
    assert found is not None
    problems = parse_bundle({"sequences": [sequence("start > end", "b > end")]}, References())[1]
    assert the(problems).code == "UnreachableNode"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"sequences": []}, True),
        ({"taskDefinitions": [], "resourcePools": []}, True),
        ({"nodes": [], "triggers": []}, False),
        (sequence("start > end"), False),
        ({}, False),
        ([], False),
    ],
)
def test_bundle_is_told_from_a_sequence(document: object, expected: bool) -> None:
    assert is_bundle(document) is expected
