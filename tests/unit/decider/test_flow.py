"""The main path: tokens move from node to node until nothing moves, all in one step."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider.decide import decide
from tests.builders import START_TIME, Driver, sequence


def kinds(driver: Driver) -> list[str]:
    return [type(event).__name__ for event in driver.events]


def test_a_start_runs_to_the_first_task_in_one_step() -> None:
    driver = Driver(sequence("start > a > end"), {"x": 1})
    assert kinds(driver) == [
        "ExecutionStarted",
        "NodeStarted",
        "NodeSucceeded",
        "NodeStarted",
        "TaskScheduled",
    ]
    assert driver.commands == [c.RunTask(number=2, attempt=1)]
    assert len(driver.steps) == 1
    assert (driver.status, driver.active()) == ("running", ["a"])


def test_the_result_of_a_task_runs_to_the_end_in_one_step() -> None:
    driver = Driver(sequence("start > a > end"))
    driver.now += 5
    driver.done("a", result={"x": 1})
    assert kinds(driver)[5:] == ["NodeSucceeded", "NodeStarted", "NodeSucceeded", "ExecutionEnded"]
    assert (driver.status, driver.active()) == ("succeeded", [])
    assert len(driver.steps) == 2
    state = driver.current
    assert (state.started_at, state.ended_at) == (START_TIME, START_TIME + 5)
    assert len(state.live) == len(state.arrivals) == state.busy == 0


def test_a_sequence_without_tasks_begins_and_ends_in_one_step() -> None:
    driver = Driver(sequence("start > fork > join > decide > end", "fork > join"))
    assert driver.status == "succeeded"
    assert len(driver.steps) == 1
    assert driver.order() == ["start", "fork", "join", "decide", "end"]


def test_node_runs_are_numbered_in_the_order_of_their_start() -> None:
    driver = Driver(sequence("start > fork > a > join > end", "fork > b > join"))
    driver.done("b", "a")
    numbers = [x.number for x in driver.events if isinstance(x, e.NodeStarted)]
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert driver.order() == ["start", "fork", "a", "b", "join", "end"]


def test_a_node_run_says_by_which_transition_it_was_reached() -> None:
    driver = Driver(sequence("start > decide >[true]> a > end", "decide > a"))
    assert driver.run_of("a").via == "decide-a"
    assert driver.run_of("a").run == 1


def test_events_of_a_node_run_name_the_node_and_its_own_count() -> None:
    driver = Driver(sequence("start > a > decide >[nodes.a.outputs.n < 3]> a", "decide > end"))
    for n in range(4):
        driver.done("a", result={"n": n})
    runs = [(x.node_id, x.run) for x in driver.events if isinstance(x, e.TaskScheduled)]
    assert runs == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]


# -- decisions ------------------------------------------------------------------------------------


def taken_by(x: Any, *edges: tuple[str | None, int]) -> str:
    """The target that a decision takes of ``t0``, ``t1``, …, each with condition and priority."""
    document = sequence("start > decide", *(f"decide > t{i} > end" for i in range(len(edges))))
    leaving = [t for t in document["transitions"] if t["sourceNodeId"] == "decide"]
    for transition, (condition, priority) in zip(leaving, edges, strict=True):
        transition["condition"] = condition
        transition["priority"] = priority
    [node_id] = Driver(document, {"x": x}).active()
    return node_id


@pytest.mark.parametrize(
    ("x", "edges", "expected"),
    [
        (1, [("x == 1", 0), ("true", 0), (None, 0)], "t0"),
        (2, [("x == 1", 0), ("x == 2", 0), (None, 0)], "t1"),
        (3, [("x == 1", 0), ("x == 2", 0), (None, 0)], "t2"),
        (1, [("x == 1", 9), ("x == 1", 3), (None, 0)], "t1"),
        (1, [("x == 1", -5), ("x == 1", -7), (None, 0)], "t1"),
        (1, [("x == 1", 3), ("x == 1", 3), ("x == 1", 3), (None, 0)], "t0"),
        (1, [(None, -100), ("x == 1", 100)], "t1"),
        (2, [(None, 100), ("x == 1", 100)], "t0"),
        (None, [("x", 0), (None, 0)], "t1"),
        (None, [("x > 3", 0), (None, 0)], "t1"),
        (False, [("x", 0), ("not x", 1), (None, 2)], "t1"),
    ],
)
def test_a_decision_takes_the_first_true_condition_by_priority_and_the_default_last(
    x: Any, edges: list[tuple[str | None, int]], expected: str
) -> None:
    assert taken_by(x, *edges) == expected


def test_a_node_that_is_no_decision_chooses_one_way_in_the_same_manner() -> None:
    driver = Driver(sequence("start > a >[nodes.a.outputs.big]> b > end", "a > c > end"))
    driver.done("a", result={"big": True})
    assert driver.active() == ["b"]


def test_without_a_way_out_the_node_fails() -> None:
    driver = Driver(sequence("start > decide >[x > 5]> end"), {"x": 1})
    assert driver.error_code == "Seriatim.NoTransition"
    assert driver.latest("decide").status == "failed"


def test_an_error_transition_catches_that_there_is_no_way_out() -> None:
    driver = Driver(sequence("start > decide >[false]> end", "decide >!error> a > end"))
    assert driver.active() == ["a"]


@pytest.mark.parametrize("condition", ["x", "1 / (x - 1) > 0", "x + 'a' == 'a'", "[1]"])
def test_a_condition_that_gives_no_truth_fails_the_node(condition: str) -> None:
    driver = Driver(sequence("start > decide > end", f"decide >[{condition}]> a > end"), {"x": 1})
    assert driver.error_code == "Seriatim.ExpressionError"
    assert driver.ended.error is not None
    assert driver.ended.error.details == {
        "expression": condition,
        "place": "condition of transition 'decide-a'",
    }


def test_conditions_that_are_tried_later_are_not_evaluated() -> None:
    driver = Driver(sequence("start > decide >[true]> a > end", "decide >[1 / 0 > 0]> end"))
    assert driver.active() == ["a"]


# -- forks ----------------------------------------------------------------------------------------


def test_a_fork_takes_every_way_in_document_order_whatever_their_priority() -> None:
    document = sequence("start > fork > a > end", "fork > b > end", "fork > c > end")
    for priority, transition in enumerate(reversed(document["transitions"])):
        transition["priority"] = priority
    assert Driver(document).active() == ["a", "b", "c"]


def test_a_fork_takes_the_ways_whose_condition_is_true_or_absent() -> None:
    driver = Driver(
        sequence("start > fork >[x > 1]> a > end", "fork >[x > 5]> b > end", "fork > c > end"),
        {"x": 3},
    )
    assert driver.active() == ["a", "c"]


def test_a_fork_of_which_no_condition_is_true_has_no_transition() -> None:
    driver = Driver(sequence("start > fork >[false]> a > end", "fork >[null]> b > end"))
    assert driver.error_code == "Seriatim.NoTransition"


def test_one_bad_condition_of_a_fork_fails_it_before_any_branch_begins() -> None:
    driver = Driver(sequence("start > fork > a > end", "fork >[1 / 0 > 0]> b > end"))
    assert driver.error_code == "Seriatim.ExpressionError"
    assert driver.order() == ["start", "fork"]


# -- merges ---------------------------------------------------------------------------------------


def test_a_node_with_several_ways_in_runs_for_every_token() -> None:
    driver = Driver(sequence("start > fork > a > c > end", "fork > b > c"))
    driver.done("a", "b")
    assert driver.active() == ["c", "c"]
    assert [run.run for _, run in sorted(driver.current.active.items())] == [1, 2]
    driver.done("c", "c")
    assert driver.status == "succeeded"
    assert driver.count_of("end") == 2


def test_two_transitions_between_the_same_nodes_carry_a_token_each() -> None:
    driver = Driver(sequence("start > fork > a > end", "fork > a"))
    assert driver.active() == ["a", "a"]
    assert [driver.current.active[n].via for n in (3, 4)] == ["fork-a", "fork-a'"]


# -- tasks ----------------------------------------------------------------------------------------


def test_an_unknown_task_definition_fails_the_node() -> None:
    nodes = {"a": {"taskDefinitionId": "gone"}}
    driver = Driver(sequence("start > a > end", nodes=nodes))
    assert driver.error_code == "Seriatim.UnknownTaskDefinition"
    assert driver.commands == []


@pytest.mark.parametrize(
    ("integration", "details", "waits"),
    [
        ("python", {"function": "f"}, False),
        ("lambda", {"functionArn": "f"}, False),
        ("lambda", {"functionArn": "f", "invocation": "sync"}, False),
        ("lambda", {"functionArn": "f", "invocation": "async"}, True),
        ("http", {"url": "u"}, False),
        ("http", {"url": "u", "callback": True}, True),
        ("eventbridge", {"busName": "b"}, False),
        ("eventbridge", {"busName": "b", "callback": True}, True),
        ("sqs", {"queueUrl": "q"}, True),
        ("activity", {"name": "n"}, True),
    ],
)
def test_an_execution_waits_for_what_is_handed_out(
    integration: str, details: dict[str, Any], waits: bool
) -> None:
    tasks = {"t": {"id": "t", "integration": integration, integration: details}}
    nodes = {"a": {"taskDefinitionId": "t"}}
    driver = Driver(sequence("start > a > end", nodes=nodes), tasks=tasks)
    assert driver.run_of("a").handed_out is waits
    assert driver.status == ("waiting" if waits else "running")
    assert driver.open_tasks == [c.RunTask(number=2, attempt=1)]
    driver.done("a")
    assert driver.status == "succeeded"


def test_an_execution_is_waiting_until_a_worker_takes_the_activity() -> None:
    nodes = {"a": {"taskDefinitionId": "outside"}}
    driver = Driver(sequence("start > a > end", nodes=nodes))
    assert driver.status == "waiting"
    pickup = m.TaskPickup(number=2, attempt=1, worker_id="w1")
    driver.send(pickup)
    assert (driver.status, driver.run_of("a").worker_id) == ("running", "w1")
    assert driver.send(pickup) == ()
    assert driver.refused is None
    driver.send(m.TaskPickup(number=2, attempt=1, worker_id="w2"))
    assert driver.refused == "AlreadyTaken"


# -- the start ------------------------------------------------------------------------------------


def test_nothing_but_a_start_makes_an_execution() -> None:
    driver = Driver(sequence("start > a > end"))
    for message in (m.Continuation(), m.CancelRequest(), m.TaskSuccess(number=1, attempt=1)):
        decision = decide(driver.plan, None, message, START_TIME)
        assert decision.refusal is not None
        assert decision.refusal.code == "ExecutionNotFound"
        assert decision.state is None


def test_a_second_start_is_refused() -> None:
    driver = Driver(sequence("start > a > end"))
    request = m.StartRequest(
        execution_id="exec-1",
        project_id="p",
        sequence_id="s",
        revision=1,
        tasks_version="t",
        variables={},
    )
    assert driver.send(request) == ()
    assert driver.refused == "AlreadyStarted"


def test_what_the_start_was_given_is_kept() -> None:
    driver = Driver(
        sequence("start > a > end"),
        name="order-1",
        priority=7,
        metadata={"team": "x"},
        input_hash="h",
        by="me",
    )
    state = driver.current
    assert (state.name, state.priority, state.metadata) == ("order-1", 7, {"team": "x"})
    started = driver.events[0]
    assert isinstance(started, e.ExecutionStarted)
    assert started.by == "me"
