"""Permits that nodes acquire and release: the execution holds them across nodes."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider.claims import wants
from seriatim.domain.values import Error
from tests.builders import Driver, sequence

LOCK = {"acquire": {"lock": 1}}
UNLOCK = {"release": {"lock": 1}}


def releases(driver: Driver) -> list[tuple[str, dict[str, int]]]:
    return [(x.request_id, x.keep) for x in driver.commands_of(c.ReleasePermits)]


def test_what_a_node_acquires_is_held_until_another_one_releases_it() -> None:
    nodes: dict[str, Any] = {"a": LOCK, "c": UNLOCK}
    driver = Driver(sequence("start > a > b > c > d > end", nodes=nodes))
    [asked] = driver.commands_of(c.RequestPermits)
    assert (asked.request.id, asked.request.is_kept) == ("exec-1/2", True)
    assert driver.open_tasks == []
    driver.granted("a")
    driver.done("a")
    driver.done("b")
    assert releases(driver) == []
    assert wants(driver.current, "pools", "exec-1/2")
    driver.done("c")
    assert releases(driver) == [("exec-1/2", {})]
    driver.done("d")
    assert len(releases(driver)) == 1


def test_the_end_of_the_execution_frees_all_however_it_comes() -> None:
    for end in ("done", "fails", "cancel"):
        driver = Driver(sequence("start > a > b > end", nodes={"a": LOCK}))
        driver.granted("a")
        driver.done("a")
        match end:
            case "done":
                driver.done("b")
            case "fails":
                driver.fails("b")
            case _:
                driver.send(m.CancelRequest())
        assert driver.current.status.is_terminal
        assert releases(driver) == [("exec-1/2", {})]


def test_inputs_are_computed_when_the_permits_are_there() -> None:
    mapping = {"parameters": {"n": "${v}"}}
    document = sequence(
        "start > a > end",
        nodes={"a": LOCK | mapping},
        variables=[{"name": "v", "type": "integer"}],
    )
    driver = Driver(document, {"v": 1})
    driver.send(m.VariablesUpdate(values={"v": 2}))
    driver.granted("a")
    assert driver.run_of("a").inputs == {"n": 2}


def test_inputs_that_can_not_be_computed_any_more_fail_the_node() -> None:
    mapping = {"parameters": {"n": "${10 / v}"}}
    document = sequence(
        "start > a > end", nodes={"a": LOCK | mapping}, variables=[{"name": "v", "type": "integer"}]
    )
    driver = Driver(document, {"v": 1})
    driver.send(m.VariablesUpdate(values={"v": 0}))
    driver.granted("a")
    assert driver.error_code == "Seriatim.ExpressionError"
    assert releases(driver) == [("exec-1/2", {})]


def test_oldest_holdings_go_first_and_what_stays_is_said_in_full() -> None:
    nodes: dict[str, Any] = {
        "a": {"acquire": {"db": 3, "gpu": 1}},
        "b": {"acquire": {"db": 2}},
        "c": {"release": {"db": 4}},
        "d": {"release": {"db": 9, "gpu": 9, "none": 1}},
    }
    driver = Driver(sequence("start > a > b > c > d > end", nodes=nodes))
    for node_id in ("a", "b"):
        driver.granted(node_id)
        driver.done(node_id)
    driver.done("c")
    assert releases(driver) == [("exec-1/2", {"gpu": 1}), ("exec-1/3", {"db": 1})]
    driver.done("d")
    assert releases(driver)[2:] == [("exec-1/2", {}), ("exec-1/3", {})]


def test_a_node_that_fails_releases_nothing_but_its_handler_may() -> None:
    nodes: dict[str, Any] = {"a": LOCK, "b": UNLOCK, "h": UNLOCK}
    document = sequence("start > a > b > end", "b >!error> h > c > end", nodes=nodes)
    driver = Driver(document)
    driver.granted("a")
    driver.done("a")
    driver.fails("b")
    assert releases(driver) == []
    driver.done("h")
    assert releases(driver) == [("exec-1/2", {})]


def test_a_retry_does_not_acquire_again() -> None:
    policy = {"retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 0}}
    driver = Driver(sequence("start > a > end", nodes={"a": LOCK | policy}))
    driver.granted("a")
    driver.fails("a", retryable=True)
    assert driver.run_of("a").attempts == 2
    assert len(driver.commands_of(c.RequestPermits)) == 1


def test_a_dependency_is_met_before_anything_is_acquired() -> None:
    waits = {"dependencies": [{"nodeId": "b"}]}
    document = sequence(
        "start > fork > a > join > end", "fork > b > join", nodes={"a": LOCK | waits}
    )
    driver = Driver(document)
    assert driver.commands_of(c.RequestPermits) == []
    driver.done("b")
    assert [x.request.node_id for x in driver.commands_of(c.RequestPermits)] == ["a"]
    driver.granted("a")
    assert driver.active() == ["a"]


@pytest.mark.parametrize("node_id", ["start", "decide", "fork", "timer", "wait", "sub", "end"])
def test_nodes_of_every_type_acquire_before_they_act(node_id: str) -> None:
    parameters: dict[str, Any] = {
        "timer": {"durationSeconds": 1},
        "wait": {"callback": True},
        "sub": {"sequenceId": "child", "waitForCompletion": False},
    }
    path = {"start": "start > end", "end": "start > end"}.get(node_id, f"start > {node_id} > end")
    fields = LOCK | UNLOCK | {"parameters": parameters.get(node_id, {})}
    driver = Driver(sequence(path, nodes={node_id: fields}))
    assert driver.active() == [node_id]
    assert driver.status == "waiting"
    driver.granted(node_id)
    if node_id == "timer":
        driver.pass_time(1_000)
    if node_id == "wait":
        driver.done("wait")
    assert driver.status == "succeeded"
    number = 1 if node_id == "start" else 2
    assert releases(driver) == [(f"exec-1/{number}", {})]


def test_a_join_acquires_when_it_fires_and_keeps_what_has_arrived() -> None:
    outputs = [{"outputName": "n", "valueExpression": "len(arrived)"}]
    join = LOCK | {"outputMappings": outputs}
    document = sequence("start > fork > a > join > end", "fork > b > join", nodes={"join": join})
    driver = Driver(document)
    driver.done("a", "b")
    assert driver.active() == ["join"]
    driver.granted("join")
    assert driver.status == "succeeded"
    assert driver.latest("join").outputs == {"n": 2}


def test_items_of_a_body_acquire_one_by_one() -> None:
    each = {"parameters": {"forEach": "[1, 2]", "joinNodeId": "join"}}
    document = sequence("start > fork > a > join > end", nodes={"fork": each, "a": LOCK | UNLOCK})
    driver = Driver(document)
    asked = [x.request.id for x in driver.commands_of(c.RequestPermits)]
    assert asked == ["exec-1/3", "exec-1/4"]
    driver.granted("a")
    driver.done("a")
    assert releases(driver) == [("exec-1/3", {})]
    driver.granted("a")
    driver.done("a")
    assert driver.status == "succeeded"
    assert driver.current.claims == driver.current.claims.__class__()


def test_a_time_out_does_not_count_the_waiting() -> None:
    wait = {"parameters": {"callback": True}, "timeoutSeconds": 10}
    driver = Driver(sequence("start > wait > end", nodes={"wait": LOCK | wait}))
    driver.pass_time(60_000)
    driver.granted("wait")
    driver.pass_time(9_999)
    assert driver.status == "waiting"
    driver.pass_time(1)
    assert driver.error_code == "Seriatim.Timeout"


def test_what_was_granted_in_a_pause_is_held_and_acts_on_the_resumption() -> None:
    driver = Driver(sequence("start > a > end", nodes={"a": LOCK}))
    driver.send(m.PauseRequest())
    driver.granted("a")
    assert driver.open_tasks == []
    driver.send(m.ResumeRequest())
    assert driver.open_tasks == [c.RunTask(number=2)]
    assert len(driver.commands_of(c.RequestPermits)) == 1


def test_a_ring_fails_the_node_that_would_acquire() -> None:
    document = sequence("start > a > b > end", "b >!error> c > end", nodes={"a": LOCK, "b": LOCK})
    driver = Driver(document)
    driver.granted("a")
    driver.done("a")
    error = Error("Seriatim.ResourceDeadlock", "a ring")
    driver.send(m.PermitsDenied(ledger="pools", request_id="exec-1/3", error=error))
    assert driver.active() == ["c"]
    assert wants(driver.current, "pools", "exec-1/2")


def test_after_an_incident_what_was_acquired_is_there_and_what_was_denied_is_asked_anew() -> None:
    document = sequence("start > a > end", nodes={"a": LOCK}, failurePolicy="incident")
    driver = Driver(document)
    error = Error("Seriatim.UnknownResourcePool", "no such pool")
    driver.send(m.PermitsDenied(ledger="pools", request_id="exec-1/2", error=error))
    driver.send(m.NodeOrder(node_id="a", action="run-now"))
    assert driver.commands_of(c.RequestPermits)[-1].request.id == "exec-1/2#1"
    driver.granted("a")
    driver.fails("a")
    driver.send(m.NodeOrder(node_id="a", action="run-now"))
    assert len(driver.commands_of(c.RequestPermits)) == 2
    assert driver.run_of("a").attempts == 2
