"""Goal: a variable read before any node has surely set it gets a warning; a right use none."""

from typing import Any

from seriatim.domain.validation.parse import parse_sequence
from seriatim.domain.validation.references import References
from tests.builders import sequence

SETS = {"outputMappings": [{"outputName": "total", "valueExpression": "1"}]}
READS = {"parameters": {"x": "${total}"}}


def warned(*paths: str, nodes: dict[str, Any], **variable: Any) -> list[tuple[str | None, str]]:
    declared = [{"name": "total", "type": "integer", **variable}]
    document = sequence(*paths, nodes=nodes, variables=declared)
    _, problems = parse_sequence(document, references=References())
    return [(p.node_id, p.path) for p in problems if p.code == "VariableMayBeUnset"]


def test_a_variable_read_before_it_is_set_is_named_with_its_place() -> None:
    found = warned("start > a > b > end", nodes={"a": READS, "b": SETS})
    assert found == [("a", "/nodes/1/parameters/x")]


def test_a_variable_set_before_it_is_read_is_right() -> None:
    assert warned("start > a > b > end", nodes={"a": SETS, "b": READS}) == []


def test_one_branch_that_sets_it_is_not_enough() -> None:
    paths = ("start > decide >[1 > 0]> a > b > end", "decide > b")
    assert warned(*paths, nodes={"a": SETS, "b": READS}) == [("b", "/nodes/3/parameters/x")]


def test_it_is_enough_that_every_branch_sets_it() -> None:
    paths = ("start > decide >[1 > 0]> a > b > end", "decide > c > b")
    assert warned(*paths, nodes={"a": SETS, "c": SETS, "b": READS}) == []


def test_a_branch_that_a_join_waits_for_is_enough() -> None:
    paths = ("start > fork > a > join > b > end", "fork > c > join")
    assert warned(*paths, nodes={"a": SETS, "b": READS}) == []


def test_a_condition_sees_what_its_own_node_sets() -> None:
    assert warned("start > a >[total > 0]> b > end", "a > end", nodes={"a": SETS}) == []


def test_a_default_or_no_setter_at_all_is_right() -> None:
    assert warned("start > a > b > end", nodes={"a": READS, "b": SETS}, defaultValue=0) == []
    assert warned("start > a > end", nodes={"a": READS}) == []
    assert warned("start > a > b > end", nodes={"a": READS, "b": SETS}, scope="global") == []
