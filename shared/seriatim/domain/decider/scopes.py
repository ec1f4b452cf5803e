"""What events make of ``forEach`` bodies: scopes that open, fill, empty and go. Shared by the
branches of ``evolve``.
"""

from __future__ import annotations

import msgspec
from rpds import HashTrieMap

from seriatim.domain import join_events as j
from seriatim.domain.decider import tokens
from seriatim.domain.item_lists import ForEach, Scope
from seriatim.domain.state import ROOT_SCOPE, State
from seriatim.domain.values import Status, Wait

replace = msgspec.structs.replace


def for_each_started(state: State, event: j.ForEachStarted) -> State:
    """The fork waits for its items from now on."""
    record = ForEach(event.items, event.join_node_id, event.concurrency_max)
    state = tokens.update(state, event.number, status=Status.WAITING, wait=Wait(kind="items"))
    return replace(state, for_each=state.for_each.insert(event.number, record))


def item_started(state: State, event: j.ItemStarted) -> State:
    """A scope opens, and its first tokens set out."""
    run = state.active[event.number]
    record = state.for_each[event.number]
    record = replace(record, started=record.started + 1)
    state = replace(
        state,
        scope_count=event.scope,
        scopes=state.scopes.insert(event.scope, Scope(run.scope, event.number, event.index)),
        for_each=state.for_each.insert(event.number, record),
    )
    return tokens.send(state, event.scope, event.taken, run.inputs)


def note_node(state: State, scope: int, node_id: str) -> State:
    """A node ran in this scope: its run goes when the scope does."""
    if scope == ROOT_SCOPE:
        return state
    inner = state.scopes[scope]
    if node_id in inner.node_ids:
        return state
    inner = replace(inner, node_ids=(*inner.node_ids, node_id))
    return replace(state, scopes=state.scopes.insert(scope, inner))


def token_reached_join(state: State, event: j.TokenReachedJoin) -> State:
    """A token has left the body by its one way out."""
    outputs = state.arrivals[event.arrival].outputs
    inner = replace(state.scopes[event.scope], outputs=outputs)
    state = replace(state, scopes=state.scopes.insert(event.scope, inner))
    state = tokens.arrived(state, event.arrival)
    return tokens.count(state, event.scope, event.node_id, -1)


def item_ended(state: State, event: j.ItemEnded) -> State:
    """The scope closes. The runs of its nodes stay readable as the latest of the scope around
    it.
    """
    record = state.for_each[event.number]
    record = replace(record, ended=record.ended.insert(event.index, event.outputs))
    if record.is_closed and not record.open:
        for_each = state.for_each.discard(event.number)
    else:
        for_each = state.for_each.insert(event.number, record)
    return _close(replace(state, for_each=for_each), event.scope)


def fork_ended(state: State, number: int) -> State:
    """The join has fired: items that are still on their way are absorbed."""
    record = state.for_each.get(number)
    if record is None:
        return state
    record = replace(record, has_fired=True)
    return replace(state, for_each=state.for_each.insert(number, record))


def join_ended(state: State, number: int | None) -> State:
    """The join that closes the body of a fork's node run has gone on, or its token is gone."""
    record = None if number is None else state.for_each.get(number)
    if number is None or record is None:
        return state
    if not record.open:
        return replace(state, for_each=state.for_each.discard(number))
    record = replace(record, is_closed=True)
    return replace(state, for_each=state.for_each.insert(number, record))


def lose(state: State, number: int) -> State:
    """A fork has failed and others run on, or its join cancels the rest: its items are given up,
    but for those that have ended; a redrive goes on with the rest.
    """
    record = state.for_each.get(number)
    if record is None:
        return state
    state = drop(state, number)
    return replace(state, for_each=state.for_each.insert(number, record.begun_anew()))


def taken_over(state: State, former: int, number: int) -> State:
    """The items of a fork's node run from before a redrive are those of another one now, and the
    join has yet to act.
    """
    record = replace(state.for_each[former], has_fired=False)
    scopes = state.scopes
    for scope in list(scopes.keys()):
        if scopes[scope].number == former:
            scopes = scopes.insert(scope, replace(scopes[scope], number=number))
    for_each = state.for_each.discard(former).insert(number, record)
    return replace(state, scopes=scopes, for_each=for_each)


def close_all(state: State) -> State:
    """No item is left; the runs of their nodes stay readable."""
    for scope in sorted(state.scopes.keys(), reverse=True):
        state = _close(state, scope)
    return replace(state, for_each=HashTrieMap())


def drop(state: State, number: int) -> State:
    """All items of a fork's node run are given up, with everything within them."""
    if number not in state.for_each:
        return state
    inside = {scope for scope in state.scopes if state.is_within(scope, number)}
    forks = {state.scopes[scope].number for scope in inside}
    for run_number, run in sorted(state.active.items(), key=lambda item: item[0]):
        if run.scope in inside:
            forks.add(run_number)
            state = tokens.leave(state, run_number, Status.CANCELLED)
    for arrival_number, arrival in sorted(state.arrivals.items(), key=lambda item: item[0]):
        if arrival.scope in inside:
            state = tokens.arrived(state, arrival_number)
            state = tokens.count(state, arrival.scope, arrival.node_id, -1)
    for scope, node_id in sorted(state.parked):
        if scope in inside:
            state = tokens.drop_parked(state, scope, node_id)
    for scope in sorted(inside, reverse=True):
        state = _close(state, scope)
    for_each = state.for_each
    for fork in forks | {number}:
        for_each = for_each.discard(fork)
    return replace(state, for_each=for_each)


def _close(state: State, scope: int) -> State:
    inner = state.scopes[scope]
    latest = state.latest
    for node_id in inner.node_ids:
        run = latest[(scope, node_id)]
        latest = latest.discard((scope, node_id))
        outer = latest.get((inner.parent, node_id))
        if outer is None or outer.number < run.number:
            latest = latest.insert((inner.parent, node_id), run)
            if inner.parent != ROOT_SCOPE:
                state = note_node(state, inner.parent, node_id)
    return replace(state, latest=latest, scopes=state.scopes.discard(scope))
