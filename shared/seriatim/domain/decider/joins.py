"""Joins: parking tokens, firing, waves, and the rule that keeps them from ever deadlocking
(SEMANTICS section 3).

A join acts without further question when it has all that its mode asks for. Otherwise it acts when
no live token can still arrive where it waits: it fires with what it holds, ends its open wave, or
fails because its count can not be met any more. Joins that wait only for each other are a ring:
one of them acts as if nothing more could arrive.

What a waiting join was found to wait for is remembered (``State.blocked``), so that a step looks
again only at joins whose reason has gone. That memory is derived: without it every waiting join is
looked at once more, with the same result.
"""

from enum import Enum
from typing import Any

import msgspec

from seriatim.domain import join_events as j
from seriatim.domain.decider import watching
from seriatim.domain.decider.mappings import is_true, value_of
from seriatim.domain.decider.names import Names
from seriatim.domain.decider.reach import find_live, is_wanted_by_failed
from seriatim.domain.decider.rings import in_rings
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.errors import JOIN_UNSATISFIED, TYPE_MISMATCH
from seriatim.domain.plan import PlanNode
from seriatim.domain.state import Arrival, NodeRun, Parking
from seriatim.domain.values import Error

JoinKey = tuple[int, str]
"""Scope and node id of a join at which tokens are parked, or a wave is open."""

WaitsFor = dict[JoinKey, list[JoinKey] | None]
"""The joins that a join waits for; ``None`` where it waits for an unparked token."""


class Act(Enum):
    """What a join does when it is its turn."""

    FIRE = "fire"
    END_WAVE = "end_wave"
    FAIL = "fail"


class Action(msgspec.Struct, frozen=True):
    """One act of one join, with the transitions of which it takes a token."""

    key: JoinKey
    act: Act
    consumed: tuple[str, ...] = ()
    error: Error | None = None


def arrive(turn: Turn, node: PlanNode, number: int, arrival: Arrival) -> None:
    """A token came to a join: its open wave absorbs it if it awaits one there, else it is
    parked.
    """
    transition_id = arrival.transition_id
    assert transition_id is not None, "only the start node is entered without a transition"
    key = (arrival.scope, node.id)
    parking = turn.state.parked.get(key)
    is_awaited = parking is not None and transition_id in parking.awaited
    event = j.TokenAbsorbed if is_awaited else j.TokenParked
    turn.emit(
        event(node_id=node.id, transition_id=transition_id, arrival=number, scope=arrival.scope)
    )
    parking = turn.state.parked.get(key)
    if is_awaited and parking is not None and not parking.awaited:
        turn.emit(j.WaveEnded(node_id=node.id, scope=arrival.scope))
    turn.touched_joins.add(key)
    turn.vacate(arrival.scope, node.id)


def next_action(turn: Turn) -> Action | None:
    """What happens next at the joins; ``None`` while all of them wait.

    Joins that have what they ask for go before those that need the rule, and these before a ring;
    within each, document order, one that would fail last.
    """
    if not len(turn.state.parked):
        return None
    suspects = _suspects(turn)
    # They stay suspects to the end of the turn: what one of them is found to wait for now may be
    # part of a ring that is seen only when another one has acted.
    turn.touched_joins.update(suspects)
    for key in suspects:
        if (action := _ready(turn, key)) is not None:
            return action
    failing: Action | None = None
    waits_for: WaitsFor = {}
    for key in suspects:
        if not _is_blocked(turn, key, waits_for):
            action = _forced(turn, key)
            if action.act is not Act.FAIL:
                return action
            failing = failing or action
    return failing or _ring(turn, suspects, waits_for)


def _suspects(turn: Turn) -> list[JoinKey]:
    """Joins that wait and are not known to wait for something that is still there."""
    state = turn.state
    assert state.blocked is not None, "a turn that settles has a memory, if an empty one"
    turn.touched_joins |= turn.watch.taken(watching.JOIN)
    for key in turn.watch.taken(watching.BLOCKED):
        if not all(_is_anything_at(turn, place) for place in state.blocked.get(key, ())):
            turn.touched_joins.add(key)
    keys = [key for key in turn.touched_joins if key in state.parked]
    return sorted(keys, key=lambda key: (turn.plan.order(key[1]), key[0]))


def _is_anything_at(turn: Turn, place: tuple[int, str]) -> bool:
    if turn.state.live.get(place):
        return True
    parking = turn.state.parked.get(place)
    return parking is not None and len(parking.held) > 0


# -- what each mode asks for ----------------------------------------------------------------------


def mode_of(node: PlanNode) -> str:
    """The join's mode."""
    return node.parameters.get("mode") or "all"


def asks_expression(node: PlanNode) -> bool:
    """Whether what the join asks for may change with any variable or node."""
    return node.expression("completeWhen") is not None or node.expression("count") is not None


def _ready(turn: Turn, key: JoinKey) -> Action | None:
    """The action of a join that has all that its mode asks for."""
    node = turn.plan.node(key[1])
    parking = turn.state.parked[key]
    if parking.awaited or not len(parking.held) or is_kept_by_failed(turn, key):
        return None
    if _is_plainly_short(node, parking):
        return None
    consumed = _first_of_each(node, parking)
    try:
        is_met = has_enough(
            turn,
            node,
            key[0],
            len(consumed),
            outputs_of_consumed(parking, consumed),
            len(node.incoming),
        )
    except NodeError as problem:
        return Action(key, Act.FAIL, consumed, problem.error)
    if is_met:
        return Action(key, Act.FIRE, consumed)
    if asks_expression(node):
        turn.watch.asked(
            watching.JOIN, key, watching.keys_of_join(turn.plan, turn.state, node, key[0])
        )
    return None


def _is_plainly_short(node: PlanNode, parking: Parking) -> bool:
    """Whether a count of transitions alone says that the join lacks something: asked at every
    arrival, so it looks at no token.
    """
    match mode_of(node):
        case "gather":
            return True
        case "all":
            return len(parking.held) < len(node.incoming)
        case "count":
            wanted = node.parameters.get("count")
            return isinstance(wanted, int) and len(parking.held) < wanted
        case _:
            return False


def has_enough(
    turn: Turn, node: PlanNode, scope: int, count: int, arrived: list[Any], expected: int
) -> bool:
    """Whether ``count`` of ``expected`` arrivals are what the join's mode asks for.

    Raises ``NodeError`` where its expression fails.
    """
    match mode_of(node):
        case "all":
            return count == expected
        case "any":
            return count > 0
        case "count":
            return count >= _wanted_count(turn, node, scope, arrived, expected)
        case "expression":
            condition = node.expression("completeWhen")
            assert condition is not None, "validated"
            names = _names(turn, scope, arrived, expected)
            return is_true(condition, names, f"completeWhen of {node.id!r}")
        case _:
            return False


def has_fired(turn: Turn, run: NodeRun) -> bool:
    """Whether a run of a join has what its mode asks for, so that it failed in something else."""
    node = turn.node(run)
    if mode_of(node) not in {"count", "expression"} or run.number in turn.state.claims:
        return True
    arrived = [token.outputs for _, token in run.held]
    try:
        return has_enough(turn, node, run.scope, len(arrived), arrived, len(node.incoming))
    except NodeError:
        return False


def _wanted_count(turn: Turn, node: PlanNode, scope: int, arrived: list[Any], expected: int) -> int:
    expression = node.expression("count")
    wanted: object = node.parameters.get("count")
    if expression is not None:
        names = _names(turn, scope, arrived, expected)
        wanted = value_of(expression, names, f"count of {node.id!r}")
    least = 1 if expected else 0  # of an empty list it may be computed, as all of it or half
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < least:
        message = f"count of {node.id!r} must be a whole number from {least} on"
        raise NodeError(TYPE_MISMATCH, message, {"count": wanted})
    return wanted


def _names(turn: Turn, scope: int, arrived: list[Any], expected: int) -> Names:
    return turn.names(scope, {"arrived": arrived, "expected": expected})


def _forced(turn: Turn, key: JoinKey) -> Action:
    """What a join does when nothing more can arrive."""
    node = turn.plan.node(key[1])
    parking = turn.state.parked[key]
    if parking.awaited:
        return Action(key, Act.END_WAVE)
    mode = mode_of(node)
    if mode == "gather":
        every = [t for t in node.incoming_ids for _ in parking.held.get(t, ())]
        return Action(key, Act.FIRE, tuple(every))
    consumed = _first_of_each(node, parking)
    if mode == "all":
        return Action(key, Act.FIRE, consumed)
    return Action(key, Act.FAIL, consumed, unsatisfied(node, len(consumed), len(node.incoming)))


def unsatisfied(node: PlanNode, count: int, expected: int) -> Error:
    """The error of a join whose count or expression can not be met any more."""
    message = f"join {node.id!r} holds {count} of {expected}, and no more can come"
    return Error(JOIN_UNSATISFIED, message, {"arrived": count, "expected": expected})


def _first_of_each(node: PlanNode, parking: Parking) -> tuple[str, ...]:
    return tuple(t for t in node.incoming_ids if t in parking.held)


def outputs_of_consumed(parking: Parking, consumed: tuple[str, ...]) -> list[Any]:
    """Outputs of the tokens that a join takes, in the order of ``consumed``."""
    taken: dict[str, int] = {}
    outputs = []
    for transition_id in consumed:
        place = taken.get(transition_id, 0)
        taken[transition_id] = place + 1
        outputs.append(parking.held[transition_id][place].outputs)
    return outputs


# -- what a waiting join waits for ----------------------------------------------------------------


def is_due(turn: Turn, key: JoinKey) -> bool:
    """Whether a join would act if it were its turn, rings aside; asked of a turn that looks at
    everything.
    """
    return _ready(turn, key) is not None or not _is_blocked(turn, key, {})


def awaited_transitions(turn: Turn, key: JoinKey) -> list[str]:
    """The incoming transitions on which the join still hopes for a token."""
    node = turn.plan.node(key[1])
    parking = turn.state.parked[key]
    return [t for t in node.incoming_ids if _is_awaited(node, parking, t)]


def _is_blocked(turn: Turn, key: JoinKey, waits_for: WaitsFor) -> bool:
    """Whether a live token can still arrive where the join waits; if so, why is remembered: one
    unparked token will do, of joins all, for a ring is complete when the last one outside has gone.
    """
    assert turn.state.blocked is not None
    if _is_reason_still_there(turn, key):
        waits_for[key] = None
        turn.watch.relies_on(watching.BLOCKED, key, turn.state.blocked[key])
        return True
    live, joins = _look_for_live(turn, key, waits_for)
    reasons = joins if live is None else [(key[0], live)]
    if not reasons:
        wanted = is_kept_by_failed(turn, key)
        return wanted and not turn.state.parked[key].awaited
    turn.watch.relies_on(watching.BLOCKED, key, reasons)
    blocked = turn.state.blocked.insert(key, tuple(reasons))
    turn.state = msgspec.structs.replace(turn.state, blocked=blocked)
    return True


def _is_reason_still_there(turn: Turn, key: JoinKey) -> bool:
    """Whether the unparked token that was remembered is still one transition away from the join, on
    one where it is awaited: then nothing has to be searched.
    """
    assert turn.state.blocked is not None
    node = turn.plan.node(key[1])
    parking = turn.state.parked[key]
    for place in turn.state.blocked.get(key, ()):
        if turn.state.live.get(place):
            between = node.incoming_from.get(place[1], ())
            if any(_is_awaited(node, parking, transition_id) for transition_id in between):
                return True
    return False


def _is_awaited(node: PlanNode, parking: Parking, transition_id: str) -> bool:
    if parking.awaited:
        return transition_id in parking.awaited
    return mode_of(node) == "gather" or transition_id not in parking.held


def _look_for_live(
    turn: Turn, key: JoinKey, waits_for: WaitsFor
) -> tuple[str | None, list[JoinKey]]:
    """The node of an unparked token that can still arrive, or the joins whose tokens can."""
    scope, node_id = key
    awaited = awaited_transitions(turn, key)
    live, joins = find_live(turn.plan, turn.state, scope, turn.plan.node(node_id), awaited)
    reasons = [(scope, join) for join in joins]
    waits_for[key] = None if live is not None else reasons
    return live, reasons


def is_kept_by_failed(turn: Turn, key: JoinKey) -> bool:
    """Under ``finish_branches``: whether a token that failed could have come, so that it waits."""
    scope, node_id = key
    return is_wanted_by_failed(turn.plan, turn.state, scope, turn.plan.node(node_id))


def _ring(turn: Turn, suspects: list[JoinKey], waits_for: WaitsFor) -> Action | None:
    """Joins that wait for each other, for no join outside and for no unparked token: one acts."""
    if not any(waits_for.values()):
        return None
    frontier = list(suspects)
    met: set[JoinKey] = set()
    while frontier:
        key = frontier.pop()
        if key not in met:
            met.add(key)
            if key not in waits_for:
                _look_for_live(turn, key, waits_for)
            frontier.extend(waits_for[key] or ())
    failing: Action | None = None
    for key in sorted(in_rings(waits_for), key=lambda k: (turn.plan.order(k[1]), k[0])):
        if is_kept_by_failed(turn, key):
            continue
        action = _forced(turn, key)
        if action.act is not Act.FAIL:
            return action
        failing = failing or action
    return failing


# -- waves ----------------------------------------------------------------------------------------


def late_transitions(turn: Turn, key: JoinKey, consumed: tuple[str, ...]) -> tuple[str, ...]:
    """Undelivered transitions on which a live token can still arrive, when the join fires."""
    scope, node_id = key
    node = turn.plan.node(node_id)
    late = []
    for transition_id in node.incoming_ids:
        if transition_id not in consumed:
            live, joins = find_live(turn.plan, turn.state, scope, node, [transition_id])
            if live is not None or joins:
                late.append(transition_id)
    return tuple(late)


def close(turn: Turn) -> None:
    """At the end of a turn: keep only reasons of joins that still wait."""
    blocked = turn.state.blocked
    assert blocked is not None, "a turn begins with a memory, if an empty one"
    for key in turn.touched_joins:
        if key in blocked and key not in turn.state.parked:
            blocked = blocked.discard(key)
        if key not in turn.state.parked:
            turn.watch.drop(watching.JOIN, key)
            turn.watch.drop(watching.BLOCKED, key)
    if blocked is not turn.state.blocked:
        turn.state = msgspec.structs.replace(turn.state, blocked=blocked)
