"""``forEach`` bodies: one way in, one way out, no end inside."""

from typing import Any

from tests.builders import sequence
from tests.unit.domain.validation.asking import brief, for_activation


def each(*paths: str, **joins: str) -> dict[str, Any]:
    """A sequence whose forks run a body for each item, up to the join that is named."""
    nodes = {
        fork: {"parameters": {"forEach": "[1, 2]", "joinNodeId": join}}
        for fork, join in (joins or {"fork": "join"}).items()
    }
    return sequence(*paths, nodes=nodes)


def test_bodies_that_are_right() -> None:
    for document in (
        each("start > fork > a > join > end"),
        each("start > fork > join > end"),
        each("start > fork > decide >[1 > 2]> a > join > end", "decide > b > join"),
        each("start > fork > a > join > end", "a >!error> b > join", "fork >!error> end"),
        each("start > fork > fork2 > a > join2 > join > end", "fork2 > b > join2"),
        each("start > fork > fork2 > a > join2 > join > end", fork="join", fork2="join2"),
    ):
        assert [one for one in for_activation(document) if one.severity == "error"] == []


def test_loop_inside_a_body_is_fine() -> None:
    document = each("start > fork > a > decide >[1 > 2]> a", "decide > join > end")
    assert {code for code, _ in brief(for_activation(document))} == {"CircularPath"}


def test_end_inside_a_body() -> None:
    document = each("start > fork > a > join > end", "a >!error> end2")
    assert brief(for_activation(document)) == [("EndInBody", "/transitions/4/targetNodeId")]


def test_way_out_of_a_body_beside_its_join() -> None:
    document = each("start > fork > a > join > end", "a >!error> b > end")
    assert brief(for_activation(document)) == [("BodyLeft", "/transitions/4/targetNodeId")]


def test_way_into_a_body_beside_its_fork() -> None:
    document = each("start > decide >[1 > 2]> fork > a > b > join > end", "decide > b")
    assert brief(for_activation(document)) == [("BodyEntered", "/transitions/6/sourceNodeId")]


def test_way_round_a_body_into_its_join() -> None:
    document = each("start > decide >[1 > 2]> fork > a > join > end", "decide > join")
    assert brief(for_activation(document)) == [("BodyEntered", "/transitions/5/sourceNodeId")]


def test_boundary_of_the_fork_is_no_way_in() -> None:
    document = each("start > fork > a > join > end", "fork >!error> a")
    assert brief(for_activation(document)) == [("BodyEntered", "/transitions/4/sourceNodeId")]


def test_way_back_to_the_fork_from_inside() -> None:
    document = each("start > fork > decide > join > end", "decide >[1 > 2]> fork")
    found = [one for one in brief(for_activation(document)) if one[0] != "CircularPath"]
    assert found == [("BodyRestarted", "/transitions/4/targetNodeId")]


def test_loop_around_a_whole_body_is_fine() -> None:
    document = each("start > fork > a > join > decide >[1 > 2]> fork", "decide > end")
    assert {code for code, _ in brief(for_activation(document))} == {"CircularPath"}


def test_two_bodies_may_not_share_a_join() -> None:
    document = each(
        "start > decide >[1 > 2]> fork > a > join > end",
        "decide > fork2 > b > join",
        fork="join",
        fork2="join",
    )
    assert ("JoinShared", "/nodes/6/parameters/joinNodeId") in brief(for_activation(document))
