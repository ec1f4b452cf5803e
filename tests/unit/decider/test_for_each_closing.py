"""The join that closes a ``forEach`` body, and what failures, boundaries and cancelling make of the
items (SEMANTICS sections 2 and 3).
"""

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from tests.builders import Driver, sequence
from tests.unit.decider.for_each import BODY, Nodes, over

# -- the closing join -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["all", "gather"])
def test_all_and_gather_wait_for_every_item(mode: str) -> None:
    driver = over([1, 2], join={"mode": mode})
    driver.done("a")
    assert driver.count_of("join") == 0
    driver.done("a")
    assert driver.status == "succeeded"


@pytest.mark.parametrize(
    ("join", "needed"),
    [
        ({"mode": "any"}, 1),
        ({"mode": "count", "count": 2}, 2),
        ({"mode": "count", "count": "expected - 1"}, 2),
        ({"mode": "expression", "completeWhen": "len(arrived) * 3 >= expected * 2"}, 2),
    ],
)
def test_a_closing_join_counts_items_and_absorbs_the_others(join: Nodes, needed: int) -> None:
    driver = over([1, 2, 3], "start > fork > a > join > x > end", join=join)
    for n in range(needed):
        assert driver.count_of("join") == 0
        driver.done("a", result={"n": n})
    assert driver.count_of("join") == 1
    assert driver.active() == ["a"] * (3 - needed) + ["x"]
    found = driver.latest("join").outputs["items"]
    assert found == [{"n": 0}, {"n": 1}, None][:needed] + [None] * (3 - needed)
    driver.done("x")
    assert driver.status == "running"
    driver.finish()
    assert driver.status == "succeeded"
    assert driver.count_of("join") == 1
    assert len(driver.current.for_each) == len(driver.current.scopes) == 0


def test_items_that_had_not_begun_do_not_begin_after_the_join_has_fired() -> None:
    driver = over([1, 2, 3, 4], maxConcurrency=2, join={"mode": "any"})
    driver.done("a")
    driver.finish()
    assert driver.status == "succeeded"
    assert driver.count_of("a") == 2


def test_a_closing_join_that_cancels_gives_up_the_others_at_once() -> None:
    driver = over(
        [1, 2, 3],
        "start > fork > a > join > x > end",
        join={"mode": "count", "count": 1, "onReached": "cancel"},
    )
    driver.done("a")
    assert driver.active() == ["x"]
    assert len(driver.commands_of(c.CancelTask)) == 2
    driver.send(m.TaskSuccess(number=4, attempt=1))
    assert driver.refused == "AttemptOver"
    driver.done("x")
    assert driver.status == "succeeded"


def test_a_count_above_the_number_of_items_fails_the_join_when_all_have_come() -> None:
    driver = over([1, 2], *BODY, "join >!error> x > end", join={"mode": "count", "count": 3})
    driver.done("a", "a")
    assert driver.active() == ["x"]
    error = driver.latest("join").error
    assert error is not None
    assert (error.code, error.details) == (
        "Seriatim.JoinUnsatisfied",
        {"arrived": 2, "expected": 2},
    )


@pytest.mark.parametrize(
    "join",
    [
        {"mode": "count", "count": 1},
        {"mode": "count", "count": "len(xs) + 1"},
        {"mode": "expression", "completeWhen": "len(arrived) > 0"},
    ],
)
def test_an_empty_list_can_not_satisfy_a_join_that_asks_for_items(join: Nodes) -> None:
    assert over([], join=join).error_code == "Seriatim.JoinUnsatisfied"


@pytest.mark.parametrize(
    "join",
    [
        {"mode": "any"},
        {"mode": "any", "onReached": "cancel"},
        {"mode": "count", "count": "len(xs)"},
        {"mode": "expression", "completeWhen": "len(arrived) == expected"},
    ],
)
def test_an_empty_list_goes_straight_through_a_join_that_asks_for_no_item(join: Nodes) -> None:
    driver = over([], join=join)
    assert driver.status == "succeeded"
    assert driver.latest("join").outputs == {"items": []}


def test_a_count_of_no_item_is_refused_where_there_are_some() -> None:
    driver = over([1, 2], join={"mode": "count", "count": "len(xs) - 2"})
    driver.done("a")
    assert driver.error_code == "Seriatim.TypeMismatch"


def test_an_expression_of_a_closing_join_that_fails_fails_the_join() -> None:
    join = {"mode": "expression", "completeWhen": "arrived[0].n > 1"}
    driver = over([1, 2], *BODY, "join >!error> x > end", join=join)
    assert driver.active() == ["fork", "a", "a"]
    driver.done("a", result={"n": "text"})
    assert driver.active() == ["a", "x"]
    driver.finish()
    assert driver.status == "succeeded"


# -- failures, cancelling, boundaries -------------------------------------------------------------


def test_an_error_inside_an_item_may_be_caught_inside() -> None:
    driver = over([1, 2], *BODY, "a >!error> b > join")
    driver.fails("a")
    driver.finish(a={"ok": True}, b={"ok": False})
    assert driver.latest("join").outputs["items"] == [{"ok": False}, {"ok": True}]


def test_under_fail_fast_a_failed_item_ends_everything() -> None:
    driver = over([1, 2, 3])
    driver.fails("a", "Broken")
    assert driver.error_code == "Broken"
    assert len(driver.commands_of(c.CancelTask)) == 2


@pytest.mark.parametrize("trigger", ["timer", "signal"])
def test_a_boundary_of_the_fork_gives_up_all_items(trigger: str) -> None:
    document = sequence(
        *BODY,
        f"fork >!{trigger}> x > end",
        nodes={"fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}}},
    )
    boundary = next(t for t in document["transitions"] if t.get("trigger") == trigger)
    boundary.update({"afterSeconds": 5} if trigger == "timer" else {"signalName": "stop"})
    driver = Driver(document, {"xs": [1, 2]})
    driver.signal("stop") if trigger == "signal" else driver.pass_time(5_000)
    assert driver.active() == ["x"]
    assert len(driver.commands_of(c.CancelTask)) == 2
    driver.done("x")
    assert driver.status == "succeeded"
    assert driver.count_of("join") == 0


def test_a_boundary_inside_the_body_is_the_items_own() -> None:
    document = sequence(
        *BODY,
        "a >!timer> b > join",
        nodes={"fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}}},
    )
    next(t for t in document["transitions"] if t.get("trigger")).update({"afterSeconds": 5})
    driver = Driver(document, {"xs": [1, 2]})
    driver.done("a")
    driver.pass_time(5_000)
    assert driver.active() == ["fork", "b"]
    driver.done("b")
    assert driver.status == "succeeded"


def test_a_cancelled_execution_tells_the_tasks_of_all_items() -> None:
    document = sequence(
        "start > fork > fork2 > a > join2 > join > end",
        nodes={
            "fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}},
            "fork2": {"parameters": {"forEach": "item", "joinNodeId": "join2"}},
        },
    )
    driver = Driver(document, {"xs": [[1, 2], [3]]})
    driver.send(m.CancelRequest(reason="enough"))
    assert driver.status == "cancelled"
    assert len(driver.commands_of(c.CancelTask)) == 3


def test_a_fork_and_its_siblings_join_outside() -> None:
    driver = over(
        [1, 2],
        "start > fork0 > fork > a > join > join9 > end",
        "fork0 > x > join9",
    )
    driver.done("x", "a")
    assert driver.count_of("join9") == 0
    driver.done("a")
    assert driver.status == "succeeded"


def test_items_wait_for_signals_and_conditions_each_for_itself() -> None:
    driver = over(
        ["red", "blue"],
        "start > fork > signal > join > end",
        nodes={"signal": {"parameters": {"signalName": "${item}"}}},
    )
    driver.signal("blue", {"n": 2})
    assert driver.active() == ["fork", "signal"]
    driver.signal("red", {"n": 1})
    assert driver.latest("join").outputs["items"] == [{"n": 1}, {"n": 2}]


def test_an_item_that_can_not_set_out_raises_one_incident_and_gives_up_the_others() -> None:
    document = sequence(
        "start > fork >[item > 1]> a > join > end",
        nodes={"fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}}},
        failurePolicy="incident",
    )
    driver = Driver(document, {"xs": [2, 1, 2]})
    assert driver.active() == ["fork"]
    assert driver.run_of("fork").is_incident
    assert len([x for x in driver.events if isinstance(x, e.IncidentRaised)]) == 1
    assert len(driver.current.scopes) == 0
