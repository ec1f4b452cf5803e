"""``forEach``: a fork over a list sends one token per item through a body that a join ends.

Each item's tokens live in a scope of their own: own node runs, own joins, ``item`` and ``index``
of their own. The fork's node run waits while its items are on their way; the join counts items,
not transitions.
"""

from collections import Counter
from typing import Any

import msgspec

from seriatim.domain import join_events as j
from seriatim.domain.decider import joins, watching
from seriatim.domain.decider.mappings import filled_parameters, is_true, value_of
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.errors import NO_TRANSITION, PAYLOAD_TOO_LARGE, TYPE_MISMATCH
from seriatim.domain.event import Taken
from seriatim.domain.item_lists import ForEach
from seriatim.domain.limits import (
    FOR_EACH_ITEMS_MAX,
    FOR_EACH_NESTED_ITEMS_MAX,
    FOR_EACH_RUNS_MAX,
)
from seriatim.domain.plan import PlanNode
from seriatim.domain.state import ROOT_SCOPE, Arrival, NodeRun
from seriatim.domain.values import Error


class Closing(msgspec.Struct, frozen=True):
    """The join that ends the body of node run ``number`` acts; with an error, it fails."""

    number: int
    error: Error | None = None


def begin(turn: Turn, node: PlanNode, run: NodeRun) -> None:
    """Evaluate the list; its items begin as the turn settles."""
    items = items_of(turn, node, run, FOR_EACH_ITEMS_MAX, "a subprocess with forEach takes more")
    turn.emit(
        j.ForEachStarted(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            items=items,
            join_node_id=node.parameters["joinNodeId"],
            concurrency_max=_bounded(turn, node, run, len(items)),
        )
    )
    turn.open_for_each.add(run.number)


def _bounded(turn: Turn, node: PlanNode, run: NodeRun, items: int) -> int | None:
    """How many items may be under way at once: as many as the node says, and no more than there is
    room for in a state, by the size of the body and by the lists around it.

    Raises ``NodeError`` where lists within lists have too many items.
    """
    asked = concurrency_of(turn, node, run)
    around = 1
    for scope in turn.state.scope_chain(run.scope)[:-1]:
        outer = turn.state.for_each[turn.state.scopes[scope].number]
        around *= min(len(outer.items), outer.concurrency_max or len(outer.items))
    if items * around > FOR_EACH_NESTED_ITEMS_MAX:
        message = (
            f"forEach of {node.id!r} gives {items:,} items for each of up to {around:,} under way"
            f" around it, together more than {FOR_EACH_NESTED_ITEMS_MAX:,}; set maxConcurrency of"
            " the forEach around it, or use a subprocess"
        )
        details = {"items": items, "around": around, "limit": FOR_EACH_NESTED_ITEMS_MAX}
        raise NodeError(PAYLOAD_TOO_LARGE, message, details)
    size = max(turn.plan.body_size(node.id, node.parameters["joinNodeId"]), 1)
    room = max(FOR_EACH_RUNS_MAX // (around * size), 1)
    return asked if items <= room else min(room, asked or room)


def begin_empty(turn: Turn, node: PlanNode, run: NodeRun) -> None:
    """Go on as if the list were empty: straight to the join. Items are given up before."""
    turn.emit(
        j.ForEachStarted(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            items=(),
            join_node_id=node.parameters["joinNodeId"],
        )
    )
    turn.open_for_each.add(run.number)


def items_of(
    turn: Turn, node: PlanNode, run: NodeRun, items_max: int, advice: str
) -> tuple[Any, ...]:
    """What the node's ``forEach`` gives. Raises ``NodeError`` where it is no list, or one of more
    than ``items_max`` items, with ``advice`` on what to do then.
    """
    expression = node.expression("forEach")
    assert expression is not None
    names = turn.names(run.scope, {"inputs": run.inputs})
    items = value_of(expression, names, f"forEach of {node.id!r}")
    if not isinstance(items, list | tuple):
        raise NodeError(TYPE_MISMATCH, f"forEach of {node.id!r} must give a list", {"value": items})
    if len(items) > items_max:
        message = f"forEach of {node.id!r} gives {len(items):,} items, more than {items_max:,}"
        details = {"items": len(items), "limit": items_max}
        raise NodeError(PAYLOAD_TOO_LARGE, f"{message}; {advice}", details)
    return tuple(items)


def concurrency_of(turn: Turn, node: PlanNode, run: NodeRun) -> int | None:
    """The node's ``maxConcurrency``, if it has one. Raises ``NodeError`` where it is no whole
    number from 1 on.
    """
    value = filled_parameters(turn, node, run.scope).get("maxConcurrency")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"maxConcurrency of {node.id!r} must be a whole number from 1 on"
        raise NodeError(TYPE_MISMATCH, message, {"maxConcurrency": value})
    return value


def start_item(turn: Turn) -> bool:
    """Let one more item set out, if one may. Returns whether one did."""
    if not len(turn.state.for_each):
        return False
    for number in sorted(turn.open_for_each):
        if _start_next(turn, number, 0):
            return True
        turn.open_for_each.discard(number)
    return False


def start_item_for_lost(turn: Turn) -> bool:
    """Nothing else moves: let one more item set out where one is lost, of the innermost list first.
    Returns whether one did.
    """
    lost = lost_items(turn)
    return any(_start_next(turn, number, lost[number]) for number in sorted(lost, reverse=True))


def _start_next(turn: Turn, number: int, lost: int) -> bool:
    record = turn.state.for_each.get(number)
    if record is None or number not in turn.state.active or not record.may_start(lost):
        return False
    _start(turn, turn.run(number), record.next_index)
    return True


def lost_items(turn: Turn) -> Counter[int]:
    """Under ``finish_branches``, by fork: items within which a token was lost to a failure and of
    which nothing moves any more. They make room for others, which run on.
    """
    state = turn.state
    scopes = [scope for scope, _ in state.failed_nodes if scope in state.scopes]
    failed = {around for scope in scopes for around in state.scope_chain(scope)} - {ROOT_SCOPE}
    if not failed:
        return Counter()
    moving = {
        around
        for run in state.active.values()
        if run.wait is None or run.wait.kind != "items"
        for around in state.scope_chain(run.scope)
    }
    return Counter(state.scopes[scope].number for scope in failed - moving)


def _start(turn: Turn, fork: NodeRun, index: int) -> None:
    node = turn.node(fork)
    item = turn.state.for_each[fork.number].items[index]
    names = turn.names(fork.scope, {"item": item, "index": index})
    taken: list[Taken] = []
    try:
        for transition in sorted(node.on_success, key=lambda t: t.order):
            place = f"condition of transition {transition.id!r}"
            if transition.condition is None or is_true(transition.condition, names, place):
                taken.append((transition.id, transition.target))
        if not taken:
            raise NodeError(NO_TRANSITION, f"no transition out of {node.id!r} can be taken")
    except NodeError as problem:
        turn.failed_forks.append((fork.number, problem.error))
        return
    turn.node_runs_left -= 1
    turn.emit(
        j.ItemStarted(
            number=fork.number,
            node_id=fork.node_id,
            run=fork.run,
            index=index,
            scope=turn.state.scope_count + 1,
            taken=tuple(taken),
        )
    )


def is_closed_by(turn: Turn, scope: int, node_id: str) -> bool:
    """Whether this join ends the body whose item the scope is."""
    if scope == ROOT_SCOPE:
        return False
    record = turn.state.for_each[turn.state.scopes[scope].number]
    return record.join_node_id == node_id


def arrive(turn: Turn, number: int, arrival: Arrival) -> None:
    """A token of an item reached the join that ends the body."""
    assert arrival.transition_id is not None
    turn.emit(
        j.TokenReachedJoin(
            node_id=arrival.node_id,
            transition_id=arrival.transition_id,
            arrival=number,
            scope=arrival.scope,
        )
    )
    turn.vacate(arrival.scope, arrival.node_id)


def end_items(turn: Turn) -> bool:
    """End every item that has no token left. Returns whether one ended."""
    if not turn.left_scopes:
        return False
    left, turn.left_scopes = turn.left_scopes, set()
    ended = False
    for scope in sorted(left, reverse=True):
        inner = turn.state.scopes.get(scope)
        if inner is None or inner.tokens:
            continue
        record = turn.state.for_each[inner.number]
        fork = turn.state.active.get(inner.number)
        node_id = fork.node_id if fork is not None else record.join_node_id
        turn.emit(
            j.ItemEnded(
                number=inner.number,
                node_id=node_id,
                run=fork.run if fork is not None else 1,
                index=inner.index,
                scope=scope,
                outputs=inner.outputs,
            )
        )
        turn.open_for_each.add(inner.number)
        ended = True
    return ended


def next_closing(turn: Turn) -> Closing | None:
    """A body whose join has what it asks for, or can not get it any more."""
    if not len(turn.state.for_each):
        return None
    for number in sorted(turn.open_for_each | turn.watch.due(watching.CLOSING)):
        record = turn.state.for_each.get(number)
        if record is None or record.has_fired or number not in turn.state.active:
            turn.watch.drop(watching.CLOSING, number)
            continue
        if _has_failed_item(turn, number):
            continue
        scope = turn.run(number).scope
        if (closing := closing_of(turn, number, scope)) is not None:
            return closing
        join = turn.plan.node(record.join_node_id)
        keys = watching.keys_of_join(turn.plan, turn.state, join, scope)
        if keys:
            turn.watch.asked(watching.CLOSING, number, keys)
        else:
            turn.watch.drop(watching.CLOSING, number)
    return None


def closing_of(turn: Turn, number: int, scope: int) -> Closing | None:
    """How the join of a body acts that has what it asks for, or can not get it any more."""
    record = turn.state.for_each[number]
    node = turn.plan.node(record.join_node_id)
    try:
        is_met = _has_enough_items(turn, node, scope, record)
    except NodeError as problem:
        return Closing(number, problem.error)
    if is_met:
        return Closing(number)
    if len(record.ended) == len(record.items):
        return Closing(number, joins.unsatisfied(node, len(record.ended), len(record.items)))
    return None


def _has_enough_items(turn: Turn, node: PlanNode, scope: int, record: ForEach) -> bool:
    """Whether the closing join has what its mode asks for. The outputs are put in order only for
    an expression that may look at them: a step costs the same for the last item as for the first.
    """
    count, expected = len(record.ended), len(record.items)
    if joins.mode_of(node) in {"all", "gather"}:
        return count == expected
    if not expected and joins.mode_of(node) == "any":
        return True  # it asks for no number of items: an empty list goes straight to the join
    if not count and expected:
        return False  # as at any join, nothing is asked before something has come
    arrived: list[Any] = []
    if joins.asks_expression(node):
        arrived = [record.ended[index] for index in sorted(record.ended.keys())]
    return joins.has_enough(turn, node, scope, count, arrived, expected)


def _has_failed_item(turn: Turn, number: int) -> bool:
    """Under ``finish_branches``: whether a token that failed could have come to the join."""
    scopes = turn.state.scopes
    return any(
        scope in scopes and scopes[scope].number == number for scope, _ in turn.state.failed_nodes
    )


def is_stuck(turn: Turn) -> bool:
    """Whether no node run is left but forks whose items do not move any more, and what depends on
    them.
    """
    return all(
        run.wait is not None and run.wait.kind in {"items", "dependency"}
        for run in turn.state.active.values()
    )
