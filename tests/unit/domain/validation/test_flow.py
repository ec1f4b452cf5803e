"""Activation: every node can be reached and left, leads to an end, and knows which way."""

from typing import Any

import pytest

from tests.builders import sequence
from tests.unit.domain.validation.asking import brief, for_activation, the


def test_main_path_has_no_problem() -> None:
    document = sequence("start > decide >[total > 5]> a > end", "decide > b > end")
    document["variables"] = [{"name": "total"}]
    assert for_activation(document) == []


def test_unreachable_nodes_are_named_one_by_one() -> None:
    document = sequence("start > a > end", "b > c > end")
    found = for_activation(document)
    assert brief(found) == [("UnreachableNode", "/nodes/3"), ("UnreachableNode", "/nodes/4")]
    assert [one.node_id for one in found] == ["b", "c"]


def test_node_that_leads_nowhere() -> None:
    document = sequence("start > fork > a > end", "fork > b")
    assert ("NoOutgoingTransition", "/nodes/4") in brief(for_activation(document))


def test_nodes_from_which_no_end_can_be_reached() -> None:
    document = sequence("start > decide >[1 > 2]> a > b > a", "decide > end")
    assert brief(for_activation(document))[:2] == [
        ("NoEndReachable", "/nodes/2"),
        ("NoEndReachable", "/nodes/3"),
    ]


def test_decision_needs_a_default_path() -> None:
    document = sequence("start > decide >[1 > 2]> a > end", "decide >[2 > 1]> b > end")
    found = the(for_activation(document))
    assert (found.code, found.path, found.node_id) == ("NoDefaultPath", "/nodes/1", "decide")


def test_error_transition_is_no_default_path() -> None:
    document = sequence("start > decide >[1 > 2]> a > end", "decide >!error> end")
    assert brief(for_activation(document)) == [("NoDefaultPath", "/nodes/1")]


def test_several_unconditional_transitions_need_a_fork() -> None:
    document = sequence("start > a > end", "a > b > end")
    found = the(for_activation(document))
    assert (found.code, found.path) == ("SeveralDefaultPaths", "/transitions/2")
    assert (found.node_id, found.transition_id) == ("a", "a-b")


def test_several_unconditional_error_transitions_need_conditions() -> None:
    document = sequence("start > a > end", "a >!error> b > end", "a >!error> c > end")
    assert brief(for_activation(document)) == [("SeveralDefaultPaths", "/transitions/4")]


def test_boundaries_need_no_conditions() -> None:
    document = sequence("start > a > end", "a >!timer> b > end", "a >!timer> end")
    document["transitions"][2]["afterSeconds"] = 1
    document["transitions"][4]["afterSeconds"] = 2
    assert for_activation(document) == []


def test_node_without_a_way_on_success_is_warned_of() -> None:
    document = sequence("start > a >!error> end")
    found = the(for_activation(document))
    assert (found.code, found.severity) == ("NoSuccessTransition", "warning")


def test_deferred_choice_needs_no_way_on_success() -> None:
    document = sequence("start > wait >!timer> end", "wait >!signal> a > end")
    document["transitions"][1] |= {"afterSeconds": 60}
    document["transitions"][2] |= {"signalName": "go"}
    assert for_activation(document) == []


@pytest.mark.parametrize("broken", [{"nodes": []}, {"transitions": []}])
def test_nothing_is_said_twice_of_what_is_not_there(broken: dict[str, Any]) -> None:
    found = brief(for_activation(sequence("start > end") | broken))
    assert len(found) == len(set(found))
    assert found
