"""Goal: what joins and forks over lists mean holds over HTTP, on the whole service."""

from collections.abc import Iterator
from typing import Any

import pytest

from seriatim.local.service import LocalService
from tests.builders import sequence
from tests.e2e.calls import Caller, Document, failing, outside

ALL = [{"outputName": "all", "valueExpression": "arrived"}]
THREE = ("start > fork > a > join > x > end", "fork > b > join", "fork > c > join")


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with LocalService() as service:
        yield Caller(service)


def three(**join: Any) -> Document:
    """Three outside tasks into a join."""
    nodes = {name: outside() for name in "abc"}
    return sequence(*THREE, nodes={**nodes, "join": {"parameters": join, "outputMappings": ALL}})


@pytest.mark.parametrize(
    ("join", "needed"),
    [
        ({"mode": "any"}, 1),
        ({"mode": "count", "count": 2}, 2),
        ({"mode": "count", "count": "wanted"}, 2),
        ({"mode": "expression", "completeWhen": "len(arrived) == 2 and arrived[1].n == 2"}, 2),
        ({"mode": "gather"}, 3),
    ],
)
def test_a_join_fires_as_its_mode_says_and_absorbs_the_late(
    caller: Caller, join: dict[str, Any], needed: int
) -> None:
    document = three(**join) | {"variables": [{"name": "wanted", "defaultValue": 2}]}
    execution_id = caller.start(document)
    caller.look(execution_id)
    tasks = caller.poll(3)
    for n, task in enumerate(tasks, start=1):
        assert len(caller.runs(execution_id, "join")) == (1 if n > needed else 0)
        caller.done(task, n=n)
    ended = caller.look(execution_id)
    assert ended["status"] == "succeeded"
    [run] = caller.runs(execution_id, "join")
    assert run["outputs"]["all"] == [{"n": n} for n in range(1, needed + 1)]
    assert len(caller.runs(execution_id, "x")) == 1


def test_a_join_that_cancels_gives_up_the_other_branches(caller: Caller) -> None:
    execution_id = caller.start(three(mode="any", onReached="cancel"))
    caller.look(execution_id)
    a, b, c = caller.poll(3)
    caller.done(b, n=1)
    ended = caller.look(execution_id)
    assert ended["status"] == "succeeded"
    assert [ended["nodeExecutions"][x]["status"] for x in "ac"] == ["cancelled", "cancelled"]
    for late in (a, c):
        with pytest.raises(Exception, match="409"):
            caller.done(late)


def test_a_count_that_can_not_be_met_any_more_fails_the_join(caller: Caller) -> None:
    document = sequence(
        *THREE,
        "b >!error> end2",
        "join >!error> y > end",
        nodes={"b": failing(), "join": {"parameters": {"mode": "count", "count": 3}}},
    )
    ended = caller.run(document)
    assert ended["status"] == "succeeded"
    assert ended["nodeExecutions"]["join"]["error"]["code"] == "Seriatim.JoinUnsatisfied"
    assert ended["nodeExecutions"]["y"]["status"] == "succeeded"


def test_a_fork_and_a_join_in_a_loop_come_round_again(caller: Caller) -> None:
    count = [{"outputName": "n", "valueExpression": "n + 1", "targetVariable": "n"}]
    document = sequence(
        "start > a > fork > b > join > decide >[n < 3]> a",
        "fork > c > join",
        "decide > end",
        nodes={"join": {"outputMappings": count}},
        variables=[{"name": "n", "type": "integer", "defaultValue": 0}],
    )
    ended = caller.run(document)
    assert ended["status"] == "succeeded"
    assert [run["run"] for run in caller.runs(ended["id"], "join")] == [1, 2, 3]


def test_several_tokens_on_one_transition_fire_the_join_several_times(caller: Caller) -> None:
    document = sequence("start > fork > a > m > join > x > end", "fork > b > m", "fork > c > join")
    ended = caller.run(document)
    assert ended["status"] == "succeeded"
    assert len(caller.runs(ended["id"], "x")) == 2


# -- forEach --------------------------------------------------------------------------------------


def test_items_in_items_give_their_outputs_in_order(caller: Caller) -> None:
    document = sequence(
        "start > fork > fork2 > a > join2 > join > end",
        nodes={
            "fork": {"parameters": {"forEach": "rows", "joinNodeId": "join"}},
            "fork2": {
                "parameters": {"forEach": "item", "joinNodeId": "join2", "maxConcurrency": 1}
            },
            "a": {"parameters": {"v": "${item * 10}", "i": "${index}"}},
            "end": {
                "outputMappings": [
                    {"outputName": "table", "valueExpression": "nodes.join.outputs.items"}
                ]
            },
        },
        variables=[{"name": "rows", "type": "array"}],
    )
    ended = caller.run(document, rows=[[1, 2], [], [3]])
    assert ended["outputs"]["table"] == [
        {"items": [{"v": 10, "i": 0}, {"v": 20, "i": 1}]},
        {"items": []},
        {"items": [{"v": 30, "i": 0}]},
    ]
    assert sorted(run["index"] for run in caller.runs(ended["id"], "a")) == [0, 0, 1]


def each(policy: str = "fail_fast", join: Document | None = None, **fork: Any) -> Document:
    return sequence(
        "start > fork > a > join > x > end",
        nodes={
            "fork": {"parameters": {"forEach": "range(4)", "joinNodeId": "join", **fork}},
            "a": outside(),
            "join": {"parameters": join or {}},
        },
        failurePolicy=policy,
    )


def test_no_more_items_run_at_once_than_may(caller: Caller) -> None:
    execution_id = caller.start(each(maxConcurrency=2))
    for _ in range(2):
        caller.look(execution_id)
        assert len(caller.runs(execution_id, "a")) in {2, 4}
        for task in caller.poll(2):
            caller.done(task)
    assert caller.look(execution_id)["status"] == "succeeded"


def test_the_closing_join_counts_items_and_cancels_the_others(caller: Caller) -> None:
    join = {"mode": "count", "count": 2, "onReached": "cancel"}
    execution_id = caller.start(each(join=join))
    caller.look(execution_id)
    for task in caller.poll(4)[:2]:
        caller.done(task)
    ended = caller.look(execution_id)
    assert ended["status"] == "succeeded"
    statuses = [run["status"] for run in caller.runs(execution_id, "a")]
    assert sorted(statuses) == ["cancelled", "cancelled", "succeeded", "succeeded"]


@pytest.mark.parametrize("policy", ["fail_fast", "finish_branches"])
def test_a_failed_item_fails_the_execution_as_the_policy_says(caller: Caller, policy: str) -> None:
    execution_id = caller.start(each(policy))
    caller.look(execution_id)
    first, *others = caller.poll(4)
    caller.failed(first, "Broken")
    if policy == "finish_branches":
        assert caller.look(execution_id)["status"] in {"running", "waiting"}
        for task in others:
            caller.done(task)
    ended = caller.look(execution_id)
    assert ended["status"] == "failed"
    assert ended["errors"][0]["code"] == "Broken"
    assert caller.runs(execution_id, "join") == []


def test_a_list_longer_than_a_step_goes_on_in_the_next(caller: Caller) -> None:
    document = sequence(
        "start > fork > decide > join > end",
        nodes={"fork": {"parameters": {"forEach": "range(700)", "joinNodeId": "join"}}},
    )
    ended = caller.run(document)
    assert ended["status"] == "succeeded"
    assert len(caller.runs(ended["id"], "decide")) == 700
