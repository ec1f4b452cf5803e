"""The bookkeeping of tokens: where they are, and how they move. Shared by the branches of
``evolve``.

``live`` counts unparked tokens by scope and node, each in its own scope and in all around it: a
join asks one number whether anything is there. ``Scope.tokens`` counts all tokens of a ``forEach``
item.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
from rpds import HashTrieMap

from seriatim.domain.decider.claims import without_attempt
from seriatim.domain.event import Taken
from seriatim.domain.item_lists import Scope
from seriatim.domain.state import ROOT_SCOPE, Arrival, NodeRun, ParkedToken, Parking, State
from seriatim.domain.values import RUNNING, Error, Status

replace = msgspec.structs.replace

Live: TypeAlias = "HashTrieMap[tuple[int, str], int]"
"""As ``State.live``."""


def count(state: State, scope: int, node_id: str, change: int) -> State:
    """Tokens have come to a node or left it."""
    live, scopes = _counted(state.live, state.scopes, scope, node_id, change)
    return replace(state, live=live, scopes=scopes)


def _counted(
    live: Live, scopes: HashTrieMap[int, Scope], scope: int, node_id: str, change: int
) -> tuple[Live, HashTrieMap[int, Scope]]:
    while scope != ROOT_SCOPE:
        live = _changed(live, (scope, node_id), change)
        inner = scopes[scope]
        scopes = scopes.insert(scope, replace(inner, tokens=inner.tokens + change))
        scope = inner.parent
    return _changed(live, (ROOT_SCOPE, node_id), change), scopes


def park(state: State, scope: int, node_id: str) -> State:
    """A token on its way to a join is parked there: for its own scope it does not move any more."""
    return replace(state, live=_changed(state.live, (scope, node_id), -1))


def unpark(state: State, scope: int, node_id: str, tokens: int) -> State:
    """Parked tokens are gone."""
    if scope == ROOT_SCOPE:
        return state
    state = count(state, scope, node_id, -tokens)
    return replace(state, live=_changed(state.live, (scope, node_id), tokens))


def _changed(live: Live, key: tuple[int, str], change: int) -> Live:
    left = live.get(key, 0) + change
    return live.insert(key, left) if left else live.discard(key)


def send(state: State, scope: int, taken: tuple[Taken, ...], outputs: dict[str, Any]) -> State:
    """Put one token on each taken transition."""
    number, arrivals, live, scopes = state.arrival_count, state.arrivals, state.live, state.scopes
    for transition_id, target in taken:
        number += 1
        arrivals = arrivals.insert(number, Arrival(target, transition_id, scope, outputs))
        live, scopes = _counted(live, scopes, scope, target, 1)
    return replace(state, arrival_count=number, arrivals=arrivals, live=live, scopes=scopes)


def arrived(state: State, number: int) -> State:
    """A token on its way has become a node run, or is parked or gone."""
    arrivals = state.arrivals.discard(number)
    head = state.arrival_head
    while head <= state.arrival_count and head not in arrivals:
        head += 1
    return replace(state, arrivals=arrivals, arrival_head=head)


def drop_arrivals(state: State, numbers: tuple[int, ...]) -> State:
    """Tokens on their way are gone."""
    for number in numbers:
        arrival = state.arrivals[number]
        state = count(arrived(state, number), arrival.scope, arrival.node_id, -1)
    return state


def consume(state: State, scope: int, node_id: str, consumed: tuple[str, ...]) -> State:
    """A join takes the first parked token of each of these transitions."""
    key = (scope, node_id)
    parking = state.parked[key]
    held = parking.held
    for transition_id in consumed:
        rest = held[transition_id][1:]
        held = held.insert(transition_id, rest) if rest else held.discard(transition_id)
    state = keep_parking(state, key, replace(parking, held=held))
    return unpark(state, scope, node_id, len(consumed))


def taken_by(
    state: State, scope: int, node_id: str, consumed: tuple[str, ...]
) -> tuple[tuple[str, ParkedToken], ...]:
    """The tokens that a join takes, by transition: the first ones of each."""
    taken: dict[str, int] = {}
    held = []
    for transition_id in consumed:
        place = taken.get(transition_id, 0)
        taken[transition_id] = place + 1
        held.append((transition_id, state.parked[scope, node_id].held[transition_id][place]))
    return tuple(held)


def recounted(state: State) -> State:
    """The state with its counts of tokens made anew, of those on their way and those parked. No
    node run is active.
    """
    scopes = state.scopes
    for number in list(scopes.keys()):
        scopes = scopes.insert(number, replace(scopes[number], tokens=0))
    state = replace(state, live=HashTrieMap(), scopes=scopes)
    for arrival in state.arrivals.values():
        state = count(state, arrival.scope, arrival.node_id, 1)
    for (scope, node_id), parking in state.parked.items():
        tokens = sum(len(held) for held in parking.held.values())
        if scope != ROOT_SCOPE and tokens:
            state = count(state, scope, node_id, tokens)
            state = replace(state, live=_changed(state.live, (scope, node_id), -tokens))
    return state


def drop_parked(state: State, scope: int, node_id: str, *, keeps_wave: bool = False) -> State:
    """All that is parked at a join is gone; its open wave too, unless that is kept."""
    parking = state.parked.get((scope, node_id))
    if parking is None:
        return state
    tokens = sum(len(held) for held in parking.held.values())
    left = Parking(awaited=parking.awaited if keeps_wave else frozenset())
    state = keep_parking(state, (scope, node_id), left)
    return unpark(state, scope, node_id, tokens)


def keep_parking(state: State, key: tuple[int, str], parking: Parking) -> State:
    """Remember what a join holds, or forget it where that is nothing."""
    if len(parking.held) or parking.awaited:
        return replace(state, parked=state.parked.insert(key, parking))
    return replace(state, parked=state.parked.discard(key))


# -- node runs ------------------------------------------------------------------------------------


def update(state: State, number: int, **changes: Any) -> State:
    """Change an active node run; ``busy`` and ``back_soon`` follow it."""
    old = state.active[number]
    new = replace(old, **changes)
    busy = state.busy + (new.status is RUNNING) - (old.status is RUNNING)
    back_soon = state.back_soon + new.is_back_soon - old.is_back_soon
    active = state.active.insert(number, new)
    return replace(state, active=active, busy=busy, back_soon=back_soon)


def leave(
    state: State,
    number: int,
    status: Status,
    *,
    outputs: dict[str, Any] | None = None,
    error: Error | None = None,
    taken: tuple[Taken, ...] = (),
    is_lost: bool = False,
) -> State:
    """An active node run ends, and its tokens set out. What one that is lost leaves behind (the run
    as it was, its children) is kept for a redrive.
    """
    old = state.active[number]
    if is_lost:
        state = replace(state, lost=state.lost.insert(number, old))
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
        queue_by=None,
        arrived=(),
        held=(),
    )
    live, scopes = _counted(state.live, state.scopes, new.scope, new.node_id, -1)
    state = replace(
        state,
        live=live,
        scopes=scopes,
        active=state.active.discard(number),
        latest=_with_latest(state.latest, new),
        busy=state.busy - (old.status is RUNNING),
        back_soon=state.back_soon - old.is_back_soon,
        claims=without_attempt(state.claims, number),
        families=state.families if is_lost else state.families.discard(number),
        until_waits=without(state.until_waits, number),
        dependency_waits=without(state.dependency_waits, number),
    )
    return send(state, new.scope, taken, new.outputs) if taken else state


def _with_latest(
    latest: HashTrieMap[tuple[int, str], NodeRun], run: NodeRun
) -> HashTrieMap[tuple[int, str], NodeRun]:
    key = (run.scope, run.node_id)
    return latest.insert(key, run) if latest[key].number == run.number else latest


def without(numbers: tuple[int, ...], number: int) -> tuple[int, ...]:
    """The numbers but for one."""
    if number not in numbers:
        return numbers
    return tuple(other for other in numbers if other != number)
