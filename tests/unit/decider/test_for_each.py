"""``fork`` with ``forEach``: one token per item through a body of its own, brought together by the
closing join (SEMANTICS sections 2 and 3).
"""

from typing import Any

import pytest

from seriatim.domain import events as e
from seriatim.domain.decider.turn import NODE_RUNS_PER_STEP_MAX
from tests.builders import Driver, sequence
from tests.unit.decider.for_each import BODY, over


def inputs_of(driver: Driver, node_id: str) -> list[dict[str, Any]]:
    started = [x for x in driver.events if isinstance(x, e.NodeStarted) and x.node_id == node_id]
    return [x.inputs for x in started]


def runs_of(driver: Driver, node_id: str) -> dict[int | None, int]:
    """Numbers of the active runs of a node, by index."""
    return {r.index: r.number for r in driver.current.active.values() if r.node_id == node_id}


# -- one token per item ---------------------------------------------------------------------------


def test_each_item_goes_through_the_body_with_item_and_index() -> None:
    nodes = {"a": {"parameters": {"v": "${item.n}", "i": "${index}"}}}
    driver = over([{"n": 7}, {"n": 8}], nodes=nodes)
    assert inputs_of(driver, "a") == [{"v": 7, "i": 0}, {"v": 8, "i": 1}]
    driver.finish()
    assert driver.status == "succeeded"
    assert [driver.count_of(x) for x in ("fork", "join", "end")] == [1, 1, 1]


def test_outputs_are_in_the_order_of_the_items_whatever_the_order_of_completion() -> None:
    driver = over(["x", "y", "z"])
    runs = runs_of(driver, "a")
    for index in (2, 0, 1):
        driver.done_run(runs[index], {"n": index})
    assert driver.latest("join").outputs == {"items": [{"n": 0}, {"n": 1}, {"n": 2}]}


def test_an_empty_list_goes_straight_to_the_join() -> None:
    driver = over([])
    assert driver.status == "succeeded"
    assert driver.count_of("a") == 0
    assert driver.latest("join").outputs == {"items": []}


def test_a_body_may_be_a_single_transition() -> None:
    driver = over([1, 2], "start > fork > join > end")
    assert driver.status == "succeeded"
    assert driver.latest("join").outputs == {"items": [{}, {}]}


@pytest.mark.parametrize("items", [5, "abc", {"a": 1}, None])
def test_what_is_no_list_fails_the_fork(items: Any) -> None:
    driver = over(items, *BODY, "fork >!error> x > end")
    assert driver.active() == ["x"]
    assert driver.current.for_each.get(2) is None


def test_more_items_than_one_execution_takes_fail_the_fork_and_say_what_takes_more() -> None:
    driver = over(list(range(10_001)))
    assert driver.error_code == "Seriatim.PayloadTooLarge"
    assert driver.ended.error is not None
    assert "subprocess" in driver.ended.error.message


def test_conditions_of_the_fork_choose_the_body_of_each_item() -> None:
    paths = ("start > fork >[item > 1]> a > join > end", "fork >[item <= 1]> b > join")
    driver = over([1, 2, 3], *paths)
    assert sorted(driver.active()) == ["a", "a", "b", "fork"]
    driver.finish(a={"by": "a"}, b={"by": "b"})
    assert driver.latest("join").outputs["items"] == [{"by": "b"}, {"by": "a"}, {"by": "a"}]


def test_an_item_that_no_transition_takes_fails_the_fork_and_gives_up_the_others() -> None:
    driver = over([2, 1], "start > fork >[item > 1]> a > join > end", "fork >!error> x > end")
    assert driver.active() == ["x"]
    error = driver.latest("fork").error
    assert error is not None
    assert error.code == "Seriatim.NoTransition"
    assert len(driver.current.scopes) == 0


def test_several_branches_of_one_item_end_it_when_the_last_has_come() -> None:
    driver = over([1, 2], *BODY, "fork > b > join")
    driver.done("a", "a")
    assert driver.count_of("join") == 0
    driver.done("b", "b")
    assert driver.status == "succeeded"
    assert driver.count_of("join") == 1


# -- scopes ---------------------------------------------------------------------------------------


def test_each_item_has_node_runs_of_its_own() -> None:
    driver = over([1, 2], "start > fork > a > b > join > end")
    started = [x for x in driver.events if isinstance(x, e.NodeStarted) and x.node_id == "a"]
    assert [(x.run, x.index) for x in started] == [(1, 0), (1, 1)]
    runs = runs_of(driver, "a")
    driver.done_run(runs[1], {"n": 1})
    driver.done_run(runs_of(driver, "b")[1])
    driver.done_run(runs[0], {"n": 0})
    assert driver.latest("a").outputs in ({"n": 0}, {"n": 1})


def test_expressions_see_the_nodes_of_their_own_item() -> None:
    nodes = {"b": {"parameters": {"n": "${nodes.a.outputs.n}"}}}
    driver = over([1, 2], "start > fork > a > b > join > end", nodes=nodes)
    runs = runs_of(driver, "a")
    driver.done_run(runs[0], {"n": 10})
    driver.done_run(runs[1], {"n": 11})
    assert inputs_of(driver, "b") == [{"n": 10}, {"n": 11}]


def test_joins_inside_the_body_synchronise_within_one_item() -> None:
    paths = ("start > fork > fork2 > a > join2 > join > end", "fork2 > b > join2")
    driver = over([1, 2], *paths)
    a, b = runs_of(driver, "a"), runs_of(driver, "b")
    driver.done_run(a[0])
    driver.done_run(b[1])
    assert driver.count_of("join2") == 0
    driver.done_run(b[0])
    assert driver.count_of("join2") == 1
    driver.done_run(a[1])
    assert driver.status == "succeeded"


def test_decisions_and_loops_inside_the_body() -> None:
    paths = (
        "start > fork > a > decide >[nodes.a.outputs.again]> a",
        "decide > join > end",
    )
    driver = over([1, 2], *paths)
    runs = runs_of(driver, "a")
    driver.done_run(runs[0], {"again": True})
    driver.done_run(runs[1], {"again": False})
    assert driver.count_of("a") == 3
    driver.done("a", result={"again": False})
    assert driver.status == "succeeded"


def test_the_guard_of_node_runs_counts_per_item() -> None:
    document = sequence(
        "start > fork > a > join > end",
        nodes={"fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}}},
        maxNodeRuns=2,
    )
    driver = Driver(document, {"xs": [1, 2, 3]})
    driver.finish()
    assert driver.status == "succeeded"
    document = sequence(
        "start > fork > a > decide >[true]> a",
        "decide > join > end",
        nodes={"fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}}},
        maxNodeRuns=2,
    )
    driver = Driver(document, {"xs": [1, 2]})
    driver.finish()
    assert driver.error_code == "Seriatim.LoopLimit"


def test_a_loop_around_the_fork_gives_new_items_each_time() -> None:
    driver = over(
        [1, 2],
        "start > fork > a > join > b > decide >[nodes.b.outputs.again]> fork",
        "decide > end",
    )
    driver.done("a", "a")
    driver.done("b", result={"again": True})
    assert driver.active() == ["fork", "a", "a"]
    driver.done("a", "a")
    driver.done("b", result={"again": False})
    assert driver.status == "succeeded"
    assert (driver.count_of("a"), driver.count_of("join")) == (4, 2)


# -- nested ---------------------------------------------------------------------------------------


def nested(items: list[list[int]], **inner: Any) -> Driver:
    parameters = {"forEach": "item", "joinNodeId": "join2", **inner}
    return over(
        items,
        "start > fork > fork2 > a > join2 > join > end",
        nodes={
            "fork2": {"parameters": parameters},
            "a": {"parameters": {"v": "${item}", "i": "${index}"}},
        },
    )


def test_a_body_may_hold_another() -> None:
    driver = nested([[1, 2], [], [3]])
    assert inputs_of(driver, "a") == [{"v": 1, "i": 0}, {"v": 2, "i": 1}, {"v": 3, "i": 0}]
    while "a" in driver.active():
        run = driver.run_of("a")
        driver.done_run(run.number, run.inputs)
    assert driver.status == "succeeded"
    assert driver.latest("join").outputs["items"] == [
        {"items": [{"v": 1, "i": 0}, {"v": 2, "i": 1}]},
        {"items": []},
        {"items": [{"v": 3, "i": 0}]},
    ]
    assert len(driver.current.scopes) == len(driver.current.live) == 0


def test_each_inner_fork_counts_its_own_concurrency() -> None:
    driver = nested([[1, 2], [3, 4]], maxConcurrency=1)
    assert [x["v"] for x in inputs_of(driver, "a")] == [1, 3]
    driver.done("a")
    assert [x["v"] for x in inputs_of(driver, "a")] == [1, 3, 2]


# -- maxConcurrency -------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 5])
def test_no_more_items_run_at_once_than_may(most: int) -> None:
    driver = over([1, 2, 3, 4], maxConcurrency=most)
    seen = []
    while "a" in driver.active():
        seen.append(driver.active().count("a"))
        driver.done("a")
    assert max(seen) == min(most, 4)
    assert driver.status == "succeeded"


def test_the_concurrency_may_be_computed() -> None:
    driver = over([1, 2, 3], maxConcurrency="${len(xs) - 1}")
    assert driver.active().count("a") == 2


@pytest.mark.parametrize("most", [0, -1, 1.5, True, "2"])
def test_a_concurrency_that_is_no_whole_number_fails_the_fork(most: Any) -> None:
    driver = over([1, 2], maxConcurrency=most)
    assert driver.error_code == "Seriatim.TypeMismatch"


# -- many -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["join", "decide > join", "fork2 > decide > join"])
def test_a_step_begins_a_bounded_number_of_items(body: str) -> None:
    driver = over(list(range(1_000)), f"start > fork > {body} > end")
    assert driver.status == "succeeded"
    assert max(len(step.events) for step in driver.steps) <= 4 * NODE_RUNS_PER_STEP_MAX
    assert len(driver.latest("join").outputs["items"]) == 1_000


def test_a_thousand_items_are_no_more_work_each_than_ten() -> None:
    driver = over(list(range(1_000)), "start > fork > join > end")
    assert driver.status == "succeeded"
    assert len(driver.steps) <= 1_000 / NODE_RUNS_PER_STEP_MAX + 2
