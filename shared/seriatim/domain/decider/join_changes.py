"""What events make of the tokens at joins. Shared by the branches of ``evolve``."""

from __future__ import annotations

import msgspec

from seriatim.domain import join_events as j
from seriatim.domain.decider import scopes, tokens
from seriatim.domain.state import ParkedToken, Parking, State

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
