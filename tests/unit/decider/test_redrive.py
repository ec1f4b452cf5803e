"""Goal: an execution that did not succeed goes on where its tokens were when it ended, and what
succeeded is not run again.
"""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.control_events import ExecutionRedriven
from seriatim.domain.decider.subprocesses import child_id_of
from seriatim.domain.values import ChildOutcome, Error, Status
from tests.builders import Driver, sequence


def redrive(run: Driver, *from_node_ids: str, **fields: Any) -> None:
    request = m.RedriveRequest(revision=1, tasks_version="t", from_node_ids=from_node_ids, **fields)
    run.send(request)


def redriven(run: Driver, *from_node_ids: str) -> None:
    redrive(run, *from_node_ids)
    assert run.refusal is None, run.refusal


CHAIN = sequence("start > a > b > end")


def test_a_failed_node_runs_again_and_what_succeeded_does_not() -> None:
    run = Driver(CHAIN)
    run.done("a")
    run.fails("b", "Bad")
    number = run.latest("b").number
    redrive(run, reason="mended", by="ada")
    assert (run.status, run.active()) == ("running", ["b"])
    assert run.run_of("b").number > number
    assert (run.run_of("b").run, run.run_of("b").attempts) == (2, 1)
    run.done("b")
    assert run.status == "succeeded"
    assert run.count_of("a") == 1
    event = next(x for x in run.events if isinstance(x, ExecutionRedriven))
    assert (event.reason, event.by) == ("mended", "ada")


def test_status_end_and_error_are_those_of_an_execution_that_runs() -> None:
    run = Driver(CHAIN)
    run.fails("a", "Bad")
    assert run.current.failure is not None
    redriven(run)
    state = run.current
    assert (state.ended_at, state.end_reason, state.failure) == (None, None, None)
    assert [error.code for _, _, error in state.errors] == ["Bad"]


@pytest.mark.parametrize("status", ["running", "succeeded"])
def test_what_runs_or_has_succeeded_is_not_redriven(status: str) -> None:
    run = Driver(CHAIN)
    if status == "succeeded":
        run.done("a", "b")
    redrive(run)
    assert run.refused == {"running": "NotEnded", "succeeded": "AlreadySucceeded"}[status]


def test_every_branch_of_a_cancelled_execution_goes_on() -> None:
    run = Driver(
        sequence("start > fork > a > x > join > end", "fork > b > join", "fork > c > join")
    )
    run.done("a", "b")
    run.send(m.CancelRequest())
    assert run.active() == []
    redriven(run)
    assert sorted(run.active()) == ["c", "x"]
    run.done("c", "x")
    assert run.status == "succeeded"
    assert [run.count_of(n) for n in ("a", "b", "c", "x", "join")] == [1, 1, 2, 2, 1]


def test_a_late_result_of_before_the_redrive_is_refused() -> None:
    run = Driver(CHAIN)
    late = m.TaskSuccess(number=run.run_of("a").number, attempt=1)
    run.send(m.CancelRequest())
    redriven(run)
    run.send(late)
    assert run.refused == "AttemptOver"


def test_branches_that_finished_stay_finished_and_every_lost_token_goes_on() -> None:
    run = Driver(
        sequence(
            "start > fork > a > join > d > end",
            "fork > b > join",
            "fork > c > join",
            failurePolicy="finish_branches",
        )
    )
    run.fails("a", "A")
    run.done("b")
    run.fails("c", "C")
    assert run.error_code == "A"
    redriven(run)
    assert sorted(run.active()) == ["a", "c"]
    run.done("a", "c", "d")
    assert run.status == "succeeded"
    assert run.count_of("b") == run.count_of("join") == 1


def test_a_token_on_its_way_goes_on() -> None:
    """A paused execution keeps its tokens on their way."""
    run = Driver(CHAIN)
    run.send(m.PauseRequest())
    run.done("a")
    run.send(m.CancelRequest())
    redriven(run)
    assert run.active() == ["b"]
    assert run.current.pause is None


def test_a_time_out_counts_anew() -> None:
    run = Driver(sequence("start > a > end", timeoutSeconds=60))
    run.pass_time(60_000)
    assert run.status == "timed_out"
    run.pass_time(30_000)
    redriven(run)
    run.pass_time(59_000)
    assert run.active() == ["a"]
    run.pass_time(1_000)
    assert run.status == "timed_out"
    assert len(run.current.errors) == 2


def test_a_timer_begins_anew_and_is_armed_anew() -> None:
    timer = {"timer": {"parameters": {"durationSeconds": 60}}}
    run = Driver(sequence("start > timer > end", nodes=timer))
    run.pass_time(30_000)
    run.send(m.CancelRequest())
    run.pass_time(90_000)
    redriven(run)
    run.pass_time(59_000)
    assert run.status == "waiting"
    run.pass_time(1_000)
    assert run.status == "succeeded"


def test_kept_signals_are_kept() -> None:
    nodes = {"signal": {"parameters": {"signalName": "go"}}}
    run = Driver(sequence("start > a > signal > end", nodes=nodes))
    run.signal("go")
    run.fails("a")
    redriven(run)
    run.done("a")
    assert run.status == "succeeded"


# -- joins ----------------------------------------------------------------------------------------


def test_a_join_that_could_not_be_satisfied_is_asked_again() -> None:
    run = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > b > join",
            "b >!error> end2",
            nodes={"join": {"parameters": {"mode": "count", "count": "needed"}}},
            variables=[{"name": "needed", "type": "integer", "defaultValue": 2}],
        )
    )
    run.done("a")
    run.fails("b")
    assert run.error_code == "Seriatim.JoinUnsatisfied"
    redriven(run)
    assert run.error_code == "Seriatim.JoinUnsatisfied"
    assert run.count_of("join") == 2
    assert run.count_of("a") == 1


def test_a_join_that_failed_behind_an_open_wave_fires_once_more() -> None:
    run = Driver(
        sequence(
            "start > fork > a > join >[flag]> end",
            "fork > b > join",
            nodes={"join": {"parameters": {"mode": "any"}}},
            variables=[{"name": "flag", "type": "boolean", "defaultValue": False}],
        )
    )
    run.done("a")
    assert run.error_code == "Seriatim.NoTransition"
    redriven(run)
    assert run.error_code == "Seriatim.NoTransition"
    assert run.count_of("join") == 2


def test_a_wave_still_absorbs_what_comes_late() -> None:
    run = Driver(
        sequence(
            "start > fork > a > join > c > end",
            "fork > b > join",
            nodes={"join": {"parameters": {"mode": "any"}}},
        )
    )
    run.done("a")
    run.send(m.CancelRequest())
    redriven(run)
    assert sorted(run.active()) == ["b", "c"]
    run.done("b", "c")
    assert run.status == "succeeded"
    assert run.count_of("join") == 1


# -- ends and limits ------------------------------------------------------------------------------


def test_a_failing_end_is_reached_again() -> None:
    nodes = {"end2": {"parameters": {"status": "failed"}}}
    run = Driver(sequence("start > fork > a > end", "fork > b > end2", nodes=nodes))
    run.done("b", "a")
    assert run.status == "failed"
    redriven(run)
    assert run.status == "failed"
    assert (run.count_of("end"), run.count_of("end2"), run.count_of("b")) == (1, 2, 1)


def test_where_no_token_was_left_the_caller_names_a_node() -> None:
    nodes = {"join": {"parameters": {"mode": "any"}}, "a": {"cancelNodeIds": ["c"]}}
    run = Driver(sequence("start > fork > a > join > c > end", "fork > b > join", nodes=nodes))
    run.done("b", "a")
    assert run.error_code == "Seriatim.NoEndReached"
    redrive(run)
    assert run.refused == "NothingToRedrive"
    redriven(run, "c")
    run.done("c")
    assert run.status == "succeeded"


def test_a_loop_that_ran_too_often_goes_on_with_a_greater_limit() -> None:
    run = Driver(sequence("start > a > decide > a", "decide >[false]> end", maxNodeRuns=2))
    run.done("a")
    run.done("a")
    assert run.error_code == "Seriatim.LoopLimit"
    redriven(run)
    assert run.error_code == "Seriatim.LoopLimit"
    assert run.count_of("a") == 2


# -- forEach --------------------------------------------------------------------------------------

EACH = {"fork": {"parameters": {"forEach": "[1, 2, 3]", "joinNodeId": "join"}}}


@pytest.mark.parametrize("policy", ["fail_fast", "finish_branches"])
def test_items_that_ended_stay_ended_and_the_others_go_on(policy: str) -> None:
    run = Driver(sequence("start > fork > a > b > join > end", nodes=EACH, failurePolicy=policy))
    run.done("a", "a")
    run.done("b", result={"x": 1})
    run.fails("b")
    if policy == "finish_branches":
        run.done("a")
        run.done("b")
    assert run.status == "failed"
    redriven(run)
    left = ["b"] if policy == "finish_branches" else ["a", "b"]
    assert sorted(run.active()) == [*left, "fork"]
    run.finish()
    assert run.status == "succeeded"
    assert run.latest("join").outputs["items"][0] == {"x": 1}
    assert len(run.latest("join").outputs["items"]) == 3
    assert run.count_of("a") == (3 if policy == "finish_branches" else 4)


def test_items_that_had_not_begun_begin_after_the_redrive() -> None:
    each = {"forEach": "[1, 2, 3]", "joinNodeId": "join", "maxConcurrency": 1}
    run = Driver(sequence("start > fork > a > join > end", nodes={"fork": {"parameters": each}}))
    run.done("a")
    run.fails("a")
    redriven(run)
    assert run.active() == ["fork", "a"]
    run.finish()
    assert run.status == "succeeded"
    assert run.count_of("a") == 4


def test_a_closing_join_that_failed_acts_again_with_the_same_items() -> None:
    run = Driver(sequence("start > fork > a > join >[false]> end", nodes=EACH))
    run.done("a", "a", "a")
    assert run.error_code == "Seriatim.NoTransition"
    redriven(run)
    assert run.error_code == "Seriatim.NoTransition"
    assert (run.count_of("fork"), run.count_of("join"), run.count_of("a")) == (1, 2, 3)
    started = [x for x in run.events if isinstance(x, e.NodeStarted) and x.node_id == "join"]
    assert len({x.closes for x in started}) == 1


# -- children -------------------------------------------------------------------------------------

CHILDREN = sequence(
    "start > sub > end",
    nodes={"sub": {"parameters": {"sequenceId": "child", "forEach": "[1, 2, 3]"}}},
)


def end_child(run: Driver, index: int, status: Status, **outputs: Any) -> None:
    number = run.run_of("sub").number
    child_id = child_id_of("exec-1", number, 1, index)
    error = None if status is Status.SUCCEEDED else Error("Bad")
    outcome = ChildOutcome(status, outputs, error)
    run.send(m.ChildResult(number=number, child_id=child_id, outcome=outcome, index=index))
    assert run.refusal is None


def test_children_that_succeeded_are_not_run_again() -> None:
    run = Driver(CHILDREN)
    end_child(run, 1, Status.SUCCEEDED, x=1)
    end_child(run, 0, Status.FAILED)
    assert run.status == "failed"
    redriven(run)
    family = run.current.families[run.run_of("sub").number]
    assert family.order == (0, 2)
    called = run.commands_of(c.StartChildren)[-1]
    assert tuple(family.indexes(called.first, called.count)) == (0, 2)
    end_child(run, 0, Status.SUCCEEDED, x=0)
    end_child(run, 2, Status.SUCCEEDED, x=2)
    assert run.status == "succeeded"
    assert run.latest("sub").outputs["items"] == [{"x": 0}, {"x": 1}, {"x": 2}]


def test_children_are_called_for_only_when_their_node_has_its_lock_again() -> None:
    """Whatever else happens meanwhile."""
    sub = {"parameters": {"sequenceId": "child", "forEach": "[1, 2, 3]"}, "acquire": {"lock": 1}}
    run = Driver(sequence("start > fork1 > sub > end", "fork1 > a > end", nodes={"sub": sub}))
    run.granted("sub")
    end_child(run, 0, Status.SUCCEEDED)
    run.fails("a")
    redriven(run)
    run.done("a")
    assert run.run_of("sub").awaits_permits
    assert len(run.commands_of(c.StartChildren)) == 1
    run.granted("sub")
    assert len(run.commands_of(c.StartChildren)) == 2
    for index in (1, 2):
        end_child(run, index, Status.SUCCEEDED)
    assert run.status == "succeeded"


def test_a_single_child_is_started_under_another_id() -> None:
    nodes = {"sub": {"parameters": {"sequenceId": "child"}}}
    run = Driver(sequence("start > sub > end", nodes=nodes))
    run.send(m.CancelRequest())
    redriven(run)
    first, second = [x.child_id for x in run.commands_of(c.StartChild)]
    assert first != second


def test_every_failure_has_a_handler_of_its_own() -> None:
    run = Driver(sequence("start > a > end", onFailureSequenceId="handler"))
    run.fails("a")
    redriven(run)
    run.fails("a")
    assert [x.redrives for x in run.commands_of(c.StartOnFailure)] == [0, 1]
