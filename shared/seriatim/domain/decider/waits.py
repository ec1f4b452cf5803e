"""Node runs that wait for time, signals, conditions or callers, and boundary transitions.

The three kinds of movement are the same everywhere: ``begin_*`` when a token enters the node,
``on_time`` when a timer rang, ``look_again`` when something changed; what signals move is in
``signals``.
"""

from contextlib import suppress
from typing import Any

from seriatim.domain import events as e
from seriatim.domain.decider import attempts, ending, watching
from seriatim.domain.decider.completing import cancel, complete, fail, holds
from seriatim.domain.decider.mappings import is_true
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.decider.watching import keys_of
from seriatim.domain.errors import EXECUTION_TIMEOUT, NO_TRANSITION, TIMEOUT, TYPE_MISMATCH
from seriatim.domain.limits import DURATION_SECONDS_MAX, ID_CHARACTERS_MAX
from seriatim.domain.plan import PlanNode
from seriatim.domain.plan_parts import PlanTransition
from seriatim.domain.state import NodeRun
from seriatim.domain.times import EXAMPLE, LATEST, from_iso
from seriatim.domain.values import Error, Status, Wait


def wait(turn: Turn, run: NodeRun, wait_for: Wait, *, has_until: bool = False) -> NodeRun:
    """Let the node run wait; its time-out, if it has one, bounds the waiting, but for that for
    dependencies: no attempt has begun. With ``has_until`` its ``until`` may end it, too.
    """
    deadline = None if wait_for.kind == "dependency" else turn.after(turn.node(run).timeout_ms)
    turn.emit(
        e.NodeWaiting(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            wait=wait_for,
            deadline=deadline,
            has_until=has_until,
        )
    )
    turn.must_wake_at(wait_for.at)
    turn.watch.begins(watching.SIGNAL, run.number)
    if wait_for.kind == "dependency":
        turn.watch.begins(watching.DEPENDENCY, run.number)
    turn.must_wake_at(deadline)
    return turn.run(run.number)


def begin_timer(turn: Turn, run: NodeRun) -> None:
    """Wait for ``durationSeconds`` or until ``at``; what is past already does not wait."""
    at = _timer_end(turn, run)
    if at <= turn.now:
        complete(turn, run)
    else:
        wait(turn, run, Wait(kind="timer", at=at))


def _timer_end(turn: Turn, run: NodeRun) -> int:
    duration, at = run.inputs.get("durationSeconds"), run.inputs.get("at")
    if isinstance(duration, int | float) and not isinstance(duration, bool):
        if 0 <= duration <= DURATION_SECONDS_MAX:
            return turn.now + round(duration * 1000)
    elif isinstance(at, str):
        with suppress(ValueError):
            return min(from_iso(at), LATEST)
    message = (
        f"a timer needs durationSeconds (a number from 0 to {DURATION_SECONDS_MAX:,}) or at "
        f"(a time such as {EXAMPLE})"
    )
    raise NodeError(TYPE_MISMATCH, message, {"durationSeconds": duration, "at": at})


def begin_signal(turn: Turn, run: NodeRun) -> None:
    """Wait for a signal, or send one: that is an attempt, which fails where nobody takes it in."""
    name = run.inputs.get("signalName")
    if not isinstance(name, str) or not name:
        raise NodeError(TYPE_MISMATCH, "signalName must be a text", {"signalName": name})
    if run.inputs.get("mode") != "send":
        wait(turn, run, Wait(kind="signal", name=name))
        turn.signals_to_look_at.add(name)
        return
    target = run.inputs.get("targetExecutionId")
    if not isinstance(target, str) or not 0 < len(target) <= ID_CHARACTERS_MAX:
        message = "targetExecutionId must name an execution"
        raise NodeError(TYPE_MISMATCH, message, {"targetExecutionId": target})
    attempts.begin(turn, run, run.attempts + 1)


def begin_wait(turn: Turn, run: NodeRun) -> None:
    """Wait until an expression is true or for a caller with the task token, whichever comes first,
    or for a boundary to decide.
    """
    has_until = turn.node(run).expression("until") is not None
    if _until_holds(turn, run):
        complete(turn, run)
        return
    if has_until:
        _note_untrue(turn, run)
    if run.inputs.get("callback"):
        waiting = wait(turn, run, Wait(kind="callback"), has_until=has_until)
        attempts.schedule(turn, waiting, waiting.attempts + 1)
    else:
        wait(turn, run, Wait(kind="until" if has_until else "choice"))


def _until_holds(turn: Turn, run: NodeRun) -> bool:
    until = turn.node(run).expression("until")
    if until is None:
        return False
    names = turn.names(run.scope, {"inputs": run.inputs})
    return is_true(until, names, "until")


def _note_untrue(turn: Turn, run: NodeRun) -> None:
    until = turn.node(run).expression("until")
    assert until is not None
    keys = keys_of(turn.plan, turn.state, until, run.scope, ("inputs",))
    turn.watch.asked(watching.UNTIL, run.number, keys)


def look_again(turn: Turn) -> bool:
    """Complete every ``wait`` whose condition has become true. Returns whether anything moved."""
    moved = False
    due = turn.watch.due(watching.UNTIL)
    if not due:
        return False
    for number in turn.state.until_waits:
        if number not in due:
            continue
        run = turn.state.active.get(number)
        if run is None or turn.is_over:
            continue
        error: Error | None = None
        try:
            if not _until_holds(turn, run):
                _note_untrue(turn, run)
                continue
        except NodeError as problem:
            error = problem.error
        if error is not None:
            give_up(turn, run, error)
        else:
            ending.recall(turn, run, f"{run.node_id} waits no longer")
            complete(turn, run)
        turn.watch.due(watching.UNTIL)  # one that comes later may read what has just changed
        moved = True
    return moved


# -- boundaries -----------------------------------------------------------------------------------


def is_open(turn: Turn, run: NodeRun, boundary: PlanTransition) -> bool:
    """Whether the condition of a boundary transition, if it has one, holds now. Raises
    ``NodeError`` where it has no value.
    """
    return holds(boundary, turn.names(run.scope))


def give_up(turn: Turn, run: NodeRun, error: Error) -> None:
    """A node run fails while it works or waits; what runs outside for it is told."""
    ending.recall(turn, run, error.message)
    fail(turn, run, error)


def is_parked(run: NodeRun) -> bool:
    """Whether the node run has failed and waits for an operator: it does not fail once more."""
    return run.wait is not None and run.wait.kind == "incident"


def take_boundary(
    turn: Turn,
    run: NodeRun,
    boundary: PlanTransition,
    outputs: dict[str, Any] | None = None,
) -> None:
    """A boundary transition happened: the node is cancelled, or a further token leaves. What an
    interrupting signal carried are the node's outputs.
    """
    taken = ((boundary.id, boundary.target),)
    if boundary.is_interrupting:
        cancel(turn, run, f"interrupted by transition {boundary.id}", taken, outputs)
        return
    turn.emit(e.BoundaryFired(number=run.number, node_id=run.node_id, run=run.run, taken=taken))


# -- time -----------------------------------------------------------------------------------------


def arm_boundaries(turn: Turn, run: NodeRun) -> None:
    """A token stays on a node: its timer boundaries count from now, its signal boundaries
    listen.
    """
    for boundary in turn.node(run).timer_boundaries:
        if boundary.after_ms is not None:
            turn.must_wake_at(run.started_at + boundary.after_ms)
    for boundary in turn.node(run).signal_boundaries:
        if boundary.signal_name is not None:
            turn.signals_to_look_at.add(boundary.signal_name)


def due_times(node: PlanNode, run: NodeRun) -> list[int]:
    """Every instant at which time alone moves this node run."""
    times = [run.retry_at, run.deadline, run.heartbeat_by, run.queue_by]
    if run.wait is not None:
        times.append(run.wait.at)
    times += [
        run.started_at + boundary.after_ms
        for boundary in node.timer_boundaries
        if boundary.after_ms is not None and boundary.id not in run.boundary_fired
    ]
    return [time for time in times if time is not None]


def on_time(turn: Turn, at: int) -> None:
    """A timer rang: let everything due at ``at`` or before happen, the earliest first."""
    state = turn.state
    if state.deadline is not None and state.deadline <= at:
        message = "the execution took longer than the sequence's timeoutSeconds"
        ending.end(turn, Status.TIMED_OUT, error=Error(EXECUTION_TIMEOUT, message))
        return
    due = []
    for number, run in state.active.items():
        for time in due_times(turn.node(run), run):
            if time <= at:
                due.append((time, number))
            else:
                turn.must_wake_at(time)
    for time, number in sorted(due):
        active = turn.state.active.get(number)
        if active is not None and not turn.is_over:
            _on_time(turn, active, time)
    turn.must_wake_at(state.deadline)


def _on_time(turn: Turn, run: NodeRun, time: int) -> None:
    """What is due at exactly ``time`` for one node run; what has moved since is not due any
    more.
    """
    if time not in due_times(turn.node(run), run):
        return
    for boundary in turn.node(run).timer_boundaries:
        at = None if boundary.after_ms is None else run.started_at + boundary.after_ms
        if at == time and boundary.id not in run.boundary_fired:
            _on_time_of(turn, run, boundary)
            return
    if run.retry_at == time:
        turn.due_retries.append(run.number)
    elif run.wait is not None and run.wait.kind == "rate":
        turn.due_permits.append(run.number)
    elif run.wait is not None and run.wait.at == time:
        complete(turn, run)
    elif run.attempts:
        attempts.timed_out(turn, run, time)
    else:
        fail(turn, run, Error(TIMEOUT, "the node took longer than timeoutSeconds"))


def _on_time_of(turn: Turn, run: NodeRun, boundary: PlanTransition) -> None:
    """The time of a boundary transition has come: where its condition does not hold now, it is
    passed over for good. A choice that has no other way left fails.
    """
    error: Error | None = None
    try:
        if is_open(turn, run, boundary):
            take_boundary(turn, run, boundary)
            return
    except NodeError as problem:
        error = problem.error
    turn.emit(
        e.BoundaryPassed(
            number=run.number, node_id=run.node_id, run=run.run, transition_id=boundary.id
        )
    )
    run = turn.run(run.number)
    if error is None and _has_no_way_left(turn, run):
        error = Error(NO_TRANSITION, f"no transition out of {run.node_id!r} can be taken")
    if error is not None and not is_parked(run):
        give_up(turn, run, error)


def _has_no_way_left(turn: Turn, run: NodeRun) -> bool:
    node = turn.node(run)
    is_choice = run.wait is not None and run.wait.kind == "choice" and run.deadline is None
    had = all(boundary.id in run.boundary_fired for boundary in node.timer_boundaries)
    return is_choice and had and not node.signal_boundaries
