"""What two revisions differ in."""

from typing import Any

from seriatim.domain.definition.differing import differences, text_of
from tests.builders import sequence


def found(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(one.change, one.what, one.name, one.path) for one in differences(old, new)]


def test_the_same_differ_in_nothing() -> None:
    assert found(sequence("start > a > end"), sequence("start > a > end")) == []


def test_what_came_and_what_went() -> None:
    old, new = sequence("start > a > end"), sequence("start > b > end")
    assert found(old, new) == [
        ("added", "node", "b", "/nodes/1"),
        ("removed", "node", "a", "/nodes/1"),
        ("added", "transition", "start-b", "/transitions/0"),
        ("added", "transition", "b-end", "/transitions/1"),
        ("removed", "transition", "start-a", "/transitions/0"),
        ("removed", "transition", "a-end", "/transitions/1"),
    ]


def test_a_change_is_named_by_its_field() -> None:
    old = sequence("start > a > end", nodes={"a": {"parameters": {"x": {"y": 1, "z": 2}}}})
    new = sequence("start > a > end", nodes={"a": {"parameters": {"x": {"y": 3, "z": 2}}}})
    (one,) = differences(old, new)
    assert one.to_json() == {
        "change": "changed",
        "what": "node",
        "name": "a",
        "path": "/nodes/1/parameters/x/y",
        "old": 1,
        "new": 3,
    }


def test_settings_and_variables_count_too() -> None:
    old = sequence("start > end", variables=[{"name": "v", "type": "string"}], timeoutSeconds=1)
    new = sequence("start > end", variables=[{"name": "v", "type": "number"}], maxNodeRuns=5)
    assert found(old, new) == [
        ("changed", "setting", "maxNodeRuns", "/maxNodeRuns"),
        ("changed", "setting", "timeoutSeconds", "/timeoutSeconds"),
        ("changed", "variable", "v", "/variables/0/type"),
    ]


def test_what_the_service_says_of_a_document_is_no_difference() -> None:
    old = sequence("start > end", revision=1, status="active")
    assert found(old, sequence("start > end", revision=2, status="deprecated")) == []


def test_the_order_of_nodes_counts_for_joins_and_ties() -> None:
    old = sequence("start > a > end")
    new = {**old, "nodes": old["nodes"][::-1]}
    assert found(old, new) == [("changed", "setting", "order of nodes", "/nodes")]


def test_true_is_not_one() -> None:
    old = sequence("start > a > end", nodes={"a": {"parameters": {"x": [1]}}})
    new = sequence("start > a > end", nodes={"a": {"parameters": {"x": [True]}}})
    assert len(found(old, new)) == 1


def test_differences_are_told_in_lines() -> None:
    old = sequence("start > a > end", name="old")
    new = sequence("start > a > b > end", name="new")
    lines = text_of([one.to_json() for one in differences(old, new)]).splitlines()
    assert lines[:2] == ["~ setting 'name' /name: 'old' → 'new'", "+ node 'b' (task)"]
    assert "+ transition 'b-end' (b → end)" in lines
