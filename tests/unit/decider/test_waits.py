"""Wait nodes: until an expression is true, for a caller with the task token, or for a choice."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.values import Error
from tests.builders import START_TIME, Driver, sequence

VARIABLES = [{"name": "x", "type": "integer", "defaultValue": 0}]


def until(expression: str, *paths: str, node: Any = None, **more: Any) -> Driver:
    nodes = {"wait": {"parameters": {"until": expression}, **(node or {})}, **more}
    document = sequence(*(paths or ("start > wait > end",)), nodes=nodes, variables=VARIABLES)
    return Driver(document)


def test_what_is_true_already_does_not_wait() -> None:
    driver = until("x == 0")
    assert driver.status == "succeeded"
    assert "NodeWaiting" not in [type(event).__name__ for event in driver.events]


def test_a_wait_ends_when_a_caller_sets_the_variable() -> None:
    driver = until("x > 2")
    assert driver.status == "waiting"
    driver.send(m.VariablesUpdate(values={"x": 2}))
    assert driver.active() == ["wait"]
    driver.send(m.VariablesUpdate(values={"x": 3}))
    assert driver.status == "succeeded"


def test_a_wait_ends_when_another_branch_makes_it_true() -> None:
    driver = until(
        "nodes.a.status == 'succeeded'", "start > fork > wait > join > end", "fork > a > join"
    )
    assert driver.status == "running"
    driver.done("a")
    assert driver.status == "succeeded"


def test_a_wait_ends_in_the_step_in_which_a_node_after_it_begins() -> None:
    driver = until("nodes.b.status == 'running'", "start > fork > wait > end", "fork > a > b > end")
    driver.done("a")
    assert driver.active() == ["b"]


def test_waits_may_release_each_other_in_one_step() -> None:
    document = sequence(
        "start > fork > wait1 > end",
        "fork > wait2 > end",
        "fork > wait3 > end",
        nodes={
            "wait1": {"parameters": {"until": "nodes.wait2.status == 'succeeded'"}},
            "wait2": {"parameters": {"until": "nodes.wait3.status == 'succeeded'"}},
            "wait3": {"parameters": {"until": "x"}},
        },
        variables=[{"name": "x", "type": "boolean", "defaultValue": False}],
    )
    driver = Driver(document)
    steps = len(driver.steps)
    driver.send(m.VariablesUpdate(values={"x": True}))
    assert driver.status == "succeeded"
    assert len(driver.steps) == steps + 1


def test_null_counts_as_false() -> None:
    assert until("nodes.wait.error").status == "waiting"


@pytest.mark.parametrize("expression", ["x", "1 / x > 0"])
def test_a_bad_condition_fails_the_node(expression: str) -> None:
    assert until(expression).error_code == "Seriatim.ExpressionError"


def test_a_condition_that_goes_bad_later_fails_the_node() -> None:
    driver = until("1 / (x - 5) > 0", "start > wait > end", "wait >!error> a > end")
    driver.send(m.VariablesUpdate(values={"x": 5}))
    assert driver.active() == ["a"]


def test_a_wait_that_lasts_too_long_fails() -> None:
    driver = until("x == 1", node={"timeoutSeconds": 30})
    driver.pass_time(29_999)
    assert driver.status == "waiting"
    driver.pass_time(1)
    assert driver.error_code == "Seriatim.Timeout"
    assert driver.latest("wait").status == "timed_out"


def test_after_a_time_out_the_condition_is_not_looked_at_again() -> None:
    document = sequence(
        "start > wait > end",
        "wait >!error> a > end2",
        nodes={"wait": {"parameters": {"until": "x == 1"}, "timeoutSeconds": 30}},
        variables=VARIABLES,
    )
    driver = Driver(document)
    driver.pass_time(30_000)
    driver.send(m.VariablesUpdate(values={"x": 1}))
    assert driver.active() == ["a"]
    assert driver.current.until_waits == ()


# -- callback -------------------------------------------------------------------------------------


def callback(**node: Any) -> Driver:
    nodes = {"wait": {"parameters": {"callback": True}, **node}}
    return Driver(sequence("start > wait > end", "wait >!error> a > end", nodes=nodes))


def test_a_caller_with_the_token_completes_the_wait() -> None:
    driver = callback()
    assert driver.status == "waiting"
    assert driver.commands == []
    driver.send(m.TaskSuccess(number=2, attempt=1, result={"ok": True}))
    assert driver.latest("wait").outputs == {"ok": True}
    assert driver.status == "succeeded"


def test_a_caller_with_the_token_fails_the_wait() -> None:
    driver = callback()
    driver.send(m.TaskFailure(number=2, attempt=1, error=Error("Denied")))
    assert driver.active() == ["a"]


def test_a_heartbeat_keeps_a_callback_alive() -> None:
    driver = callback(heartbeatSeconds=10)
    for _ in range(3):
        driver.pass_time(9_000)
        driver.send(m.TaskHeartbeat(number=2, attempt=1))
    assert driver.active() == ["wait"]
    driver.pass_time(10_000)
    error = driver.latest("wait").error
    assert error is not None
    assert error.code == "Seriatim.HeartbeatTimeout"


def callback_or_until(until: str, **node: Any) -> Driver:
    nodes = {"wait": {"parameters": {"callback": True, "until": until}, **node}}
    variables = [{"name": "v", "defaultValue": 0}]
    return Driver(sequence("start > wait > end", nodes=nodes, variables=variables))


def test_a_callback_ends_by_its_condition_too() -> None:
    driver = callback_or_until("v > 0")
    assert driver.status == "waiting"
    driver.send(m.VariablesUpdate(values={"v": 1}))
    assert (driver.status, driver.latest("wait").outputs) == ("succeeded", {})
    driver.send(m.TaskSuccess(number=2, attempt=1, result={"late": True}))
    assert driver.refused == "ExecutionOver"


def test_a_callback_with_a_condition_ends_by_its_caller_too() -> None:
    driver = callback_or_until("v > 0")
    driver.send(m.TaskSuccess(number=2, attempt=1, result={"ok": True}))
    assert (driver.status, driver.latest("wait").outputs) == ("succeeded", {"ok": True})
    assert driver.current.until_waits == ()


def test_a_condition_that_is_true_at_once_hands_out_no_task_token() -> None:
    driver = callback_or_until("v == 0")
    assert driver.status == "succeeded"
    assert driver.latest("wait").attempts == 0


def test_a_callback_whose_condition_has_no_value_fails() -> None:
    driver = callback_or_until("v.x > 0 if v > 0 else false")
    driver.send(m.VariablesUpdate(values={"v": 1}))
    assert driver.error_code == "Seriatim.ExpressionError"


def test_a_condition_ends_a_callback_between_its_attempts() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 5}
    driver = callback_or_until("v > 0", timeoutSeconds=10, retryPolicy=policy)
    driver.pass_time(12_000)
    driver.send(m.VariablesUpdate(values={"v": 1}))
    assert driver.status == "succeeded"


def test_a_callback_that_is_tried_again_needs_the_token_of_the_new_attempt() -> None:
    driver = callback(timeoutSeconds=10, retryPolicy={"maxRetries": 1, "retryIntervalSeconds": 5})
    driver.pass_time(10_000)
    driver.send(m.TaskSuccess(number=2, attempt=1))
    assert driver.refused == "AttemptOver"
    driver.pass_time(5_000)
    run = driver.run_of("wait")
    assert (run.attempts, run.deadline) == (2, START_TIME + 25_000)
    driver.send(m.TaskSuccess(number=2, attempt=1))
    assert driver.refused == "AttemptOver"
    driver.send(m.TaskSuccess(number=2, attempt=2))
    assert driver.status == "succeeded"


# -- the deferred choice --------------------------------------------------------------------------


def choice() -> Driver:
    document = sequence(
        "start > wait >!signal> a > end", "wait >!signal> b > end", "wait >!timer> d > end"
    )
    signals = [t for t in document["transitions"] if t.get("trigger") == "signal"]
    for name, transition in zip(("yes", "no"), signals, strict=True):
        transition["signalName"] = name
    timers = [t for t in document["transitions"] if t.get("trigger") == "timer"]
    timers[0]["afterSeconds"] = 60
    return Driver(document)


@pytest.mark.parametrize(("name", "taken"), [("yes", "a"), ("no", "b")])
def test_the_first_of_several_signals_decides(name: str, taken: str) -> None:
    driver = choice()
    assert driver.status == "waiting"
    driver.signal(name)
    driver.signal("yes")
    driver.signal("no")
    assert driver.active() == [taken]
    driver.pass_time(60_000)
    assert driver.active() == [taken]


def test_time_decides_where_no_signal_came() -> None:
    driver = choice()
    driver.pass_time(60_000)
    driver.signal("yes")
    assert driver.active() == ["d"]


def test_a_signal_that_came_early_decides_at_once() -> None:
    document = sequence("start > a > wait >!signal> b > end", "wait >!signal> d > end")
    for name, transition in zip(("yes", "no"), document["transitions"][2:5:2], strict=True):
        transition["signalName"] = name
    driver = Driver(document)
    driver.signal("no")
    driver.done("a")
    assert driver.active() == ["d"]
    assert driver.commands_of(c.CancelTask) == []
