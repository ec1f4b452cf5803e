"""Endless recursion: a sequence that runs itself whatever happens."""

from typing import Any

from seriatim.domain.validation.recursion import certain_subprocess_ids
from seriatim.domain.validation.references import References, SequenceReference
from tests.builders import sequence
from tests.unit.domain.validation.asking import for_activation, only, parsed, the


def calling(*paths: str, child: str = "own", **parameters: Any) -> dict[str, Any]:
    return sequence(*paths, nodes={"sub": {"parameters": {"sequenceId": child, **parameters}}})


def recursion(document: dict[str, Any], **certain: set[str]) -> list[str]:
    sequences = {
        name: SequenceReference(certain_subprocess_ids=frozenset(ids))
        for name, ids in certain.items()
    }
    references = References(sequences=sequences, task_definitions={"echo": frozenset()})
    found = only(for_activation(document, references), "EndlessRecursion")
    return [one.message.partition(": ")[2].partition(";")[0] for one in found]


def test_sequence_that_runs_itself() -> None:
    assert recursion(calling("start > sub > end")) == ["own → own"]
    found = the(for_activation(calling("start > sub > end")))
    assert (found.path, found.node_id) == ("/nodes/1/parameters/sequenceId", "sub")


def test_decision_can_end_the_recursion() -> None:
    assert recursion(calling("start > decide >[1 > 2]> sub > end", "decide > end")) == []


def test_decision_after_it_comes_too_late() -> None:
    assert recursion(calling("start > sub > decide >[1 > 2]> a > end", "decide > end")) != []


def test_decision_whose_ways_all_lead_there_decides_nothing() -> None:
    paths = ("start > decide >[1 > 2]> a > sub > end", "decide > b > sub")
    assert recursion(calling(*paths)) == ["own → own"]


def test_branch_of_a_fork_is_certain_and_a_conditional_one_is_not() -> None:
    assert recursion(calling("start > fork > sub > join > end", "fork > a > join")) != []
    assert recursion(calling("start > fork >[1 > 2]> sub > join > end", "fork > a > join")) == []


def test_caught_failure_can_end_the_recursion() -> None:
    assert recursion(calling("start > a > sub > end", "a >!error> end")) == []


def test_empty_list_can_end_the_recursion() -> None:
    assert recursion(calling("start > sub > end", forEach="[1]")) == []
    nodes = {
        "fork": {"parameters": {"forEach": "[1]", "joinNodeId": "join"}},
        "sub": {"parameters": {"sequenceId": "own"}},
    }
    assert recursion(sequence("start > fork > sub > join > end", nodes=nodes)) == []


def test_computed_sequence_is_not_judged() -> None:
    assert recursion(calling("start > sub > end", child="${'own'}")) == []


def test_recursion_by_way_of_others() -> None:
    document = calling("start > sub > end", child="b")
    assert recursion(document, b={"c"}, c={"own"}) == ["own → b → c → own"]
    assert recursion(document, b={"c"}, c={"b"}) == []
    assert recursion(document, b=set()) == []


def test_certain_children_are_what_is_stored() -> None:
    document = sequence(
        "start > sub1 > decide >[1 > 2]> sub2 > end",
        "decide > end",
        nodes={
            "sub1": {"parameters": {"sequenceId": "one"}},
            "sub2": {"parameters": {"sequenceId": "two"}},
        },
    )
    assert certain_subprocess_ids(parsed(document)) == {"one"}
