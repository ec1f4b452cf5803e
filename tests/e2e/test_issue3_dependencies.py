"""Goal: dependencies beyond the flow hold over HTTP: waited for, shown, found out, refused."""

from collections.abc import Iterator

import pytest

from seriatim.local.service import LocalService
from tests.builders import sequence
from tests.e2e.calls import Caller, Document, Refused, failing, giving, outside

BRANCHES = ("start > fork > a > end", "fork > b > end2")


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with LocalService() as service:
        yield Caller(service)


def needs(node_id: str, **more: str) -> Document:
    return {"dependencies": [{"nodeId": node_id, **more}]}


def test_a_node_waits_for_another_and_the_execution_says_so(caller: Caller) -> None:
    mapping = {"sourceNodeId": "a", "sourceOutputName": "n", "targetInputName": "x"}
    b = needs("a") | {"inputMappings": [mapping]}
    execution_id = caller.start(sequence(*BRANCHES, nodes={"a": outside(), "b": b}))
    seen = caller.look(execution_id)["nodeExecutions"]["b"]
    assert (seen["status"], seen["waitingFor"]) == (
        "waiting",
        {"kind": "dependency", "nodeIds": ["a"]},
    )
    caller.done(*caller.poll(1), n=5)
    ended = caller.look(execution_id)
    assert ended["status"] == "succeeded"
    assert ended["nodeExecutions"]["b"]["inputs"] == {"x": 5}
    [resolved] = caller.history(execution_id, "DependenciesResolved")
    assert (resolved["nodeId"], resolved["met"]) == ("b", {"a": True})


@pytest.mark.parametrize("on", ["started", "completed"])
def test_a_dependency_may_ask_for_less_than_success(caller: Caller, on: str) -> None:
    a = outside() if on == "started" else failing()
    document = sequence(*BRANCHES, "a >!error> y > end", nodes={"a": a, "b": needs("a", on=on)})
    execution_id = caller.start(document)
    assert caller.look(execution_id)["nodeExecutions"]["b"]["status"] == "succeeded"
    for task in caller.poll(1) if on == "started" else ():
        caller.done(task)
    assert caller.look(execution_id)["status"] == "succeeded"


def test_one_that_does_not_block_takes_what_is_there(caller: Caller) -> None:
    mapping = {"sourceNodeId": "a", "sourceOutputName": "n", "targetInputName": "x"}
    b = needs("a", type="non_blocking") | {"inputMappings": [mapping]}
    execution_id = caller.start(sequence(*BRANCHES, nodes={"a": outside(), "b": b}))
    run = caller.look(execution_id)["nodeExecutions"]["b"]
    assert (run["status"], run["outputs"]) == ("succeeded", {"x": None})
    [resolved] = caller.history(execution_id, "DependenciesResolved")
    assert resolved["met"] == {"a": False}
    caller.done(*caller.poll(1))


def test_a_join_waits_with_what_it_has(caller: Caller) -> None:
    document = sequence(
        "start > fork > a > join > end",
        "fork > b > join",
        "fork > c > end2",
        nodes={"a": giving(n=1), "c": outside(), "join": needs("c")},
    )
    execution_id = caller.start(document)
    seen = caller.look(execution_id)["nodeExecutions"]["join"]
    assert seen["waitingFor"] == {"kind": "dependency", "nodeIds": ["c"]}
    caller.done(*caller.poll(1))
    assert caller.look(execution_id)["status"] == "succeeded"


@pytest.mark.parametrize("how", ["failed", "bypassed"])
def test_what_can_not_be_met_any_more_fails_the_node(caller: Caller, how: str) -> None:
    paths = {
        "failed": (*BRANCHES, "a >!error> y > end"),
        "bypassed": ("start > fork > decide >[false]> a > end", "decide > end", "fork > b > end2"),
    }
    nodes = {"b": needs("a"), "a": failing() if how == "failed" else {}}
    ended = caller.run(sequence(*paths[how], "b >!error> z > end", nodes=nodes))
    assert ended["status"] == "succeeded"
    error = ended["nodeExecutions"]["b"]["error"]
    assert error["code"] == "Seriatim.DependencyUnsatisfiable"
    assert "'a'" in error["message"]


@pytest.mark.parametrize(
    ("paths", "nodes", "cycle"),
    [
        (BRANCHES, {"a": needs("b"), "b": needs("a")}, "a → b → a"),
        (
            ("start > fork > y > join > a > end", "fork > b > join"),
            {"b": needs("a")},
            "b → join → a → b",
        ),
    ],
)
def test_a_cycle_is_refused_at_activation_and_named(
    caller: Caller, paths: tuple[str, ...], nodes: Document, cycle: str
) -> None:
    with pytest.raises(Refused) as refused:
        caller.publish(sequence(*paths, nodes=nodes))
    assert refused.value.status == 422
    found = [x for x in refused.value.body["problems"] if x["code"] == "BlockingCycle"]
    assert any(cycle in problem["message"] for problem in found), found
