"""Goal: locks, limits, rates and targets hold over HTTP, for all executions together."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from seriatim.local.service import LocalService
from tests.builders import sequence
from tests.e2e.calls import Caller, outside

GO = {"parameters": {"signalName": "go"}}


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with LocalService(skip_time=True) as service:
        yield Caller(service)


def started(caller: Caller, sequence_id: str, **given: Any) -> str:
    execution = caller.call("POST", f"/sequences/{sequence_id}/executions", given)
    caller.look(execution["id"])
    return str(execution["id"])


def statuses(caller: Caller, executions: list[str]) -> list[str]:
    return [caller.look(execution)["status"] for execution in executions]


def test_a_lock_passes_from_one_execution_to_the_next_by_priority(caller: Caller) -> None:
    caller.call("PUT", "/resource-pools/list", {"capacity": 1})
    nodes: dict[str, Any] = {
        "a": {"acquire": {"list": 1}},
        "signal": GO,
        "b": {"release": {"list": 1}},
    }
    sequence_id = caller.publish(sequence("start > a > signal > b > end", nodes=nodes))
    executions = [started(caller, sequence_id, priority=priority) for priority in (0, 1, 9)]
    waiting = caller.look(executions[2])["nodeExecutions"]["a"]["waitingFor"]
    assert waiting == {"kind": "permit", "ledger": "pools", "units": {"list": 1}}
    pool = caller.call("GET", "/resource-pools/list")
    assert (pool["inUse"], pool["waiting"]) == (1, 2)
    for execution in (executions[0], executions[2], executions[1]):
        assert "signal" in caller.look(execution)["nodeExecutions"]
        caller.signal(execution, "go")
        assert caller.look(execution)["status"] == "succeeded"
    kinds = [item["type"] for item in caller.history(executions[1])]
    assert kinds.index("PermitsRequested") < kinds.index("PermitsReceived")
    assert "HoldingReduced" in kinds
    pool = caller.call("GET", "/resource-pools/list")
    assert (pool["inUse"], pool["waiting"]) == (0, 0)


def test_attempts_share_a_pool_and_free_it_when_they_are_over(caller: Caller) -> None:
    caller.call("PUT", "/resource-pools/db", {"capacity": 1})
    node = outside(resources={"db": 1})
    nodes = {"a": node, "b": node}
    document = sequence("start > fork > a > join > end", "fork > b > join", nodes=nodes)
    execution_id = caller.start(document)
    caller.look(execution_id)
    [first] = caller.poll(1)
    assert caller.call("GET", "/resource-pools/db")["waiting"] == 1
    caller.done(first)
    caller.look(execution_id)
    caller.done(*caller.poll(1))
    assert caller.look(execution_id)["status"] == "succeeded"
    assert caller.call("GET", "/resource-pools/db")["inUse"] == 0


def test_executions_beyond_the_limit_of_their_sequence_are_pending(caller: Caller) -> None:
    document = sequence("start > signal > end", nodes={"signal": GO}, maxConcurrentExecutions=2)
    sequence_id = caller.publish(document)
    executions = [started(caller, sequence_id) for _ in range(4)]
    assert statuses(caller, executions) == ["waiting", "waiting", "pending", "pending"]
    listed = caller.call("GET", "/executions", status="pending", sequenceId=sequence_id)
    assert {item["id"] for item in listed["items"]} == set(executions[2:])
    caller.call("POST", f"/executions/{executions[2]}/cancel", {"reason": "not needed"})
    caller.signal(executions[0], "go")
    assert statuses(caller, executions) == ["succeeded", "waiting", "cancelled", "waiting"]
    for execution in (executions[1], executions[3]):
        caller.signal(execution, "go")
    assert statuses(caller, executions[1:]) == ["succeeded", "cancelled", "succeeded"]


def test_a_rate_spaces_the_attempts_of_all_executions(caller: Caller) -> None:
    task = {"id": "rated", "integration": "python", "python": {"function": "builtin.echo"}}
    rate = {"permits": 1, "perSeconds": 5}
    caller.call("PUT", "/task-definitions/rated", task | {"rateLimit": rate})
    nodes = {"a": {"taskDefinitionId": "rated"}}
    sequence_id = caller.publish(sequence("start > a > end", nodes=nodes))
    executions = [started(caller, sequence_id) for _ in range(3)]
    begun = []
    for execution in executions:
        assert caller.look(execution)["status"] == "succeeded"
        [scheduled] = caller.history(execution, "TaskScheduled")
        begun.append(datetime.fromisoformat(scheduled["time"]))
    # The rate says from when on each may begin; each does a moment later.
    assert all(
        (later - earlier).total_seconds() > 4.5 for earlier, later in pairwise(sorted(begun))
    )


def test_round_robin_takes_turns_and_leaves_out_a_target_that_fails(caller: Caller) -> None:
    task = {
        "id": "turned",
        "integration": "python",
        "python": {"function": "builtin.echo"},
        "balancing": "round_robin",
        "targets": [{"function": "builtin.echo"}, {"function": "builtin.fail"}],
        "retryPolicy": {"maxRetries": 1, "retryIntervalSeconds": 0},
    }
    caller.call("PUT", "/task-definitions/turned", task)
    nodes = {"a": {"taskDefinitionId": "turned", "parameters": {"times": 99}}}
    sequence_id = caller.publish(sequence("start > a > end", nodes=nodes))
    targets: list[int] = []
    for _ in range(6):
        execution = started(caller, sequence_id)
        assert caller.look(execution)["status"] == "succeeded"
        targets += [item["target"] for item in caller.history(execution, "TaskScheduled")]
    assert targets.count(1) == 3
    assert targets[-1] == 0


def test_what_a_pool_can_never_give_is_said_at_activation(caller: Caller) -> None:
    caller.call("PUT", "/resource-pools/small", {"capacity": 1})
    for pool, code in (("small", "PoolTooSmall"), ("missing", "UnknownResourcePool")):
        document = sequence("start > a > end", nodes={"a": {"acquire": {pool: 2}}})
        answer = caller.call("POST", "/sequences/validate", document)
        assert code in {problem["code"] for problem in answer["problems"]}


def test_executions_beyond_the_limit_of_the_project_are_pending() -> None:
    with LocalService(skip_time=True) as service:
        caller = Caller(service)
        settings = caller.call("PUT", "/settings", {"maxConcurrentExecutions": 1})
        assert settings["maxConcurrentExecutions"] == 1
        sequence_id = caller.publish(sequence("start > signal > end", nodes={"signal": GO}))
        executions = [started(caller, sequence_id) for _ in range(2)]
        assert statuses(caller, executions) == ["waiting", "pending"]
        for execution in executions:
            caller.signal(execution, "go")
        assert statuses(caller, executions) == ["succeeded", "succeeded"]
