"""Joins that wait for joins: in lines, in rings, wide and deep (SEMANTICS section 3)."""

import pytest

from seriatim.domain import events as e
from tests.builders import Driver, sequence


def test_a_token_parked_at_another_join_counts_as_coming() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join1 > join2 > end",
            "fork > b > join1",
            "fork > c > join2",
        )
    )
    driver.done("c", "a")
    assert driver.count_of("join2") == 0
    driver.done("b")
    assert driver.order()[-3:] == ["join1", "join2", "end"]


def ring(*more: str, order: tuple[str, str] = ("join1", "join2")) -> Driver:
    """Two joins, each with a token of its own and a gap that only the other one could fill."""
    first, second = order
    paths = {
        "join1": "fork > a > join1 > x > decide1 >[false]> join2",
        "join2": "fork > b > join2 > y > decide2 >[false]> join1",
    }
    return Driver(
        sequence(
            "start > fork",
            paths[first],
            paths[second],
            "decide1 > end",
            "decide2 > end",
            *more,
        )
    )


@pytest.mark.parametrize("order", [("join1", "join2"), ("join2", "join1")])
@pytest.mark.parametrize("tasks", [("a", "b"), ("b", "a")])
def test_of_a_ring_of_joins_the_first_in_document_order_acts(
    order: tuple[str, str], tasks: tuple[str, str]
) -> None:
    driver = ring(order=order)
    document = [node["id"] for node in driver.plan.document["nodes"]]
    first = min(("join1", "join2"), key=document.index)
    driver.done(*tasks)
    assert [x for x in driver.order() if x.startswith("join")] == [first]
    driver.finish()
    assert driver.status == "succeeded"
    assert driver.count_of("join1") == driver.count_of("join2") == 1


def test_a_ring_does_not_act_while_an_unparked_token_could_come() -> None:
    driver = ring("fork > c > d > join1", "c >!error> end")
    driver.done("a", "b")
    assert driver.active() == ["c"]
    driver.fails("c")
    assert [x for x in driver.order() if x.startswith("join")] == ["join1"]


def test_a_ring_does_not_act_while_it_waits_for_a_join_outside() -> None:
    driver = ring("fork > c > join3 > decide3 >[false]> join1", "fork > d > join3", "decide3 > end")
    driver.done("a", "b", "c")
    assert [x for x in driver.order() if x.startswith("join")] == []
    driver.done("d")
    assert [x for x in driver.order() if x.startswith("join")] == ["join3", "join1"]


def test_a_join_that_waits_for_a_ring_is_no_part_of_it() -> None:
    driver = Driver(
        sequence(
            "start > fork > c > join0 > end",
            "fork > a > join1 > x > decide1 >[false]> join2",
            "fork > b > join2 > y > decide2 >[false]> join1",
            "decide1 > join0",
            "decide2 > join0",
        )
    )
    driver.done("c", "a", "b")
    assert [x for x in driver.order() if x.startswith("join")] == ["join1"]
    driver.finish()
    assert driver.status == "succeeded"
    assert [x for x in driver.order() if x.startswith("join")] == ["join1", "join2", "join0"]


def test_a_ring_of_three() -> None:
    driver = Driver(
        sequence(
            "start > fork",
            "fork > a > join1 > decide1 >[false]> join2",
            "fork > b > join2 > decide2 >[false]> join3",
            "fork > c > join3 > decide3 >[false]> join1",
            "decide1 > end",
            "decide2 > end",
            "decide3 > end",
        )
    )
    driver.done("c", "b")
    assert [x for x in driver.order() if x.startswith("join")] == []
    driver.done("a")
    assert driver.status == "succeeded"
    assert [x for x in driver.order() if x.startswith("join")] == ["join1", "join2", "join3"]


def test_joins_without_gaps_act_before_those_with() -> None:
    """``join1`` could fire with its gap, but first in document order is not first to act."""
    driver = Driver(
        sequence(
            "start > fork > a > join1 > end",
            "fork > b > decide >[true]> join2 > end",
            "decide > join1",
            "fork > c > join2",
        )
    )
    driver.done("a", "c")
    driver.done("b")
    assert [x for x in driver.order() if x.startswith("join")] == ["join2", "join1"]


# -- width and depth ------------------------------------------------------------------------------


def test_a_join_of_1100_branches() -> None:
    names = [f"t{n}" for n in range(1_100)]
    driver = Driver(
        sequence("start > fork", *(f"fork > {name} > join" for name in names), "join > end")
    )
    assert len(driver.active()) == 1_100
    for task in reversed(driver.open_tasks):
        assert driver.current.ends_reached == 0
        driver.done_run(task.number)
    assert driver.status == "succeeded"
    [fired] = [x for x in driver.events if isinstance(x, e.NodeStarted) and x.consumed]
    assert len(fired.consumed) == 1_100


def test_a_hundred_joins_in_each_other() -> None:
    depth = 100
    paths = ["start > fork0"]
    for n in range(depth):
        paths.append(f"fork{n} > side{n} > join{n}")
        inner = f"fork{n + 1}" if n + 1 < depth else "middle"
        paths.append(f"fork{n} > {inner}")
        outer = f"join{n - 1}" if n else "end"
        paths.append(f"join{n} > {outer}")
    paths.append(f"middle > join{depth - 1}")
    driver = Driver(sequence(*paths))
    for n in range(depth):
        driver.done(f"side{n}")
    assert driver.active() == ["middle"]
    driver.done("middle")
    assert driver.status == "succeeded"
    assert [x for x in driver.order() if x.startswith("join")] == [
        f"join{n}" for n in reversed(range(depth))
    ]
