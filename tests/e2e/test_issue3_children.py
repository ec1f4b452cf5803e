"""Goal: subprocesses and families of children do over HTTP what they promise."""

from collections.abc import Iterator
from typing import Any

import pytest

from seriatim.local.service import LocalService
from tests.builders import sequence
from tests.e2e.calls import Caller, Document, outside

ITEM = [{"name": "item", "type": "any"}, {"name": "index", "type": "integer"}]
MANY = 400


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with LocalService(skip_time=True) as service:
        yield Caller(service)


def mapped(name: str, expression: str) -> Document:
    return {"outputMappings": [{"outputName": name, "valueExpression": expression}]}


def parent(child: str, *paths: str, node: Document | None = None, **parameters: Any) -> Document:
    return sequence(
        *(paths or ("start > sub > end",)),
        nodes={"sub": {"parameters": {"sequenceId": child, **parameters}, **(node or {})}},
    )


def doubling(caller: Caller) -> str:
    """A child that doubles its item; item 13 fails."""
    document = sequence(
        "start > decide >[item != 13]> a > end",
        "decide > end2",
        nodes={
            "a": {"parameters": {"v": "${item * 2}"}},
            "end": mapped("v", "nodes.a.outputs.v"),
            "end2": {"parameters": {"status": "failed", "errorCode": "Unlucky"}},
        },
        variables=ITEM,
    )
    return caller.publish(document)


def handed_out(caller: Caller) -> str:
    return caller.publish(sequence("start > a > end", nodes={"a": outside()}, variables=ITEM))


# -- one child ------------------------------------------------------------------------------------


def test_the_outputs_of_the_child_are_the_nodes(caller: Caller) -> None:
    document = parent(doubling(caller), variables={"item": 21})
    ended = caller.run(document | {"name": "parent"})
    assert ended["status"] == "succeeded"
    assert ended["nodeExecutions"]["sub"]["outputs"] == {"v": 42}


def test_a_child_that_is_not_awaited_goes_on_alone(caller: Caller) -> None:
    ended = caller.run(parent(handed_out(caller), waitForCompletion=False))
    assert ended["status"] == "succeeded"
    child_id = ended["nodeExecutions"]["sub"]["outputs"]["executionId"]
    assert caller.look(child_id)["status"] == "waiting"
    caller.done(*caller.poll(1))
    assert caller.look(child_id)["status"] == "succeeded"


def test_a_child_runs_on_the_revision_that_is_asked_for_or_on_the_latest(caller: Caller) -> None:
    first = sequence("start > end", nodes={"end": mapped("r", "1")})
    child = caller.publish(first)
    second = sequence("start > end", nodes={"end": mapped("r", "2")})
    caller.call("PATCH", f"/sequences/{child}", {"nodes": second["nodes"]})
    asked: list[tuple[Document, int]] = [({}, 2), ({"revision": 1}, 1)]
    for parameters, expected in asked:
        ended = caller.run(parent(child, **parameters))
        assert ended["nodeExecutions"]["sub"]["outputs"] == {"r": expected}


def test_a_child_that_can_not_be_started_fails_the_node(caller: Caller) -> None:
    document = parent("${nodes.start.outputs.which}", "start > sub > end", "sub >!error> x > end")
    ended = caller.run(document | {"variables": [{"name": "which"}]}, which="nowhere")
    assert ended["status"] == "succeeded"
    assert ended["nodeExecutions"]["sub"]["status"] == "failed"


def test_a_sequence_may_call_itself_until_a_decision_ends_it(caller: Caller) -> None:
    created = caller.call("POST", "/sequences", sequence("start > end"))
    document = sequence(
        "start > decide >[n > 0]> sub > end",
        "decide > end2",
        nodes={
            "sub": {"parameters": {"sequenceId": created["id"], "variables": {"n": "${n - 1}"}}},
            "end": mapped("depth", "nodes.sub.outputs.depth + 1"),
            "end2": mapped("depth", "0"),
        },
        variables=[{"name": "n", "type": "integer"}],
    )
    caller.call("PATCH", f"/sequences/{created['id']}", document)
    caller.call("POST", f"/sequences/{created['id']}/activate")
    path = f"/sequences/{created['id']}/executions"
    started = caller.call("POST", path, {"variables": {"n": 5}})
    assert caller.look(started["id"])["outputs"] == {"depth": 5}


# -- a child per item -----------------------------------------------------------------------------


def test_children_of_a_list_give_their_outputs_in_order(caller: Caller) -> None:
    ended = caller.run(parent(doubling(caller), forEach="[1, 2, 3]", maxConcurrency=2))
    outputs = ended["nodeExecutions"]["sub"]["outputs"]
    assert outputs == {"items": [{"v": 2}, {"v": 4}, {"v": 6}], "succeeded": 3, "failed": 0}


def test_an_empty_list_has_no_children(caller: Caller) -> None:
    ended = caller.run(parent(doubling(caller), forEach="[]"))
    assert ended["nodeExecutions"]["sub"]["outputs"]["items"] == []


@pytest.mark.parametrize(("tolerated", "status"), [(0, "failed"), (34, "succeeded")])
def test_failures_are_tolerated_up_to_the_percentage(
    caller: Caller, tolerated: int, status: str
) -> None:
    parameters: Document = {"forEach": "[1, 13, 3]", "toleratedFailurePercentage": tolerated}
    ended = caller.run(parent(doubling(caller), **parameters))
    assert ended["status"] == status
    run = ended["nodeExecutions"]["sub"]
    if status == "failed":
        assert run["error"]["code"] == "Seriatim.ChildFailed"
        assert run["error"]["details"]["firstError"]["code"] == "Unlucky"
    else:
        assert (run["outputs"]["succeeded"], run["outputs"]["failed"]) == (2, 1)


def test_a_failed_family_is_tried_again_with_new_children(caller: Caller) -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 60}
    document = parent(doubling(caller), node={"retryPolicy": policy}, forEach="[13]")
    ended = caller.run(document)
    assert ended["status"] == "failed"
    assert ended["nodeExecutions"]["sub"]["attempts"] == 2
    assert len(caller.history(ended["id"], "ChildrenStarted")) == 2


@pytest.mark.parametrize("parameters", [{}, {"forEach": "range(3)", "maxConcurrency": 2}])
def test_cancelling_the_parent_cancels_its_children(
    caller: Caller, parameters: dict[str, Any]
) -> None:
    child = handed_out(caller)
    execution_id = caller.start(parent(child, **parameters))
    caller.look(execution_id)
    started = caller.call("GET", "/executions", sequenceId=child)["items"]
    assert len(started) == (2 if parameters else 1)
    tasks = caller.poll(len(started))
    caller.call("POST", f"/executions/{execution_id}/cancel", {"reason": "enough"})
    assert caller.look(execution_id)["status"] == "cancelled"
    assert {caller.look(each["id"])["status"] for each in started} == {"cancelled"}
    with pytest.raises(Exception, match="409"):
        caller.done(tasks[0])


def test_the_log_of_a_parent_of_many_stays_small(caller: Caller) -> None:
    ended = caller.run(parent(doubling(caller), forEach=f"range(20, {20 + MANY})"))
    outputs = ended["nodeExecutions"]["sub"]["outputs"]
    assert (outputs["succeeded"], outputs["items"][-1]) == (MANY, {"v": 2 * (19 + MANY)})
    history = caller.history(ended["id"])
    assert len(history) <= MANY + 30
