"""What events make of the permits of an execution. Shared by the branches of ``evolve``."""

from __future__ import annotations

from collections import Counter
from typing import assert_never

import msgspec

from seriatim.domain import permit_events as p
from seriatim.domain.decider import claims, tokens
from seriatim.domain.permits.values import SLOTS
from seriatim.domain.state import ROOT_SCOPE, Claim, State
from seriatim.domain.values import Status, Wait

replace = msgspec.structs.replace

OfRun = p.PermitsRequested | p.PermitsReceived | p.PermitsRefused | p.RateAwaited | p.HoldingReduced
OfWhole = (
    p.SlotRequested
    | p.SlotReceived
    | p.HoldingsRequested
    | p.HoldingsReceived
    | p.ExecutionAdmitted
)


def evolve(state: State, event: OfRun) -> State:
    """The state after an event about the permits of a node run."""
    match event:
        case p.PermitsRequested():
            claim = Claim(
                ledger=event.ledger,
                request_id=event.request_id,
                units=event.units,
                asked_at=state.time,
                is_kept=event.is_kept,
                scope=state.active[event.number].scope,
            )
            wait = Wait(kind="permit", name=event.ledger, units=event.units)
            return tokens.update(
                _put(state, event.number, claim),
                event.number,
                status=Status.WAITING,
                wait=wait,
                retry_at=None,
            )
        case p.PermitsReceived():
            return _received(state, event)
        case p.PermitsRefused():
            return _refused(state, event)
        case p.RateAwaited():
            wait = Wait(kind="rate", name=event.ledger, at=event.at)
            return tokens.update(state, event.number, wait=wait)
        case p.HoldingReduced():
            return _reduced(state, event)
        case _:
            assert_never(event)


def evolve_slots(state: State, event: OfWhole) -> State:
    """The state after an event about the slots of the execution, or what it holds again."""
    match event:
        case p.SlotRequested():
            claim = Claim(
                ledger=event.ledger,
                request_id=event.request_id,
                units={SLOTS: 1},
                asked_at=state.time,
            )
            return _put(state, 0, claim)
        case p.SlotReceived():
            claim = _claim(state, event.ledger, event.request_id)
            return _put(state, 0, replace(claim, granted_at=state.time))
        case p.HoldingsRequested():
            claim = Claim(
                ledger=event.ledger,
                request_id=event.request_id,
                units=event.units,
                asked_at=state.time,
                is_kept=True,
            )
            return _put(state, 0, claim)
        case p.HoldingsReceived():
            claim = _claim(state, event.ledger, event.request_id)
            state = _put(state, 0, replace(claim, granted_at=state.time))
            return replace(state, held=(*state.held, 0), lapsed={})
        case p.ExecutionAdmitted():
            return replace(state, status=Status.RUNNING, deadline=event.deadline)
        case _:
            assert_never(event)


def lapsed_at_end(state: State) -> dict[str, int]:
    """What is held across nodes, or should be held again, by an execution that ends now; without
    what a redrive acquires anew: that of node runs that begin once more (a fork goes on with its
    items and does not), and of items that are gone.
    """
    lapsed = Counter(state.lapsed)
    for number in state.held:
        held = claims.kept_by(state.claims[number])
        begins_again = number in state.active or number in state.lost
        if held is None or (begins_again and number not in state.for_each):
            continue
        if held.scope == ROOT_SCOPE or held.scope in state.scopes:
            lapsed.update(held.units)
    return dict(lapsed)


def _claim(state: State, ledger: str, request_id: str) -> Claim:
    claim = claims.find(state, ledger, request_id)
    assert claim is not None, "what is granted was asked for"
    return claim


def _put(state: State, number: int, claim: Claim) -> State:
    """Keep a claim, in the place of an older one of its name."""
    name = (claim.ledger, claim.request_id)
    others = state.claims.get(number, ())
    if any((x.ledger, x.request_id) == name for x in others):
        new = tuple(claim if (x.ledger, x.request_id) == name else x for x in others)
    else:
        new = (*others, claim)
    return replace(state, claims=state.claims.insert(number, new))


def _received(state: State, event: p.PermitsReceived) -> State:
    claim = replace(
        _claim(state, event.ledger, event.request_id),
        granted_at=state.time,
        not_before=event.not_before,
        target=event.target,
    )
    state = _put(state, event.number, claim)
    if claim.is_kept:
        state = replace(state, held=(*state.held, event.number))
    if event.inputs is None:
        return state
    return tokens.update(state, event.number, inputs=event.inputs)


def _refused(state: State, event: p.PermitsRefused) -> State:
    """What the run has got so far for its attempt is given back, too: it asks for all anew."""
    return tokens.update(
        replace(state, claims=claims.without_attempt(state.claims, event.number)),
        event.number,
        status=Status.WAITING,
        wait=None,
        denials=state.active[event.number].denials + 1,
        error=event.error,
        failed_at=state.time,
        retry_at=event.retry_at,
        is_retry_near=False,
    )


def _reduced(state: State, event: p.HoldingReduced) -> State:
    held = state.claims[event.holder]
    if event.keep:
        left = tuple(replace(x, units=event.keep) if x.is_kept else x for x in held)
        return replace(state, claims=state.claims.insert(event.holder, left))
    left = tuple(x for x in held if not x.is_kept)
    map_ = state.claims
    return replace(
        state,
        claims=map_.insert(event.holder, left) if left else map_.discard(event.holder),
        held=tokens.without(state.held, event.holder),
    )
