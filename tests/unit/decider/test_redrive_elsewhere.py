"""Goal: a redrive from named nodes, or on a newer revision, goes on where a token can stand."""

from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain.decider.decide import decide
from seriatim.domain.decision import Decision
from seriatim.domain.plan import compile_plan
from tests.builders import TASKS, Driver, sequence

EACH = {"fork": {"parameters": {"forEach": "[1, 2, 3]", "joinNodeId": "join"}}}


def on_revision(run: Driver, document: dict[str, Any]) -> Decision:
    """The redrive of an execution on another revision."""
    request = m.RedriveRequest(revision=2, tasks_version="u")
    plan = compile_plan(document, TASKS)
    return decide(run.plan, run.current, request, run.now, next_plan=plan)


def test_named_nodes_get_the_tokens_instead() -> None:
    run = Driver(sequence("start > fork > a > join > end", "fork > b > join"))
    run.done("a")
    run.fails("b")
    request = m.RedriveRequest(revision=1, tasks_version="t", from_node_ids=("fork",))
    run.send(request)
    assert sorted(run.active()) == ["a", "b"]
    run.done("a", "b")
    assert run.status == "succeeded"
    assert run.count_of("fork") == 2


@pytest.mark.parametrize(
    ("node_id", "code"),
    [("nowhere", "UnknownNode"), ("a", "NodeInBody"), ("join", "NodeIsJoin")],
)
def test_a_token_stands_only_on_a_node_that_it_can_leave(node_id: str, code: str) -> None:
    run = Driver(sequence("start > fork > a > join > end", nodes=EACH))
    run.fails("a")
    run.send(m.RedriveRequest(revision=1, tasks_version="t", from_node_ids=("fork", node_id)))
    assert run.refusal is not None
    assert (run.refusal.code, run.refusal.path) == (code, "/fromNodeIds/1")


def test_a_redrive_from_the_fork_leaves_its_items_behind() -> None:
    run = Driver(sequence("start > fork > a > join > end", nodes=EACH))
    run.fails("a")
    run.send(m.RedriveRequest(revision=1, tasks_version="t", from_node_ids=("fork",)))
    run.done("a", "a", "a")
    assert run.status == "succeeded"
    assert len(run.current.scopes) == len(run.current.for_each) == 0


def test_a_newer_revision_goes_on_where_the_tokens_are() -> None:
    run = Driver(sequence("start > a > b > end"))
    run.done("a")
    run.fails("b")
    decision = on_revision(run, sequence("start > a > new > b > c > end"))
    assert decision.refusal is None
    assert decision.state is not None
    assert (decision.state.revision, decision.state.tasks_version) == (2, "u")
    assert [run.node_id for run in decision.state.active.values()] == ["b"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (sequence("start > a > join > end"), "no node 'b'"),
        (
            sequence(
                "start > fork1 > a > join > end", "fork1 > b > join", nodes={"b": {"type": "wait"}}
            ),
            "was a task and is a wait",
        ),
        (sequence("start > fork1 > x > join > end", "fork1 > b > join"), "'a-join'"),
        (
            sequence(
                "start > fork > b > join2 > a > join > end",
                nodes={"fork": {"parameters": {"forEach": "[1]", "joinNodeId": "join2"}}},
            ),
            "'b' is in another forEach body",
        ),
    ],
)
def test_a_revision_without_a_place_for_a_token_is_refused_with_the_reason(
    document: dict[str, Any], reason: str
) -> None:
    run = Driver(sequence("start > fork1 > a > join > end", "fork1 > b > join"))
    run.done("a")
    run.fails("b")
    decision = on_revision(run, document)
    assert decision.refusal is not None
    assert decision.refusal.code == "RevisionDoesNotFit"
    assert reason in decision.refusal.message


def test_a_task_definition_put_meanwhile_is_found() -> None:
    run = Driver(sequence("start > a > end", nodes={"a": {"taskDefinitionId": "missing"}}))
    assert run.error_code == "Seriatim.UnknownTaskDefinition"
    document = sequence("start > a > end", nodes={"a": {"taskDefinitionId": "missing"}})
    plan = compile_plan(document, {"missing": TASKS["echo"]})
    request = m.RedriveRequest(revision=1, tasks_version="u")
    decision = decide(run.plan, run.current, request, run.now, next_plan=plan)
    assert decision.state is not None
    assert [run.node_id for run in decision.state.active.values()] == ["a"]
