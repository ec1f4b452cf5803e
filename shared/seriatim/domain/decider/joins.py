"""Joins: parking tokens, firing, and the rule that keeps them from ever deadlocking (SEMANTICS
section 3).

A join that holds a token on every incoming transition fires at once. One with gaps fires when no
live token can still arrive on them. Joins that wait only for each other are a ring: one of them
acts as if nothing more could arrive.

What a join with gaps was found to wait for is remembered (``State.blocked``), so that a step looks
again only at joins whose reason has gone. That memory is derived: without it every waiting join is
looked at once more, with the same result.
"""

import msgspec
from rpds import HashTrieMap

from seriatim.domain import events as e
from seriatim.domain.decider.reach import can_reach, find_live
from seriatim.domain.decider.turn import Turn
from seriatim.domain.plan import PlanNode
from seriatim.domain.state import Arrival, Parking

JoinKey = tuple[int, str]
"""Scope and node id of a join at which tokens are parked."""


def arrive(turn: Turn, node: PlanNode, number: int, arrival: Arrival) -> None:
    """Park a token that came to a join."""
    assert arrival.transition_id is not None, "only the start node is entered without a transition"
    turn.emit(
        e.TokenParked(
            node_id=node.id,
            transition_id=arrival.transition_id,
            arrival=number,
            scope=arrival.scope,
        )
    )
    turn.touched_joins.add((arrival.scope, node.id))
    turn.vacated.add((arrival.scope, node.id))


def next_to_fire(turn: Turn) -> tuple[JoinKey, tuple[str, ...]] | None:
    """The join that acts next, with the transitions of which it consumes a token; ``None`` while
    all of them wait.

    Joins without gaps go before those that need the rule, and these before a ring; within each,
    document order.
    """
    suspects = _suspects(turn)
    for key in suspects:
        parking = turn.state.parked[key]
        node = turn.plan.node(key[1])
        if len(parking.held) == len(node.incoming) and not _might_be_wanted_by_failed(turn, node):
            return key, _consumed(node, parking)
    for key in suspects:
        if not _is_blocked(turn, key):
            return key, _consumed(turn.plan.node(key[1]), turn.state.parked[key])
    return _ring(turn, suspects)


def _suspects(turn: Turn) -> list[JoinKey]:
    """Joins that hold a token and are not known to wait for something that is still there."""
    state = turn.state
    if not len(state.parked):
        return []
    if state.blocked is None:
        keys = [key for key, parking in state.parked.items() if len(parking.held)]
        turn.touched_joins.update(keys)
        turn.state = msgspec.structs.replace(state, blocked=HashTrieMap())
    else:
        keys = [key for key in turn.touched_joins if _holds_any(turn, key)]
        if turn.vacated:
            vacated = {key for key in turn.vacated if not _is_live(turn, key)}
            keys += [
                k
                for k, reason in state.blocked.items()
                if reason in vacated and _holds_any(turn, k)
            ]
    return sorted(set(keys), key=lambda key: (turn.plan.order(key[1]), key[0]))


def _holds_any(turn: Turn, key: JoinKey) -> bool:
    parking = turn.state.parked.get(key)
    return parking is not None and len(parking.held) > 0


def _is_live(turn: Turn, key: tuple[int, str]) -> bool:
    return bool(turn.state.live.get(key)) or _holds_any(turn, key)


def _consumed(node: PlanNode, parking: Parking) -> tuple[str, ...]:
    return tuple(t for t in node.incoming_ids if t in parking.held)


def _is_blocked(turn: Turn, key: JoinKey) -> bool:
    """Whether a live token can still arrive on a gap; if so, why is remembered."""
    scope, node_id = key
    node = turn.plan.node(node_id)
    parking = turn.state.parked[key]
    gaps = [t for t in node.incoming_ids if t not in parking.held]
    if not gaps:
        return True
    live, joins = find_live(turn.plan, turn.state, scope, node, gaps)
    reason = live if live is not None else (joins[0] if joins else None)
    if reason is None:
        return _might_be_wanted_by_failed(turn, node)
    blocked = turn.state.blocked
    if blocked is not None:
        remembered = blocked.insert(key, (scope, reason))
        turn.state = msgspec.structs.replace(turn.state, blocked=remembered)
    return True


def _might_be_wanted_by_failed(turn: Turn, node: PlanNode) -> bool:
    """Under ``finish_branches``: whether a token that failed could have come here."""
    failed = turn.state.failed_nodes
    return bool(failed) and can_reach(turn.plan, failed, node)


def _ring(turn: Turn, suspects: list[JoinKey]) -> tuple[JoinKey, tuple[str, ...]] | None:
    """Joins that wait for each other, for no join outside and for no unparked token: the first in
    document order acts.
    """
    waits_for: dict[JoinKey, list[JoinKey] | None] = {}
    frontier = list(suspects)
    while frontier:
        key = frontier.pop()
        if key in waits_for:
            continue
        waits_for[key] = reasons = _joins_waited_for(turn, key)
        frontier.extend(reasons or ())
    for key in sorted(waits_for, key=lambda k: (turn.plan.order(k[1]), k[0])):
        ring = _closure(waits_for, key)
        if ring is not None and all(key in (_closure(waits_for, k) or ()) for k in ring):
            node = turn.plan.node(key[1])
            if not _might_be_wanted_by_failed(turn, node):
                return key, _consumed(node, turn.state.parked[key])
    return None


def _joins_waited_for(turn: Turn, key: JoinKey) -> list[JoinKey] | None:
    """The joins whose parked tokens could still come here; ``None`` if an unparked token could."""
    scope, node_id = key
    node = turn.plan.node(node_id)
    gaps = [t for t in node.incoming_ids if t not in turn.state.parked[key].held]
    live, joins = find_live(turn.plan, turn.state, scope, node, gaps)
    return None if live is not None else [(scope, join) for join in joins]


def _closure(waits_for: dict[JoinKey, list[JoinKey] | None], key: JoinKey) -> set[JoinKey] | None:
    """All that ``key`` waits for, directly or not, itself included; ``None`` if an unparked token
    is among it.
    """
    found = {key}
    frontier = [key]
    while frontier:
        reasons = waits_for[frontier.pop()]
        if reasons is None:
            return None
        for reason in reasons:
            if reason not in found:
                found.add(reason)
                frontier.append(reason)
    return found


def drop_parked(turn: Turn) -> None:
    """Nothing else moves and a failed token might have come: what is parked is dropped."""
    for scope, node_id in sorted(turn.state.parked.keys()):
        turn.emit(e.TokensDropped(node_id=node_id, scope=scope))


def forget_reasons(turn: Turn) -> None:
    """At the end of a turn: what was touched has been looked at; keep only reasons of joins that
    still wait.
    """
    state = turn.state
    blocked = state.blocked
    if blocked is None:
        return
    for key in turn.touched_joins:
        if key in blocked and not _holds_any(turn, key):
            blocked = blocked.discard(key)
    turn.state = msgspec.structs.replace(state, blocked=blocked)
