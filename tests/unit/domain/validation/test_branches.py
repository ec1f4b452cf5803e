"""Warnings about branches: never joined, ended while others run, joins in a ring."""

from tests.builders import sequence
from tests.unit.domain.validation.asking import brief, for_activation, only, the


def test_branches_that_join_are_fine() -> None:
    for document in (
        sequence("start > fork > a > join > end", "fork > b > join"),
        sequence(
            "start > fork > fork2 > a > join2 > join > end", "fork2 > b > join2", "fork > c > join"
        ),
        sequence("start > fork > a > join > end", "fork > join"),
        sequence("start > fork > a > end"),
    ):
        assert for_activation(document) == []


def test_branches_that_never_join() -> None:
    document = sequence("start > fork > a > end", "fork > b > end2")
    found = the(for_activation(document))
    assert (found.code, found.severity, found.node_id) == ("ForkNeverJoins", "warning", "fork")


def test_merge_is_no_join() -> None:
    document = sequence("start > fork > a > c > end", "fork > b > c")
    assert brief(for_activation(document)) == [("ForkNeverJoins", "/nodes/1")]


def test_branch_that_may_end_while_others_run() -> None:
    document = sequence(
        "start > fork > decide >[1 > 2]> join > end", "decide > end2", "fork > b > join"
    )
    found = the(for_activation(document))
    assert (found.code, found.node_id, found.path) == ("EndWhileOthersRun", "end2", "/nodes/5")


def test_caught_failure_that_ends_beside_other_branches() -> None:
    document = sequence("start > fork > a > join > end", "fork > b > join", "a >!error> end2")
    assert brief(for_activation(document)) == [("EndWhileOthersRun", "/nodes/6")]


def test_end_that_terminates_means_it() -> None:
    document = sequence(
        "start > fork > a > join > end",
        "fork > b > join",
        "a >!error> end2",
        nodes={"end2": {"parameters": {"terminate": True}}},
    )
    assert for_activation(document) == []


def test_end_behind_the_join_is_fine_though_a_branch_forks_again() -> None:
    document = sequence(
        "start > fork > fork2 > a > join > end", "fork2 > b > join", "fork > c > join"
    )
    assert for_activation(document) == []


RING = (
    "start > fork > join1 > decide1 >[1 > 2]> join2 > decide2 >[1 > 2]> join1",
    "fork > join2",
    "decide1 > end",
    "decide2 > end",
)


def test_joins_that_may_wait_for_each_other() -> None:
    found = the(only(for_activation(sequence(*RING)), "JoinCycle"))
    assert (found.severity, found.node_id) == ("warning", "join1")
    assert "join1, join2" in found.message


def test_join_that_takes_the_first_waits_for_none() -> None:
    document = sequence(*RING, nodes={"join2": {"parameters": {"mode": "any"}}})
    assert only(for_activation(document), "JoinCycle") == []


def test_blocks_one_after_the_other_in_a_loop_do_not_wait_for_each_other() -> None:
    document = sequence(
        "start > fork1 > a > join1 > fork2 > c > join2 > decide >[1 > 2]> fork1",
        "fork1 > b > join1",
        "fork2 > d > join2",
        "decide > end",
    )
    assert only(for_activation(document), "JoinCycle") == []


def test_nested_blocks_in_a_loop_do_not_wait_for_each_other() -> None:
    document = sequence(
        "start > fork1 > fork2 > a > join2 > join1 > decide >[1 > 2]> fork1",
        "fork2 > b > join2",
        "fork1 > c > join1",
        "decide > end",
    )
    assert only(for_activation(document), "JoinCycle") == []
