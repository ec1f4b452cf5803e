"""A paused execution begins no node, and takes in what comes: what comes first wins there, too."""

from typing import Any

import pytest

from seriatim.domain import messages as m
from tests.builders import Driver, sequence


def raced(*paths: str, **fields: Any) -> Driver:
    """An execution in a pause, whose boundary timer rings after half a minute."""
    document = sequence(*paths, **fields)
    for transition in document["transitions"]:
        if transition.get("trigger") == "timer":
            transition["afterSeconds"] = 30
        if transition.get("trigger") == "signal":
            transition["signalName"] = "go"
    run = Driver(document)
    run.send(m.PauseRequest())
    run.now += 10_000
    return run


def by_signal() -> Driver:
    nodes = {"signal": {"parameters": {"signalName": "go"}}}
    run = raced("start > signal > x > end", "signal >!timer> y > end", nodes=nodes)
    run.signal("go")
    return run


def by_choice() -> Driver:
    run = raced("start > wait >!signal> x > end", "wait >!timer> y > end")
    run.signal("go")
    return run


def by_variable() -> Driver:
    run = raced(
        "start > wait > x > end",
        "wait >!timer> y > end",
        nodes={"wait": {"parameters": {"until": "flag"}}},
        variables=[{"name": "flag", "type": "boolean", "defaultValue": False}],
    )
    run.send(m.VariablesUpdate(values={"flag": True}))
    return run


@pytest.mark.parametrize("come", [by_signal, by_choice, by_variable])
def test_what_comes_in_a_pause_wins_over_a_timer_that_rings_later(come: Any) -> None:
    run = come()
    assert run.active() == [], "its token has set out, and nothing has begun"
    run.pass_time(30_000)
    assert run.active() == []
    run.send(m.ResumeRequest())
    assert run.active() == ["x"]
    run.finish()
    assert run.status == "succeeded"


def test_a_timer_that_rings_in_a_pause_wins_over_a_signal_that_comes_later() -> None:
    run = raced("start > wait >!signal> x > end", "wait >!timer> y > end")
    run.pass_time(30_000)
    run.signal("go")
    run.send(m.ResumeRequest())
    assert run.active() == ["y"]


def test_a_wait_that_fails_in_a_pause_ends_the_execution() -> None:
    run = raced(
        "start > wait > x > end",
        nodes={"wait": {"parameters": {"until": "flag > 1"}}},
        variables=[{"name": "flag", "defaultValue": 0}],
    )
    run.send(m.VariablesUpdate(values={"flag": "text"}))
    assert run.error_code == "Seriatim.ExpressionError"
