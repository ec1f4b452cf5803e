"""Boundary transitions with conditions: of a timer it is asked once, when its time has come, of a
signal whenever there is one.
"""

from typing import Any

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.limits import SIGNALS_KEPT_MAX
from tests.builders import Driver, sequence

V = [{"name": "v", "type": "any", "defaultValue": 0}]


def guarded(
    *paths: str, nodes: dict[str, Any] | None = None, sets: dict[str, Any], **more: Any
) -> Driver:
    """A driver of the paths, with more said of the transitions that ``sets`` names by id."""
    document = sequence(*paths, nodes=nodes or {}, variables=V, **more)
    for transition in document["transitions"]:
        transition.update(sets.get(transition["id"], {}))
    return Driver(document)


def with_timer(condition: str, *, interrupting: bool = True, **more: Any) -> Driver:
    late = {"afterSeconds": 30, "condition": condition, "interrupting": interrupting}
    return guarded("start > a > end", "a >!timer> b > end", sets={"a-b": late}, **more)


def with_signal(condition: str, *paths: str, **more: Any) -> Driver:
    stop = {"signalName": "stop", "condition": condition}
    return guarded("start > a > end", "a >!signal> b > end", *paths, sets={"a-b": stop}, **more)


def set_v(driver: Driver, value: Any) -> None:
    driver.send(m.VariablesUpdate(values={"v": value}))


# -- timers ---------------------------------------------------------------------------------------


def test_timer_whose_condition_does_not_hold_is_passed_over_for_good() -> None:
    driver = with_timer("v > 0")
    driver.pass_time(30_000)
    assert driver.active() == ["a"]
    passed = [x for x in driver.events if isinstance(x, e.BoundaryPassed)]
    assert [(x.node_id, x.transition_id) for x in passed] == [("a", "a-b")]
    set_v(driver, 1)
    driver.pass_time(300_000)
    assert driver.active() == ["a"]
    driver.done("a")
    assert (driver.status, driver.count_of("b")) == ("succeeded", 0)


def test_condition_of_a_timer_is_asked_when_its_time_has_come() -> None:
    driver = with_timer("v > 0")
    set_v(driver, 1)
    assert driver.active() == ["a"]
    driver.pass_time(30_000)
    assert driver.active() == ["b"]


def test_of_timers_that_are_due_together_one_may_be_passed_over() -> None:
    due = {"afterSeconds": 30, "interrupting": False}
    driver = guarded(
        "start > a > end",
        "a >!timer> b > end",
        "a >!timer> c > end",
        sets={"a-b": due | {"condition": "v > 0"}, "a-c": due},
    )
    driver.pass_time(30_000)
    assert driver.active() == ["a", "c"]


def test_condition_without_a_value_fails_the_node_once() -> None:
    driver = with_timer("v.x > 0")
    driver.pass_time(30_000)
    assert driver.error_code == "Seriatim.ExpressionError"


def test_what_runs_outside_is_told_of_a_condition_without_a_value() -> None:
    stop = {"signalName": "stop"}
    children = {"sequenceId": "s", "forEach": "[1, 2]"}
    for parameters, called_off in (
        ({"sequenceId": "s"}, c.CancelChild),
        (children, c.CancelChildren),
    ):
        for trigger, more in (("timer", {"afterSeconds": 30}), ("signal", stop)):
            driver = guarded(
                "start > sub > end",
                f"sub >!{trigger}> b > end",
                "sub >!error> c > end",
                nodes={"sub": {"parameters": parameters}},
                sets={"sub-b": more | {"condition": "v.x > 0"}},
            )
            driver.pass_time(30_000) if trigger == "timer" else driver.signal("stop")
            assert driver.active() == ["c"]
            assert [type(x) for x in driver.commands].count(called_off) == 1


def test_node_that_waits_for_an_operator_does_not_fail_once_more() -> None:
    driver = with_timer("v.x > 0", failurePolicy="incident")
    driver.fails("a")
    driver.pass_time(30_000)
    assert [error.code for _, _, error in driver.current.errors] == ["Oops"]
    driver = with_signal("v.x > 0", failurePolicy="incident")
    driver.signal("stop")
    assert [error.code for _, _, error in driver.current.errors] == ["Seriatim.ExpressionError"]
    driver.signal("stop")
    assert len(driver.current.errors) == 1


def test_choice_that_has_no_way_left_fails() -> None:
    late = {"afterSeconds": 30, "condition": "v > 0"}
    driver = guarded("start > wait >!timer> b > end", sets={"wait-b": late})
    driver.pass_time(30_000)
    assert driver.error_code == "Seriatim.NoTransition"


# -- signals --------------------------------------------------------------------------------------


def test_signal_that_a_condition_keeps_out_is_taken_once_it_holds() -> None:
    driver = with_signal("v > 0")
    driver.signal("stop")
    assert driver.active() == ["a"]
    set_v(driver, 1)
    assert driver.active() == ["b"]


def test_signal_that_a_condition_keeps_out_goes_to_the_next_who_waits() -> None:
    nodes = {"s": {"type": "signal", "parameters": {"signalName": "stop"}}}
    driver = guarded(
        "start > a > s > end",
        "a >!signal> b > end",
        nodes=nodes,
        sets={"a-b": {"signalName": "stop", "condition": "v > 0"}},
    )
    driver.signal("stop", {"why": 1})
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.latest("s").outputs == {"why": 1}


def test_conditions_choose_among_the_ways_of_one_signal() -> None:
    for value, taken in ((0, "c"), (1, "b")):
        stop = {"signalName": "stop"}
        driver = guarded(
            "start > a > end",
            "a >!signal> c > end",
            "a >!signal> b > end",
            sets={"a-c": stop, "a-b": stop | {"condition": "v > 0"}},
        )
        set_v(driver, value)
        driver.signal("stop")
        assert driver.active() == [taken]


def test_signal_whose_condition_has_no_value_fails_the_node_and_is_kept() -> None:
    driver = with_signal("v.x > 0", "a >!error> c > end")
    driver.signal("stop")
    assert driver.active() == ["c"]
    assert [len(kept) for kept in driver.current.signals.values()] == [1]


def test_signals_that_a_condition_keeps_out_are_kept_within_the_limit() -> None:
    driver = with_signal("v > 0")
    for _ in range(SIGNALS_KEPT_MAX):
        driver.signal("stop")
    driver.signal("stop")
    assert driver.refused == "TooManySignals"
    set_v(driver, 1)
    driver.done("b")
    assert driver.status == "succeeded"
