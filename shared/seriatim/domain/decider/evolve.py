"""``evolve(state, event, time) -> state``: what each recorded fact makes of the state. Pure; needs
no plan.

Every event type has its branch here and nowhere else. The bookkeeping that they share is
``tokens``; what happens to whole ``forEach`` bodies is ``scopes``.
"""

from __future__ import annotations

from typing import assert_never

import msgspec
from rpds import HashTrieMap

from seriatim.domain import control_events as c
from seriatim.domain import events as e
from seriatim.domain.decider import families, scopes, tokens
from seriatim.domain.errors import HEARTBEAT_TIMEOUT, TIMEOUT
from seriatim.domain.state import (
    ROOT_SCOPE,
    Arrival,
    KeptSignal,
    NodeRun,
    ParkedToken,
    Parking,
    Pause,
    State,
)
from seriatim.domain.values import Error, Status, Wait

ERRORS_KEPT = 100
SIGNAL_KEYS_KEPT = 1000
CONTROL_KEYS_KEPT = 100

replace = msgspec.structs.replace


def begin(event: e.ExecutionStarted, time: int) -> State:
    """The first state: one token on its way into the start node."""
    return State(
        execution_id=event.execution_id,
        project_id=event.project_id,
        sequence_id=event.sequence_id,
        revision=event.revision,
        tasks_version=event.tasks_version,
        started_at=time,
        time=time,
        name=event.name,
        priority=event.priority,
        metadata=event.metadata,
        parent=event.parent,
        deadline=event.deadline,
        input_hash=event.input_hash,
        event_count=1,
        variables=event.variables,
        arrival_count=1,
        arrivals=HashTrieMap({1: Arrival(event.start_node_id)}),
        live=HashTrieMap({(ROOT_SCOPE, event.start_node_id): 1}),
    )


def evolve(state: State | None, event: e.AnyEvent, time: int) -> State:
    """The state after ``event``, which was recorded at ``time`` (milliseconds)."""
    if state is None:
        assert isinstance(event, e.ExecutionStarted), "the first event starts the execution"
        return begin(event, time)
    state = replace(state, event_count=state.event_count + 1, time=time)
    match event:
        case e.NodeSucceeded():
            return _node_succeeded(state, event)
        case e.NodeStarted():
            return _node_started(state, event)
        case e.TaskScheduled():
            return _task_scheduled(state, event)
        case e.TaskFailed():
            return _task_failed(state, event)
        case e.NodeWaiting():
            return _node_waiting(state, event)
        case e.NodeFailed():
            return _node_failed(state, event)
        case e.IncidentRaised():
            return _incident_raised(state, event)
        case e.NodeCancelled():
            state = scopes.drop(state, event.number)
            return tokens.leave(
                state, event.number, Status.CANCELLED, outputs=event.outputs, taken=event.taken
            )
        case e.BoundaryFired():
            return _boundary_fired(state, event)
        case e.TaskStarted():
            return _task_started(state, event)
        case e.TaskHeartbeatRecorded():
            return tokens.update(state, event.number, heartbeat_by=event.heartbeat_by)
        case e.DependenciesResolved():
            return _dependencies_resolved(state, event)
        case e.ForEachStarted():
            return scopes.for_each_started(state, event)
        case e.ItemStarted():
            return scopes.item_started(state, event)
        case e.ItemEnded():
            return scopes.item_ended(state, event)
        case e.ItemsCancelled():
            return scopes.drop(state, event.number)
        case e.ChildrenListed() | e.ChildrenStarted() | e.ChildOfItemEnded():
            return families.evolve(state, event)
        case c.OperatorActed():
            return _with_key(state, event.key)
        case e.SignalSent() | e.ChildStarted() | e.ChildEnded():
            return state
        case _:
            return _of_the_whole(state, event)


def _of_the_whole(state: State, event: e.WholeEvent) -> State:
    """Events of the execution as a whole, and of its joins."""
    match event:
        case e.TokenParked():
            return _token_parked(state, event)
        case e.TimerArmed():
            return replace(state, armed_at=event.at)
        case e.SignalReceived():
            return _signal_received(state, event)
        case e.SignalDelivered():
            kept = state.signals[event.name][1:]
            others = {k: v for k, v in state.signals.items() if k != event.name}
            return replace(state, signals={**others, event.name: kept} if kept else others)
        case e.VariablesSet():
            return replace(state, variables={**state.variables, **event.values})
        case e.ExecutionStatusChanged():
            return replace(state, status=event.status)
        case c.ExecutionPaused():
            pause = Pause(state.time, event.reason, event.by)
            return _with_key(replace(state, pause=pause), event.key)
        case c.ExecutionResumed():
            return _with_key(replace(state, pause=None), event.key)
        case e.ExecutionEnded():
            return _execution_ended(state, event)
        case e.TokensDropped():
            state = tokens.drop_arrivals(state, event.arrivals)
            return tokens.drop_parked(state, event.scope, event.node_id)
        case e.TokenAbsorbed():
            return _token_absorbed(state, event)
        case e.TokenReachedJoin():
            return scopes.token_reached_join(state, event)
        case e.WaveOpened():
            key = (event.scope, event.node_id)
            parking = replace(state.parked.get(key, Parking()), awaited=frozenset(event.awaited))
            return replace(state, parked=state.parked.insert(key, parking))
        case e.WaveEnded():
            key = (event.scope, event.node_id)
            parking = replace(state.parked[key], awaited=frozenset())
            return tokens.keep_parking(state, key, parking)
        case e.ExecutionStarted():
            raise AssertionError("an execution starts once")
        case _:
            assert_never(event)


# -- node runs ------------------------------------------------------------------------------------


def _node_started(state: State, event: e.NodeStarted) -> State:
    run = NodeRun(
        number=event.number,
        node_id=event.node_id,
        run=event.run,
        started_at=state.time,
        scope=event.scope,
        index=event.index,
        via=event.via,
        status=Status.PENDING,
        inputs=event.inputs,
        closes=event.closes,
        arrived=event.arrived,
    )
    if event.arrival is not None:
        # The token was counted at this node since it set out.
        state = tokens.arrived(state, event.arrival)
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


def _task_scheduled(state: State, event: e.TaskScheduled) -> State:
    run = state.active[event.number]
    return tokens.update(
        state,
        event.number,
        status=Status.WAITING if event.handed_out else Status.RUNNING,
        attempts=event.attempt,
        deadline=event.deadline,
        heartbeat_by=event.heartbeat_by,
        queue_by=event.queue_by,
        handed_out=event.handed_out,
        wait=None if run.is_incident else run.wait,
        retry_at=None,
        worker_id=None,
    )


def _task_started(state: State, event: e.TaskStarted) -> State:
    return tokens.update(
        state,
        event.number,
        status=Status.RUNNING,
        worker_id=event.worker_id,
        deadline=event.deadline,
        heartbeat_by=event.heartbeat_by,
        queue_by=None,
    )


def _task_failed(state: State, event: e.TaskFailed) -> State:
    state = replace(state, families=state.families.discard(event.number))
    return tokens.update(
        state,
        event.number,
        status=Status.WAITING,
        error=event.error,
        failed_at=state.time,
        retry_at=event.retry_at,
        deadline=None,
        heartbeat_by=None,
        queue_by=None,
    )


def _node_waiting(state: State, event: e.NodeWaiting) -> State:
    state = tokens.update(
        state, event.number, status=Status.WAITING, wait=event.wait, deadline=event.deadline
    )
    if event.wait.kind == "until":
        return replace(state, until_waits=(*state.until_waits, event.number))
    if event.wait.kind == "dependency":
        return replace(state, dependency_waits=(*state.dependency_waits, event.number))
    return state


def _dependencies_resolved(state: State, event: e.DependenciesResolved) -> State:
    waits = tuple(number for number in state.dependency_waits if number != event.number)
    state = replace(state, dependency_waits=waits)
    run = state.active[event.number]
    inputs = run.inputs if event.inputs is None else event.inputs
    return tokens.update(
        state, event.number, status=Status.PENDING, wait=None, deadline=None, inputs=inputs
    )


def _node_succeeded(state: State, event: e.NodeSucceeded) -> State:
    if event.assigned:
        state = replace(state, variables={**state.variables, **event.assigned})
    if event.is_end:
        state = replace(
            state,
            ends_reached=state.ends_reached + 1,
            outputs={**state.outputs, **event.outputs},
            failure=state.failure or event.failure,
        )
    state = scopes.fork_ended(state, event.number)
    return tokens.leave(
        state, event.number, Status.SUCCEEDED, outputs=event.outputs, taken=event.taken
    )


def _node_failed(state: State, event: e.NodeFailed) -> State:
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
    state = scopes.drop(state, event.number)
    return tokens.leave(
        state,
        event.number,
        status_of_failure(event.error),
        error=event.error,
        taken=event.taken,
    )


def status_of_failure(error: Error) -> Status:
    """How a node run ends that fails with an error."""
    is_late = error.code in {TIMEOUT, HEARTBEAT_TIMEOUT}
    return Status.TIMED_OUT if is_late else Status.FAILED


def _incident_raised(state: State, event: e.IncidentRaised) -> State:
    errors = (*state.errors, (state.time, event.node_id, event.error))[-ERRORS_KEPT:]
    state = scopes.drop(state, event.number)
    state = replace(
        state,
        errors=errors,
        until_waits=tokens.without(state.until_waits, event.number),
        dependency_waits=tokens.without(state.dependency_waits, event.number),
    )
    return tokens.update(
        state,
        event.number,
        status=Status.WAITING,
        wait=Wait(kind="incident"),
        error=event.error,
        failed_at=state.time,
        retry_at=None,
        deadline=None,
        heartbeat_by=None,
        queue_by=None,
    )


def _boundary_fired(state: State, event: e.BoundaryFired) -> State:
    run = state.active[event.number]
    fired = tuple(t for t, _ in event.taken if t not in run.boundary_fired)
    state = tokens.update(state, event.number, boundary_fired=run.boundary_fired + fired)
    return tokens.send(state, run.scope, event.taken, run.inputs)


# -- the execution as a whole ---------------------------------------------------------------------


def _with_key(state: State, key: str | None) -> State:
    if key is None:
        return state
    return replace(state, control_keys=(*state.control_keys, key)[-CONTROL_KEYS_KEPT:])


def _signal_received(state: State, event: e.SignalReceived) -> State:
    kept = (*state.signals.get(event.name, ()), KeptSignal(event.payload, state.event_count))
    keys = state.signal_keys
    if event.key is not None:
        keys = (*keys, event.key)[-SIGNAL_KEYS_KEPT:]
    return replace(state, signals={**state.signals, event.name: kept}, signal_keys=keys)


def _execution_ended(state: State, event: e.ExecutionEnded) -> State:
    latest = state.latest
    for run in state.active.values():
        key = (run.scope, run.node_id)
        over = replace(run, status=Status.CANCELLED, ended_at=state.time)
        if latest[key].number == run.number:
            latest = latest.insert(key, over)
    errors = state.errors
    if event.error is not None and not any(error == event.error for _, _, error in errors):
        errors = (*errors, (state.time, None, event.error))[-ERRORS_KEPT:]
    return replace(
        state,
        status=event.status,
        ended_at=state.time,
        end_reason=event.reason,
        end_key=event.key,
        outputs=event.outputs,
        failure=event.error,
        errors=errors,
        latest=latest,
        active=HashTrieMap(),
        halted=state.active,
        armed_at=None,
        busy=0,
        until_waits=(),
        dependency_waits=(),
    )


# -- joins ----------------------------------------------------------------------------------------


def _token_parked(state: State, event: e.TokenParked) -> State:
    key = (event.scope, event.node_id)
    arrival = state.arrivals[event.arrival]
    parking = state.parked.get(key, Parking())
    token = ParkedToken(event.arrival, arrival.outputs)
    held = parking.held.insert(
        event.transition_id, (*parking.held.get(event.transition_id, ()), token)
    )
    state = tokens.park(tokens.arrived(state, event.arrival), event.scope, event.node_id)
    return replace(state, parked=state.parked.insert(key, replace(parking, held=held)))


def _token_absorbed(state: State, event: e.TokenAbsorbed) -> State:
    key = (event.scope, event.node_id)
    parking = state.parked[key]
    parking = replace(parking, awaited=parking.awaited - {event.transition_id})
    state = tokens.arrived(state, event.arrival)
    state = tokens.count(state, event.scope, event.node_id, -1)
    return tokens.keep_parking(state, key, parking)
