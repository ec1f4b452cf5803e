"""``decide(plan, state, message, now) -> Decision``: what one message makes of an execution.

Pure and deterministic: the same plan, state, message and time give the same events and commands,
whatever the machine. A decision runs to quiescence: joins, decisions, forks, ends and the
scheduling of what comes next are one step.
"""

from collections.abc import Mapping
from typing import assert_never

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider import (
    admission,
    attempts,
    children,
    completing,
    dependencies,
    ending,
    entering,
    foreach,
    grants,
    joins,
    moving,
    operators,
    permits,
    redriving,
    repetition,
    retiring,
    signals,
    starting,
    subprocesses,
    waits,
)
from seriatim.domain.decider.mappings import check_assignment
from seriatim.domain.decider.names import NO_GLOBALS
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.decision import Decision, Refusal
from seriatim.domain.plan import Plan
from seriatim.domain.pointers import pointer
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import (
    PENDING,
    RUNNING,
    SUCCEEDED,
    WAITING,
    GlobalValue,
    ParentLink,
    Status,
)


def decide(
    plan: Plan,
    state: State | None,
    message: m.AnyMessage,
    now: int,
    globals_: Mapping[str, GlobalValue] = NO_GLOBALS,
    next_plan: Plan | None = None,
) -> Decision:
    """Turn one message into events and commands. ``globals_`` are the global variables that the
    sequence declares, as they were just read; ``next_plan`` is the one that a move asks for.

    ``now`` (milliseconds) may lag behind the state's own time; time never goes back within an
    execution. A message that the state does not wait for (stale, or a second delivery) is refused
    and changes nothing.
    """
    if state is None:
        if not isinstance(message, m.StartRequest):
            return _refused(state, "ExecutionNotFound", "there is no such execution")
        return _started(plan, message, now, globals_)
    if state.retired_at is not None:
        return _refused(state, retiring.RETIRED, "the execution is retired: its retention is over")
    if isinstance(message, m.RetireRequest):
        return retiring.retire(state, message, now)
    if isinstance(message, m.StartRequest):
        return _refused(state, "AlreadyStarted", "the execution has begun already")
    if (repeated := repetition.known(state, message)) is not None:
        return Decision((), (), state, repeated.refusal)
    if state.status.is_terminal and not isinstance(message, m.RedriveRequest):
        more = "more" if state.status is SUCCEEDED else "but a redrive"
        over = f"the execution is {state.status.value}; nothing can change it {more}"
        return _refused(state, "ExecutionOver", over)
    if isinstance(message, m.TimerDue):
        now = max(now, message.at)
    turn = Turn(plan, state, max(now, state.time), globals_)
    if isinstance(message, m.MoveRequest):
        assert next_plan is not None, "a move comes with its plan"
        refusal = moving.move(turn, message, next_plan)
    elif isinstance(message, m.RedriveRequest):
        refusal = redriving.redrive(turn, message, next_plan or plan)
    else:
        refusal = _take_in(turn, message)
    if refusal is not None:
        return Decision((), (), state, refusal)
    return _settled(turn)


def _settled(turn: Turn) -> Decision:
    _settle(turn)
    _close(turn)
    permits.call_for_changes(turn)
    turn.keep_watched()
    return turn.decision()


def _refused(state: State | None, code: str, message: str, *, is_invalid: bool = False) -> Decision:
    return Decision((), (), state, Refusal(code, message, is_invalid))


def _started(
    plan: Plan, request: m.StartRequest, now: int, globals_: Mapping[str, GlobalValue]
) -> Decision:
    started = starting.started(plan, request, now)
    if isinstance(started, Refusal):
        return Decision((), (), None, started)
    turn = Turn.begin(plan, started, now, globals_)
    turn.must_wake_at(started.deadline)
    if started.slots:
        admission.go_on(turn)
    return _settled(turn)


# -- what a message changes by itself -------------------------------------------------------------


def _take_in(turn: Turn, message: m.AnyMessage) -> Refusal | None:
    """Record what the message says, or say why it changes nothing."""
    match message:
        case m.TaskSuccess() | m.TaskFailure() | m.TaskPickup() | m.TaskHeartbeat():
            return _about_attempt(turn, message)
        case m.TimerDue():
            waits.on_time(turn, message.at)
        case m.Signal():
            return signals.receive(turn, message)
        case m.VariablesUpdate():
            return _set_variables(turn, message)
        case m.CancelRequest():
            ending.end(
                turn,
                Status.CANCELLED,
                reason=message.reason,
                key=message.key,
                content=repetition.content_of(message),
                by=message.by,
            )
        case m.PauseRequest():
            return operators.pause(turn, message)
        case m.ResumeRequest():
            return operators.resume(turn, message)
        case m.NodeOrder():
            return operators.obey(turn, message)
        case m.ChildResult():
            return _about_child(turn, message)
        case m.PermitsGranted():
            return grants.granted(turn, message)
        case m.PermitsDenied():
            return grants.denied(turn, message)
        case m.Continuation():
            pass
        case m.DeadLettered():
            # Whatever the failure policy: what other branches wait for may be what was lost.
            ending.end(turn, Status.FAILED, error=message.error)
        case m.StartRequest() | m.MoveRequest() | m.RedriveRequest() | m.RetireRequest():
            raise AssertionError("what needs more than a turn is decided elsewhere")
        case _:
            assert_never(message)
    return None


def _about_attempt(
    turn: Turn, message: m.TaskSuccess | m.TaskFailure | m.TaskPickup | m.TaskHeartbeat
) -> Refusal | None:
    run = turn.state.active.get(message.number)
    if run is None or not run.is_attempt_open(message.attempt):
        text = "this attempt is over: it was completed, timed out, cancelled or replaced"
        return Refusal("AttemptOver", text)
    match message:
        case m.TaskSuccess():
            attempts.attempt_succeeded(turn, run, message.result)
        case m.TaskFailure():
            attempts.attempt_failed(turn, run, message.error)
        case m.TaskHeartbeat():
            attempts.beat(turn, run)
        case m.TaskPickup():
            return _picked_up(turn, run, message)
        case _:
            assert_never(message)
    return None


def _picked_up(turn: Turn, run: NodeRun, message: m.TaskPickup) -> Refusal | None:
    if run.worker_id is not None and run.worker_id != message.worker_id:
        return Refusal(attempts.ALREADY_TAKEN, f"worker {run.worker_id!r} has this attempt")
    if run.worker_id is None and attempts.is_overdue(turn, run):
        return Refusal("AttemptOver", "this attempt's time is over: nobody took it before")
    if run.worker_id is None:
        attempts.picked_up(turn, run, message.worker_id)
    return None


def _set_variables(turn: Turn, message: m.VariablesUpdate) -> Refusal | None:
    for name, value in message.values.items():
        spec = turn.plan.variables.get(name)
        if spec is None:
            text = f"the sequence declares no variable {name!r}"
            return Refusal("UnknownVariable", text, True, pointer(name))
        if spec.scope != "sequence":
            where = "PUT it to the project" if spec.scope == "global" else "a node's run sets it"
            text = f"variable {name!r} has the scope {spec.scope}: {where}"
            return Refusal("WrongVariableScope", text, True, pointer(name))
        try:
            check_assignment(spec, name, value)
        except NodeError as problem:
            return Refusal("TypeMismatch", problem.error.message, True, pointer(name))
    if message.values:
        content = repetition.content_of(message)
        turn.emit(
            e.VariablesSet(values=message.values, key=message.key, content=content, by=message.by)
        )
    return None


def _about_child(turn: Turn, message: m.ChildResult) -> Refusal | None:
    link = ParentLink(turn.state.execution_id, message.number, message.index)
    if not subprocesses.awaits_child(turn.state, link, message.child_id):
        return Refusal("ChildNotAwaited", "nothing waits for this child execution any more")
    run = turn.run(message.number)
    if message.index is not None and message.number in turn.state.families:
        children.child_ended(turn, run, message.index, message.outcome)
    else:
        subprocesses.child_ended(turn, run, message.child_id, message.outcome)
    return None


# -- what follows from it -------------------------------------------------------------------------


def _settle(turn: Turn) -> None:
    """Move every token as far as it can go. What one step may not hold is left for a
    continuation. In a pause nothing begins, but what waits is told of what has come: else what
    comes later, such as the timer beside a signal, would be the first.
    """
    is_paused = turn.state.pause is not None and turn.state.status is not PENDING
    while is_paused and not turn.is_over:
        if not (signals.deliver_signals(turn) or waits.look_again(turn)):
            break
    if is_paused or turn.state.status is PENDING:
        turn.forget_memory()
        return
    if turn.state.blocked is None:
        turn.look_at_everything()
    while not turn.is_over:
        if turn.due_retries:
            entering.retry(turn, turn.due_retries.pop(0))
        elif turn.due_permits:
            entering.go_on_with_permits(turn, turn.due_permits.pop(0))
        elif turn.failed_forks:
            number, error = turn.failed_forks.pop(0)
            completing.fail(turn, turn.run(number), error)
        elif len(turn.state.arrivals):
            if turn.node_runs_left <= 0:
                turn.call_for(c.Continue())
                turn.forget_memory()
                return
            entering.enter(turn, turn.state.arrival_head)
        elif not _move_on(turn):
            _end_if_nothing_moves(turn)
            break
    if turn.has_more and not turn.is_over:
        turn.call_for(c.Continue())
        turn.forget_memory()


def _move_on(turn: Turn) -> bool:
    """No token is on its way: move one of those that wait, if one can. Returns whether one did."""
    if (
        children.move_on(turn)
        or foreach.end_items(turn)
        or signals.deliver_signals(turn)
        or waits.look_again(turn)
    ):
        return True
    if (closing := foreach.next_closing(turn)) is not None:
        entering.close_for_each(turn, closing)
        return True
    if foreach.start_item(turn):
        return True
    if (run := dependencies.next_resolved(turn)) is not None:
        entering.act_on_dependencies(turn, run)
        return True
    if (action := joins.next_action(turn)) is not None:
        entering.act_join(turn, action)
        return True
    if (unsatisfiable := dependencies.next_unsatisfiable(turn)) is not None:
        completing.fail(turn, *unsatisfiable)
        return True
    if not turn.state.failed_nodes:
        return False
    if foreach.start_item_for_lost(turn):
        return True
    if not foreach.is_stuck(turn):
        return False
    if (waiting := dependencies.oldest_waiting(turn)) is not None:
        completing.fail(turn, *waiting)
        return True
    return False


def _end_if_nothing_moves(turn: Turn) -> None:
    """The end, where no token is left, or only such as wait for those that a failure has taken
    away: these stay where they are, for a redrive.
    """
    if turn.state.failed_nodes and foreach.is_stuck(turn):
        ending.end(turn, Status.FAILED, error=turn.state.failure)
    else:
        ending.end_if_no_token_is_left(turn)


def _close(turn: Turn) -> None:
    """The end of every turn: status, timer, and what joins remember."""
    if turn.is_over:
        return
    if turn.remembers:
        joins.close(turn)
    state = turn.state
    moves_on = len(state.arrivals) or state.back_soon
    is_waiting = state.busy == 0 and (state.pause is not None or not moves_on)
    status = WAITING if is_waiting else RUNNING
    if turn.events and status is not state.status and state.status is not PENDING:
        turn.emit(e.ExecutionStatusChanged(status=status))
    earliest = turn.earliest
    if earliest is not None and _needs_timer(turn.state.armed_at, earliest, turn.now):
        turn.emit(e.TimerArmed(at=earliest))
        turn.call_for(c.ArmTimer(at=earliest))
    assert turn.state.time <= turn.now, "time does not go back"


def _needs_timer(armed: int | None, earliest: int, now: int) -> bool:
    """Whether the timer that was armed last does not wake what is due next.

    One whose time has come has rung or is about to: it wakes what is due by then, what is due later
    needs another.
    """
    if armed is None:
        return True
    return earliest > armed if armed <= now else earliest < armed
