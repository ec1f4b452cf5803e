"""What events make of the execution as a whole. Shared by the branches of ``evolve``."""

from __future__ import annotations

import msgspec
from rpds import HashTrieMap

from seriatim.domain import control_events as c
from seriatim.domain import events as e
from seriatim.domain.decider import tokens
from seriatim.domain.decider.permit_changes import lapsed_at_end
from seriatim.domain.decider.run_changes import ERRORS_KEPT
from seriatim.domain.state import KeptSignal, State
from seriatim.domain.values import Status

SIGNAL_KEYS_KEPT = 1000
CONTROL_KEYS_KEPT = 100

replace = msgspec.structs.replace


def operator_acted(state: State, event: c.OperatorActed) -> State:
    """The order is known by its key; what begins again has its inputs anew."""
    if event.inputs is not None:
        state = tokens.update(state, event.number, inputs=event.inputs)
    return with_key(state, event.key, event.content)


def with_key(state: State, key: str | None, content: str = "") -> State:
    """Remember the idempotency key of a control call, and what it asked for."""
    if key is None:
        return state
    state = replace(state, control_keys=(*state.control_keys, key)[-CONTROL_KEYS_KEPT:])
    return _with_content(state, key, content)


def _with_content(state: State, key: str, content: str) -> State:
    contents = {**state.call_contents, key: content}
    if len(contents) > CONTROL_KEYS_KEPT + SIGNAL_KEYS_KEPT:
        kept = {*state.control_keys, *state.signal_keys}
        contents = {name: digest for name, digest in contents.items() if name in kept}
    return replace(state, call_contents=contents)


def signal_received(state: State, event: e.SignalReceived) -> State:
    """The signal is kept until a node takes it."""
    kept = (*state.signals.get(event.name, ()), KeptSignal(event.payload, state.event_count))
    keys = state.signal_keys
    if event.key is not None:
        keys = (*keys, event.key)[-SIGNAL_KEYS_KEPT:]
        state = _with_content(replace(state, signal_keys=keys), event.key, event.content)
    return replace(state, signals={**state.signals, event.name: kept})


def execution_moved(state: State, event: c.ExecutionMoved) -> State:
    """The execution runs on another revision. What joins were found to wait for is forgotten."""
    moved = replace(
        state,
        revision=event.revision,
        tasks_version=event.tasks_version,
        deadline=event.deadline,
        blocked=None,
    )
    return with_key(moved, event.key, event.content)


def execution_ended(state: State, event: e.ExecutionEnded) -> State:
    """Nothing is active any more; what was is kept apart, for a redrive."""
    latest = state.latest
    for run in state.active.values():
        key = (run.scope, run.node_id)
        over = replace(run, status=Status.CANCELLED, ended_at=state.time, arrived=(), held=())
        if latest[key].number == run.number:
            latest = latest.insert(key, over)
    errors = state.errors
    since = state.redriven_at or 0
    known = any(error == event.error and at >= since for at, _, error in errors)
    if event.error is not None and not known:
        errors = (*errors, (state.time, event.node_id, event.error))[-ERRORS_KEPT:]
    return replace(
        with_key(state, event.key, event.content),
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
        back_soon=0,
        claims=HashTrieMap(),
        held=(),
        lapsed=lapsed_at_end(state),
        until_waits=(),
        dependency_waits=(),
    )
