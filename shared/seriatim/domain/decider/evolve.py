"""``evolve(state, event, time) -> state``: what each recorded fact makes of the state. Pure; needs
no plan.

Every event type has its branch here and nowhere else. What it does is in ``run_changes``,
``join_changes``, ``whole_changes``, ``scopes`` (bodies of ``forEach``) and ``families`` (children);
the bookkeeping that they share is ``tokens``.
"""

from __future__ import annotations

from typing import assert_never

import msgspec
from rpds import HashTrieMap

from seriatim.domain import control_events as c
from seriatim.domain import events as e
from seriatim.domain import join_events as j
from seriatim.domain import permit_events as p
from seriatim.domain.decider import (
    families,
    join_changes,
    permit_changes,
    redrive_changes,
    retiring,
    run_changes,
    scopes,
    tokens,
    whole_changes,
)
from seriatim.domain.state import (
    ROOT_SCOPE,
    Arrival,
    Parking,
    Pause,
    State,
)
from seriatim.domain.values import Status

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
        hops=event.hops,
        input_hash=event.input_hash,
        event_count=1,
        status=Status.PENDING if event.slots else Status.RUNNING,
        slots=event.slots,
        variables=event.variables,
        arrival_count=1,
        arrivals=HashTrieMap({1: Arrival(event.start_node_id)}),
        live=HashTrieMap({(ROOT_SCOPE, event.start_node_id): 1}),
    )


def evolve(state: State | None, event: e.AnyEvent, time: int) -> State:
    """The state after ``event``, which was recorded at ``time`` (milliseconds)."""
    if isinstance(event, c.ExecutionRetired):
        return retiring.retired(event, time)
    if state is None:
        assert isinstance(event, e.ExecutionStarted), "the first event starts the execution"
        return begin(event, time)
    state = replace(state, event_count=state.event_count + 1, time=time)
    match event:
        case e.NodeSucceeded():
            return run_changes.node_succeeded(state, event)
        case e.NodeStarted():
            return run_changes.node_started(state, event)
        case e.TaskScheduled():
            return run_changes.task_scheduled(state, event)
        case j.TokenParked():
            return join_changes.token_parked(state, event)
        case e.TaskFailed():
            return run_changes.task_failed(state, event)
        case e.NodeWaiting():
            return run_changes.node_waiting(state, event)
        case e.NodeFailed():
            return run_changes.node_failed(state, event)
        case e.IncidentRaised():
            return run_changes.incident_raised(state, event)
        case e.NodeCancelled():
            return run_changes.node_cancelled(state, event)
        case e.BoundaryFired() | e.BoundaryPassed():
            return run_changes.boundary_over(state, event)
        case e.TaskStarted():
            return run_changes.task_started(state, event)
        case e.TaskHeartbeatRecorded():
            return tokens.update(state, event.number, heartbeat_by=event.heartbeat_by)
        case e.DependenciesResolved():
            return run_changes.dependencies_resolved(state, event)
        case j.ForEachStarted():
            return scopes.for_each_started(state, event)
        case j.ItemStarted():
            return scopes.item_started(state, event)
        case j.ItemEnded():
            return scopes.item_ended(state, event)
        case j.ItemsCancelled():
            give_up = scopes.lose if event.keeps_ended else scopes.drop
            return give_up(state, event.number)
        case e.ChildrenListed() | e.ChildrenStarted() | e.ChildOfItemEnded():
            return families.evolve(state, event)
        case c.OperatorActed():
            return whole_changes.operator_acted(state, event)
        case (
            p.PermitsRequested()
            | p.PermitsReceived()
            | p.PermitsRefused()
            | p.RateAwaited()
            | p.HoldingReduced()
        ):
            return permit_changes.evolve(state, event)
        case e.SignalSent() | e.ChildStarted() | e.ChildEnded():
            return state
        case _:
            return _of_the_whole(state, event)


def _of_the_whole(state: State, event: e.WholeEvent) -> State:
    """Events of the execution as a whole, and of its joins."""
    match event:
        case e.TimerArmed():
            latest = max(event.at, state.armed_until or 0)
            untold = state.timers_untold + 1
            return replace(state, armed_at=event.at, armed_until=latest, timers_untold=untold)
        case e.SignalReceived():
            return whole_changes.signal_received(state, event)
        case e.SignalDelivered():
            kept = state.signals[event.name][1:]
            others = {k: v for k, v in state.signals.items() if k != event.name}
            return replace(state, signals={**others, event.name: kept} if kept else others)
        case e.VariablesSet():
            state = replace(state, variables={**state.variables, **event.values})
            return whole_changes.with_key(state, event.key, event.content)
        case e.ExecutionStatusChanged():
            return replace(state, status=event.status)
        case c.ExecutionPaused():
            pause = Pause(state.time, event.reason, event.by)
            return whole_changes.with_key(replace(state, pause=pause), event.key, event.content)
        case c.ExecutionResumed():
            return whole_changes.with_key(replace(state, pause=None), event.key, event.content)
        case c.ExecutionMoved():
            return whole_changes.execution_moved(state, event)
        case c.ExecutionRedriven():
            return redrive_changes.execution_redriven(state, event)
        case e.ExecutionEnded():
            return whole_changes.execution_ended(state, event)
        case j.TokensDropped():
            state = join_changes.drop_arrivals(state, event.arrivals)
            return tokens.drop_parked(
                state, event.scope, event.node_id, keeps_wave=event.keeps_wave
            )
        case j.TokenAbsorbed():
            return join_changes.token_absorbed(state, event)
        case j.FiringUndone():
            return join_changes.firing_undone(state, event)
        case j.TokenReachedJoin():
            return scopes.token_reached_join(state, event)
        case j.WaveOpened():
            key = (event.scope, event.node_id)
            parking = replace(state.parked.get(key, Parking()), awaited=frozenset(event.awaited))
            return replace(state, parked=state.parked.insert(key, parking))
        case j.WaveEnded():
            key = (event.scope, event.node_id)
            parking = replace(state.parked[key], awaited=frozenset())
            return tokens.keep_parking(state, key, parking)
        case (
            p.SlotRequested()
            | p.SlotReceived()
            | p.HoldingsRequested()
            | p.HoldingsReceived()
            | p.ExecutionAdmitted()
        ):
            return permit_changes.evolve_slots(state, event)
        case e.ExecutionStarted() | c.ExecutionRetired() | j.TokenParked():
            raise AssertionError("told apart before: the first, the last, the most frequent")
        case _:
            assert_never(event)
