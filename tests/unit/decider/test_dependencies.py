"""Dependencies beyond the flow (SEMANTICS section 4): met, waited for, explained, and found out
when they can not be met any more.
"""

from typing import Any

import pytest

from seriatim.domain import events as e
from tests.builders import Driver, sequence

Nodes = dict[str, Any]


def needs(*nodes: str, on: str | None = None, kind: str | None = None) -> Nodes:
    """A node document that depends on others."""
    more = ({"on": on} if on else {}) | ({"type": kind} if kind else {})
    return {"dependencies": [{"nodeId": node, **more} for node in nodes]}


def resolved(driver: Driver) -> list[tuple[str, dict[str, bool]]]:
    return [(x.node_id, x.met) for x in driver.events if isinstance(x, e.DependenciesResolved)]


BRANCHES = ("start > fork > a > end", "fork > b > end2")


# -- waiting and being met ------------------------------------------------------------------------


def test_a_node_waits_until_the_other_one_has_succeeded() -> None:
    driver = Driver(sequence(*BRANCHES, nodes={"b": needs("a")}))
    run = driver.run_of("b")
    assert (run.status, run.attempts) == ("waiting", 0)
    assert run.wait is not None
    assert (run.wait.kind, run.wait.node_ids) == ("dependency", ("a",))
    driver.done("a")
    assert driver.run_of("b").status == "running"
    driver.done("b")
    assert driver.status == "succeeded"
    assert resolved(driver) == [("b", {"a": True})]


def test_what_is_met_already_is_not_waited_for_and_the_history_says_so() -> None:
    driver = Driver(sequence("start > a > b > end", nodes={"b": needs("a")}))
    driver.done("a")
    assert driver.run_of("b").status == "running"
    assert resolved(driver) == [("b", {"a": True})]


def test_all_of_several_are_waited_for_and_those_that_are_missing_are_named() -> None:
    driver = Driver(sequence(*BRANCHES, "fork > d > end2", nodes={"b": needs("a", "d")}))
    driver.done("a")
    wait = driver.run_of("b").wait
    assert wait is not None
    assert set(wait.node_ids) == {"a", "d"}
    driver.done("d")
    assert driver.active() == ["b"]
    assert driver.run_of("b").status == "running"


def test_inputs_are_computed_when_the_dependency_is_met() -> None:
    mapping = {"sourceNodeId": "a", "sourceOutputName": "n", "targetInputName": "x"}
    document = sequence(*BRANCHES, nodes={"b": needs("a") | {"inputMappings": [mapping]}})
    driver = Driver(document)
    assert driver.run_of("b").inputs == {"x": None}
    driver.done("a", result={"n": 5})
    assert driver.run_of("b").inputs == {"x": 5}


def test_inputs_that_fail_then_fail_the_node() -> None:
    mapping = {
        "sourceNodeId": "a",
        "sourceOutputName": "n",
        "targetInputName": "x",
        "transformation": "0 if value == null else value + 1",
    }
    nodes = {"b": needs("a") | {"inputMappings": [mapping]}}
    driver = Driver(sequence(*BRANCHES, "b >!error> c > end2", nodes=nodes))
    driver.done("a", result={"n": "text"})
    assert driver.active() == ["c"]


@pytest.mark.parametrize(
    ("on", "how", "status"),
    [
        ("succeeded", "done", "running"),
        ("completed", "done", "running"),
        ("completed", "fails", "running"),
        ("completed", "cancelled", "running"),
        ("started", "runs", "running"),
        ("succeeded", "runs", "waiting"),
        ("completed", "runs", "waiting"),
    ],
)
def test_on_says_how_far_the_other_node_must_be(on: str, how: str, status: str) -> None:
    document = sequence(
        "start > fork > a > end",
        "a >!error> x > end",
        "a >!signal> x > end",
        "fork > b > end2",
        nodes={"b": needs("a", on=on)},
    )
    next(t for t in document["transitions"] if t.get("trigger") == "signal")["signalName"] = "no"
    driver = Driver(document)
    match how:
        case "done":
            driver.done("a")
        case "fails":
            driver.fails("a")
        case "cancelled":
            driver.signal("no")
        case _:
            assert "a" in driver.active()
    assert driver.run_of("b").status == status


def test_the_latest_run_of_the_other_node_counts() -> None:
    document = sequence(
        "start > fork > a > decide >[nodes.a.outputs.again]> a",
        "decide > end",
        "fork > x > b > end2",
        nodes={"b": needs("a")},
    )
    driver = Driver(document)
    driver.done("a", result={"again": True})
    driver.done("x")
    assert driver.run_of("b").status == "waiting"
    driver.done("a", result={"again": False})
    assert driver.run_of("b").status == "running"


def test_waiting_for_a_dependency_is_not_bounded_by_the_time_out_of_an_attempt() -> None:
    driver = Driver(sequence(*BRANCHES, nodes={"b": needs("a") | {"timeoutSeconds": 5}}))
    driver.pass_time(60_000)
    assert driver.active() == ["a", "b"]
    driver.done("a")
    assert driver.run_of("b").status == "running"


def test_a_boundary_may_end_the_waiting() -> None:
    document = sequence(*BRANCHES, "b >!timer> x > end2", nodes={"b": needs("a")})
    next(t for t in document["transitions"] if t.get("trigger"))["afterSeconds"] = 5
    driver = Driver(document)
    driver.pass_time(5_000)
    assert driver.active() == ["a", "x"]
    driver.done("a", "x")
    assert driver.status == "succeeded"
    assert driver.current.dependency_waits == ()


@pytest.mark.parametrize(
    ("node_id", "extra"),
    [
        ("end2", {}),
        ("decide", {}),
        ("timer", {"parameters": {"durationSeconds": 0}}),
        ("wait", {"parameters": {"until": "true"}}),
    ],
)
def test_every_kind_of_node_may_wait(node_id: str, extra: Nodes) -> None:
    paths = ["start > fork > a > end"]
    paths.append("fork > end2" if node_id == "end2" else f"fork > {node_id} > end2")
    driver = Driver(sequence(*paths, nodes={node_id: needs("a") | extra}))
    assert driver.active() == ["a", node_id]
    driver.done("a")
    assert driver.status == "succeeded"


def test_a_chain_of_dependencies_is_released_in_one_step() -> None:
    document = sequence(
        *BRANCHES,
        "fork > decide1 > end2",
        "fork > decide2 > end2",
        nodes={"decide1": needs("a"), "decide2": needs("decide1"), "b": needs("decide2")},
    )
    driver = Driver(document)
    steps = len(driver.steps)
    driver.done("a")
    assert len(driver.steps) == steps + 1
    assert driver.run_of("b").status == "running"


# -- joins ----------------------------------------------------------------------------------------


JOINED = ("start > fork > a > join > x > end", "fork > b > join", "fork > c > end2")


def test_a_join_waits_for_its_dependency_with_the_tokens_that_it_took() -> None:
    outputs = {"outputMappings": [{"outputName": "all", "valueExpression": "arrived"}]}
    driver = Driver(sequence(*JOINED, nodes={"join": needs("c") | outputs}))
    driver.done("a", result={"n": 1})
    driver.done("b", result={"n": 2})
    assert driver.active() == ["c", "join"]
    assert driver.run_of("join").status == "waiting"
    driver.done("c")
    assert driver.active() == ["x"]
    assert driver.latest("join").outputs == {"all": [{"n": 1}, {"n": 2}]}


def test_the_closing_join_of_a_for_each_waits_for_its_dependency() -> None:
    document = sequence(
        "start > fork0 > fork > a > join > end",
        "fork0 > c > end2",
        nodes={
            "fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}},
            "join": needs("c"),
        },
    )
    driver = Driver(document, {"xs": [1, 2]})
    driver.done("a", result={"n": 1})
    driver.done("a", result={"n": 2})
    assert driver.active() == ["c", "join"]
    driver.done("c")
    assert driver.latest("join").outputs == {"items": [{"n": 1}, {"n": 2}]}
    assert driver.status == "succeeded"


def test_a_join_with_a_dependency_that_is_met_does_not_wait() -> None:
    driver = Driver(sequence(*JOINED, nodes={"join": needs("c")}))
    driver.done("c", "a", "b")
    assert driver.active() == ["x"]
    assert resolved(driver) == [("join", {"c": True})]


# -- non-blocking ---------------------------------------------------------------------------------


@pytest.mark.parametrize("has_run", [True, False])
def test_one_that_does_not_block_never_waits_and_the_history_says_what_was_there(
    has_run: bool,
) -> None:
    mapping = {"sourceNodeId": "a", "sourceOutputName": "n", "targetInputName": "x"}
    nodes = {"b": needs("a", kind="non_blocking") | {"inputMappings": [mapping]}}
    driver = Driver(sequence("start > fork > a > end", "fork > y > b > end2", nodes=nodes))
    driver.done(*(("a", "y") if has_run else ("y",)), result={"n": 5})
    assert driver.run_of("b").status == "running"
    assert driver.run_of("b").inputs == {"x": 5 if has_run else None}
    assert resolved(driver) == [("b", {"a": has_run})]


# -- forEach --------------------------------------------------------------------------------------


def test_inside_a_body_the_other_node_of_the_same_item_counts() -> None:
    document = sequence(
        "start > fork > fork2 > a > join2 > join > end",
        "fork2 > b > join2",
        nodes={
            "fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}},
            "b": needs("a"),
        },
    )
    driver = Driver(document, {"xs": [1, 2]})
    runs = {(r.node_id, r.index): r.number for r in driver.current.active.values()}
    driver.done_run(runs["a", 1])
    assert driver.current.active[runs["b", 0]].status == "waiting"
    assert driver.current.active[runs["b", 1]].status == "running"


def test_inside_a_body_a_node_outside_may_be_waited_for() -> None:
    document = sequence(
        "start > fork0 > fork > a > join > end",
        "fork0 > x > end2",
        nodes={
            "fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}},
            "a": needs("x"),
        },
    )
    driver = Driver(document, {"xs": [1, 2]})
    assert [r.status for r in driver.current.active.values() if r.node_id == "a"] == ["waiting"] * 2
    driver.done("x")
    driver.done("a", "a")
    assert driver.status == "succeeded"


def test_outside_a_body_a_node_inside_is_met_when_an_item_has_run_it() -> None:
    document = sequence(
        "start > fork0 > fork > a > join > end",
        "fork0 > b > end2",
        nodes={
            "fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}},
            "b": needs("a"),
        },
    )
    driver = Driver(document, {"xs": [1, 2]})
    assert driver.run_of("b").status == "waiting"
    driver.done("a", "a")
    assert driver.run_of("b").status == "running"
