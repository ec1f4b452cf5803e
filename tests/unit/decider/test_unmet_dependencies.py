"""Dependencies that can not be met any more are found out, directly and through joins (SEMANTICS
section 4).
"""

from typing import Any

from tests.builders import Driver, sequence

Nodes = dict[str, Any]

BRANCHES = ("start > fork > a > end", "fork > b > end2")
JOINED = ("start > fork > a > join > x > end", "fork > b > join", "fork > c > end2")


def needs(node: str) -> Nodes:
    """A node document that depends on another."""
    return {"dependencies": [{"nodeId": node}]}


def unsatisfiable(driver: Driver, node_id: str = "b") -> bool:
    error = driver.latest(node_id).error
    return error is not None and error.code == "Seriatim.DependencyUnsatisfiable"


def test_the_failure_of_the_other_node_makes_it_unsatisfiable() -> None:
    driver = Driver(sequence(*BRANCHES, "a >!error> x > end", nodes={"b": needs("a")}))
    driver.fails("a")
    assert unsatisfiable(driver)
    assert driver.error_code == "Seriatim.DependencyUnsatisfiable"
    assert driver.ended.error is not None
    assert "'a'" in driver.ended.error.message


def test_an_error_transition_catches_it() -> None:
    document = sequence(
        *BRANCHES, "a >!error> x > end", "b >!error> y > end2", nodes={"b": needs("a")}
    )
    driver = Driver(document)
    driver.fails("a")
    assert sorted(driver.active()) == ["x", "y"]


def test_a_node_that_failed_but_may_run_again_is_waited_for() -> None:
    document = sequence(*BRANCHES, "a >!error> x > a", nodes={"b": needs("a")})
    driver = Driver(document)
    driver.fails("a")
    assert driver.run_of("b").status == "waiting"
    driver.done("x")
    driver.done("a")
    assert driver.run_of("b").status == "running"


def test_a_node_that_a_decision_has_bypassed_is_not_waited_for_for_ever() -> None:
    document = sequence(
        "start > fork > x > decide >[nodes.x.outputs.go]> a > end",
        "decide > end",
        "fork > b > end2",
        nodes={"b": needs("a")},
    )
    driver = Driver(document)
    assert driver.run_of("b").status == "waiting"
    driver.done("x", result={"go": False})
    assert unsatisfiable(driver)


def test_a_node_behind_the_one_that_waits_can_not_be_waited_for() -> None:
    driver = Driver(sequence("start > b > a > end", nodes={"b": needs("a")}))
    assert unsatisfiable(driver)


def test_two_that_wait_for_what_is_behind_the_other_are_found_out() -> None:
    document = sequence(
        "start > fork > a > x > end",
        "fork > b > y > end2",
        "b >!error> end2",
        nodes={"a": needs("y"), "b": needs("x")},
    )
    driver = Driver(document)
    assert unsatisfiable(driver, "a")
    assert driver.error_code == "Seriatim.DependencyUnsatisfiable"


def test_a_node_that_waits_for_what_is_behind_a_join_that_waits_for_it_is_found_out() -> None:
    document = sequence(
        "start > fork > a > join > x > end",
        "fork > b > join",
        "b >!error> end2",
        nodes={"b": needs("x")},
    )
    driver = Driver(document)
    assert driver.run_of("b").status == "waiting"
    driver.done("a")
    assert unsatisfiable(driver)
    assert driver.active() == ["x"]


def test_a_join_that_can_act_without_the_one_that_waits_is_no_reason_to_fail() -> None:
    document = sequence(
        "start > fork > a > join > x > end",
        "fork > b > join",
        "fork > c > join",
        nodes={"b": needs("x"), "join": {"parameters": {"mode": "count", "count": 2}}},
    )
    driver = Driver(document)
    driver.done("a")
    assert driver.run_of("b").status == "waiting"
    driver.done("c")
    driver.done("x")
    driver.done("b")
    assert driver.status == "succeeded"


def test_through_two_joins() -> None:
    document = sequence(
        "start > fork > a > join1 > join2 > x > end",
        "fork > b > join1",
        "b >!error> end2",
        "fork > c > join2",
        nodes={"b": needs("x")},
    )
    driver = Driver(document)
    driver.done("a")
    assert driver.run_of("b").status == "waiting"
    driver.done("c")
    assert unsatisfiable(driver)
    driver.done("x")
    assert driver.status == "succeeded"


def test_a_join_that_waits_for_what_is_behind_it_is_found_out() -> None:
    driver = Driver(sequence(*JOINED, nodes={"join": needs("x")}))
    driver.done("a", "b")
    assert unsatisfiable(driver, "join")


def test_a_wait_for_the_outside_is_no_reason_to_fail() -> None:
    document = sequence(
        "start > fork > signal > a > end",
        "fork > b > end2",
        nodes={"signal": {"parameters": {"signalName": "go"}}, "b": needs("a")},
    )
    driver = Driver(document)
    driver.pass_time(3_600_000)
    assert driver.status == "waiting"
    driver.signal("go")
    driver.done("a", "b")
    assert driver.status == "succeeded"


def test_under_finish_branches_what_a_failed_branch_would_have_brought_is_not_waited_for() -> None:
    document = sequence(*JOINED, nodes={"c": needs("x")}, failurePolicy="finish_branches")
    driver = Driver(document)
    driver.fails("b", "Broken")
    driver.done("a")
    assert unsatisfiable(driver, "c")
    assert driver.error_code == "Broken"


def test_outside_a_body_without_items_a_node_inside_can_not_be_met() -> None:
    document = sequence(
        "start > fork0 > fork > a > join > x > end",
        "fork0 > b > end2",
        nodes={
            "fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}},
            "b": needs("a"),
        },
    )
    driver = Driver(document, {"xs": []})
    assert unsatisfiable(driver)


def test_a_dependency_that_is_unmet_once_more_is_seen_to_be_stuck_at_once() -> None:
    """``w`` waits for ``b`` alone, until ``a`` runs again and its token comes to wait for ``t``,
    which ``w`` would bring: nothing can come of that, though ``b`` still runs.
    """
    succeeded = {"type": "blocking", "on": "succeeded"}
    driver = Driver(
        sequence(
            "start > fork > w > t > end",
            "fork > a > decide > c > end2",
            "decide >[again]> a",
            "a >!error> x > a",
            "fork > b > end3",
            nodes={
                "w": {"dependencies": [{"nodeId": n, **succeeded} for n in ("a", "b")]},
                "x": {"dependencies": [{"nodeId": "t", **succeeded}]},
            },
            variables=[{"name": "again", "defaultValue": True}],
        )
    )
    driver.done("a")
    assert driver.active() == ["w", "b", "a"]
    driver.fails("a")
    assert driver.error_code == "Seriatim.DependencyUnsatisfiable"
