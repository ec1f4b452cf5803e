"""Goal: an operator may pause, resume and take nodes in hand; who did it is kept."""

import pytest

from seriatim.domain import messages as m
from seriatim.domain.control_events import ExecutionPaused, OperatorActed
from seriatim.domain.values import Error
from tests.builders import Driver, sequence

CHAIN = sequence("start > a > b > end")


def order(run: Driver, node_id: str, action: str, **fields: object) -> None:
    run.send(m.NodeOrder(node_id=node_id, action=action, **fields))  # type: ignore[arg-type]


def refused(run: Driver) -> str | None:
    return None if run.refusal is None else run.refusal.code


def test_a_paused_execution_takes_results_in_and_starts_nothing() -> None:
    run = Driver(CHAIN)
    run.send(m.PauseRequest(reason="lunch", by="ada", key="k"))
    run.done("a")
    assert run.active() == []
    assert run.status == "waiting"
    run.send(m.ResumeRequest(by="ada"))
    assert run.active() == ["b"]
    run.done("b")
    assert run.status == "succeeded"
    paused = next(x for x in run.events if isinstance(x, ExecutionPaused))
    assert (paused.by, paused.reason) == ("ada", "lunch")


def test_pausing_twice_is_refused_but_for_the_same_key() -> None:
    run = Driver(CHAIN)
    run.send(m.PauseRequest(key="k"))
    assert run.send(m.PauseRequest(key="k")) == ()
    assert refused(run) is None
    run.send(m.PauseRequest())
    assert refused(run) == "AlreadyPaused"
    run.send(m.ResumeRequest())
    run.send(m.ResumeRequest())
    assert refused(run) == "NotPaused"


def test_a_retry_whose_time_came_during_the_pause_begins_at_the_resumption() -> None:
    policy = {"maxRetries": 1, "retryIntervalSeconds": 5}
    run = Driver(sequence("start > a > end", nodes={"a": {"retryPolicy": policy}}))
    run.fails("a", retryable=True)
    run.send(m.PauseRequest())
    run.pass_time(60_000)
    assert run.run_of("a").attempts == 1
    run.send(m.ResumeRequest())
    assert run.run_of("a").attempts == 2


def test_a_timer_that_rings_during_the_pause_is_not_lost() -> None:
    timer = {"timer": {"parameters": {"durationSeconds": 5}}}
    run = Driver(sequence("start > timer > a > end", nodes=timer))
    run.send(m.PauseRequest())
    run.pass_time(5_000)
    assert run.active() == []
    run.send(m.ResumeRequest())
    assert run.active() == ["a"]


def test_a_skipped_node_lets_its_token_go_without_outputs() -> None:
    run = Driver(CHAIN)
    order(run, "a", "skip", by="ada")
    assert run.active() == ["b"]
    latest = run.current.latest_run("a")
    assert latest is not None
    assert (latest.status, latest.outputs) == ("succeeded", {})
    acted = next(x for x in run.events if isinstance(x, OperatorActed))
    assert (acted.action, acted.by) == ("skip", "ada")


def test_a_node_completed_by_hand_has_the_given_outputs() -> None:
    run = Driver(CHAIN)
    order(run, "a", "complete", outputs={"x": 1})
    latest = run.current.latest_run("a")
    assert latest is not None
    assert latest.outputs == {"x": 1}


def test_a_late_result_of_a_node_taken_in_hand_is_refused() -> None:
    run = Driver(CHAIN)
    late = m.TaskSuccess(number=run.run_of("a").number, attempt=1, result={"late": True})
    order(run, "a", "skip")
    run.send(late)
    assert run.refusal is not None
    assert run.refusal.code == "AttemptOver"


def test_a_node_failed_by_hand_takes_its_error_transition() -> None:
    run = Driver(sequence("start > a > end", "a >!error> b > end2"))
    order(run, "a", "fail", error=Error("Nope"))
    assert run.active() == ["b"]


def test_the_same_key_acts_once() -> None:
    run = Driver(sequence("start > a > b > a"))
    order(run, "a", "skip", key="k")
    order(run, "b", "skip", key="l")
    order(run, "a", "skip", key="k")
    assert run.refusal is None
    assert run.active() == ["a"]


def test_a_node_without_an_active_run_can_not_be_taken_in_hand() -> None:
    run = Driver(CHAIN)
    order(run, "b", "skip")
    assert run.refusal is not None
    assert run.refusal.code == "NodeNotActive"


@pytest.mark.parametrize(
    "parameters", [{"durationSeconds": 500}, {"at": "2040-01-01T00:00:00+00:00"}]
)
def test_a_timer_rings_now(parameters: dict[str, object]) -> None:
    run = Driver(sequence("start > timer > a > end", nodes={"timer": {"parameters": parameters}}))
    order(run, "timer", "run-now")
    assert run.active() == ["a"]


def test_what_waits_for_a_signal_can_not_run_now() -> None:
    nodes = {"signal": {"parameters": {"signalName": "go"}}}
    run = Driver(sequence("start > signal > end", nodes=nodes))
    order(run, "signal", "run-now")
    assert run.refusal is not None
    assert run.refusal.code == "NodeCannotRunNow"


@pytest.mark.parametrize("items", ["[1, 2]", "nothing.there"])
def test_a_fork_over_a_list_that_is_skipped_goes_on_without_items(items: str) -> None:
    fork = {"parameters": {"forEach": items, "joinNodeId": "join"}}
    document = sequence(
        "start > fork > a > join > b > end",
        nodes={"fork": fork},
        variables=[{"name": "nothing"}],
        failurePolicy="incident",
    )
    run = Driver(document)
    order(run, "fork", "complete", outputs={"items": [1]})
    assert refused(run) == "NodeCannotBeCompleted"
    run.send(m.PauseRequest())
    order(run, "fork", "skip")
    assert "b" not in run.active()
    run.send(m.ResumeRequest())
    assert run.active() == ["b"]
    assert run.latest("join").outputs == {"items": []}
    run.done("b")
    assert run.status == "succeeded"
    assert refused(run) is None


def test_an_incident_parks_the_node_and_the_rest_runs_on() -> None:
    document = sequence(
        "start > fork > a > join > end", "fork > b > join", failurePolicy="incident"
    )
    run = Driver(document)
    run.fails("a")
    run.done("b")
    assert run.status == "waiting"
    assert run.run_of("a").is_incident
    order(run, "a", "run-now")
    assert run.run_of("a").attempts == 2
    run.done("a")
    assert run.status == "succeeded"


def test_an_incident_may_be_skipped_or_completed() -> None:
    for action in ("skip", "complete"):
        run = Driver(sequence("start > a > end", failurePolicy="incident"))
        run.fails("a")
        order(run, "a", action)
        assert run.status == "succeeded"


def test_a_parked_attempt_is_over_for_who_has_its_token() -> None:
    run = Driver(sequence("start > a > end", failurePolicy="incident"))
    run.fails("a")
    run.send(m.TaskSuccess(number=run.run_of("a").number, attempt=1))
    assert run.refusal is not None
    assert run.refusal.code == "AttemptOver"
    run.send(m.CancelRequest())
    assert run.status == "cancelled"


def test_wait_that_is_run_again_has_a_token_of_its_own() -> None:
    """The old attempt's token must not complete the new attempt."""
    waits = {"wait": {"parameters": {"callback": True}}}
    run = Driver(sequence("start > wait > end", nodes=waits, failurePolicy="incident"))
    run.send(m.TaskFailure(number=2, attempt=1, error=Error("Broken")))
    order(run, "wait", "run-now")
    assert run.run_of("wait").attempts == 2
    run.send(m.TaskSuccess(number=2, attempt=1, result={}))
    assert refused(run) == "AttemptOver"


def test_task_without_a_definition_stays_an_incident_however_often_it_is_run() -> None:
    unknown = {"a": {"taskDefinitionId": "nobody-put-it"}}
    run = Driver(sequence("start > a > end", nodes=unknown, failurePolicy="incident"))
    order(run, "a", "run-now")
    assert run.run_of("a").is_incident
    order(run, "a", "skip")
    assert run.status == "succeeded"


DIVIDES_BY_ZERO = [{"outputName": "x", "valueExpression": "1 / 0"}]


@pytest.mark.parametrize(("action", "found"), [("skip", {}), ("complete", {"x": 1})])
def test_an_end_taken_in_hand_consumes_its_token(action: str, found: dict[str, int]) -> None:
    end = {"outputMappings": DIVIDES_BY_ZERO}
    document = sequence("start > end", nodes={"end": end}, failurePolicy="incident")
    run = Driver(document)
    order(run, "end", action, outputs=found)
    assert (run.status, run.current.outputs) == ("succeeded", found)


@pytest.mark.parametrize("code", ["Late", "${1 / 0}"])
def test_a_failing_end_taken_in_hand_still_fails_and_ends_all(code: str) -> None:
    parameters = {"status": "failed", "errorCode": code, "terminate": True}
    end = {"parameters": parameters, "outputMappings": DIVIDES_BY_ZERO}
    paths = ("start > fork > end", "fork > a > end1")
    run = Driver(sequence(*paths, nodes={"end": end}, failurePolicy="incident"))
    order(run, "end", "skip")
    assert run.error_code == ("Late" if code == "Late" else "Seriatim.EndFailed")


def test_what_begins_again_after_an_incident_takes_its_inputs_anew() -> None:
    mapping = {
        "sourceNodeId": "start",
        "sourceOutputName": "v",
        "targetInputName": "k",
        "transformation": "v / divisor",
    }
    variables = [{"name": "v", "defaultValue": 6}, {"name": "divisor", "defaultValue": 0}]
    document = sequence(
        "start > a > end",
        nodes={"a": {"inputMappings": [mapping]}},
        variables=variables,
        failurePolicy="incident",
    )
    run = Driver(document)
    assert not run.open_tasks
    order(run, "a", "run-now")
    assert not run.open_tasks, "it has failed again"
    run.send(m.VariablesUpdate(values={"divisor": 2}))
    order(run, "a", "run-now")
    assert [task.attempt for task in run.open_tasks] == [1]
    assert run.run_of("a").inputs == {"k": 3.0}


def test_an_attempt_after_an_incident_has_the_inputs_of_those_before() -> None:
    document = sequence(
        "start > a > end",
        nodes={"a": {"parameters": {"k": "${v}"}}},
        variables=[{"name": "v", "defaultValue": 1}],
        failurePolicy="incident",
    )
    run = Driver(document)
    run.fails("a")
    run.send(m.VariablesUpdate(values={"v": 2}))
    order(run, "a", "run-now")
    assert (run.run_of("a").attempts, run.run_of("a").inputs) == (2, {"k": 1})
