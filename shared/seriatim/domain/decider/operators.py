"""An operator's hand: pausing and resuming an execution; skipping, completing, failing or
running a node.

Every act is in the history with who did it, and why. Repeated calls never get here
(``repetition``).
"""

from typing import Any

from seriatim.domain import messages as m
from seriatim.domain.control_events import ExecutionPaused, ExecutionResumed, OperatorActed
from seriatim.domain.decider import ending, entering, foreach, joins, permits, waits
from seriatim.domain.decider.completing import complete, complete_by_hand, fail, recall_items
from seriatim.domain.decider.mappings import inputs_of
from seriatim.domain.decider.repetition import content_of
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.decision import Refusal
from seriatim.domain.join_events import FiringUndone, ItemsCancelled
from seriatim.domain.plan import PlanNode
from seriatim.domain.state import NodeRun
from seriatim.domain.values import Error

FAILED_BY_HAND = "Seriatim.FailedByOperator"


def pause(turn: Turn, request: m.PauseRequest) -> Refusal | None:
    """Begin no node run from now on."""
    if turn.state.pause is not None:
        return Refusal("AlreadyPaused", "the execution is paused already")
    status = turn.state.status
    turn.emit(
        ExecutionPaused(
            status=status,
            reason=request.reason,
            key=request.key,
            content=content_of(request),
            by=request.by,
        )
    )
    return None


def resume(turn: Turn, request: m.ResumeRequest) -> Refusal | None:
    """Go on: with what came in meanwhile, and with retries whose time has come."""
    if turn.state.pause is None:
        return Refusal("NotPaused", "the execution is not paused")
    turn.emit(
        ExecutionResumed(
            status=turn.state.status,
            reason=request.reason,
            key=request.key,
            content=content_of(request),
            by=request.by,
        )
    )
    waits.on_time(turn, turn.now)
    turn.due_permits.extend(permits.ready_to_go_on(turn))
    return None


def is_for_each_fork(node: PlanNode) -> bool:
    """Whether it gives nothing but its items, so that nobody can complete it."""
    return node.type == "fork" and node.expression("forEach") is not None


def refused_actions(node: PlanNode) -> set[str]:
    """What no operator can do to a node of this kind that has failed."""
    return {"complete"} if is_for_each_fork(node) else set()


def obey(turn: Turn, order: m.NodeOrder) -> Refusal | None:
    """Do to the oldest active run of a node what an operator asks."""
    active = turn.state.active
    numbers = [n for n in sorted(active.keys()) if active[n].node_id == order.node_id]
    if not numbers:
        text = f"node {order.node_id!r} has no run that waits or works"
        return Refusal("NodeNotActive", text)
    run = active[numbers[0]]
    if order.action == "run-now":
        return _run_now(turn, run, order)
    is_for_each = is_for_each_fork(turn.node(run))
    if is_for_each and order.action == "complete":
        text = f"node {run.node_id!r} gives nothing but its items; skip it to go on without any"
        return Refusal("NodeCannotBeCompleted", text)
    _record(turn, run, order)
    ending.recall(turn, run, f"an operator chose to {order.action} {run.node_id}")
    if run.number in turn.state.for_each:
        recall_items(turn, run.number, f"an operator chose to {order.action} {run.node_id}")
        turn.emit(ItemsCancelled(number=run.number, node_id=run.node_id, run=run.run))
    match order.action:
        case "skip" if is_for_each:
            foreach.begin_empty(turn, turn.node(run), run)
        case "skip" | "complete" if turn.node(run).type == "end":
            entering.reach_end_by_hand(turn, run, order.outputs)
        case "skip":
            complete_by_hand(turn, run, {})
        case "complete":
            complete_by_hand(turn, run, order.outputs)
        case "fail":
            default = Error(FAILED_BY_HAND, "an operator failed the node")
            fail(turn, run, order.error or default)
        case _:
            raise AssertionError(f"no operator can {order.action!r}")
    return None


def _begin_again(turn: Turn, run: NodeRun, order: m.NodeOrder) -> None:
    """What has failed before it began to work takes its inputs anew: they may be what failed."""
    try:
        inputs = inputs_of(turn, turn.node(run), run.scope)
    except NodeError as problem:
        _record(turn, run, order)
        fail(turn, run, problem.error)
        return
    _record(turn, run, order, inputs)
    entering.acquire_and_act(turn, turn.run(run.number))


def _run_join_again(turn: Turn, run: NodeRun, order: m.NodeOrder) -> Refusal | None:
    """A join that had what it asks for acts again; any other one gives back what it took, and asks
    anew for that and for what has come, or can come, since.
    """
    if run.closes is not None:
        closing = foreach.closing_of(turn, run.closes, run.scope)
        if closing is None:
            return Refusal("NodeCannotRunNow", _why_unmet(turn, run.closes, run.node_id))
        if closing.error is not None:
            _record(turn, run, order)
            fail(turn, run, closing.error)
            return None
    elif not joins.has_fired(turn, run):
        _record(turn, run, order)
        turn.emit(FiringUndone(number=run.number, node_id=run.node_id, run=run.run))
        turn.vacate(run.scope, run.node_id)
        turn.touched_joins.add((run.scope, run.node_id))
        return None
    _begin_again(turn, run, order)
    return None


def _why_unmet(turn: Turn, closes: int, node_id: str) -> str:
    """Why a join that ends a body has not what it asks for, and what to do."""
    if turn.state.for_each[closes].open:
        text = f"items of join {node_id!r} are still on their way; run it again when they have"
        return f"{text} ended, or complete it"
    text = f"join {node_id!r} has given up the items that had not ended, and has not what it asks"
    return f"{text} for; set the variables that it asks for and run it again, or complete it"


def _record(
    turn: Turn, run: NodeRun, order: m.NodeOrder, inputs: dict[str, Any] | None = None
) -> None:
    turn.emit(
        OperatorActed(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            action=order.action,
            inputs=inputs,
            reason=order.reason,
            key=order.key,
            content=content_of(order),
            by=order.by,
        )
    )


def _run_now(turn: Turn, run: NodeRun, order: m.NodeOrder) -> Refusal | None:
    """Do not wait any longer: the timer rings, the retry begins, the dependency is waived."""
    kind = run.wait.kind if run.wait is not None else None
    node_type = turn.node(run).type
    if kind == "incident" and node_type == "join":
        return _run_join_again(turn, run, order)
    if kind == "incident" and not run.attempts:
        _begin_again(turn, run, order)
        return None
    has_attempts = node_type in {"task", "subprocess", "signal"}
    if run.retry_at is not None or (kind == "incident" and has_attempts):
        _record(turn, run, order)
        turn.due_retries.append(run.number)
    elif kind in {"timer", "until"}:
        _record(turn, run, order)
        complete(turn, run)
    elif kind == "dependency":
        _record(turn, run, order)
        entering.act_on_dependencies(turn, run)
    elif kind == "incident":
        _record(turn, run, order)
        entering.acquire_and_act(turn, run)
    else:
        text = f"node {run.node_id!r} waits for nothing that could be waived; complete or skip it"
        return Refusal("NodeCannotRunNow", text)
    return None
