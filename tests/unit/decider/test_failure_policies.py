"""Failure policies that let other branches run on: ``finish_branches`` and ``incident``."""

from typing import Any

import pytest

from seriatim.domain import events as e
from seriatim.domain import join_events as j
from seriatim.domain import messages as m
from tests.builders import Driver, sequence

# -- finish_branches ------------------------------------------------------------------------------


def lenient(*paths: str, **more: Any) -> Driver:
    return Driver(sequence(*paths, failurePolicy="finish_branches", **more))


def test_finish_branches_lets_the_others_run_to_their_ends() -> None:
    driver = lenient("start > fork > a > end", "fork > b > c > end2")
    driver.fails("a", "Bad")
    assert (driver.status, driver.active()) == ("running", ["b"])
    driver.done("b")
    driver.done("c", result={"x": 1})
    assert (driver.status, driver.error_code) == ("failed", "Bad")
    assert driver.count_of("end2") == 1


def test_the_first_failure_is_the_one_that_the_execution_ends_with() -> None:
    driver = lenient("start > fork > a > end", "fork > b > end")
    driver.fails("b", "First")
    driver.fails("a", "Second")
    assert driver.error_code == "First"
    assert [error.code for _, _, error in driver.current.errors] == ["First", "Second"]


def test_a_join_that_the_failed_token_could_have_reached_does_not_fire() -> None:
    driver = lenient("start > fork > a > x > join > b > end", "fork > c > join", "fork > d > end2")
    driver.fails("a", "Bad")
    driver.done("c")
    assert driver.active() == ["d"]
    assert not any(isinstance(x, j.TokensDropped) for x in driver.events)
    driver.done("d")
    assert driver.status == "failed"
    assert driver.count_of("join") == driver.count_of("b") == 0
    assert [node_id for _, node_id in driver.current.parked] == ["join"]


def test_a_join_without_gaps_does_not_fire_either_if_it_could_have_got_the_failed_token() -> None:
    """A loop brings a second token to the transition on which the first one waits."""
    driver = lenient(
        "start > fork > a > merge > join > end",
        "fork > b > merge",
        "fork > c > join",
    )
    driver.done("a")
    driver.done("merge")
    driver.fails("b")
    driver.done("c")
    assert driver.status == "failed"
    assert driver.count_of("join") == 0


def test_a_join_that_the_failed_token_could_not_have_reached_fires() -> None:
    driver = lenient(
        "start > fork > a > end", "fork > fork2 > b > join > d > end2", "fork2 > c > join"
    )
    driver.fails("a")
    driver.done("b", "c", "d")
    assert driver.status == "failed"
    assert driver.count_of("end2") == 1


def test_a_join_fed_by_an_error_path_counts_as_reachable() -> None:
    driver = lenient("start > fork > a > end", "a >!error> fix > join > end2", "fork > b > join")
    driver.fails("a", "Bad")
    driver.done("b")
    assert driver.active() == ["fix"]
    driver.done("fix")
    assert driver.status == "succeeded"


def test_under_finish_branches_a_caught_failure_is_none() -> None:
    driver = lenient("start > fork > a > join > end", "a >!error> join", "fork > b > join")
    driver.fails("a")
    driver.done("b")
    assert driver.status == "succeeded"
    assert driver.count_of("join") == 1


def test_while_another_branch_waits_nothing_is_dropped() -> None:
    driver = lenient(
        "start > fork > a > join > end",
        "fork > b > join",
        "fork > signal > end2",
        nodes={"signal": {"parameters": {"signalName": "go"}}},
    )
    driver.fails("a")
    driver.done("b")
    assert driver.status == "waiting"
    driver.signal("go")
    assert driver.status == "failed"


def test_a_failure_alone_ends_the_execution() -> None:
    driver = lenient("start > a > end")
    driver.fails("a", "Bad")
    assert driver.error_code == "Bad"
    assert driver.current.ends_reached == 0


def test_joins_behind_a_join_that_cannot_fire_do_not_fire_either() -> None:
    driver = lenient(
        "start > fork > a > join1 > x > join2 > end",
        "fork > b > join1",
        "fork > c > join2",
    )
    driver.fails("a")
    driver.done("b", "c")
    assert driver.status == "failed"
    assert {node_id for _, node_id in driver.current.parked} == {"join1", "join2"}
    assert driver.count_of("join1") == driver.count_of("join2") == 0


def test_every_kind_of_failure_can_be_left_to_the_other_branches() -> None:
    driver = lenient("start > fork > decide >[false]> end", "fork > b > end")
    assert driver.active() == ["b"]
    driver.done("b")
    assert driver.error_code == "Seriatim.NoTransition"


# -- finish_branches and forEach ------------------------------------------------------------------


def each(*body: str, items: str = "[1, 2, 3]", **more: Any) -> Driver:
    """A ``forEach`` over three items under ``finish_branches``."""
    parameters = {"forEach": items, "joinNodeId": "join"}
    nodes = {"fork": {"parameters": parameters}} | more.pop("nodes", {})
    return lenient("start > fork", *(body or ("fork > a > join > b > end",)), nodes=nodes, **more)


def test_a_failed_item_lets_the_others_end_and_then_fails_the_execution() -> None:
    driver = each()
    driver.fails("a", "Bad")
    driver.done("a")
    assert driver.status == "running"
    driver.done("a")
    assert (driver.status, driver.error_code) == ("failed", "Bad")
    assert driver.latest("fork").status == "cancelled"
    assert driver.count_of("join") == driver.count_of("b") == 0


def test_a_failed_item_holds_up_the_joins_of_its_own_item_alone() -> None:
    driver = each("fork > fork2 > a > join2 > join > end", "fork2 > c > join2")
    driver.fails("a", "Bad")
    driver.done("c", "a", "c")
    assert driver.count_of("join2") == 1
    driver.done("a", "c")
    assert driver.count_of("join2") == 2
    assert (driver.status, driver.error_code) == ("failed", "Bad")


def test_after_a_failed_item_not_even_a_join_that_has_enough_fires() -> None:
    driver = each(nodes={"join": {"parameters": {"mode": "count", "count": 2}}})
    driver.fails("a", "Bad")
    driver.done("a", "a")
    assert driver.error_code == "Bad"
    assert driver.count_of("join") == 0


def test_the_branch_beside_a_failed_item_runs_to_its_end() -> None:
    driver = each("fork > a > join > end", items="[1]", nodes={})
    driver.fails("a")
    assert driver.status == "failed"
    driver = lenient(
        "start > split > fork > a > join > end",
        "split > c > d > end2",
        nodes={
            "split": {"type": "fork"},
            "fork": {"parameters": {"forEach": "[1]", "joinNodeId": "join"}},
        },
    )
    driver.fails("a", "Bad")
    driver.done("c")
    driver.done("d")
    assert (driver.error_code, driver.count_of("end2")) == ("Bad", 1)


def test_a_caught_failure_of_an_item_is_none() -> None:
    driver = each("fork > a > join > end", "a >!error> fix > join")
    driver.fails("a")
    driver.done("fix", "a", "a")
    assert driver.status == "succeeded"


def test_a_dependency_behind_a_join_that_cannot_fire_any_more_is_unsatisfiable() -> None:
    document = sequence(
        "start > fork > a > join > x > end",
        "fork > b > join",
        "fork > d > end",
        "d >!error> fix > end",
        nodes={"d": {"dependencies": [{"nodeId": "x", "type": "blocking"}]}},
        failurePolicy="finish_branches",
    )
    driver = Driver(document)
    driver.fails("a", "Bad")
    driver.done("b")
    error = driver.latest("d").error
    assert error is not None
    assert error.code == "Seriatim.DependencyUnsatisfiable"
    driver.done("fix")
    assert driver.error_code == "Bad"


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_failed_item_makes_room_for_the_others(at_once: int) -> None:
    parameters = {"forEach": "[1, 2, 3, 4]", "joinNodeId": "join", "maxConcurrency": at_once}
    driver = each(nodes={"fork": {"parameters": parameters}})
    assert driver.count_of("a") == at_once
    driver.fails("a", "Bad")
    assert driver.count_of("a") == at_once + 1
    while "a" in driver.active():
        driver.done("a")
    assert driver.count_of("a") == 4
    assert driver.error_code == "Bad"


def test_an_item_of_which_a_branch_still_runs_makes_no_room_yet() -> None:
    parameters = {"forEach": "[1, 2]", "joinNodeId": "join", "maxConcurrency": 1}
    driver = each(
        "fork > fork2 > a > join2 > join > end",
        "fork2 > c > join2",
        nodes={"fork": {"parameters": parameters}},
    )
    driver.fails("a", "Bad")
    assert driver.count_of("a") == 1
    driver.done("c")
    assert driver.count_of("a") == 2


def test_an_item_whose_failure_is_in_a_list_within_it_makes_room_too() -> None:
    lists = {"forEach": "[[1, 2], [3]]", "joinNodeId": "join", "maxConcurrency": 1}
    inner = {"forEach": "item", "joinNodeId": "join2"}
    driver = each(
        "fork > fork2 > a > join2 > c > join > end",
        nodes={"fork": {"parameters": lists}, "fork2": {"parameters": inner}},
    )
    driver.fails("a", "Bad")
    assert driver.count_of("fork2") == 1, "its other inner item still runs"
    driver.done("a")
    assert driver.count_of("fork2") == 2
    driver.done("a")
    driver.done("c")
    assert (driver.error_code, driver.count_of("c")) == ("Bad", 1)


def test_an_item_in_which_a_join_is_about_to_fire_makes_no_room_yet() -> None:
    parameters = {"forEach": "[1, 2]", "joinNodeId": "join", "maxConcurrency": 1}
    driver = each(
        "fork > fork2 > a > join > end",
        "fork2 > fork3 > b > join3 > d > join",
        "fork3 > c > join3",
        nodes={"fork": {"parameters": parameters}},
    )
    driver.fails("a", "Bad")
    driver.done("b")
    driver.done("c")
    assert (driver.count_of("d"), driver.count_of("a")) == (1, 1)
    driver.done("d")
    assert driver.count_of("a") == 2


def test_what_depends_on_the_end_of_a_body_with_a_failed_item_fails_in_the_end() -> None:
    """The fork waits for its items, the node for what follows the fork: neither moves any more."""
    document = sequence(
        "start > split > fork > a > join > b > end",
        "split > d > end",
        "d >!error> fix > end",
        nodes={
            "split": {"type": "fork"},
            "fork": {"parameters": {"forEach": "[1, 2]", "joinNodeId": "join"}},
            "d": {"dependencies": [{"nodeId": "b", "type": "blocking"}]},
        },
        failurePolicy="finish_branches",
    )
    driver = Driver(document)
    driver.fails("a", "Bad")
    assert driver.active() == ["fork", "d", "a"]
    driver.done("a")
    assert driver.active() == ["fork", "fix"]
    driver.done("fix")
    assert driver.latest("fork").status == "cancelled"
    assert (driver.status, driver.error_code) == ("failed", "Bad")


# -- incident -------------------------------------------------------------------------------------


def test_a_dependency_that_cannot_be_met_becomes_an_incident_once() -> None:
    document = sequence(
        "start > a > b > end",
        "a >[false]> c > end",
        nodes={"b": {"dependencies": [{"nodeId": "c", "type": "blocking"}]}},
        failurePolicy="incident",
    )
    driver = Driver(document)
    driver.done("a")
    assert [x.node_id for x in driver.events if isinstance(x, e.IncidentRaised)] == ["b"]
    driver.send(m.NodeOrder(node_id="b", action="skip"))
    assert driver.status == "succeeded"


def test_a_condition_that_fails_becomes_an_incident_once() -> None:
    document = sequence(
        "start > wait > end",
        nodes={"wait": {"parameters": {"until": "1 / x > 0"}}},
        variables=[{"name": "x", "type": "integer", "defaultValue": 0}],
        failurePolicy="incident",
    )
    driver = Driver(document)
    driver.send(m.VariablesUpdate(values={"x": 1}))
    driver.send(m.VariablesUpdate(values={"x": 0}))
    assert len([x for x in driver.events if isinstance(x, e.IncidentRaised)]) == 1
    driver.send(m.NodeOrder(node_id="wait", action="complete", outputs={"y": 1}))
    assert driver.status == "succeeded"
