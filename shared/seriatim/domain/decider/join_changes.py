"""What events make of the tokens at joins. Shared by the branches of ``evolve``."""

from __future__ import annotations

import msgspec

from seriatim.domain import join_events as j
from seriatim.domain.decider import scopes, tokens
from seriatim.domain.state import NodeRun, ParkedToken, Parking, State
from seriatim.domain.values import Status

replace = msgspec.structs.replace


def token_parked(state: State, event: j.TokenParked) -> State:
    """The token counts as parked, not as live."""
    key = (event.scope, event.node_id)
    arrival = state.arrivals[event.arrival]
    parking = state.parked.get(key, Parking())
    token = ParkedToken(event.arrival, arrival.outputs)
    held = parking.held.insert(
        event.transition_id, (*parking.held.get(event.transition_id, ()), token)
    )
    state = tokens.park(tokens.arrived(state, event.arrival), event.scope, event.node_id)
    return replace(state, parked=state.parked.insert(key, replace(parking, held=held)))


def token_absorbed(state: State, event: j.TokenAbsorbed) -> State:
    """The open wave waits for one token less."""
    key = (event.scope, event.node_id)
    parking = state.parked[key]
    parking = replace(parking, awaited=parking.awaited - {event.transition_id})
    state = tokens.arrived(state, event.arrival)
    state = tokens.count(state, event.scope, event.node_id, -1)
    return tokens.keep_parking(state, key, parking)


def drop_arrivals(state: State, numbers: tuple[int, ...]) -> State:
    """Tokens on their way are gone; one that would have gone on with items, with these."""
    for number in numbers:
        arrival = state.arrivals.get(number)
        if arrival is not None:
            state = tokens.drop_arrivals(state, (number,))
            if arrival.resumes is not None:
                state = scopes.drop(state, arrival.resumes)
                state = replace(state, families=state.families.discard(arrival.resumes))
            state = scopes.join_ended(state, arrival.closes)
    return state


def firing_undone(state: State, event: j.FiringUndone) -> State:
    """The run is over, and what it took is parked."""
    run = state.active[event.number]
    state = tokens.leave(state, event.number, Status.CANCELLED)
    for _ in run.held:
        state = tokens.count(state, run.scope, run.node_id, 1)
        state = tokens.park(state, run.scope, run.node_id)
    return parked_again(state, run)


def parked_again(state: State, run: NodeRun) -> State:
    """The firing of a join is undone, with its wave."""
    key = (run.scope, run.node_id)
    parking = state.parked.get(key, Parking())
    held = parking.held
    for transition_id, token in run.held:
        waiting = (*held.get(transition_id, ()), token)
        held = held.insert(
            transition_id, tuple(sorted(waiting, key=lambda waiting: waiting.arrival))
        )
    is_last = state.latest[key].number == run.number
    awaited = frozenset() if is_last else parking.awaited
    return replace(state, parked=state.parked.insert(key, Parking(held, awaited)))
