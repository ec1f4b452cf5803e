"""A token enters a node: the node run begins, and the node's type says what it does.

The types that act and complete at once are here; those that wait, run tasks, join or call children
have their own modules.
"""

from typing import Any

from seriatim.domain import events as e
from seriatim.domain.decider import attempts, ending, joins, subprocesses, waits
from seriatim.domain.decider.completing import complete, fail
from seriatim.domain.decider.mappings import filled_parameters, inputs_of, outputs_of
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.errors import END_FAILED, LOOP_LIMIT
from seriatim.domain.plan import PlanNode
from seriatim.domain.state import Arrival, NodeRun
from seriatim.domain.values import Error, Status


def enter(turn: Turn, number: int) -> None:
    """Let the token of arrival ``number`` in: a join parks it, every other node runs."""
    arrival = turn.state.arrivals[number]
    node = turn.plan.node(arrival.node_id)
    if node.type == "join":
        joins.arrive(turn, node, number, arrival)
    else:
        _begin(turn, node, number, arrival)


def _begin(turn: Turn, node: PlanNode, number: int, arrival: Arrival) -> None:
    run_count = _next_run(turn, node, arrival.scope)
    if run_count is None:
        return
    problem: Error | None = None
    inputs: dict[str, Any] = {}
    try:
        inputs = inputs_of(turn, node, arrival.scope)
    except NodeError as error:
        problem = error.error
    turn.emit(
        e.NodeStarted(
            number=turn.state.node_runs + 1,
            node_id=node.id,
            run=run_count,
            scope=arrival.scope,
            via=arrival.transition_id,
            arrival=number,
            inputs=inputs,
        )
    )
    turn.node_runs_left -= 1
    run = turn.run(turn.state.node_runs)
    if problem is not None:
        fail(turn, run, problem)
        return
    try:
        _act(turn, node, run)
    except NodeError as error:
        fail(turn, turn.run(run.number), error.error)


def _next_run(turn: Turn, node: PlanNode, scope: int) -> int | None:
    """The number of the node's next run; past the guard against endless loops the execution ends."""
    latest = turn.state.latest.get((scope, node.id))
    count = 1 if latest is None else latest.run + 1
    if count <= turn.plan.node_runs_max:
        return count
    message = f"node {node.id!r} ran {turn.plan.node_runs_max} times (maxNodeRuns)"
    ending.end(turn, Status.FAILED, error=Error(LOOP_LIMIT, message, {"nodeId": node.id}))
    return None


def _act(turn: Turn, node: PlanNode, run: NodeRun) -> None:
    """What a node of each type does when its run has begun."""
    match node.type:
        case "task":
            attempts.begin_task(turn, run)
        case "start":
            complete(turn, run, dict(turn.state.variables))
        case "decision" | "fork":
            complete(turn, run)
        case "end":
            reach_end(turn, node, run)
        case "timer":
            waits.begin_timer(turn, run)
        case "signal":
            waits.begin_signal(turn, run)
        case "wait":
            waits.begin_wait(turn, run)
        case "subprocess":
            subprocesses.begin(turn, run)
        case _:
            raise AssertionError(f"a node of type {node.type!r} is not entered")
    if run.number in turn.state.active:
        waits.arm_boundaries(turn, turn.run(run.number))


def retry(turn: Turn, number: int) -> None:
    """The back-off of a node run is over: the next attempt (of a subprocess: another child)."""
    run = turn.run(number)
    if turn.node(run).type == "subprocess":
        subprocesses.begin(turn, run)
    else:
        attempts.schedule(turn, run, run.attempts + 1)


def reach_end(turn: Turn, node: PlanNode, run: NodeRun) -> None:
    """An end consumes the token; its outputs (without mappings, its inputs) are merged into the
    execution's.
    """
    settings = filled_parameters(turn, node, run.scope)
    outputs, assigned = outputs_of(turn, node, run, run.inputs, {})
    failure: Error | None = None
    if settings.get("status") == "failed":
        code = settings.get("errorCode")
        code = code if isinstance(code, str) and code else END_FAILED
        failure = Error(code, f"the failing end {node.id!r} was reached")
    turn.emit(
        e.NodeSucceeded(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            outputs=outputs,
            assigned=assigned,
            is_end=True,
            failure=failure,
        )
    )
    turn.vacated.add((run.scope, run.node_id))
    if settings.get("terminate"):
        error = turn.state.failure
        ending.end(turn, Status.FAILED if error else Status.SUCCEEDED, error=error)


def fire_join(turn: Turn, key: joins.JoinKey, consumed: tuple[str, ...]) -> None:
    """A join acts: it consumes one token of each of these transitions and goes on as one."""
    scope, node_id = key
    node = turn.plan.node(node_id)
    run_count = _next_run(turn, node, scope)
    if run_count is None:
        return
    held = turn.state.parked[key].held
    arrived = [held[transition_id][0].outputs for transition_id in consumed]
    problem: Error | None = None
    inputs: dict[str, Any] = {}
    try:
        inputs = inputs_of(turn, node, scope)
    except NodeError as error:
        problem = error.error
    turn.emit(
        e.NodeStarted(
            number=turn.state.node_runs + 1,
            node_id=node_id,
            run=run_count,
            scope=scope,
            consumed=consumed,
            inputs=inputs,
        )
    )
    turn.node_runs_left -= 1
    turn.touched_joins.add(key)
    run = turn.run(turn.state.node_runs)
    if problem is not None:
        fail(turn, run, problem)
    else:
        complete(turn, run, None, {"arrived": arrived, "expected": len(node.incoming)})
