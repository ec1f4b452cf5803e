"""A token enters a node: the node run begins, and the node's type says what it does.

The types that act and complete at once are here; those that wait, run tasks, join or call children
have their own modules.
"""

from typing import Any

from seriatim.domain import events as e
from seriatim.domain import join_events as j
from seriatim.domain.bodies import fork_of
from seriatim.domain.decider import (
    attempts,
    children,
    dependencies,
    ending,
    foreach,
    joins,
    permits,
    subprocesses,
    waits,
)
from seriatim.domain.decider.completing import (
    NOTHING,
    End,
    cancel_named,
    cancel_upstream,
    complete,
    fail,
    recall_items,
    succeed,
)
from seriatim.domain.decider.mappings import (
    Assigned,
    filled_parameters,
    inputs_of,
    outputs_of,
)
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.errors import END_FAILED, LOOP_LIMIT
from seriatim.domain.plan import PlanNode
from seriatim.domain.state import ROOT_SCOPE, Arrival, NodeRun
from seriatim.domain.values import Error, Status


def enter(turn: Turn, number: int) -> None:
    """Let the token of arrival ``number`` in: a join parks it, every other node runs."""
    arrival = turn.state.arrivals[number]
    node = turn.plan.node(arrival.node_id)
    if arrival.closes is not None:
        _close_again(turn, node, number, arrival.scope, arrival.closes)
    elif node.type != "join":
        _begin(turn, node, number, arrival)
    elif foreach.is_closed_by(turn, arrival.scope, node.id):
        foreach.arrive(turn, number, arrival)
    else:
        joins.arrive(turn, node, number, arrival)


def _index_of(turn: Turn, scope: int) -> int | None:
    return None if scope == ROOT_SCOPE else turn.state.scopes[scope].index


def _begin(turn: Turn, node: PlanNode, number: int, arrival: Arrival) -> None:
    run_count = _next_run(turn, node, arrival.scope)
    if run_count is None:
        return
    inputs, problem = _inputs_or_error(turn, node, arrival.scope)
    turn.emit(
        e.NodeStarted(
            number=turn.state.node_runs + 1,
            node_id=node.id,
            run=run_count,
            scope=arrival.scope,
            index=_index_of(turn, arrival.scope),
            via=arrival.transition_id,
            arrival=number,
            resumes=arrival.resumes,
            inputs=inputs,
        )
    )
    turn.node_runs_left -= 1
    run = turn.run(turn.state.node_runs)
    if problem is not None:
        fail(turn, run, problem)
    elif run.number in turn.state.for_each:
        turn.open_for_each.add(run.number)
    elif run.number in turn.state.families:
        if not permits.ask_to_acquire(turn, node, run):
            children.go_on(turn, run)
    elif _may_act(turn, node, run):
        act(turn, turn.run(run.number))
    if node.has_boundaries and run.number in turn.state.active:
        waits.arm_boundaries(turn, turn.run(run.number))


def _inputs_or_error(turn: Turn, node: PlanNode, scope: int) -> tuple[dict[str, Any], Error | None]:
    """The inputs of a node run that begins; with the error that it fails with, once it has begun,
    where they can not be computed.
    """
    try:
        return inputs_of(turn, node, scope), None
    except NodeError as problem:
        return {}, problem.error


def _may_act(turn: Turn, node: PlanNode, run: NodeRun) -> bool:
    """Whether no blocking dependency of a node run that begins is unmet, and it acquires nothing;
    else it waits, first for the one, then for the other. What was found of its dependencies goes
    into the history.
    """
    if node.dependencies:
        if dependencies.must_wait(turn, node, run):
            waits.wait(turn, run, dependencies.wait_of(turn, node, run))
            return False
        met = dependencies.met(turn, node, run.scope)
        turn.emit(
            e.DependenciesResolved(number=run.number, node_id=run.node_id, run=run.run, met=met)
        )
    return not permits.ask_to_acquire(turn, node, run)


def acquire_and_act(turn: Turn, run: NodeRun) -> None:
    """Let a node run that has begun get what it acquires, and then act."""
    if not permits.ask_to_acquire(turn, turn.node(run), run):
        act(turn, run)


def act(turn: Turn, run: NodeRun) -> None:
    """Let a node run that has begun do what its type does; what goes wrong fails it."""
    try:
        _act(turn, turn.node(run), run)
    except NodeError as error:
        fail(turn, turn.run(run.number), error.error)


def act_on_dependencies(turn: Turn, run: NodeRun) -> None:
    """A node run waits for no dependency any more: its inputs are computed now, and it goes on."""
    node = turn.node(run)
    try:
        inputs = inputs_of(turn, node, run.scope)
    except NodeError as error:
        fail(turn, run, error.error)
        return
    turn.emit(
        e.DependenciesResolved(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            met=dependencies.met(turn, node, run.scope),
            inputs=inputs,
        )
    )
    acquire_and_act(turn, turn.run(run.number))


def _next_run(turn: Turn, node: PlanNode, scope: int) -> int | None:
    """The number of the node's next run; past the guard against endless loops the execution
    ends.
    """
    latest = turn.state.latest.get((scope, node.id))
    count = 1 if latest is None else latest.run + 1
    if count <= turn.plan.node_runs_max:
        return count
    message = f"node {node.id!r} ran {turn.plan.node_runs_max} times (maxNodeRuns)"
    error = Error(LOOP_LIMIT, message, {"nodeId": node.id})
    ending.end(turn, Status.FAILED, error=error, node_id=node.id)
    return None


def _act(turn: Turn, node: PlanNode, run: NodeRun) -> None:
    """What a node of each type does when its run has begun."""
    match node.type:
        case "task":
            attempts.begin(turn, run, 1)
        case "start":
            complete(turn, run, dict(turn.state.variables))
        case "fork" if node.expression("forEach") is not None:
            foreach.begin(turn, node, run)
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
        case "subprocess" if run.number in turn.state.families:
            children.go_on(turn, run)
        case "subprocess":
            subprocesses.begin(turn, run)
        case "join":
            _complete_join(turn, node, run, _arrived_at(turn, run))
        case _:
            raise AssertionError(f"a node of type {node.type!r} is not entered")


def retry(turn: Turn, number: int) -> None:
    """The back-off of a node run is over: the next attempt (of a subprocess: another child).

    Of what was due at the same time, something else may have ended the run or begun the attempt.
    """
    run = turn.state.active.get(number)
    if run is None or (run.retry_at is None and not run.is_incident):
        return
    try:
        if permits.ask_to_acquire(turn, turn.node(run), run):
            return
        if turn.node(run).type == "subprocess":
            subprocesses.begin(turn, run)
        else:
            attempts.begin(turn, run, run.attempts + 1)
    except NodeError as error:
        fail(turn, turn.run(number), error.error)


def go_on_with_permits(turn: Turn, number: int) -> None:
    """What a node run waited for at a ledger has come: the next permit, or what it was for.

    Of what came at the same time, something else may have ended the run.
    """
    run = turn.state.active.get(number)
    if run is None or not run.awaits_permits:
        return
    if permits.prepares_attempt(turn.state, number):
        attempts.begin(turn, run, run.attempts + 1)
    else:
        act(turn, run)


def reach_end(turn: Turn, node: PlanNode, run: NodeRun) -> None:
    """An end consumes the token; its outputs (without mappings, its inputs) are merged into the
    execution's.
    """
    settings = filled_parameters(turn, node, run.scope)
    outputs, assigned = outputs_of(turn, node, run, run.inputs, {})
    _consume(turn, node, run, outputs, assigned, settings.get("errorCode"))


def reach_end_by_hand(turn: Turn, run: NodeRun, outputs: dict[str, Any]) -> None:
    """An operator lets an end consume its token, with these outputs; no mapping is asked."""
    node = turn.node(run)
    try:
        code = filled_parameters(turn, node, run.scope).get("errorCode")
    except NodeError:
        code = None  # it may be what the end has failed with
    _consume(turn, node, run, outputs, Assigned({}, {}, {}), code)


def _consume(
    turn: Turn,
    node: PlanNode,
    run: NodeRun,
    outputs: dict[str, Any],
    assigned: Assigned,
    code: object,
) -> None:
    failure: Error | None = None
    if node.parameters.get("status") == "failed":
        code = code if isinstance(code, str) and code else END_FAILED
        failure = Error(code, f"the failing end {node.id!r} was reached")
    succeed(turn, run, outputs, assigned, end=End(failure))
    if node.parameters.get("terminate"):
        error = turn.state.failure
        ending.end(turn, Status.FAILED if error else Status.SUCCEEDED, error=error)


def act_join(turn: Turn, action: joins.Action) -> None:
    """A join acts: it fires, ends its open wave, or fails."""
    scope, node_id = action.key
    turn.touched_joins.add(action.key)
    if action.act is joins.Act.END_WAVE:
        turn.emit(j.WaveEnded(node_id=node_id, scope=scope))
        return
    node = turn.plan.node(node_id)
    is_early = joins.mode_of(node) in {"any", "count", "expression"}
    is_wave = is_early and action.act is joins.Act.FIRE
    cancels = is_wave and node.parameters.get("onReached") == "cancel"
    late: tuple[str, ...] = ()
    if is_wave and not cancels:
        late = joins.late_transitions(turn, action.key, action.consumed)
    arrived = joins.outputs_of_consumed(turn.state.parked[action.key], action.consumed)
    begun = _begin_join(turn, node, scope, arrived, consumed=action.consumed)
    if begun is None:
        return
    run, problem = begun
    if cancels:
        # Also those that can only come where one has come already: they would begin another wave.
        cancel_upstream(turn, node, scope, f"join {node_id} has what it needs")
    elif late:
        turn.emit(j.WaveOpened(node_id=node_id, awaited=late, scope=scope))
    _let_join_act(turn, node, run, arrived, action.error or problem)


def _begin_join(
    turn: Turn,
    node: PlanNode,
    scope: int,
    arrived: list[Any],
    consumed: tuple[str, ...] = (),
    closes: int | None = None,
    arrival: int | None = None,
) -> tuple[NodeRun, Error | None] | None:
    """The node run of a join that acts, with the error of its inputs if they have one; ``None``
    where it is one too many. What has arrived is kept only where the join may have to wait.
    """
    run_count = _next_run(turn, node, scope)
    if run_count is None:
        return None
    inputs, problem = _inputs_or_error(turn, node, scope)
    turn.emit(
        e.NodeStarted(
            number=turn.state.node_runs + 1,
            node_id=node.id,
            run=run_count,
            scope=scope,
            index=_index_of(turn, scope),
            consumed=consumed,
            closes=closes,
            arrival=arrival,
            arrived=tuple(arrived) if node.dependencies or node.acquires else (),
            inputs=inputs,
        )
    )
    turn.node_runs_left -= 1
    return turn.run(turn.state.node_runs), problem


def _let_join_act(
    turn: Turn, node: PlanNode, run: NodeRun, arrived: list[Any], error: Error | None
) -> None:
    if error is not None:
        fail(turn, run, error)
    elif _may_act(turn, node, run):
        _complete_join(turn, node, turn.run(run.number), arrived)
    if node.has_boundaries and run.number in turn.state.active:
        waits.arm_boundaries(turn, turn.run(run.number))


def _arrived_at(turn: Turn, run: NodeRun) -> list[Any]:
    """The outputs with which a join goes on that has waited, or that failed and acts again."""
    if run.closes is not None and run.is_incident:
        return turn.state.for_each[run.closes].outputs
    return list(run.arrived) or [token.outputs for _, token in run.held]


def _complete_join(turn: Turn, node: PlanNode, run: NodeRun, arrived: list[Any]) -> None:
    """The join goes on as one token. Of a ``forEach``, ``arrived`` has a place for every item."""
    if run.closes is None:
        complete(turn, run, NOTHING, {"arrived": arrived, "expected": len(node.incoming)})
        return
    found = [outputs for outputs in arrived if outputs is not None]
    complete(turn, run, {"items": arrived}, {"arrived": found, "expected": len(arrived)})


def close_for_each(turn: Turn, ending_: foreach.Closing) -> None:
    """The join that ends a ``forEach`` body acts: the fork's token goes on from there."""
    fork = turn.run(ending_.number)
    record = turn.state.for_each[fork.number]
    node = turn.plan.node(record.join_node_id)
    if _next_run(turn, node, fork.scope) is None or not cancel_named(turn, fork):
        return
    if node.parameters.get("onReached") == "cancel" and record.open:
        recall_items(turn, fork.number, f"join {node.id} has what it needs")
        turn.emit(
            j.ItemsCancelled(
                number=fork.number, node_id=fork.node_id, run=fork.run, keeps_ended=True
            )
        )
    permits.give_back(turn, turn.node(fork), fork)
    turn.emit(e.NodeSucceeded(number=fork.number, node_id=fork.node_id, run=fork.run))
    turn.vacate(fork.scope, fork.node_id)
    items = record.outputs
    begun = _begin_join(turn, node, fork.scope, items, closes=fork.number)
    if begun is not None:
        run, problem = begun
        _let_join_act(turn, node, run, items, ending_.error or problem)


def _close_again(turn: Turn, node: PlanNode, number: int, scope: int, closes: int) -> None:
    """After a redrive the join that ends a ``forEach`` body acts once more, with the same items. By
    another revision or other variables it may not have what it asks for any more, though items are
    left: then the fork has them back, and the join acts when it has.
    """
    record = turn.state.for_each[closes]
    closing = foreach.closing_of(turn, closes, scope)
    fork_id = fork_of(turn.plan.document, node.id)
    if closing is None and fork_id is not None:
        resumed = Arrival(fork_id, scope=scope, resumes=closes)
        _begin(turn, turn.plan.node(fork_id), number, resumed)
        turn.vacate(scope, node.id)
        return
    items = record.outputs
    begun = _begin_join(turn, node, scope, items, closes=closes, arrival=number)
    if begun is not None:
        run, problem = begun
        _let_join_act(turn, node, run, items, (closing and closing.error) or problem)
