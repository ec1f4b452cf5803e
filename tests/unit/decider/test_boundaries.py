"""Boundary transitions: time or a signal takes a token out of a node that runs or waits."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from tests.builders import START_TIME, Driver, sequence


def bounded(*triggers: dict[str, Any], node: Any = None) -> Driver:
    """A task ``a`` with boundary transitions to ``b0``, ``b1``, …"""
    document = sequence(
        "start > a > end",
        *(f"a >!{t['trigger']}> b{i} > end" for i, t in enumerate(triggers)),
        nodes={"a": node or {}},
    )
    leaving = [t for t in document["transitions"] if t["targetNodeId"].startswith("b")]
    for transition, fields in zip(leaving, triggers, strict=True):
        transition.update(fields)
    return Driver(document)


def timer(seconds: float, *, interrupting: bool = True) -> dict[str, Any]:
    return {"trigger": "timer", "afterSeconds": seconds, "interrupting": interrupting}


def signal(name: str, *, interrupting: bool = True) -> dict[str, Any]:
    return {"trigger": "signal", "signalName": name, "interrupting": interrupting}


def test_an_interrupting_timer_cancels_the_node_and_goes_its_own_way() -> None:
    driver = bounded(timer(30))
    driver.pass_time(29_999)
    assert driver.active() == ["a"]
    driver.pass_time(1)
    assert driver.active() == ["b0"]
    assert driver.latest("a").status == "cancelled"
    assert driver.commands_of(c.CancelTask) == [c.CancelTask(number=2, attempt=1)]
    driver.send(m.TaskSuccess(number=2, attempt=1))
    assert driver.refused == "AttemptOver"


def test_a_timer_that_does_not_interrupt_lets_one_further_token_out() -> None:
    driver = bounded(timer(30, interrupting=False))
    driver.pass_time(300_000)
    assert driver.active() == ["a", "b0"]
    driver.done("a")
    driver.done("b0")
    assert driver.status == "succeeded"
    assert (driver.count_of("b0"), driver.count_of("end")) == (1, 2)


def test_timers_of_a_boundary_fire_in_their_order() -> None:
    driver = bounded(timer(20, interrupting=False), timer(10, interrupting=False), timer(30))
    driver.pass_time(10_000)
    assert driver.active() == ["a", "b1"]
    driver.pass_time(10_000)
    assert driver.active() == ["a", "b1", "b0"]
    driver.pass_time(10_000)
    assert driver.active() == ["b1", "b0", "b2"]


def test_boundaries_that_are_due_together_all_fire() -> None:
    driver = bounded(timer(10, interrupting=False), timer(10, interrupting=False))
    driver.pass_time(10_000)
    assert driver.active() == ["a", "b0", "b1"]


def test_a_node_that_is_done_has_no_boundary_any_more() -> None:
    document = sequence("start > fork > a > end", "a >!timer> b > end", "fork > x > end")
    next(t for t in document["transitions"] if t["id"] == "a-b").update(timer(30))
    driver = Driver(document)
    driver.done("a")
    driver.pass_time(30_000)
    assert driver.active() == ["x"]
    assert driver.count_of("b") == 0


def test_each_run_of_a_node_has_boundaries_of_its_own() -> None:
    document = sequence(
        "start > a > decide >[nodes.a.outputs.again]> a",
        "decide > end",
        "a >!timer> b > end",
    )
    document["transitions"][-2].update(timer(30, interrupting=False))
    driver = Driver(document)
    driver.pass_time(20_000)
    driver.done("a", result={"again": True})
    driver.pass_time(10_000)
    assert driver.active() == ["a"]
    driver.pass_time(20_000)
    assert driver.active() == ["a", "b"]


def test_boundaries_go_on_during_back_off() -> None:
    driver = bounded(
        timer(30), node={"retryPolicy": {"maxRetries": 5, "retryIntervalSeconds": 3600}}
    )
    driver.fails("a", retryable=True)
    driver.pass_time(30_000)
    assert driver.active() == ["b0"]
    assert driver.commands_of(c.CancelTask) == []
    driver.pass_time(3_600_000)
    assert driver.active() == ["b0"]


def test_an_interrupting_signal_cancels_the_node() -> None:
    driver = bounded(signal("stop"))
    driver.signal("stop", {"why": 1})
    assert driver.active() == ["b0"]
    assert driver.latest("a").status == "cancelled"


def test_a_signal_that_does_not_interrupt_lets_a_token_out_each_time() -> None:
    driver = bounded(signal("more", interrupting=False))
    for _ in range(3):
        driver.signal("more")
    assert driver.active() == ["a", "b0", "b0", "b0"]
    driver.finish()
    assert driver.status == "succeeded"


def test_many_signals_do_not_make_the_node_run_grow() -> None:
    driver = bounded(signal("more", interrupting=False))
    for _ in range(20):
        driver.signal("more")
    assert len(driver.run_of("a").boundary_fired) <= 1


def test_an_early_signal_takes_the_boundary_when_the_node_begins() -> None:
    document = sequence("start > x > a > end", "a >!signal> b > end")
    document["transitions"][-2].update(signal("stop"))
    driver = Driver(document)
    driver.signal("stop")
    driver.done("x")
    assert driver.active() == ["b"]


def test_a_boundary_counts_as_a_way_to_a_join() -> None:
    document = sequence("start > fork > a > end", "a >!timer> join > end2", "fork > x > join")
    next(t for t in document["transitions"] if t["id"] == "a-join").update(timer(30))
    driver = Driver(document)
    driver.done("x")
    assert driver.active() == ["a"]
    assert driver.count_of("join") == 0
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.count_of("join") == 1


@pytest.mark.parametrize(
    ("node_id", "parameters"),
    [
        ("timer", {"durationSeconds": 3600}),
        ("signal", {"signalName": "go"}),
        ("wait", {"until": "false"}),
        ("wait", {"callback": True}),
        ("sub", {"sequenceId": "child"}),
    ],
)
def test_every_node_that_waits_can_have_a_boundary(
    node_id: str, parameters: dict[str, Any]
) -> None:
    document = sequence(
        f"start > {node_id} > end",
        f"{node_id} >!timer> b > end",
        nodes={node_id: {"parameters": parameters}},
    )
    document["transitions"][-2].update(timer(30))
    driver = Driver(document)
    assert driver.current.armed_at == START_TIME + 30_000
    driver.pass_time(30_000)
    assert driver.active() == ["b"]
    assert driver.current.until_waits == ()


def test_the_history_says_which_boundary_was_taken() -> None:
    driver = bounded(timer(10, interrupting=False), timer(20))
    driver.pass_time(20_000)
    fired = [x for x in driver.events if isinstance(x, e.BoundaryFired)]
    cancelled = [x for x in driver.events if isinstance(x, e.NodeCancelled)]
    assert [x.taken for x in fired] == [(("a-b0", "b0"),)]
    assert [x.taken for x in cancelled] == [(("a-b1", "b1"),)]
    assert "a-b1" in cancelled[0].reason
