"""Goal: boundaries, waits, choices and ends mean over HTTP what SEMANTICS section 2 says."""

from collections.abc import Iterator
from typing import Any

import pytest

from seriatim.local.service import LocalService
from tests.builders import sequence
from tests.e2e.calls import Caller, Document, edge, failing, outside

HOUR = 3_600


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with LocalService() as service:
        yield Caller(service)


def bounded(trigger: str, **fields: Any) -> Document:
    document = sequence("start > a > end", f"a >!{trigger}> b > end", nodes={"a": outside()})
    return edge(document, "a", "b", **fields)


def statuses(execution: Document) -> dict[str, str]:
    return {node: run["status"] for node, run in execution["nodeExecutions"].items()}


# -- boundaries -----------------------------------------------------------------------------------


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_signal_takes_a_token_out_of_a_node_that_runs(caller: Caller, interrupting: bool) -> None:
    document = bounded("signal", signalName="now", interrupting=interrupting)
    execution_id = caller.start(document)
    caller.look(execution_id)
    [task] = caller.poll(1)
    caller.signal(execution_id, "now")
    seen = caller.look(execution_id)
    assert statuses(seen)["b"] == "succeeded"
    if interrupting:
        assert (seen["status"], statuses(seen)["a"]) == ("succeeded", "cancelled")
        with pytest.raises(Exception, match="409"):
            caller.done(task)
    else:
        caller.done(task)
        assert caller.look(execution_id)["status"] == "succeeded"
        assert len(caller.runs(execution_id, "end")) == 2


def test_an_early_signal_is_kept_for_the_boundary(caller: Caller) -> None:
    document = sequence(
        "start > x > a > end",
        "a >!signal> b > end",
        nodes={"x": outside(), "a": outside()},
    )
    execution_id = caller.start(edge(document, "a", "b", signalName="now"))
    caller.look(execution_id)
    caller.signal(execution_id, "now")
    caller.done(*caller.poll(1))
    assert statuses(caller.look(execution_id))["a"] == "cancelled"


# -- waits ----------------------------------------------------------------------------------------


def test_a_wait_ends_when_its_condition_holds(caller: Caller) -> None:
    document = sequence(
        "start > wait > end",
        nodes={"wait": {"parameters": {"until": "level > 2"}}},
        variables=[{"name": "level", "type": "integer", "defaultValue": 0}],
    )
    execution_id = caller.start(document)
    for level, status in ((2, "waiting"), (3, "succeeded")):
        path = f"/executions/{execution_id}/variables"
        caller.call("PATCH", path, {"level": level})
        assert caller.look(execution_id)["status"] == status


@pytest.mark.parametrize("good", [True, False])
def test_a_caller_with_the_task_token_ends_a_wait(caller: Caller, good: bool) -> None:
    document = sequence(
        "start > wait > end",
        "wait >!error> b > end",
        nodes={"wait": {"parameters": {"callback": True}}},
    )
    execution_id = caller.start(document)
    run = caller.look(execution_id)["nodeExecutions"]["wait"]
    caller.done(run, ok=True) if good else caller.failed(run)
    seen = caller.look(execution_id)
    assert seen["status"] == "succeeded"
    assert ("b" in seen["nodeExecutions"]) is not good


@pytest.mark.parametrize("name", ["yes", "no"])
def test_of_several_boundaries_the_first_to_happen_decides(caller: Caller, name: str) -> None:
    document = sequence(
        "start > wait >!signal> yes > end",
        "wait >!signal> no > end",
        "wait >!timer> late > end",
    )
    edge(document, "wait", "yes", signalName="yes")
    edge(document, "wait", "no", signalName="no")
    edge(document, "wait", "late", afterSeconds=HOUR)
    execution_id = caller.start(document)
    assert caller.look(execution_id)["status"] == "waiting"
    caller.signal(execution_id, name)
    seen = caller.look(execution_id)
    assert seen["status"] == "succeeded"
    assert {"yes", "no", "late"} & set(seen["nodeExecutions"]) == {name}


# -- what ends and cancels ------------------------------------------------------------------------


def test_a_node_cancels_the_tokens_on_the_nodes_that_it_names(caller: Caller) -> None:
    document = sequence(
        "start > fork > a > end",
        "fork > b > end2",
        nodes={"a": {"cancelNodeIds": ["b"]}, "b": outside()},
    )
    ended = caller.run(document)
    assert ended["status"] == "succeeded"
    assert statuses(ended)["b"] == "cancelled"


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"terminate": True}, "succeeded"),
        ({"terminate": True, "status": "failed", "errorCode": "Denied"}, "failed"),
        ({"status": "failed", "errorCode": "Denied"}, "waiting"),
    ],
)
def test_an_end_may_fail_and_may_end_all(
    caller: Caller, parameters: dict[str, Any], status: str
) -> None:
    document = sequence(
        "start > fork > a > end",
        "fork > b > end2",
        nodes={"b": outside(), "end": {"parameters": parameters}},
    )
    seen = caller.run(document)
    assert seen["status"] == status
    if status == "waiting":
        [task] = caller.poll(1)
        caller.done(task)
        seen = caller.look(seen["id"])
        assert seen["status"] == "failed"
    if "errorCode" in parameters:
        assert seen["errors"][-1]["code"] == "Denied"
    else:
        assert statuses(seen)["b"] == "cancelled"


def test_a_failed_execution_starts_its_handler_once(caller: Caller) -> None:
    names = ("executionId", "status", "error", "variables")
    handler = caller.publish(
        sequence("start > end", variables=[{"name": name, "type": "any"} for name in names])
    )
    document = sequence(
        "start > a > end",
        nodes={"a": failing("Broken")},
        variables=[{"name": "n", "defaultValue": 7}],
        onFailureSequenceId=handler,
    )
    ended = caller.run(document)
    assert ended["status"] == "failed"
    [found] = caller.call("GET", "/executions", sequenceId=handler)["items"]
    variables = caller.look(found["id"])["variables"]
    assert (variables["executionId"], variables["status"]) == (ended["id"], "failed")
    assert variables["error"]["code"] == "Broken"
    assert variables["variables"] == {"n": 7}
