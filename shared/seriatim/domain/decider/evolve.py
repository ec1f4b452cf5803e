"""``evolve(state, event, time) -> state``: what each recorded fact makes of the state. Pure; needs
no plan.

Every event type has its branch here and nowhere else. What the branches share is at the end: the
bookkeeping of tokens (``live``: where unparked tokens are or are heading; ``arrivals``: which of
them are on their way).
"""

from __future__ import annotations

from typing import Any, assert_never

import msgspec
from rpds import HashTrieMap

from seriatim.domain import events as e
from seriatim.domain.state import (
    ROOT_SCOPE,
    Arrival,
    KeptSignal,
    NodeRun,
    ParkedToken,
    Parking,
    State,
)
from seriatim.domain.values import Error, Status

ERRORS_KEPT = 100
SIGNAL_KEYS_KEPT = 1000

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
        case e.NodeCancelled():
            run = _ended(state, event.number, Status.CANCELLED)
            return _leave(state, run, event.taken)
        case e.BoundaryFired():
            return _boundary_fired(state, event)
        case e.TaskStarted():
            return _task_started(state, event)
        case e.TaskHeartbeatRecorded():
            return _update(state, event.number, heartbeat_by=event.heartbeat_by)
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
        case e.ExecutionEnded():
            return _execution_ended(state, event)
        case e.TokensDropped():
            return replace(state, parked=state.parked.discard((event.scope, event.node_id)))
        case e.TokenAbsorbed():
            return _token_absorbed(state, event)
        case e.WaveOpened():
            key = (event.scope, event.node_id)
            parking = state.parked.get(key, Parking())
            parking = replace(parking, awaited=frozenset(event.awaited))
            return replace(state, parked=state.parked.insert(key, parking))
        case e.WaveEnded():
            return _wave_ended(state, event)
        case e.ExecutionStarted():
            raise AssertionError("an execution starts once")
        case _:
            assert_never(event)


# -- one function per event that does more than one thing -----------------------------------------


def _node_started(state: State, event: e.NodeStarted) -> State:
    key = (event.scope, event.node_id)
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
    )
    if event.arrival is not None:
        state = _arrived(state, event.arrival)
    else:
        parked = _without_first(state.parked, key, event.consumed)
        state = replace(state, parked=parked, live=_count(state.live, key, 1))
    return replace(
        state,
        node_runs=event.number,
        active=state.active.insert(event.number, run),
        latest=state.latest.insert(key, run),
    )


def _task_scheduled(state: State, event: e.TaskScheduled) -> State:
    return _update(
        state,
        event.number,
        status=Status.WAITING if event.handed_out else Status.RUNNING,
        attempts=event.attempt,
        deadline=event.deadline,
        heartbeat_by=event.heartbeat_by,
        handed_out=event.handed_out,
        retry_at=None,
        worker_id=None,
    )


def _task_started(state: State, event: e.TaskStarted) -> State:
    return _update(
        state,
        event.number,
        status=Status.RUNNING,
        worker_id=event.worker_id,
        deadline=event.deadline,
        heartbeat_by=event.heartbeat_by,
    )


def _task_failed(state: State, event: e.TaskFailed) -> State:
    return _update(
        state,
        event.number,
        status=Status.WAITING,
        error=event.error,
        retry_at=event.retry_at,
        deadline=None,
        heartbeat_by=None,
    )


def _node_waiting(state: State, event: e.NodeWaiting) -> State:
    state = _update(
        state, event.number, status=Status.WAITING, wait=event.wait, deadline=event.deadline
    )
    if event.wait.kind == "until":
        state = replace(state, until_waits=(*state.until_waits, event.number))
    return state


def _node_succeeded(state: State, event: e.NodeSucceeded) -> State:
    run = _ended(state, event.number, Status.SUCCEEDED, outputs=event.outputs, error=None)
    if event.assigned:
        state = replace(state, variables={**state.variables, **event.assigned})
    if event.is_end:
        state = replace(
            state,
            ends_reached=state.ends_reached + 1,
            outputs={**state.outputs, **event.outputs},
            failure=state.failure or event.failure,
        )
    return _leave(state, run, event.taken)


def _node_failed(state: State, event: e.NodeFailed) -> State:
    timed_out = event.error.code.endswith(".Timeout")
    status = Status.TIMED_OUT if timed_out else Status.FAILED
    run = _ended(state, event.number, status, error=event.error)
    errors = (*state.errors, (state.time, event.node_id, event.error))[-ERRORS_KEPT:]
    state = replace(state, errors=errors)
    if not event.uncaught:
        return _leave(state, run, event.taken)
    # The failed token stays counted as live for ever: no join that it could have reached may fire
    # for want of it.
    live = _count(state.live, (run[1].scope, event.node_id), 1)
    failed_nodes = (*state.failed_nodes, event.node_id)
    failure = state.failure or event.error
    return _leave(replace(state, failure=failure, failed_nodes=failed_nodes, live=live), run, ())


def _boundary_fired(state: State, event: e.BoundaryFired) -> State:
    run = state.active[event.number]
    fired = tuple(transition_id for transition_id, _ in event.taken)
    state = _update(state, event.number, boundary_fired=run.boundary_fired + fired)
    return _send(state, run.scope, event.taken, run.inputs)


def _signal_received(state: State, event: e.SignalReceived) -> State:
    kept = (*state.signals.get(event.name, ()), KeptSignal(event.payload))
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
        outputs=event.outputs,
        failure=event.error,
        errors=errors,
        latest=latest,
        active=HashTrieMap(),
        halted=state.active,
        armed_at=None,
        busy=0,
        until_waits=(),
    )


def _token_parked(state: State, event: e.TokenParked) -> State:
    key = (event.scope, event.node_id)
    arrival = state.arrivals[event.arrival]
    parking = state.parked.get(key, Parking())
    token = ParkedToken(event.arrival, arrival.outputs)
    held = parking.held.insert(
        event.transition_id, (*parking.held.get(event.transition_id, ()), token)
    )
    state = _arrived(state, event.arrival)
    return replace(
        state,
        live=_count(state.live, key, -1),
        parked=state.parked.insert(key, replace(parking, held=held)),
    )


def _token_absorbed(state: State, event: e.TokenAbsorbed) -> State:
    key = (event.scope, event.node_id)
    parking = state.parked[key]
    parking = replace(parking, awaited=parking.awaited - {event.transition_id})
    state = _arrived(state, event.arrival)
    return replace(
        state, live=_count(state.live, key, -1), parked=state.parked.insert(key, parking)
    )


def _wave_ended(state: State, event: e.WaveEnded) -> State:
    key = (event.scope, event.node_id)
    parking = replace(state.parked[key], awaited=frozenset())
    if not len(parking.held):
        return replace(state, parked=state.parked.discard(key))
    return replace(state, parked=state.parked.insert(key, parking))


# -- bookkeeping ----------------------------------------------------------------------------------


def _update(state: State, number: int, **changes: Any) -> State:
    """Change an active node run; ``busy`` follows its status."""
    old = state.active[number]
    new = replace(old, **changes)
    busy = state.busy + (new.status is Status.RUNNING) - (old.status is Status.RUNNING)
    return replace(state, active=state.active.insert(number, new), busy=busy)


def _ended(
    state: State,
    number: int,
    status: Status,
    outputs: dict[str, Any] | None = None,
    error: Error | None = None,
) -> tuple[NodeRun, NodeRun]:
    """The active run as it was, and as it ends."""
    old = state.active[number]
    new = replace(
        old,
        status=status,
        ended_at=state.time,
        outputs=outputs or {},
        error=error,
        wait=None,
        retry_at=None,
        deadline=None,
        heartbeat_by=None,
    )
    return old, new


def _leave(state: State, runs: tuple[NodeRun, NodeRun], taken: tuple[e.Taken, ...]) -> State:
    """Take an ended run out of the active ones and send its tokens on their way."""
    old, new = runs
    key = (new.scope, new.node_id)
    latest = state.latest
    if latest[key].number == new.number:
        latest = latest.insert(key, new)
    until_waits = state.until_waits
    if new.number in until_waits:
        until_waits = tuple(number for number in until_waits if number != new.number)
    state = replace(
        state,
        active=state.active.discard(new.number),
        latest=latest,
        live=_count(state.live, key, -1),
        busy=state.busy - (old.status is Status.RUNNING),
        until_waits=until_waits,
    )
    return _send(state, new.scope, taken, new.outputs)


def _send(state: State, scope: int, taken: tuple[e.Taken, ...], outputs: dict[str, Any]) -> State:
    """Put one token on each taken transition."""
    if not taken:
        return state
    arrivals, live, count = state.arrivals, state.live, state.arrival_count
    for transition_id, target in taken:
        count += 1
        arrivals = arrivals.insert(count, Arrival(target, transition_id, scope, outputs))
        live = _count(live, (scope, target), 1)
    return replace(state, arrivals=arrivals, live=live, arrival_count=count)


def _arrived(state: State, number: int) -> State:
    """An arrival has become a node run or a parked token."""
    arrivals = state.arrivals.discard(number)
    head = state.arrival_head
    while head <= state.arrival_count and head not in arrivals:
        head += 1
    return replace(state, arrivals=arrivals, arrival_head=head)


def _count(
    live: HashTrieMap[tuple[int, str], int], key: tuple[int, str], change: int
) -> HashTrieMap[tuple[int, str], int]:
    left = live.get(key, 0) + change
    return live.insert(key, left) if left else live.discard(key)


def _without_first(
    parked: HashTrieMap[tuple[int, str], Parking], key: tuple[int, str], consumed: tuple[str, ...]
) -> HashTrieMap[tuple[int, str], Parking]:
    """Take the first parked token of each consumed transition."""
    parking = parked[key]
    held = parking.held
    for transition_id in consumed:
        rest = held[transition_id][1:]
        held = held.insert(transition_id, rest) if rest else held.discard(transition_id)
    if not len(held) and not parking.awaited:
        return parked.discard(key)
    return parked.insert(key, replace(parking, held=held))
