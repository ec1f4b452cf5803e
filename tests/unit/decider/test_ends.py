"""How an execution ends: its ends, its outputs, implicit termination, cancelling, time."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from tests.builders import START_TIME, Driver, sequence


def output(name: str, expression: str) -> dict[str, Any]:
    return {"outputName": name, "valueExpression": expression}


def test_outputs_of_an_end_without_mappings_are_its_inputs() -> None:
    mapping = {"sourceNodeId": "a", "sourceOutputName": "x", "targetInputName": "y"}
    driver = Driver(sequence("start > a > end", nodes={"end": {"inputMappings": [mapping]}}))
    driver.done("a", result={"x": [1]})
    assert driver.ended.outputs == {"y": [1]}
    assert driver.current.outputs == {"y": [1]}


def test_outputs_of_an_end_with_mappings_are_those() -> None:
    mappings = [output("sum", "nodes.a.outputs.x + v"), output("input", "inputs.y")]
    inputs = [{"sourceNodeId": "a", "sourceOutputName": "x", "targetInputName": "y"}]
    nodes = {"end": {"outputMappings": mappings, "inputMappings": inputs}}
    driver = Driver(sequence("start > a > end", nodes=nodes), {"v": 1})
    driver.done("a", result={"x": 2})
    assert driver.ended.outputs == {"sum": 3, "input": 2}


def test_settings_of_an_end_are_no_outputs() -> None:
    nodes = {"end": {"parameters": {"status": "succeeded", "terminate": False}}}
    assert Driver(sequence("start > end", nodes=nodes)).ended.outputs == {}


def test_outputs_of_several_ends_are_merged_in_the_order_in_which_they_were_reached() -> None:
    def after(*order: str) -> dict[str, Any]:
        nodes = {
            "end1": {"outputMappings": [output("x", "1"), output("one", "1")]},
            "end2": {"outputMappings": [output("x", "2"), output("two", "2")]},
        }
        driver = Driver(sequence("start > fork > a > end1", "fork > b > end2", nodes=nodes))
        driver.done(*order)
        return driver.ended.outputs

    assert after("a", "b") == {"x": 2, "one": 1, "two": 2}
    assert after("b", "a") == {"x": 1, "one": 1, "two": 2}


def test_an_end_reached_twice_gives_its_outputs_twice() -> None:
    nodes = {"end": {"outputMappings": [output("n", "nodes.a.outputs.n")]}}
    document = sequence("start > fork > a > end", "fork > b > end", nodes=nodes)
    driver = Driver(document)
    driver.done("b")
    assert driver.status == "running"
    assert driver.current.outputs == {"n": None}
    driver.done("a", result={"n": 5})
    assert driver.ended.outputs == {"n": 5}


def test_an_execution_goes_on_until_its_last_token_is_consumed() -> None:
    driver = Driver(sequence("start > fork > a > end", "fork > b > end2"))
    driver.done("a")
    assert (driver.status, driver.current.ends_reached) == ("running", 1)
    driver.done("b")
    assert driver.status == "succeeded"


def test_an_end_may_set_variables() -> None:
    nodes = {"end": {"outputMappings": [output("v", "5")]}}
    driver = Driver(sequence("start > end", nodes=nodes, variables=[{"name": "v"}]))
    assert driver.current.variables == {"v": 5}


def test_an_end_whose_outputs_fail_fails_the_execution() -> None:
    nodes = {"end": {"outputMappings": [output("v", "1 / 0")]}}
    driver = Driver(sequence("start > end", nodes=nodes))
    assert driver.error_code == "Seriatim.ExpressionError"


# -- failing and terminating ends -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"status": "failed", "errorCode": "Order.Rejected"}, "Order.Rejected"),
        ({"status": "failed", "errorCode": "${why}"}, "Because"),
        ({"status": "failed"}, "Seriatim.EndFailed"),
        ({"status": "failed", "errorCode": None}, "Seriatim.EndFailed"),
    ],
)
def test_a_failing_end_fails_the_execution_with_its_code(
    parameters: dict[str, Any], code: str
) -> None:
    document = sequence("start > end", nodes={"end": {"parameters": parameters}})
    driver = Driver(document, {"why": "Because"})
    assert driver.error_code == code
    assert [(node_id, error.code) for _, node_id, error in driver.current.errors] == [("end", code)]


def test_a_failing_end_consumes_its_own_token_only() -> None:
    document = sequence(
        "start > fork > a > end",
        "fork > b > end2",
        nodes={
            "end": {"parameters": {"status": "failed", "errorCode": "Bad"}},
            "end2": {"outputMappings": [output("x", "1")]},
        },
    )
    driver = Driver(document)
    driver.done("a")
    assert driver.active() == ["b"]
    driver.done("b")
    assert (driver.status, driver.error_code) == ("failed", "Bad")
    assert driver.ended.outputs == {"x": 1}


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_a_terminating_end_cancels_every_other_token(status: str) -> None:
    document = sequence(
        "start > fork > a > end",
        "fork > b > end2",
        "fork > c > join > end2",
        "b > join",
        "fork > timer > end2",
        nodes={
            "end": {
                "parameters": {"terminate": True, "status": status, "errorCode": "Stopped"},
                "outputMappings": [output("x", "1")],
            },
            "timer": {"parameters": {"durationSeconds": 60}},
        },
    )
    driver = Driver(document)
    driver.done("c")
    driver.done("a")
    assert driver.status == status
    assert driver.ended.outputs == {"x": 1}
    assert driver.latest("b").status == driver.latest("timer").status == "cancelled"
    assert driver.commands_of(c.CancelTask) == [c.CancelTask(number=4, attempt=1)]
    assert driver.error_code == ("Stopped" if status == "failed" else None)


# -- cancelNodeIds --------------------------------------------------------------------------------


def test_a_node_that_completes_cancels_the_tokens_on_the_nodes_it_names() -> None:
    document = sequence(
        "start > fork > a > b > end",
        "fork > c > join > end",
        "fork > d > join",
        "fork > timer > join",
        "fork > x > end",
        nodes={
            "a": {"cancelNodeIds": ["d", "timer", "join", "b"]},
            "timer": {"parameters": {"durationSeconds": 60}},
        },
    )
    driver = Driver(document)
    driver.done("c")
    driver.done("a")
    assert driver.active() == ["x", "b"]
    assert driver.latest("d").status == driver.latest("timer").status == "cancelled"
    assert not driver.current.is_anything_parked
    assert driver.commands_of(c.CancelTask) == [c.CancelTask(number=5, attempt=1)]
    driver.done("x", "b")
    assert driver.status == "succeeded"
    assert driver.count_of("join") == 0


def test_a_node_that_fails_cancels_nothing() -> None:
    document = sequence(
        "start > fork > a > end",
        "a >!error> end",
        "fork > b > end",
        nodes={"a": {"cancelNodeIds": ["b"]}},
    )
    driver = Driver(document)
    driver.fails("a")
    assert driver.active() == ["b"]


def test_every_token_on_a_named_node_is_cancelled() -> None:
    document = sequence(
        "start > fork > b > end",
        "fork > b",
        "fork > a > end",
        nodes={"a": {"cancelNodeIds": ["b"]}},
    )
    driver = Driver(document)
    driver.done("a")
    assert driver.status == "succeeded"
    assert len(driver.commands_of(c.CancelTask)) == 2


def test_a_join_that_waits_for_a_cancelled_token_waits_no_more() -> None:
    document = sequence(
        "start > fork > a > join > end",
        "fork > b > join",
        "fork > x > end",
        nodes={"x": {"cancelNodeIds": ["b"]}},
    )
    driver = Driver(document)
    driver.done("a")
    driver.done("x")
    assert driver.status == "succeeded"
    assert driver.count_of("join") == 1


# -- cancel and time ------------------------------------------------------------------------------


def test_cancel_ends_the_execution_and_tells_what_runs() -> None:
    driver = Driver(sequence("start > fork > a > join > end", "fork > b > join"))
    driver.done("a")
    driver.now += 7
    driver.send(m.CancelRequest(reason="enough", by="me"))
    assert (driver.status, driver.ended.reason, driver.ended.by) == ("cancelled", "enough", "me")
    assert driver.ended.error is None
    assert driver.current.ended_at == START_TIME + 7
    assert driver.latest("b").status == "cancelled"
    assert driver.commands_of(c.CancelTask) == [c.CancelTask(number=4, attempt=1)]


def test_nothing_changes_an_execution_that_is_over() -> None:
    driver = Driver(sequence("start > a > end", variables=[{"name": "x"}]))
    driver.send(m.CancelRequest())
    steps = len(driver.steps)
    for message in (
        m.CancelRequest(),
        m.Signal(name="go"),
        m.VariablesUpdate(values={"x": 1}),
        m.TaskSuccess(number=2, attempt=1),
        m.TimerDue(at=START_TIME),
        m.Continuation(),
    ):
        driver.send(message)
        assert driver.refused == "ExecutionOver"
    assert len(driver.steps) == steps


def test_what_is_over_says_what_can_still_change_it() -> None:
    cancelled, succeeded = Driver(sequence("start > a > end")), Driver(sequence("start > end"))
    cancelled.send(m.CancelRequest())
    for driver, said in ((cancelled, "nothing can change it but a redrive"), (succeeded, "more")):
        driver.send(m.CancelRequest())
        assert driver.refusal is not None
        assert driver.refusal.message.endswith(said)


def test_the_time_out_of_the_sequence_ends_the_execution() -> None:
    driver = Driver(sequence("start > fork > a > end", "fork > b > end", timeoutSeconds=90))
    driver.pass_time(89_999)
    driver.done("a")
    assert driver.status == "running"
    driver.pass_time(1)
    assert (driver.status, driver.error_code) == ("timed_out", "Seriatim.ExecutionTimeout")
    assert driver.commands_of(c.CancelTask) == [c.CancelTask(number=4, attempt=1)]


def test_the_time_out_of_the_sequence_is_not_pushed_back_by_other_timers() -> None:
    document = sequence(
        "start > timer > timer2 > end",
        timeoutSeconds=90,
        nodes={
            "timer": {"parameters": {"durationSeconds": 60}},
            "timer2": {"parameters": {"durationSeconds": 60}},
        },
    )
    driver = Driver(document)
    driver.pass_time(1_000_000)
    assert driver.status == "timed_out"
    assert driver.current.ended_at == START_TIME + 90_000


@pytest.mark.parametrize("timeout", [0, None])
def test_without_time_out_nothing_is_armed(timeout: int | None) -> None:
    driver = Driver(sequence("start > a > end", timeoutSeconds=timeout))
    assert driver.promised == set()
