"""Signals: early or late, each goes to one taker, in the order of arrival."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from tests.builders import Driver, sequence


def waiting(*paths: str, variables: dict[str, Any] | None = None, **names: str) -> Driver:
    """Signal nodes that wait for ``go``, or for the name given."""
    document = sequence(*paths)
    for node in document["nodes"]:
        if node["type"] == "signal":
            node["parameters"] = {"signalName": names.get(node["id"], "go")}
    return Driver(document, variables)


def test_a_signal_completes_the_node_that_waits_for_it_with_its_payload() -> None:
    driver = waiting("start > signal > end")
    assert (driver.status, driver.active()) == ("waiting", ["signal"])
    driver.signal("go", {"x": 1})
    assert driver.latest("signal").outputs == {"x": 1}
    assert driver.status == "succeeded"


@pytest.mark.parametrize(
    ("payload", "outputs"), [(None, {}), ([1], {"result": [1]}), ("x", {"result": "x"}), ({}, {})]
)
def test_a_payload_that_is_no_object_is_the_result(payload: Any, outputs: Any) -> None:
    driver = waiting("start > signal > end")
    driver.signal("go", payload)
    assert driver.latest("signal").outputs == outputs


def test_output_mappings_see_the_payload_as_result() -> None:
    document = sequence(
        "start > signal > end",
        nodes={
            "signal": {
                "parameters": {"signalName": "go"},
                "outputMappings": [{"outputName": "v", "valueExpression": "result.x"}],
            }
        },
        variables=[{"name": "v", "type": "integer"}],
    )
    driver = Driver(document)
    driver.signal("go", {"x": 3})
    assert driver.current.variables == {"v": 3}


def test_a_payload_that_fails_the_mapping_fails_the_node_and_is_used_up() -> None:
    document = sequence(
        "start > signal > end",
        "signal >!error> signal",
        nodes={
            "signal": {
                "parameters": {"signalName": "go"},
                "outputMappings": [{"outputName": "v", "valueExpression": "result.x + 1"}],
            }
        },
    )
    driver = Driver(document)
    driver.signal("go", {"x": "no number"})
    assert (driver.active(), driver.count_of("signal")) == (["signal"], 2)
    driver.signal("go", {"x": 1})
    assert driver.latest("signal").outputs == {"v": 2}


def test_a_signal_of_another_name_is_kept() -> None:
    driver = waiting("start > signal > end")
    driver.signal("other")
    driver.signal("Go")
    assert driver.active() == ["signal"]
    assert sorted(driver.current.signals) == ["Go", "other"]


def test_early_signals_are_kept_and_given_out_in_the_order_of_arrival() -> None:
    driver = waiting("start > a > signal1 > signal2 > end")
    driver.signal("go", {"n": 1})
    driver.signal("go", {"n": 2})
    driver.signal("go", {"n": 3})
    assert driver.status == "running"
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.latest("signal1").outputs == {"n": 1}
    assert driver.latest("signal2").outputs == {"n": 2}
    assert [kept.payload for kept in driver.current.signals["go"]] == [{"n": 3}]


def test_signals_of_different_names_do_not_queue_behind_each_other() -> None:
    driver = waiting("start > a > signal1 > signal2 > end", signal1="first", signal2="second")
    driver.signal("second", 2)
    driver.signal("first", 1)
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.latest("signal2").outputs == {"result": 2}


def test_of_several_that_wait_the_first_to_wait_takes_the_signal() -> None:
    driver = waiting("start > fork > a > signal1 > end", "fork > signal2 > end")
    driver.done("a")
    assert driver.active() == ["signal2", "signal1"]
    driver.signal("go", 1)
    assert driver.active() == ["signal1"]
    driver.signal("go", 2)
    assert driver.latest("signal1").outputs == {"result": 2}


def test_a_loop_takes_one_signal_per_round() -> None:
    driver = waiting("start > signal > decide >[nodes.signal.outputs.more]> signal", "decide > end")
    driver.signal("go", {"more": True})
    driver.signal("go", {"more": True})
    assert driver.count_of("signal") == 3
    driver.signal("go", {"more": False})
    assert driver.status == "succeeded"


def test_a_repeated_key_changes_nothing_even_when_the_signal_was_used_up() -> None:
    driver = waiting("start > signal1 > signal2 > end")
    driver.signal("go", 1, key="k")
    assert driver.active() == ["signal2"]
    assert driver.send(m.Signal(name="go", payload=1, key="k")) == ()
    assert driver.refused is None
    driver.signal("go", 2, key="k2")
    assert driver.latest("signal2").outputs == {"result": 2}


def test_a_repeated_key_is_no_error_when_the_signal_has_ended_the_execution() -> None:
    driver = waiting("start > signal > end")
    driver.signal("go", 1, key="k")
    assert driver.status == "succeeded"
    assert driver.send(m.Signal(name="go", payload=1, key="k")) == ()
    assert driver.refused is None
    assert driver.send(m.Signal(name="go", payload=1, key="another")) == ()
    assert driver.refused == "ExecutionOver"


def test_without_key_every_signal_counts() -> None:
    driver = waiting("start > signal1 > signal2 > end")
    driver.signal("go")
    driver.signal("go")
    assert driver.status == "succeeded"


def test_a_thousand_keys_are_remembered_the_last_ones() -> None:
    driver = waiting("start > a > end")
    for n in range(1_002):
        driver.send(m.Signal(name="go", key=f"k{n}"))
    assert driver.send(m.Signal(name="go", key="k2")) == ()
    assert driver.send(m.Signal(name="go", key="k1")) != ()


def test_the_name_may_be_computed() -> None:
    driver = Driver(
        sequence(
            "start > signal > end", nodes={"signal": {"parameters": {"signalName": "go-${n}"}}}
        ),
        {"n": 4},
    )
    driver.signal("go-4")
    assert driver.status == "succeeded"


@pytest.mark.parametrize("name", [None, 5, "", []])
def test_what_is_no_name_fails_the_node(name: Any) -> None:
    nodes = {"signal": {"parameters": {"signalName": "${n}"}}}
    driver = Driver(sequence("start > signal > end", nodes=nodes), {"n": name})
    assert driver.error_code == "Seriatim.TypeMismatch"


# -- sending --------------------------------------------------------------------------------------


SENDS = {"mode": "send", "signalName": "go", "targetExecutionId": "exec-9"}


def sending(**parameters: Any) -> Driver:
    nodes = {"signal": {"parameters": {"mode": "send", "signalName": "go", **parameters}}}
    return Driver(sequence("start > signal > end", nodes=nodes), {"to": "exec-9"})


def test_a_node_that_sends_is_done_when_the_signal_was_taken_in() -> None:
    driver = sending(targetExecutionId="${to}", payload={"from": "${execution.id}"})
    assert driver.status == "running"
    assert [x.number for x in driver.commands_of(c.RunTask)] == [2]
    driver.done("signal", result=None)
    assert driver.status == "succeeded"
    assert driver.latest("signal").outputs == {}
    [sent] = [x for x in driver.events if isinstance(x, e.SignalSent)]
    assert (sent.target_execution_id, sent.name) == ("exec-9", "go")
    assert sent.payload == {"from": "exec-1"}


def test_a_node_whose_signal_nobody_took_in_fails_and_may_be_caught() -> None:
    nodes = {"signal": {"parameters": SENDS}}
    driver = Driver(sequence("start > signal > end", "signal >!error> other > end", nodes=nodes))
    driver.fails("signal")
    assert driver.active() == ["other"]
    assert not [x for x in driver.events if isinstance(x, e.SignalSent)]


def test_sending_is_tried_again_as_its_policy_says() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 0, "retryableErrors": ["*"]}
    nodes = {"signal": {"parameters": SENDS, "retryPolicy": policy}}
    driver = Driver(sequence("start > signal > end", nodes=nodes))
    driver.fails("signal")
    assert driver.run_of("signal").attempts == 2
    driver.done("signal")
    assert driver.status == "succeeded"


def test_sending_that_has_failed_is_tried_again_by_hand() -> None:
    nodes = {"signal": {"parameters": SENDS, "acquire": {"lock": 1}}}
    driver = Driver(sequence("start > signal > end", nodes=nodes, failurePolicy="incident"))
    driver.granted("signal")
    driver.fails("signal")
    driver.send(m.NodeOrder(node_id="signal", action="run-now"))
    assert driver.run_of("signal").attempts == 2
    driver.done("signal")
    assert driver.status == "succeeded"


@pytest.mark.parametrize("target", [None, "", 5, "x" * 129])
def test_what_names_no_execution_fails_the_node(target: Any) -> None:
    nodes = {
        "signal": {"parameters": {"mode": "send", "signalName": "go", "targetExecutionId": "${to}"}}
    }
    driver = Driver(sequence("start > signal > end", nodes=nodes), {"to": target})
    assert driver.error_code == "Seriatim.TypeMismatch"
    assert driver.commands_of(c.RunTask) == []
