"""Redrive: an execution that failed, was cancelled or timed out goes on.

Whether it may is decided here; what it makes of the tokens is ``redrive_changes``. What succeeded
is not run again: every token sets out anew into the node where it was when the execution ended, as
a new node run. The caller may name other nodes, and a newer revision, whose every node that gets a
token must be of the same type and in the same body.

What nodes had acquired and not released when the execution ended is asked for anew before any token
goes on; where other nodes are named it is not, for these may be anywhere.
"""

from seriatim.domain import messages as m
from seriatim.domain.control_events import ExecutionRedriven
from seriatim.domain.decider import admission, moving
from seriatim.domain.decider.redrive_changes import interrupted_runs
from seriatim.domain.decider.repetition import content_of
from seriatim.domain.decider.turn import Turn
from seriatim.domain.decision import Refusal
from seriatim.domain.plan import Plan
from seriatim.domain.pointers import pointer
from seriatim.domain.values import Status

REASONS_SHOWN_MAX = 20


def redrive(turn: Turn, request: m.RedriveRequest, new_plan: Plan) -> Refusal | None:
    """Let the execution go on, on ``new_plan``, which is that of the request."""
    state = turn.state
    if not state.status.is_terminal:
        text = "the execution has not ended; only one that failed, timed out or was cancelled can"
        return Refusal("NotEnded", f"{text} be redriven")
    if state.status is Status.SUCCEEDED:
        return Refusal("AlreadySucceeded", "the execution has succeeded; nothing is left to be run")
    if request.from_node_ids:
        refusal = _unfit_start(new_plan, request.from_node_ids)
    else:
        refusal = _unfit_revision(turn, new_plan)
    if refusal is not None:
        return refusal
    turn.plan = new_plan
    acquires = {} if request.from_node_ids else state.lapsed
    must_wait = bool(state.slots or acquires)
    deadline = None if must_wait else turn.after(new_plan.timeout_ms)
    turn.emit(
        ExecutionRedriven(
            revision=request.revision,
            tasks_version=request.tasks_version,
            deadline=deadline,
            from_node_ids=request.from_node_ids,
            acquires=acquires,
            reason=request.reason,
            key=request.key,
            content=content_of(request),
            by=request.by,
        )
    )
    turn.must_wake_at(deadline)
    if must_wait:
        admission.go_on(turn)
    return None


def _unfit_start(plan: Plan, node_ids: tuple[str, ...]) -> Refusal | None:
    """Why a token can not be put on one of these nodes."""
    for place, node_id in enumerate(node_ids):
        path = pointer("fromNodeIds", place)
        if not plan.has_node(node_id):
            text = f"revision has no node {node_id!r}; name one that it has"
            return Refusal("UnknownNode", f"the {text}", True, path)
        if plan.bodies.get(node_id):
            text = f"node {node_id!r} is in the body of a forEach; name its fork or a node outside"
            return Refusal("NodeInBody", text, True, path)
        if plan.node(node_id).type == "join":
            text = f"node {node_id!r} is a join, which needs tokens of its branches; name nodes"
            return Refusal("NodeIsJoin", f"{text} before it or after it", True, path)
    return None


def _unfit_revision(turn: Turn, new_plan: Plan) -> Refusal | None:
    """Why the tokens can not go on where they were."""
    state = turn.state
    if not interrupted_runs(state) and not len(state.arrivals) and not state.is_anything_parked:
        text = "no token was left when the execution ended; name the nodes to go on from"
        return Refusal("NothingToRedrive", f"{text} (fromNodeIds)")
    found = () if new_plan is turn.plan else moving.obstacles(turn.plan, new_plan, state)
    if not found:
        return None
    said = "; ".join(obstacle.message for obstacle in found[:REASONS_SHOWN_MAX])
    more = len(found) - REASONS_SHOWN_MAX
    text = f"the revision does not fit where the execution is: {said}"
    return Refusal("RevisionDoesNotFit", text + (f"; and {more} more" if more > 0 else ""))
