"""Why is it waiting? For every token that does not move, what it waits for, as data.

Asked of a turn that is thrown away, so that the answer comes from what the decider itself would
find: the same reachability, the same expressions over the same values. Sentences are made of the
data elsewhere, and so is all that other executions, workers and ledgers know.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from seriatim.domain.decider import dependencies, foreach, joins
from seriatim.domain.decider.reach import places_before
from seriatim.domain.decider.seeing import latest_seen
from seriatim.domain.decider.turn import Turn
from seriatim.domain.errors import as_document
from seriatim.domain.expressions.language import Expression
from seriatim.domain.plan import Plan, PlanNode
from seriatim.domain.plan_parts import PlanTransition
from seriatim.domain.state import NodeRun, State
from seriatim.domain.times import to_iso
from seriatim.domain.values import GlobalValue, Status

NODES_SHOWN_MAX = 10
"""Of the nodes whose tokens a join still expects on one transition, and of the like."""

Place = tuple[int, int]
"""Where an explanation stands in the list: (0, number of the node run), or, of a join,
(1 + its order in the document, scope).
"""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What one token waits for; of a join, what all those wait for that it holds in one scope."""

    kind: str
    since: int
    node_id: str | None = None
    run: NodeRun | None = None
    index: int | None = None
    data: dict[str, Any] = {}
    """More of the kind, as callers see it."""


def turn_of(plan: Plan, state: State, now: int, globals_: Mapping[str, GlobalValue]) -> Turn:
    """The turn to ask."""
    turn = Turn(plan, state, max(now, state.time), globals_)
    turn.look_at_everything()
    return turn


def places(plan: Plan, state: State) -> list[Place]:
    """What there is to be explained, in order: every active node run, every join with tokens."""
    found: list[Place] = [(0, number) for number in state.active]
    found += [
        (1 + plan.order(node_id), scope)
        for (scope, node_id), parking in state.parked.items()
        if len(parking.held)
    ]
    return sorted(found)


def explain(turn: Turn, place: Place) -> Waiting:
    """What the token, or the tokens, at a place wait for."""
    kind, number = place
    if kind == 0:
        return _of_run(turn, turn.run(number))
    return _of_join(turn, turn.plan.document["nodes"][kind - 1]["id"], number)


def of_the_whole(state: State) -> Iterator[Waiting]:
    """What keeps tokens on their way from going in: a pause, a slot that is missing."""
    for claim in state.claims.get(0, ()):
        if state.status is Status.PENDING and claim.granted_at is None:
            data = {"ledger": claim.ledger, "requestId": claim.request_id}
            kind = "permit" if claim.is_kept else "slot"
            units = {"units": claim.units} if claim.is_kept else {}
            yield Waiting(kind=kind, since=claim.asked_at, data=data | units)
    if state.pause is None:
        return
    entering = sorted({arrival.node_id for arrival in state.arrivals.values()})
    paused = {
        "reason": state.pause.reason,
        "by": state.pause.by,
        "tokens": len(state.arrivals),
        "nodeIds": entering[:NODES_SHOWN_MAX],
    }
    yield Waiting(kind="paused", since=state.pause.at, data=_there(paused))


def _there(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def _iso(at: int | None) -> str | None:
    return None if at is None else to_iso(at)


# -- node runs ------------------------------------------------------------------------------------


def _of_run(turn: Turn, run: NodeRun) -> Waiting:
    kind, data = _kind_of(turn, run, turn.node(run))
    data = {"boundaries": boundaries_of(run, turn.node(run)) or None, **data}
    return Waiting(
        kind=kind,
        since=_since(run),
        node_id=run.node_id,
        run=run,
        index=run.index,
        data=_there(data),
    )


def _since(run: NodeRun) -> int:
    """When the attempt that is open was begun or handed out, the last one failed, or the run
    began.
    """
    if run.scheduled_at is not None and run.is_attempt_open(run.attempts):
        return run.scheduled_at
    return run.started_at if run.failed_at is None else run.failed_at


def _kind_of(turn: Turn, run: NodeRun, node: PlanNode) -> tuple[str, dict[str, Any]]:
    if run.retry_at is not None:
        error = None if run.error is None else as_document(run.error)
        more = {"attempt": run.attempts + 1, "until": to_iso(run.retry_at), "error": error}
        return "retry", more
    kind = None if run.wait is None else run.wait.kind
    match kind:
        case "timer":
            assert run.wait is not None
            return "timer", {"until": _iso(run.wait.at)}
        case "signal":
            assert run.wait is not None
            return "signal", _signal(turn, run.wait.name)
        case "until":
            return "until", _until(turn, run, node) | _bounds(run)
        case "choice":
            return "choice", {"boundaries": boundaries_of(run, node)} | _bounds(run)
        case "callback":
            return "callback", _handed_out(run, node) | _until(turn, run, node)
        case "child":
            assert run.wait is not None
            return "child", {"executionIds": list(run.wait.node_ids)} | _bounds(run)
        case "children":
            return "children", _children(turn.state, run) | _bounds(run)
        case "items":
            return "items", _items(turn, run)
        case "dependency":
            return "dependency", {"nodes": _dependencies(turn, run, node)}
        case "permit":
            return "permit", _permit(turn.state, run) | _bounds(run)
        case "rate":
            assert run.wait is not None
            return "rate", {"ledger": run.wait.name, "until": _iso(run.wait.at)} | _bounds(run)
        case "incident":
            return "incident", {"error": None if run.error is None else as_document(run.error)}
        case None:
            return _task(run, node)
        case _:
            return kind, _bounds(run)


def _bounds(run: NodeRun) -> dict[str, Any]:
    return {"deadline": _iso(run.deadline)}


def _signal(turn: Turn, name: str | None) -> dict[str, Any]:
    kept = {other: len(signals) for other, signals in sorted(turn.state.signals.items())}
    return {"signalName": name, "keptSignals": kept or None}


def _until(turn: Turn, run: NodeRun, node: PlanNode) -> dict[str, Any]:
    until = node.expression("until")
    if until is None:
        return {}
    return {"expression": until.source, "values": values_read(turn, run, until)}


def values_read(turn: Turn, run: NodeRun, expression: Expression) -> dict[str, Any]:
    """What an expression reads, as it is now: variables by name, of nodes the fields."""
    names = turn.names(run.scope, {"inputs": run.inputs})
    values: dict[str, Any] = {}
    for name in sorted(expression.names - {"nodes"}):
        values[name] = names.get(name)
    for node_id, field in sorted(expression.node_fields):
        view = names["nodes"]
        values[f"nodes.{node_id}.{field}"] = view[node_id][field] if node_id in view else None
    return values


def boundaries_of(run: NodeRun, node: PlanNode) -> list[dict[str, Any]]:
    """The boundary transitions of a node run that can still be taken."""
    found: list[dict[str, Any]] = []
    for boundary in node.timer_boundaries:
        if boundary.after_ms is not None and boundary.id not in run.boundary_fired:
            until = to_iso(run.started_at + boundary.after_ms)
            found.append(_boundary(boundary) | {"until": until})
    by_signal = node.signal_boundaries
    return found + [_boundary(way) | {"signalName": way.signal_name} for way in by_signal]


def _boundary(boundary: PlanTransition) -> dict[str, Any]:
    way: dict[str, Any] = {"transitionId": boundary.id, "trigger": boundary.trigger}
    if boundary.condition is not None:
        way["condition"] = boundary.condition.source
    return way


def _task(run: NodeRun, node: PlanNode) -> tuple[str, dict[str, Any]]:
    task = node.task or {}
    integration = task.get("integration")
    data = {"integration": integration, "attempt": run.attempts or None}
    if integration == "activity" and run.attempts and run.worker_id is None:
        name = (task.get("activity") or {}).get("name")
        until = {"queueUntil": _iso(run.queue_by)}
        return "activity", data | {"activity": name} | until | _bounds(run)
    return "task", data | {"handedOut": run.handed_out} | _handed_out(run, node)


def _handed_out(run: NodeRun, node: PlanNode) -> dict[str, Any]:
    """Who has the attempt, and what bounds it. A sign of life is known where silence has a bound:
    to hand it out counts as one.
    """
    last = None
    if run.heartbeat_by is not None and node.heartbeat_ms is not None:
        last = run.heartbeat_by - node.heartbeat_ms
    return {
        "workerId": run.worker_id,
        "deadline": _iso(run.deadline),
        "heartbeatUntil": _iso(run.heartbeat_by),
        "lastHeartbeat": _iso(last),
    }


def _children(state: State, run: NodeRun) -> dict[str, Any]:
    family = state.families[run.number]
    return {
        "items": len(family.items),
        "started": family.started,
        "ended": len(family.ended),
        "failed": family.failed,
        "limit": family.concurrency_max,
        "openIndexes": list(family.open_indexes[:NODES_SHOWN_MAX]),
    }


def _items(turn: Turn, run: NodeRun) -> dict[str, Any]:
    record = turn.state.for_each[run.number]
    return {
        "items": len(record.items),
        "started": record.started,
        "ended": len(record.ended),
        "failed": foreach.lost_items(turn)[run.number] or None,
        "limit": record.concurrency_max,
        "joinNodeId": record.join_node_id,
    }


def _permit(state: State, run: NodeRun) -> dict[str, Any]:
    assert run.wait is not None
    claims = state.claims.get(run.number, ())
    asked = next((claim for claim in claims if claim.granted_at is None), None)
    return {
        "ledger": run.wait.name,
        "units": run.wait.units if asked is None else asked.units,
        "requestId": None if asked is None else asked.request_id,
    }


def _dependencies(turn: Turn, run: NodeRun, node: PlanNode) -> list[dict[str, Any]]:
    found = []
    for dependency in dependencies.unmet(turn, node, run.scope):
        other = latest_seen(turn.plan, turn.state, dependency.node_id, run.scope)
        status = None if other is None else other.status.value
        found.append(_there({"nodeId": dependency.node_id, "on": dependency.on, "status": status}))
    return found


# -- joins ----------------------------------------------------------------------------------------


def _of_join(turn: Turn, node_id: str, scope: int) -> Waiting:
    """What the tokens parked at a join wait for; where it still expects some, where these are."""
    state, node = turn.state, turn.plan.node(node_id)
    parking = state.parked[scope, node_id]
    held = {t: len(parking.held[t]) for t in node.incoming_ids if t in parking.held}
    is_due = joins.is_due(turn, (scope, node_id))
    expected = [] if is_due else _expected(turn, node, scope)
    data = {
        "mode": joins.mode_of(node),
        "held": [{"transitionId": t, "tokens": count} for t, count in held.items()],
        "expected": expected,
        "waveOpen": True if parking.awaited else None,
        "keptByFailure": joins.is_kept_by_failed(turn, (scope, node_id)) or None,
    }
    index = state.scopes[scope].index if scope else None
    since = _parked_since(state, scope, held, node)
    return Waiting(kind="join", since=since, node_id=node_id, index=index, data=_there(data))


def _parked_since(state: State, scope: int, held: dict[str, int], node: PlanNode) -> int:
    """When the first of the sources of the tokens held ended; no log is read for it."""
    sources = (t.source for t in node.incoming if t.id in held)
    runs = (state.latest_run(source, scope) for source in sources)
    ends = [run.ended_at for run in runs if run is not None and run.ended_at is not None]
    return min(ends, default=state.started_at)


def _expected(turn: Turn, node: PlanNode, scope: int) -> list[dict[str, Any]]:
    """The transitions on which a token can still arrive, each with where that token is."""
    found = []
    for transition_id in joins.awaited_transitions(turn, (scope, node.id)):
        at = places_before(turn.plan, turn.state, scope, node, [transition_id])
        if at:
            places_ = [_token_at(turn.state, scope, node_id) for node_id in at[:NODES_SHOWN_MAX]]
            found.append({"transitionId": transition_id, "tokensAt": places_})
    return found


def _token_at(state: State, scope: int, node_id: str) -> dict[str, Any]:
    """How the token on a node stands there: the status of its run, ``parked`` at a join, on its
    way (``coming``), or ``failed`` for good.
    """
    within = [run for run in state.active.values() if run.node_id == node_id]
    runs = [run for run in within if scope in state.scope_chain(run.scope)]
    if runs:
        run = min(runs, key=lambda run: run.number)
        status = run.wait.kind if run.wait is not None else run.status.value
        return {"nodeId": node_id, "status": status}
    if not state.live.get((scope, node_id)):
        return {"nodeId": node_id, "status": "parked"}
    if (scope, node_id) in state.failed_nodes:
        return {"nodeId": node_id, "status": Status.FAILED.value}
    return {"nodeId": node_id, "status": "coming"}
