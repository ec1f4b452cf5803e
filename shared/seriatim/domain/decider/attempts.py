"""Attempts of a task: scheduling, results, retries, and the time-outs of what was handed out."""

import hashlib
from typing import Final

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain.decider import ending, permits
from seriatim.domain.decider.completing import complete, fail
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.errors import (
    HEARTBEAT_TIMEOUT,
    QUEUE_TIMEOUT,
    TIMEOUT,
    UNKNOWN_TASK_DEFINITION,
    is_retryable,
)
from seriatim.domain.plan_parts import RetryRule
from seriatim.domain.state import NodeRun
from seriatim.domain.values import Error

ALREADY_TAKEN: Final = "AlreadyTaken"
"""Why a worker does not get an attempt: another one has it."""


def begin(turn: Turn, run: NodeRun, attempt: int) -> None:
    """Let an attempt run as soon as it has the permits that it needs. Raises ``NodeError`` where
    there is no such task definition.
    """
    node = turn.node(run)
    if node.type == "task" and node.task is None:
        name = node.document.get("taskDefinitionId")
        message = f"there is no task definition {name!r}; put one and redrive the execution"
        raise NodeError(UNKNOWN_TASK_DEFINITION, message)
    if permits.may_begin(turn, node, run, attempt):
        schedule(turn, turn.run(run.number), attempt)


def schedule(turn: Turn, run: NodeRun, attempt: int) -> None:
    """Let an attempt run. One that is handed out is bounded from here on; one in process bounds
    itself. While it waits for a worker it is bounded by its time-out for that, if it has one.
    """
    node = turn.node(run)
    deadline = heartbeat_by = queue_by = None
    if node.is_queued:
        queue_by = turn.after(node.queue_timeout_ms)
    if node.is_handed_out and queue_by is None:
        deadline = turn.after(node.timeout_ms)
    if node.is_handed_out and not node.is_queued:
        heartbeat_by = turn.after(node.heartbeat_ms)
    turn.emit(
        e.TaskScheduled(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            attempt=attempt,
            deadline=deadline,
            heartbeat_by=heartbeat_by,
            queue_by=queue_by,
            handed_out=node.is_handed_out,
            target=permits.target_of(turn.state, run.number),
        )
    )
    turn.must_wake_at(deadline)
    turn.must_wake_at(heartbeat_by)
    turn.must_wake_at(queue_by)
    if node.type in {"task", "signal"}:
        turn.call_for(c.RunTask(number=run.number, attempt=attempt))


def is_overdue(turn: Turn, run: NodeRun) -> bool:
    """Whether a bound of the attempt has passed already: the timer that ends it is late."""
    bounds = (run.deadline, run.heartbeat_by, run.queue_by)
    return any(at is not None and at <= turn.now for at in bounds)


def picked_up(turn: Turn, run: NodeRun, worker_id: str) -> None:
    """An outside worker has taken the attempt: its time-out and its heartbeat count from now."""
    node = turn.node(run)
    deadline = turn.after(node.timeout_ms)
    heartbeat_by = turn.after(node.heartbeat_ms)
    turn.emit(
        e.TaskStarted(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            attempt=run.attempts,
            worker_id=worker_id,
            deadline=deadline,
            heartbeat_by=heartbeat_by,
        )
    )
    turn.must_wake_at(deadline)
    turn.must_wake_at(heartbeat_by)


def beat(turn: Turn, run: NodeRun) -> None:
    """Whoever has the attempt is alive. Without a heartbeat bound there is nothing to record."""
    node = turn.node(run)
    if node.heartbeat_ms is None:
        return
    heartbeat_by = turn.now + node.heartbeat_ms
    turn.emit(
        e.TaskHeartbeatRecorded(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            attempt=run.attempts,
            heartbeat_by=heartbeat_by,
        )
    )
    turn.must_wake_at(heartbeat_by)


def attempt_succeeded(turn: Turn, run: NodeRun, result: object) -> None:
    """The attempt's result completes the node run; that of a signal which was sent says nothing."""
    if turn.node(run).type == "signal":
        turn.emit(
            e.SignalSent(
                number=run.number,
                node_id=run.node_id,
                run=run.run,
                name=run.inputs["signalName"],
                target_execution_id=run.inputs["targetExecutionId"],
                payload=run.inputs.get("payload"),
            )
        )
        complete(turn, run)
    else:
        complete(turn, run, result)


def attempt_failed(turn: Turn, run: NodeRun, error: Error) -> None:
    """Try again if the retry policy covers the error and has a try left, else fail the node run."""
    rule = turn.node(run).retry
    will_retry = run.attempts <= rule.retries_max and is_retryable(error, rule.patterns)
    delay = back_off_ms(rule, run.attempts, jitter_seed(turn, run)) if will_retry else 0
    turn.emit(
        e.TaskFailed(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            attempt=run.attempts,
            error=error,
            retry_at=turn.now + delay if will_retry else None,
        )
    )
    if not will_retry:
        fail(turn, turn.run(run.number), error)
    elif delay:
        turn.must_wake_at(turn.now + delay)
    else:
        turn.due_retries.append(run.number)


def timed_out(turn: Turn, run: NodeRun, at: int) -> None:
    """An attempt that was handed out took too long, was silent for too long, or waited for a worker
    for too long: whoever has it is told, a child is cancelled.
    """
    if run.deadline == at:
        error = Error(TIMEOUT, "the attempt took longer than timeoutSeconds", retryable=True)
    elif run.queue_by == at:
        error = Error(QUEUE_TIMEOUT, "no worker polled for the attempt in time", retryable=True)
    else:
        error = Error(HEARTBEAT_TIMEOUT, "no heartbeat came in time", retryable=True)
    ending.recall(turn, run, error.message)
    attempt_failed(turn, run, error)


def back_off_ms(rule: RetryRule, attempt: int, seed: str) -> int:
    """How long after attempt ``attempt`` failed the next one may start.

    With full jitter it is between 0 and that, by a hash of ``seed``: the same for every replay.
    """
    delay = rule.interval_ms * min(rule.multiplier ** min(attempt - 1, 150), 1e9)
    if rule.interval_ms_max is not None:
        delay = min(delay, rule.interval_ms_max)
    if rule.has_jitter:
        digest = hashlib.sha256(seed.encode()).digest()
        delay = delay * int.from_bytes(digest[:6], "big") / 2**48
    return round(delay)


def jitter_seed(turn: Turn, run: NodeRun) -> str:
    """Differs for every attempt of every node run of every execution."""
    return f"{turn.state.execution_id}/{run.number}/{run.attempts}"
