"""What events make of node runs. Shared by the branches of ``evolve``."""

from __future__ import annotations

import msgspec

from seriatim.domain import events as e
from seriatim.domain.decider import families, scopes, tokens
from seriatim.domain.decider.claims import without_attempt
from seriatim.domain.errors import HEARTBEAT_TIMEOUT, TIMEOUT
from seriatim.domain.limits import RETRY_NEAR_MS_MAX
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import PENDING, RUNNING, SUCCEEDED, WAITING, Error, Status, Wait

ERRORS_KEPT = 100

replace = msgspec.structs.replace


def node_started(state: State, event: e.NodeStarted) -> State:
    """A token entered a node, or a join fired."""
    run = NodeRun(
        number=event.number,
        node_id=event.node_id,
        run=event.run,
        started_at=state.time,
        scope=event.scope,
        index=event.index,
        via=event.via,
        status=PENDING,
        inputs=event.inputs,
        closes=event.closes,
        arrived=event.arrived,
        held=tokens.taken_by(state, event.scope, event.node_id, event.consumed),
    )
    if event.resumes is not None:
        state, run = _taken_over(state, event.resumes, run)
    if event.arrival is not None:
        # The token was counted at this node since it set out, but for one that goes back to a fork.
        came_to = state.arrivals[event.arrival].node_id
        state = tokens.arrived(state, event.arrival)
        if came_to != event.node_id:
            state = tokens.count(state, event.scope, came_to, -1)
            state = tokens.count(state, event.scope, event.node_id, 1)
    else:
        if event.consumed:
            state = tokens.consume(state, event.scope, event.node_id, event.consumed)
        state = tokens.count(state, event.scope, event.node_id, 1)
    state = scopes.note_node(state, event.scope, event.node_id)
    return replace(
        state,
        node_runs=event.number,
        active=state.active.insert(event.number, run),
        latest=state.latest.insert((event.scope, event.node_id), run),
    )


def _taken_over(state: State, former: int, run: NodeRun) -> tuple[State, NodeRun]:
    """After a redrive the new run of a node has the items, or the children, of the one before."""
    if former in state.for_each:
        state = scopes.taken_over(state, former, run.number)
        return state, replace(run, status=WAITING, wait=Wait(kind="items"))
    state = families.taken_over(state, former, run)
    return state, replace(run, status=WAITING, wait=Wait(kind="children"))


def task_scheduled(state: State, event: e.TaskScheduled) -> State:
    """An attempt may run."""
    run = state.active[event.number]
    return tokens.update(
        state,
        event.number,
        status=WAITING if event.handed_out else RUNNING,
        attempts=event.attempt,
        scheduled_at=state.time,
        deadline=event.deadline,
        heartbeat_by=event.heartbeat_by,
        queue_by=event.queue_by,
        handed_out=event.handed_out,
        wait=None if run.is_incident or run.awaits_permits else run.wait,
        retry_at=None,
        worker_id=None,
        target=event.target,
    )


def task_started(state: State, event: e.TaskStarted) -> State:
    """An outside worker has the attempt."""
    return tokens.update(
        state,
        event.number,
        status=RUNNING,
        worker_id=event.worker_id,
        deadline=event.deadline,
        heartbeat_by=event.heartbeat_by,
        queue_by=None,
    )


def task_failed(state: State, event: e.TaskFailed) -> State:
    """The attempt is over; a back-off, or the run's end, follows."""
    if event.retry_at is not None:
        state = replace(state, families=state.families.discard(event.number))
    state = replace(state, claims=without_attempt(state.claims, event.number))
    return tokens.update(
        state,
        event.number,
        status=WAITING,
        error=event.error,
        failed_at=state.time,
        retry_at=event.retry_at,
        is_retry_near=_is_near(state.time, event.retry_at),
        deadline=None,
        heartbeat_by=None,
        queue_by=None,
    )


def _is_near(now: int, retry_at: int | None) -> bool:
    return retry_at is not None and retry_at - now <= RETRY_NEAR_MS_MAX


def node_waiting(state: State, event: e.NodeWaiting) -> State:
    """The run waits, also in the list of its kind where there is one."""
    state = tokens.update(
        state, event.number, status=WAITING, wait=event.wait, deadline=event.deadline
    )
    if event.wait.kind == "until" or event.has_until:
        return replace(state, until_waits=(*state.until_waits, event.number))
    if event.wait.kind == "dependency":
        return replace(state, dependency_waits=(*state.dependency_waits, event.number))
    return state


def dependencies_resolved(state: State, event: e.DependenciesResolved) -> State:
    """The run goes on as one that has just begun."""
    waits = tuple(number for number in state.dependency_waits if number != event.number)
    state = replace(state, dependency_waits=waits)
    run = state.active[event.number]
    inputs = run.inputs if event.inputs is None else event.inputs
    return tokens.update(
        state, event.number, status=PENDING, wait=None, deadline=None, inputs=inputs
    )


def node_succeeded(state: State, event: e.NodeSucceeded) -> State:
    """The run's outputs are there and its tokens set out."""
    if event.assigned:
        state = replace(state, variables={**state.variables, **event.assigned})
    if event.is_end:
        state = replace(
            state,
            ends_reached=state.ends_reached + 1,
            outputs={**state.outputs, **event.outputs},
            failure=state.failure or event.failure,
        )
    if event.failure is not None:
        errors = (*state.errors, (state.time, event.node_id, event.failure))[-ERRORS_KEPT:]
        state = replace(state, errors=errors)
    state = scopes.fork_ended(state, event.number)
    closes = state.active[event.number].closes
    state = tokens.leave(
        state,
        event.number,
        SUCCEEDED,
        outputs=event.outputs,
        taken=event.taken,
        is_lost=event.failure is not None,
    )
    return scopes.join_ended(state, closes)


def node_failed(state: State, event: e.NodeFailed) -> State:
    """The run failed for good; its token is caught, lost or kept as one that never comes."""
    errors = (*state.errors, (state.time, event.node_id, event.error))[-ERRORS_KEPT:]
    state = replace(state, errors=errors)
    if event.uncaught:
        # The failed token stays counted as live for ever: no join that it could have reached may
        # fire for want of it.
        scope = state.active[event.number].scope
        state = tokens.count(state, scope, event.node_id, 1)
        places = ((around, event.node_id) for around in state.scope_chain(scope))
        failed_nodes = (*state.failed_nodes, *places)
        state = replace(state, failure=state.failure or event.error, failed_nodes=failed_nodes)
        state = scopes.lose(state, event.number)
    elif event.taken:
        state = scopes.drop(state, event.number)
    closes = state.active[event.number].closes
    state = tokens.leave(
        state,
        event.number,
        status_of_failure(event.error),
        error=event.error,
        taken=event.taken,
        is_lost=not event.taken,
    )
    return scopes.join_ended(state, closes) if event.taken else state


def node_cancelled(state: State, event: e.NodeCancelled) -> State:
    """The run was given up, with its items."""
    closes = state.active[event.number].closes
    state = scopes.drop(state, event.number)
    state = tokens.leave(
        state, event.number, Status.CANCELLED, outputs=event.outputs, taken=event.taken
    )
    return scopes.join_ended(state, closes)


def status_of_failure(error: Error) -> Status:
    """How a node run ends that fails with an error."""
    is_late = error.code in {TIMEOUT, HEARTBEAT_TIMEOUT}
    return Status.TIMED_OUT if is_late else Status.FAILED


def incident_raised(state: State, event: e.IncidentRaised) -> State:
    """The run waits for an operator."""
    errors = (*state.errors, (state.time, event.node_id, event.error))[-ERRORS_KEPT:]
    state = scopes.drop(state, event.number)
    run = state.active[event.number]
    state = replace(
        state,
        errors=errors,
        claims=without_attempt(state.claims, event.number),
        families=state.families.discard(event.number),
        until_waits=tokens.without(state.until_waits, event.number),
        dependency_waits=tokens.without(state.dependency_waits, event.number),
    )
    return tokens.update(
        state,
        event.number,
        status=WAITING,
        wait=Wait(kind="incident"),
        denials=run.denials + run.awaits_permits,
        error=event.error,
        failed_at=state.time,
        retry_at=None,
        deadline=None,
        heartbeat_by=None,
        queue_by=None,
    )


def boundary_over(state: State, event: e.BoundaryFired | e.BoundaryPassed) -> State:
    """A boundary of a run that goes on has had its time; a further token set out, or none."""
    run = state.active[event.number]
    taken = event.taken if isinstance(event, e.BoundaryFired) else ()
    over = [t for t, _ in taken] if isinstance(event, e.BoundaryFired) else [event.transition_id]
    fired = tuple(t for t in over if t not in run.boundary_fired)
    state = tokens.update(state, event.number, boundary_fired=run.boundary_fired + fired)
    return tokens.send(state, run.scope, taken, run.inputs)
