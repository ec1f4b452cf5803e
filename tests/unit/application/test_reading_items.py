"""Reading back the runs of items, of nodes that waited for others, and of what came too late: from
the log alone, as they ended.
"""

from typing import Any

import pytest

from seriatim.application.node_runs import node_runs_of
from seriatim.domain import events as e
from seriatim.domain.state import NodeRun
from seriatim.domain.values import ExecutionKey, Status
from tests.builders import START_TIME, Driver, sequence
from tests.fakes.log import FakeLog

KEY = ExecutionKey("p", "exec-1")


def all_runs(driver: Driver) -> list[NodeRun]:
    """Every run, read from the log."""
    log = FakeLog()
    for step in driver.steps:
        log.append(KEY, step)
    runs = [found.run for found in node_runs_of(log, driver.current, 0, 0)]
    assert [run.number for run in runs] == list(range(1, driver.current.node_runs + 1))
    return runs


def read(driver: Driver) -> dict[tuple[str, int | None], NodeRun]:
    """The runs by node and index."""
    return {(run.node_id, run.index): run for run in all_runs(driver)}


def over(xs: list[Any], *paths: str, **join: Any) -> Driver:
    nodes = {
        "fork": {"parameters": {"forEach": "xs", "joinNodeId": "join"}},
        "join": {"parameters": join},
        "y": {"cancelNodeIds": ["fork"]},
    }
    return Driver(sequence(*paths, "start > fork0 > y > end", nodes=nodes), {"xs": xs})


def test_runs_of_items_are_there_after_the_items_have_ended() -> None:
    driver = over([1, 2, 3], "start > fork0 > fork > a > join > b > end")
    for n in range(3):
        driver.done("a", result={"n": n})
    runs = read(driver)
    assert [runs["a", n].outputs for n in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize("how", ["join", "cancelled"])
def test_runs_of_items_that_were_given_up_have_ended_then(how: str) -> None:
    path = "start > fork0 > fork > fork2 > a > join2 > join > b > end"
    driver = over([1, 2], path, "fork2 > join2", mode="any", onReached="cancel")
    driver.pass_time(1_000)
    driver.done("a" if how == "join" else "y")
    driver.pass_time(1_000)
    runs = read(driver)
    given_up = [run for (node, _), run in runs.items() if node == "a" and run.status != "succeeded"]
    assert [run.status for run in given_up] == [Status.CANCELLED] * (1 if how == "join" else 2)
    assert {run.ended_at for run in given_up} == {START_TIME + 1_000}
    cancelled = [x for x in driver.events if isinstance(x, e.NodeCancelled) and x.node_id == "a"]
    assert len(cancelled) == len(given_up)


def test_a_run_that_waited_for_another_shows_the_inputs_that_it_ran_with() -> None:
    mapping = {"sourceNodeId": "a", "sourceOutputName": "n", "targetInputName": "x"}
    document = sequence(
        "start > fork > a > end",
        "fork > b > decide >[nodes.b.outputs.again]> b",
        "decide > end2",
        nodes={"b": {"dependencies": [{"nodeId": "a"}], "inputMappings": [mapping]}},
    )
    driver = Driver(document)
    driver.done("a", result={"n": 5})
    driver.done("b", result={"again": True})
    assert [run.inputs for run in all_runs(driver) if run.node_id == "b"] == [{"x": 5}] * 2


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("My.Timeout", "failed"),
        ("Seriatim.Timeout", "timed_out"),
        ("Seriatim.HeartbeatTimeout", "timed_out"),
    ],
)
def test_how_a_run_failed_is_read_as_the_state_had_it(code: str, status: str) -> None:
    document = sequence(
        "start > a > end", "a >!error> decide >[nodes.a.error.code == 'again']> end", "decide > a"
    )
    driver = Driver(document)
    driver.fails("a", code)
    first = next(run for run in all_runs(driver) if run.node_id == "a")
    assert first.status.value == status
