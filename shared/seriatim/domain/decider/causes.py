"""Causes: what will move an execution next, and since when it is overdue.

For whoever repairs what a crash, a purge or an outage left behind. Pure: a state, its plan and the
time give what to look into and when to look again. Nothing here says that something *is* wrong: a
queue may be slow. So what is done about a cause must change nothing where the cause still works.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from seriatim.domain import messages as m
from seriatim.domain.decider import waits
from seriatim.domain.decider.claims import waited_for
from seriatim.domain.decider.decide import decide
from seriatim.domain.decider.names import NO_GLOBALS
from seriatim.domain.decider.subprocesses import child_id_of
from seriatim.domain.expressions.language import Expression
from seriatim.domain.plan import Plan
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import GlobalValue, Status

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE

PATIENCE_MS: Final = MINUTE
"""How long after its time a cause is left alone: a message on its way, a worker that died and whose
message comes back."""
ATTEMPT_MS_MAX: Final = 15 * MINUTE
"""Nothing that runs an attempt lives longer."""
CLEANUP_MS: Final = 16 * MINUTE
"""After an end: whoever had recorded a timer and had yet to arm it is gone by then."""
AFTERCARE_MS_MAX: Final = 30 * MINUTE
"""How long after an end its report is repeated at most."""
LOOK_MS_MAX: Final = HOUR
"""Between looks at an execution of which something is expected."""
QUIET_LOOK_MS_MAX: Final = 24 * HOUR
"""Between looks at one that only callers can move."""
CHILDREN_LOOKED_AT_MAX: Final = 20
"""Of one family at one look; the next one looks at others."""

assert CLEANUP_MS > ATTEMPT_MS_MAX
assert PATIENCE_MS + CLEANUP_MS < 20 * MINUTE, "no schedule outlives its execution by more"
assert CLEANUP_MS < AFTERCARE_MS_MAX


class TimerOverdue(msgspec.Struct, frozen=True):
    """Something was due at ``at``, and no timer rang."""

    at: int


class NotSettled(msgspec.Struct, frozen=True):
    """Tokens can move on: the message that says so was lost."""


class AttemptSilent(msgspec.Struct, frozen=True):
    """Whoever ran the attempt is gone by now, or nobody ever began."""

    number: int
    attempt: int


class ChildAwaited(msgspec.Struct, frozen=True):
    """A child is waited for; whether it began, and whether it has ended, its own log says."""

    number: int
    child_id: str
    index: int | None = None


class PermitsAwaited(msgspec.Struct, frozen=True):
    """Permits are waited for; whether they were ever asked for, the ledgers say."""


Cause = TimerOverdue | NotSettled | AttemptSilent | ChildAwaited | PermitsAwaited


def first_look(state: State) -> int | None:
    """When an execution is to be looked at if it does not change until then; ``None``: not any
    more.
    """
    if not state.status.is_terminal:
        return state.time + PATIENCE_MS
    assert state.ended_at is not None
    if state.parent is not None or state.status in {Status.FAILED, Status.TIMED_OUT}:
        return state.ended_at + PATIENCE_MS
    return state.ended_at + CLEANUP_MS if has_far_timer(state) else None


def has_far_timer(state: State) -> bool:
    """Whether a schedule of an execution that is over may outlive the clean-up; one for sooner has
    rung, and gone, by itself.
    """
    if state.ended_at is None or state.armed_until is None:
        return False
    return state.armed_until > state.ended_at + CLEANUP_MS


def overdue(
    plan: Plan, state: State, now: int, globals_: Mapping[str, GlobalValue] = NO_GLOBALS
) -> list[Cause]:
    """What should have moved an execution that is not over by now, or may have."""
    causes: list[Cause] = []
    rung_by = [at for at in due_times(plan, state) if at + PATIENCE_MS <= now]
    if rung_by:
        causes.append(TimerOverdue(max(rung_by)))
    if state.time + PATIENCE_MS <= now and not is_settled(plan, state, now, globals_):
        causes.append(NotSettled())
    for number in sorted(state.active.keys()):
        run = state.active[number]
        silent_at = _silent_at(plan, run)
        if silent_at is not None and silent_at <= now:
            causes.append(AttemptSilent(number, run.attempts))
        elif _scheduled_at(run) + PATIENCE_MS <= now:
            causes.extend(_children(state, run, now))
    if any(claim.asked_at + PATIENCE_MS <= now for _, claim in waited_for(state)):
        causes.append(PermitsAwaited())
    return causes


def next_look(plan: Plan, state: State, now: int) -> int:
    """When to look again at an execution that is not over, and was just looked at.

    As long from now as it has not changed for, so that one that stands still costs little; but
    no later than just after the next thing that time alone has to bring, and soon where it waits
    for what others may do to a global variable: nobody tells it of that.
    """
    if state.pause is None and _awaits_globals(plan, state):
        return now + PATIENCE_MS
    expected = [at + PATIENCE_MS for at in due_times(plan, state)]
    expected += [at for run in state.active.values() if (at := _silent_at(plan, run)) is not None]
    is_quiet = not expected and not _awaits_children(state) and not waited_for(state)
    rest = max(PATIENCE_MS, now - state.time)
    at = now + min(rest, QUIET_LOOK_MS_MAX if is_quiet else LOOK_MS_MAX)
    return min([at, *(one for one in expected if one > now)])


def _awaits_globals(plan: Plan, state: State) -> bool:
    """Whether an expression that something waits for reads a variable of the project."""
    if not plan.global_names:
        return False
    asked = _asked_again(plan, state)
    return any(not one.names.isdisjoint(plan.global_names) for one in asked if one is not None)


def _asked_again(plan: Plan, state: State) -> Iterator[Expression | None]:
    """What the decider asks in every turn until it holds: of waits, of joins, and of boundaries
    that a kept signal waits for.
    """
    for number in state.until_waits:
        yield plan.node(state.active[number].node_id).expression("until")
    asking = {node_id for (_, node_id), parking in state.parked.items() if len(parking.held)}
    asking |= {record.join_node_id for record in state.for_each.values() if len(record.ended)}
    for node_id in sorted(asking):
        yield plan.node(node_id).expression("completeWhen")
        yield plan.node(node_id).expression("count")
    if plan.guarded_signals.isdisjoint(state.signals):
        return
    for node_id in sorted({run.node_id for run in state.active.values()}):
        for boundary in plan.node(node_id).signal_boundaries:
            if boundary.signal_name in state.signals:
                yield boundary.condition


def due_times(plan: Plan, state: State) -> Iterator[int]:
    """Every instant at which time alone moves the execution."""
    if state.deadline is not None:
        yield state.deadline
    for run in state.active.values():
        for at in waits.due_times(plan.node(run.node_id), run):
            # A paused execution begins no attempt, however late it is.
            if state.pause is None or not (at == run.retry_at or run.awaits_permits):
                yield at


def is_settled(
    plan: Plan, state: State, now: int, globals_: Mapping[str, GlobalValue] = NO_GLOBALS
) -> bool:
    """Whether a continuation would find nothing to do."""
    if state.pause is not None:
        return True
    afresh = msgspec.structs.replace(state, blocked=None, watched=None)
    return not decide(plan, afresh, m.Continuation(), now, globals_).events


def _scheduled_at(run: NodeRun) -> int:
    return max(run.scheduled_at or 0, run.failed_at or 0, run.started_at)


def _silent_at(plan: Plan, run: NodeRun) -> int | None:
    """From when on an open attempt is certainly run by nobody here; ``None`` where somebody outside
    has it, who is bounded by the time-outs.
    """
    node = plan.node(run.node_id)
    if node.type not in {"task", "signal"} or not run.is_attempt_open(run.attempts):
        return None
    if run.handed_out and (not node.is_queued or run.worker_id is not None):
        return None
    longest = ATTEMPT_MS_MAX if run.handed_out else node.timeout_ms or ATTEMPT_MS_MAX
    return _scheduled_at(run) + min(longest, ATTEMPT_MS_MAX) + PATIENCE_MS


def _awaits_children(state: State) -> bool:
    return any(
        run.wait is not None and run.wait.kind in {"child", "children"}
        for run in state.active.values()
    )


def _children(state: State, run: NodeRun, now: int) -> Iterator[ChildAwaited]:
    """The children that a node run waits for; of many, those whose turn it is."""
    if run.wait is None or run.retry_at is not None:
        return
    if run.wait.kind == "child":
        yield from (ChildAwaited(run.number, child_id) for child_id in run.wait.node_ids)
    family = state.families.get(run.number)
    if family is None or not family.is_awaited:
        return
    open_ = family.open_indexes
    if not open_:
        return
    turn = now // MINUTE * CHILDREN_LOOKED_AT_MAX % len(open_)
    for index in (open_ + open_)[turn : turn + min(len(open_), CHILDREN_LOOKED_AT_MAX)]:
        child_id = child_id_of(state.execution_id, run.number, family.attempt, index)
        yield ChildAwaited(run.number, child_id, index)
