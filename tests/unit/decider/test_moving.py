"""Moving to another revision: what is in the way of it, and how the execution goes on."""

from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain.control_events import ExecutionMoved
from seriatim.domain.decider.moving import obstacles
from seriatim.domain.plan import compile_plan
from tests.builders import TASKS, Driver, sequence

WAITS = {"signal": {"parameters": {"signalName": "go"}}}
TOTAL = {"name": "total", "type": "number", "defaultValue": 1}


def codes(driver: Driver, document: dict[str, Any], **tasks: Any) -> list[str]:
    plan = compile_plan(document, TASKS | tasks)
    return [found.code for found in obstacles(driver.plan, plan, driver.current)]


def each(*body: str, join: str = "join") -> dict[str, Any]:
    nodes = {"each": {"type": "fork", "parameters": {"forEach": "[1]", "joinNodeId": join}}}
    return sequence(*body, nodes=nodes)


def test_what_a_token_has_yet_to_reach_may_differ() -> None:
    driver = Driver(sequence("start > a > b > end"))
    driver.move(sequence("start > z > a > c > d > end"))
    assert driver.current.revision == 2
    driver.finish()
    assert driver.status == "succeeded"
    assert driver.order() == ["start", "a", "c", "d", "end"]


def test_who_moved_it_and_from_where_is_in_the_history() -> None:
    driver = Driver(sequence("start > a > end"))
    driver.move(sequence("start > a > end"))
    moved = driver.events[-1]
    assert isinstance(moved, ExecutionMoved)
    assert (moved.from_revision, moved.revision, moved.by) == (1, 2, "op")


PLACES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "a node that is gone": (
        sequence("start > a > end"),
        sequence("start > b > end"),
        ["NodeGone"],
    ),
    "a node of another type": (
        sequence("start > a > end"),
        sequence("start > a > end", nodes={"a": {"type": "wait", "parameters": {}}}),
        ["NodeTypeChanged"],
    ),
    "a transition under a parked token": (
        sequence("start > fork > signal > join > end", "fork > a > join", nodes=WAITS),
        sequence("start > fork > signal > join > end", "fork > a > b > join", nodes=WAITS),
        ["TransitionGone"],
    ),
    "another task definition": (
        sequence("start > a > end"),
        sequence("start > a > end", nodes={"a": {"taskDefinitionId": "outside"}}),
        ["IntegrationChanged"],
    ),
    "no task definition": (
        sequence("start > a > end"),
        sequence("start > a > end", nodes={"a": {"taskDefinitionId": "nowhere"}}),
        ["TaskDefinitionGone"],
    ),
    "a variable that is gone": (
        sequence("start > a > end", variables=[TOTAL]),
        sequence("start > a > end"),
        ["VariableGone"],
    ),
    "a variable of another type": (
        sequence("start > a > end", variables=[TOTAL]),
        sequence("start > a > end", variables=[{**TOTAL, "type": "string"}]),
        ["VariableRetyped"],
    ),
    "a variable of a wider type": (
        sequence("start > a > end", variables=[{**TOTAL, "type": "integer"}]),
        sequence("start > a > end", variables=[TOTAL]),
        [],
    ),
    "a variable of another scope": (
        sequence("start > a > end", variables=[TOTAL]),
        sequence("start > a > end", variables=[{**TOTAL, "scope": "global"}]),
        ["VariableRetyped"],
    ),
    "a wait for a caller that a condition ends, too": (
        sequence("start > wait > end", nodes={"wait": {"parameters": {"callback": True}}}),
        sequence(
            "start > wait > end",
            nodes={"wait": {"parameters": {"callback": True, "until": "1 > 2"}}},
        ),
        ["WaitChanged"],
    ),
    "a wait for something else": (
        sequence("start > wait > end", nodes={"wait": {"parameters": {"until": "1 > 2"}}}),
        sequence("start > wait > end", nodes={"wait": {"parameters": {"callback": True}}}),
        ["WaitChanged"],
    ),
    "a body that another join ends": (
        each("start > each > a > join > end"),
        each("start > each > a > joined > end", join="joined"),
        ["PairingChanged", "BodyChanged"],
    ),
    "a node that has left its body": (
        each("start > each > a > join > end"),
        each("start > each > b > join > a > end"),
        ["BodyChanged"],
    ),
    "a node that is in a body now": (
        sequence("start > a > end"),
        each("start > each > a > join > end"),
        ["BodyChanged"],
    ),
    "more in the body": (
        each("start > each > a > join > end"),
        each("start > each > a > b > join > end"),
        [],
    ),
    "children for each item now": (
        sequence("start > sub > end", nodes={"sub": {"parameters": {"sequenceId": "c"}}}),
        sequence(
            "start > sub > end",
            nodes={"sub": {"parameters": {"sequenceId": "c", "forEach": "[1]"}}},
        ),
        ["ChildrenChanged"],
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_what_is_in_the_way(name: str) -> None:
    before, after, expected = PLACES[name]
    driver = Driver(before)
    if "join" in driver.active() or name == "a transition under a parked token":
        driver.done("a")
    assert codes(driver, after) == expected
    driver.move(after)
    assert driver.refused == ("CannotMove" if expected else None)
    assert driver.current.revision == (1 if expected else 2)


def test_a_time_limit_counts_from_the_start_of_the_execution() -> None:
    driver = Driver(sequence("start > a > end"))
    driver.pass_time(60_000)
    driver.move(sequence("start > a > end", timeoutSeconds=90))
    assert driver.refused is None
    driver.pass_time(31_000)
    assert driver.status == "timed_out"


def test_an_execution_whose_time_would_be_up_stays_where_it_is() -> None:
    driver = Driver(sequence("start > a > end"))
    driver.pass_time(60_000)
    driver.move(sequence("start > a > end", timeoutSeconds=60))
    assert driver.refused == "CannotMove"
    assert driver.status == "running"


def test_a_condition_is_looked_at_again() -> None:
    before = sequence("start > wait > end", nodes={"wait": {"parameters": {"until": "1 > 2"}}})
    after = sequence("start > wait > end", nodes={"wait": {"parameters": {"until": "2 > 1"}}})
    driver = Driver(before)
    driver.move(after)
    assert driver.status == "succeeded"


def test_a_boundary_that_came_with_the_revision_counts_from_the_start_of_the_node() -> None:
    after = sequence("start > signal > end", "signal >!timer> late > end", nodes=WAITS)
    after["transitions"][2]["afterSeconds"] = 30
    driver = Driver(sequence("start > signal > end", nodes=WAITS))
    driver.pass_time(10_000)
    driver.move(after)
    assert driver.active() == ["signal"]
    driver.pass_time(20_000)
    assert driver.active() == ["late"]


def test_a_boundary_whose_time_has_passed_is_taken_at_once() -> None:
    after = sequence("start > signal > end", "signal >!timer> late > end", nodes=WAITS)
    after["transitions"][2]["afterSeconds"] = 30
    driver = Driver(sequence("start > signal > end", nodes=WAITS))
    driver.pass_time(40_000)
    driver.move(after)
    assert driver.active() == ["late"]


def test_a_kept_signal_goes_to_a_boundary_that_came_with_the_revision() -> None:
    after = sequence("start > a > end", "a >!signal> b > end")
    after["transitions"][2]["signalName"] = "stop"
    driver = Driver(sequence("start > a > end"))
    driver.signal("stop")
    driver.move(after)
    assert driver.active() == ["b"]


def test_a_join_that_waits_for_nothing_any_more_fires() -> None:
    """The way from ``a`` to the join is gone: what the join was found to wait for is forgotten."""
    before = sequence("start > fork > a > join > end", "fork > b > join")
    after = sequence("start > fork > a > end", "fork > b > join > end", "start2 > a > join")
    after["nodes"] = [node for node in after["nodes"] if node["id"] != "start2"]
    after["transitions"] = [t for t in after["transitions"] if t["sourceNodeId"] != "start2"]
    after["transitions"] = [t for t in after["transitions"] if t["id"] != "a-join"]
    driver = Driver(before)
    driver.done("b")
    driver.move(after)
    assert driver.active() == ["a"]
    assert driver.count_of("join") == 1


def test_the_same_key_moves_once() -> None:
    driver = Driver(sequence("start > a > end"))
    driver.next_plan = driver.plan
    request = m.MoveRequest(revision=2, tasks_version="t", key="k")
    assert driver.send(request)
    assert driver.send(request) == ()
    assert driver.refused is None


def test_who_is_there_already_is_left_alone() -> None:
    driver = Driver(sequence("start > a > end"))
    driver.next_plan = driver.plan
    assert driver.send(m.MoveRequest(revision=1, tasks_version="t")) == ()
    assert driver.refused is None


def test_a_paused_execution_moves_and_stays_paused() -> None:
    driver = Driver(sequence("start > a > b > end"))
    driver.send(m.PauseRequest())
    driver.done("a")
    driver.move(sequence("start > a > b > c > end"))
    assert driver.active() == []
    driver.send(m.ResumeRequest())
    driver.finish()
    assert driver.order() == ["start", "a", "b", "c", "end"]


def test_an_execution_that_has_ended_does_not_move() -> None:
    driver = Driver(sequence("start > end"))
    driver.move(sequence("start > end"))
    assert driver.refused == "ExecutionOver"


def test_of_an_execution_that_has_ended_the_places_count() -> None:
    """Where a redrive would go on."""
    driver = Driver(sequence("start > a > end"))
    driver.send(m.CancelRequest())
    assert codes(driver, sequence("start > b > end")) == ["NodeGone"]
    other = {"a": {"taskDefinitionId": "outside"}}
    assert codes(driver, sequence("start > a > end", nodes=other)) == []
