"""How a node run ends: its outputs, the transitions it takes, and what a failure does.

``complete`` and ``fail`` are the only ways out of a node run, besides being cancelled.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from seriatim.domain import events as e
from seriatim.domain import join_events as j
from seriatim.domain.decider import ending, permits
from seriatim.domain.decider.mappings import Assigned, is_true, outputs_of
from seriatim.domain.decider.names import Names, node_view
from seriatim.domain.decider.reach import nodes_before
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.errors import NO_TRANSITION, as_document
from seriatim.domain.event import Taken
from seriatim.domain.plan import PlanNode
from seriatim.domain.plan_parts import PlanTransition
from seriatim.domain.state import NodeRun
from seriatim.domain.values import Error, Status

NOTHING: Final[dict[str, Any]] = {}
"""The result of a node that computes none."""


class End(msgspec.Struct, frozen=True):
    """The node run is one of an end; ``failure`` is what a failing end asks for."""

    failure: Error | None = None


def complete(
    turn: Turn, run: NodeRun, result: Any = NOTHING, places: Mapping[str, Any] | None = None
) -> None:
    """The node run has done its work: compute its outputs, choose its transitions, let its token
    go.

    What goes wrong in that fails the node instead, with nothing assigned.
    """
    node = turn.node(run)
    try:
        outputs, assigned = outputs_of(turn, node, run, result, places or {})
        taken = _taken_on_success(turn, node, run, outputs, assigned)
    except NodeError as problem:
        fail(turn, run, problem.error)
        return
    succeed(turn, run, outputs, assigned, taken=taken)


def complete_by_hand(turn: Turn, run: NodeRun, outputs: dict[str, Any]) -> None:
    """An operator gives the outputs: no mapping is asked, the token leaves as it would have."""
    assigned = Assigned({}, {}, {})
    try:
        taken = _taken_on_success(turn, turn.node(run), run, outputs, assigned)
    except NodeError as problem:
        fail(turn, run, problem.error)
        return
    succeed(turn, run, outputs, assigned, taken=taken)


def succeed(
    turn: Turn,
    run: NodeRun,
    outputs: dict[str, Any],
    assigned: Assigned,
    *,
    taken: tuple[Taken, ...] = (),
    end: End | None = None,
) -> None:
    """Record that the node run has completed, and what goes with it: tokens on the nodes that it
    names are cancelled before its own leaves.
    """
    node = turn.node(run)
    if node.cancel_node_ids and not cancel_named(turn, run):
        return
    permits.give_back(turn, node, run)
    turn.emit(
        e.NodeSucceeded(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            outputs=outputs,
            assigned=assigned.sequence,
            assigned_globals=assigned.project,
            taken=taken,
            is_end=end is not None,
            failure=None if end is None else end.failure,
        )
    )
    for name, value in assigned.project.items():
        turn.write_global(name, value)
    turn.vacate(run.scope, run.node_id)


def _taken_on_success(
    turn: Turn,
    node: PlanNode,
    run: NodeRun,
    outputs: dict[str, Any],
    assigned: Assigned,
) -> tuple[Taken, ...]:
    if node.leaves_by is not None:
        return node.leaves_by
    view = {"outputs": outputs, "status": Status.SUCCEEDED.value, "error": None}
    names = turn.names(run.scope, None, (run.node_id, view), assigned.visible)
    if node.type == "fork":
        chosen = [t for t in node.on_success if holds(t, names)]
        chosen.sort(key=lambda t: t.order)
    else:
        chosen = _first(node.on_success, names)
    if not chosen:
        raise NodeError(NO_TRANSITION, f"no transition out of {node.id!r} can be taken")
    return tuple((t.id, t.target) for t in chosen)


def fail(turn: Turn, run: NodeRun, error: Error) -> None:
    """The node run has failed for good: an error transition catches it, or the failure policy
    decides.
    """
    node = turn.node(run)
    try:
        taken = _taken_on_error(turn, node, run, error)
    except NodeError as problem:
        error, taken = problem.error, ()
    # Where the execution ends with it, all that is active ends, too: a redrive finds it there.
    is_end = not taken and turn.plan.failure_policy == "fail_fast"
    if run.number in turn.state.for_each and not is_end:
        recall_items(turn, run.number, f"{run.node_id} failed")
    if not taken and turn.plan.failure_policy == "incident":
        if run.number in turn.state.for_each:
            turn.emit(j.ItemsCancelled(number=run.number, node_id=run.node_id, run=run.run))
        turn.emit(
            e.IncidentRaised(number=run.number, node_id=run.node_id, run=run.run, error=error)
        )
        return
    uncaught = not taken and turn.plan.failure_policy == "finish_branches"
    turn.emit(
        e.NodeFailed(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            error=error,
            taken=taken,
            uncaught=uncaught,
        )
    )
    turn.vacate(run.scope, run.node_id)
    if not taken and not uncaught:
        ending.end(turn, Status.FAILED, error=error)


def _taken_on_error(turn: Turn, node: PlanNode, run: NodeRun, error: Error) -> tuple[Taken, ...]:
    if not node.on_error:
        return ()
    view = {**node_view(run), "status": Status.FAILED.value, "error": as_document(error)}
    places = {"error": as_document(error), "inputs": run.inputs}
    names = turn.names(run.scope, places, (run.node_id, view))
    return tuple((t.id, t.target) for t in _first(node.on_error, names))


def _first(transitions: Sequence[PlanTransition], names: Names) -> list[PlanTransition]:
    """The first transition, in the order given, whose condition is true or absent."""
    for transition in transitions:
        if holds(transition, names):
            return [transition]
    return []


def holds(transition: PlanTransition, names: Names) -> bool:
    """Whether a transition's condition is true or absent.

    Raises:
        NodeError: it has no value, or one that is no truth value.
    """
    if transition.condition is None:
        return True
    return is_true(transition.condition, names, f"condition of transition {transition.id!r}")


def cancel(
    turn: Turn,
    run: NodeRun,
    reason: str,
    taken: tuple[Taken, ...] = (),
    outputs: dict[str, Any] | None = None,
) -> None:
    """Give up a node run, with all items of its body; what runs outside for it is told."""
    ending.recall(turn, run, reason)
    if run.number in turn.state.for_each:
        recall_items(turn, run.number, reason)
    turn.emit(
        e.NodeCancelled(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            reason=reason,
            outputs=outputs or {},
            taken=taken,
        )
    )
    turn.vacate(run.scope, run.node_id)


def cancel_upstream(turn: Turn, join: PlanNode, scope: int, reason: str) -> None:
    """Cancel every token from which the join can still be reached without passing it."""
    upstream = nodes_before(turn.plan, join)
    runs = [r for r in turn.state.active.values() if r.scope == scope and r.node_id in upstream]
    for run in sorted(runs, key=lambda r: r.number):
        cancel(turn, turn.run(run.number), reason)
    for place_scope, node_id in sorted(turn.state.parked.keys()):
        if place_scope == scope and node_id in upstream:
            turn.emit(j.TokensDropped(node_id=node_id, scope=scope))
            turn.vacate(scope, node_id)


def recall_items(turn: Turn, number: int, reason: str) -> None:
    """Give up what runs for the items of a fork's node run: the history has an end for each. What
    is left of the items goes with the event that the caller records next.
    """
    for inner_number in sorted(turn.state.active.keys()):
        inner = turn.state.active.get(inner_number)
        if inner is not None and turn.state.is_within(inner.scope, number):
            cancel(turn, inner, reason)
    turn.look_at_everything()


def cancel_named(turn: Turn, run: NodeRun) -> bool:
    """Cancel every token on the nodes that a node run names as it completes: where it is itself, in
    bodies around it and within. Returns whether the run is still there: it may have cancelled the
    fork whose item it belongs to.
    """
    for node_id in turn.node(run).cancel_node_ids:
        if run.number in turn.state.active:
            _cancel_tokens_on(turn, node_id, run)
    return run.number in turn.state.active


def _cancel_tokens_on(turn: Turn, node_id: str, by: NodeRun) -> None:
    around = set(turn.state.scope_chain(by.scope))
    state = turn.state
    places = {
        scope
        for (scope, place), parking in state.parked.items()
        if place == node_id and len(parking.held)
    }
    arrivals = [(n, a) for n, a in state.arrivals.items() if a.node_id == node_id]
    places |= {arrival.scope for _, arrival in arrivals}
    for scope in sorted(places):
        if scope in around or by.scope in state.scope_chain(scope):
            numbers = tuple(sorted(n for n, arrival in arrivals if arrival.scope == scope))
            dropped = j.TokensDropped(
                node_id=node_id, scope=scope, arrivals=numbers, keeps_wave=True
            )
            turn.emit(dropped)
            turn.vacate(scope, node_id)
    for number in sorted(turn.state.active.keys()):
        run = turn.state.active.get(number)
        if run is None or run.node_id != node_id or number == by.number:
            continue
        if run.scope in around or by.scope in turn.state.scope_chain(run.scope):
            cancel(turn, run, f"cancelled by {by.node_id}")
