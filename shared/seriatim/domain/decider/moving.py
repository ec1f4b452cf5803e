"""Moving an execution to another revision: what is in the way, and the step that does it.

A token may move where the other revision still has the place that it is at, and where what was
begun for it goes on there as it began. Everything that a token has yet to reach may differ.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from seriatim.domain import messages as m
from seriatim.domain.bodies import Bodies, fork_of
from seriatim.domain.control_events import ExecutionMoved
from seriatim.domain.decider import waits
from seriatim.domain.decider.mappings import check_assignment
from seriatim.domain.decider.redrive_changes import interrupted_runs
from seriatim.domain.decider.repetition import content_of
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.decision import Refusal
from seriatim.domain.plan import Plan, PlanNode
from seriatim.domain.state import ROOT_SCOPE, NodeRun, State
from seriatim.domain.values import Status

OBSTACLES_SAID_MAX = 3
"""Obstacles that a refusal's message says; a dry run lists all of them."""


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """Why an execution can not go on with another revision. ``code`` is stable."""

    code: str
    message: str
    node_id: str | None = None
    transition_id: str | None = None


def obstacles(
    old_plan: Plan, new_plan: Plan, state: State, now: int | None = None
) -> tuple[Obstacle, ...]:
    """All that keeps an execution from going on with ``new_plan``; none: it may move.

    Of an execution that has ended, what was active when it did is looked at: where a redrive goes
    on. What was begun then is begun anew, so only the places count.
    """
    bodies = new_plan.bodies
    found: list[Obstacle] = []
    is_over = state.status.is_terminal
    runs = interrupted_runs(state) if is_over else [r for _, r in sorted(state.active.items())]
    for run in runs:
        found += _of_run(old_plan, new_plan, state, run, bodies)
    for _, arrival in sorted(state.arrivals.items(), key=lambda entry: entry[0]):
        place = (arrival.scope, arrival.node_id)
        found += _of_place(old_plan, new_plan, state, place, bodies)
        if arrival.transition_id is not None and _is_join(new_plan, arrival.node_id):
            found += _of_transitions(new_plan, arrival.node_id, [arrival.transition_id])
    for place in sorted(state.parked.keys()):
        found += _of_place(old_plan, new_plan, state, place, bodies)
        found += _of_parking(new_plan, state, place, bodies)
    for place in state.failed_nodes:
        if not new_plan.has_node(place[1]):
            found.append(_node_gone(place[1]))
    found += _of_variables(old_plan, new_plan, state)
    # After a redrive the time counts anew.
    deadline = None if is_over else _deadline(old_plan, new_plan, state)
    if deadline is not None and deadline <= (state.time if now is None else now):
        text = "by the other revision's timeoutSeconds its time would be up already"
        found.append(Obstacle(code="DeadlinePassed", message=text))
    return tuple(dict.fromkeys(found))


def move(turn: Turn, request: m.MoveRequest, new_plan: Plan) -> Refusal | None:
    """Go on with ``new_plan``, which is that of the request. Delivered twice, or where the
    execution is there already, it changes nothing.
    """
    state = turn.state
    is_there = (state.revision, state.tasks_version) == (request.revision, request.tasks_version)
    if is_there:
        return None
    found = obstacles(turn.plan, new_plan, state, turn.now)
    if found:
        said = "; ".join(obstacle.message for obstacle in found[:OBSTACLES_SAID_MAX])
        more = f"; and {len(found) - OBSTACLES_SAID_MAX} more" * (len(found) > OBSTACLES_SAID_MAX)
        return Refusal("CannotMove", f"revision {request.revision} will not do: {said}{more}")
    turn.emit(
        ExecutionMoved(
            revision=request.revision,
            from_revision=state.revision,
            tasks_version=request.tasks_version,
            deadline=_deadline(turn.plan, new_plan, state),
            reason=request.reason,
            key=request.key,
            content=content_of(request),
            by=request.by,
        )
    )
    turn.plan = new_plan
    # Boundaries that came with the revision count from when their node began: some are due now.
    waits.on_time(turn, turn.now)
    return None


def _deadline(old_plan: Plan, new_plan: Plan, state: State) -> int | None:
    if old_plan.timeout_ms == new_plan.timeout_ms:
        return state.deadline
    if new_plan.timeout_ms is None or state.status is Status.PENDING:
        return None
    begun_at = state.started_at
    if state.deadline is not None and old_plan.timeout_ms is not None:
        begun_at = state.deadline - old_plan.timeout_ms  # it may have been pending before
    return begun_at + new_plan.timeout_ms


# -- places ---------------------------------------------------------------------------------------


def _is_join(plan: Plan, node_id: str) -> bool:
    return plan.has_node(node_id) and plan.node(node_id).type == "join"


def _node_gone(node_id: str) -> Obstacle:
    text = f"there is no node {node_id!r} any more, and a token is there"
    return Obstacle(code="NodeGone", message=text, node_id=node_id)


def _of_place(
    old_plan: Plan, new_plan: Plan, state: State, place: tuple[int, str], bodies: Bodies
) -> Iterator[Obstacle]:
    """Whether the node where a token is, or is about to be, is there, and in the same bodies."""
    scope, node_id = place
    if not new_plan.has_node(node_id):
        yield _node_gone(node_id)
        return
    old, new = old_plan.node(node_id), new_plan.node(node_id)
    if old.type != new.type:
        text = f"node {node_id!r} was a {old.type} and is a {new.type}, and a token is there"
        yield Obstacle(code="NodeTypeChanged", message=text, node_id=node_id)
    chain = [inner for inner in reversed(state.scope_chain(scope)) if inner != ROOT_SCOPE]
    around = tuple(state.for_each[state.scopes[inner].number].join_node_id for inner in chain)
    is_closing = bool(around) and node_id == around[-1]  # a token on its way out of the body
    expected = around[:-1] if is_closing else around
    if bodies.get(node_id, ()) != expected:
        text = f"node {node_id!r} is in another forEach body, and a token is there"
        yield Obstacle(code="BodyChanged", message=text, node_id=node_id)


def _of_parking(
    new_plan: Plan, state: State, place: tuple[int, str], bodies: Bodies
) -> Iterator[Obstacle]:
    """Whether the tokens that a join holds are on transitions into it still."""
    node_id = place[1]
    if not _is_join(new_plan, node_id):
        return
    yield from _of_transitions(new_plan, node_id, sorted(state.parked[place].held))
    if any(node_id in joins for joins in bodies.values()):
        text = f"join {node_id!r} holds tokens, and ends a forEach body now"
        yield Obstacle(code="PairingChanged", message=text, node_id=node_id)


def _of_transitions(plan: Plan, node_id: str, transition_ids: list[str]) -> Iterator[Obstacle]:
    incoming = plan.node(node_id).incoming_ids
    for transition_id in transition_ids:
        if transition_id not in incoming:
            text = f"no transition {transition_id!r} leads to join {node_id!r} any more, and a "
            text += "token is on it"
            yield Obstacle(
                code="TransitionGone", message=text, node_id=node_id, transition_id=transition_id
            )


# -- what was begun -------------------------------------------------------------------------------


def _of_run(
    old_plan: Plan, new_plan: Plan, state: State, run: NodeRun, bodies: Bodies
) -> list[Obstacle]:
    found = list(_of_place(old_plan, new_plan, state, (run.scope, run.node_id), bodies))
    if found:
        return found
    old, new = old_plan.node(run.node_id), new_plan.node(run.node_id)
    found += _of_fork(state, run, new)
    found += _of_closing(run, new_plan)
    if state.status.is_terminal:
        return found + list(_of_transitions(new_plan, run.node_id, [t for t, _ in run.held]))
    match new.type:
        case "task":
            found += _of_task(run, old, new)
        case "wait":
            found += _of_wait(run, old, new)
        case "subprocess" if run.attempts and old.is_for_each_of_children != (
            new.is_for_each_of_children
        ):
            text = f"node {run.node_id!r} has begun with its children, and changes its forEach"
            found.append(Obstacle(code="ChildrenChanged", message=text, node_id=run.node_id))
    return found


def _of_fork(state: State, run: NodeRun, new: PlanNode) -> Iterator[Obstacle]:
    record = state.for_each.get(run.number)
    if record is None:
        return
    join = new.parameters.get("joinNodeId")
    if new.expression("forEach") is None or join != record.join_node_id:
        now = repr(join) if join else "nothing any more"
        text = f"the body of {run.node_id!r} has begun, and is ended by {now} instead of by "
        text += repr(record.join_node_id)
        yield Obstacle(code="PairingChanged", message=text, node_id=run.node_id)


def _of_closing(run: NodeRun, new_plan: Plan) -> Iterator[Obstacle]:
    """Whether a join that ends a body, and may have to wait for more items, ends one still."""
    if run.closes is not None and fork_of(new_plan.document, run.node_id) is None:
        text = f"join {run.node_id!r} ends no forEach body any more, and has acted for one"
        yield Obstacle(code="PairingChanged", message=text, node_id=run.node_id)


def _of_task(run: NodeRun, old: PlanNode, new: PlanNode) -> Iterator[Obstacle]:
    is_begun = run.is_attempt_open(run.attempts) or run.awaits_permits
    if new.task is None:
        name = new.document.get("taskDefinitionId")
        text = f"there is no task definition {name!r}, and node {run.node_id!r} has a token"
        yield Obstacle(code="TaskDefinitionGone", message=text, node_id=run.node_id)
    elif is_begun and _how_done(old) != _how_done(new):
        text = f"an attempt of {run.node_id!r} is open, and the task is done in another way"
        yield Obstacle(code="IntegrationChanged", message=text, node_id=run.node_id)


def _how_done(node: PlanNode) -> tuple[Any, bool, Any, int]:
    """What an attempt that has begun, or that a target was chosen for, holds on to."""
    task = node.task or {}
    name = (task.get("activity") or {}).get("name")
    return task.get("integration"), node.is_handed_out, name, len(task.get("targets") or ())


def _of_wait(run: NodeRun, old: PlanNode, new: PlanNode) -> Iterator[Obstacle]:
    """What a node waits for was fixed when it began: the text of ``until`` alone may change."""
    kind = None if run.wait is None else run.wait.kind
    if kind not in {"until", "callback", "choice"}:
        return
    had_until, has_until = (node.expression("until") is not None for node in (old, new))
    is_callback = bool(new.parameters.get("callback"))
    now = "callback" if is_callback else "until" if has_until else "choice"
    if now != kind or had_until != has_until:
        was, will = _waited_for(kind, has_until=had_until), _waited_for(now, has_until=has_until)
        text = f"node {run.node_id!r} waits for {was}, and would wait for {will}"
        yield Obstacle(code="WaitChanged", message=text, node_id=run.node_id)


def _waited_for(kind: str | None, *, has_until: bool) -> str:
    return "a callback or an until" if kind == "callback" and has_until else f"a {kind}"


def _of_variables(old_plan: Plan, new_plan: Plan, state: State) -> Iterator[Obstacle]:
    """What the execution's variables hold must have a place of its type."""
    for name, value in state.variables.items():
        old, new = old_plan.variables.get(name), new_plan.variables.get(name)
        if value is None or (old is None and new is None):
            continue
        if new is None:
            text = f"there is no variable {name!r} any more, and it has a value"
            yield Obstacle(code="VariableGone", message=text)
        elif old is not None and old.scope != new.scope:
            text = f"variable {name!r} was of the scope {old.scope}, and is of {new.scope}"
            yield Obstacle(code="VariableRetyped", message=text)
        elif old is None or old.type != new.type:
            try:
                check_assignment(new, name, value)
            except NodeError as problem:
                yield Obstacle(code="VariableRetyped", message=problem.error.message)
