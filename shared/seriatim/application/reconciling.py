"""Reconciling: executions whose time to be looked at has come are read from the log, and what
should have moved them is done again.

Everything sent is a message like any other, which the log fences: sent in vain, or twice, it
changes nothing. Where nothing is wrong a look sends nothing and writes the watch alone.
"""

import logging
from collections.abc import Iterator
from typing import Final, assert_never

import msgspec

from seriatim.application import work as w
from seriatim.application.advancing import Advancer
from seriatim.application.handing_over import HandOver, failure_handler_id
from seriatim.application.plans import Plans
from seriatim.application.publishing_events import EventPublishing
from seriatim.application.retention import TRACE_MS, Retention
from seriatim.application.states import States
from seriatim.application.summarising import summary_of
from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider import causes
from seriatim.domain.decider.subprocesses import awaits_child, call_again
from seriatim.domain.events import TimerArmed
from seriatim.domain.limits import HOPS_MAX
from seriatim.domain.plan import Plan
from seriatim.domain.state import State
from seriatim.domain.values import ChildOutcome, ExecutionKey, ParentLink, Status
from seriatim.ports.clock import Clock
from seriatim.ports.errors import NotFound, Unavailable
from seriatim.ports.log import ExecutionLog
from seriatim.ports.watches import SHARDS, Watched, Watches

PAGE_ITEMS: Final = 100
MARGIN_MS: Final = 10_000
"""No look begins with less time left than this."""

logger = logging.getLogger(__name__)


class Reconciler:
    """Safe to run several times at once: they would do the same twice."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that may have to be done again
        self,
        watches: Watches,
        log: ExecutionLog,
        states: States,
        plans: Plans,
        advancer: Advancer,
        hand_over: HandOver,
        publishing: EventPublishing,
        retention: Retention,
        clock: Clock,
    ) -> None:
        self._retention = retention
        self._watches = watches
        self._log = log
        self._states = states
        self._plans = plans
        self._advancer = advancer
        self._hand_over = hand_over
        self._publishing = publishing
        self._clock = clock

    def due(self, deadline: int) -> Iterator[Watched]:
        """What is to be looked at now, the longest overdue of each shard first, until there is no
        time for more. Each run begins with another shard, so that none is always the last. A shard
        that cannot be read now holds up no other.
        """
        now = self._clock.now()
        for shard in range(SHARDS):
            cursor: str | None = None
            while True:
                turn = (shard + now // causes.MINUTE) % SHARDS
                try:
                    page = self._watches.due(turn, now, PAGE_ITEMS, cursor)
                except Unavailable as problem:
                    logger.warning("a shard of watches is left to the next run: %s", problem)
                    break
                for watched in page.items:
                    if self._clock.now() + MARGIN_MS > deadline:
                        return
                    yield watched
                cursor = page.cursor
                if cursor is None:
                    break

    def look(self, key: ExecutionKey) -> tuple[str, ...]:
        """Do again what an execution waits for in vain; returns what was done, by name.

        Repeated, after a crash at whatever point, it does the same again. The watch is set last:
        what was not looked at to the end is looked at again.

        Raises:
            NotFound: the execution is not in the log, or its sequence is nowhere.
            Unavailable: some of it may have been done.
        """
        state = self._states.fresh(key)
        if state is None:
            raise NotFound(f"the log has no execution {key.execution_id!r}")
        if state.retired_at is not None:
            # Its watch goes with its summary: not finished, it comes up again.
            self._ask_to_retire(state)
            return ()
        plan = self._plans.of(state)
        now = self._clock.now()
        if state.status.is_terminal:
            done, at = self._after_the_end(plan, state, now)
        else:
            done = [*self._mended(plan, state, now), *self._orphaned(state, now)]
            at = causes.next_look(plan, state, now)
        self._watches.keep(msgspec.structs.replace(summary_of(state), watch_at=at))
        return tuple(done)

    # -- an execution that is not over ------------------------------------------------------------

    def _mended(self, plan: Plan, state: State, now: int) -> Iterator[str]:
        globals_ = self._advancer.globals_of(plan, state.key)
        for cause in causes.overdue(plan, state, now, globals_):
            match cause:
                case causes.TimerOverdue():
                    self._hand_over.deliver(state.key, m.TimerDue(at=cause.at))
                    yield "timer"
                case causes.NotSettled():
                    self._hand_over.deliver(state.key, m.Continuation())
                    yield "continuation"
                case causes.AttemptSilent():
                    task = c.RunTask(number=cause.number, attempt=cause.attempt)
                    self._hand_over.send_task(state, task, state.steps)
                    yield "attempt"
                case causes.ChildAwaited():
                    yield from self._asked(plan, state, cause)
                case causes.PermitsAwaited():
                    if self._hand_over.ask_again(state):
                        yield "permit"
                case _:
                    assert_never(cause)

    def _asked(self, plan: Plan, state: State, awaited: causes.ChildAwaited) -> Iterator[str]:
        """Start a child that never began; take over the report of one that has ended."""
        child = self._states.fresh(ExecutionKey(state.project_id, awaited.child_id))
        if child is None:
            self._hand_over.carry(state, [self._call(plan, state, awaited)], state.steps)
            yield "child"
        elif child.status.is_terminal:
            link = ParentLink(state.execution_id, awaited.number, awaited.index)
            self._hand_over.report_to_parent(child.key, link, _outcome_of(child))
            yield "report"

    def _call(self, plan: Plan, state: State, awaited: causes.ChildAwaited) -> c.AnyCommand:
        run = state.active[awaited.number]
        if awaited.index is None:
            return call_again(plan.node(run.node_id), state, run)
        family = state.families[run.number]
        first = family.place_of(awaited.index)
        return c.StartChildren(number=run.number, attempt=family.attempt, first=first, count=1)

    def _orphaned(self, state: State, now: int) -> Iterator[str]:
        """Cancel a child for which nobody waits: the message that was to do it got lost. One that
        was redriven has an operator who does.
        """
        if state.parent is None or state.redrives or state.time + causes.PATIENCE_MS > now:
            return
        if not self._is_awaited(state):
            reason = "its parent does not wait for it"
            cancel = m.CancelRequest(reason=reason, by=state.parent.execution_id)
            self._hand_over.deliver(state.key, cancel)
            yield "orphan"

    def _is_awaited(self, child: State) -> bool:
        assert child.parent is not None
        parent = self._states.fresh(ExecutionKey(child.project_id, child.parent.execution_id))
        return parent is not None and awaits_child(parent, child.parent, child.execution_id)

    # -- after the end ----------------------------------------------------------------------------

    def _after_the_end(self, plan: Plan, state: State, now: int) -> tuple[list[str], int | None]:
        """What is still owed to others; and when to look again, if ever."""
        assert state.ended_at is not None
        done = [*self._reported(state), *self._handed_to_handler(plan, state)]
        self._publishing.republish(state.key)
        if causes.has_far_timer(state):
            cleanup_at = state.ended_at + causes.CLEANUP_MS
            if now < cleanup_at:
                return done, cleanup_at
            self._clean_up(state)
        if done and now < state.ended_at + causes.AFTERCARE_MS_MAX:
            return done, now + 2 * causes.PATIENCE_MS
        return done, self._end_of_retention(state, now, is_owed=bool(done))

    def _end_of_retention(self, state: State, now: int, *, is_owed: bool) -> int | None:
        """When to look again at what is kept for a time; once that is over, have it retired, but
        for what somebody still waits for.
        """
        ends_at = self._retention.ends_at(state)
        if ends_at is None or ends_at > now:
            return ends_at
        if not is_owed:
            self._ask_to_retire(state)
        return now + causes.LOOK_MS_MAX

    def _ask_to_retire(self, state: State) -> None:
        """The worker does it: reading and archiving a long log takes longer than a look may."""
        work = w.RetireExecution(project_id=state.project_id, execution_id=state.execution_id)
        self._hand_over.send([work])

    def _reported(self, state: State) -> Iterator[str]:
        if state.parent is not None and self._is_awaited(state):
            self._hand_over.report_to_parent(state.key, state.parent, _outcome_of(state))
            yield "report"

    def _handed_to_handler(self, plan: Plan, state: State) -> Iterator[str]:
        handler = plan.on_failure_sequence_id
        is_failed = state.status in {Status.FAILED, Status.TIMED_OUT}
        is_handler = handler == state.sequence_id or state.hops >= HOPS_MAX
        assert state.ended_at is not None
        is_forgotten = self._clock.now() >= state.ended_at + TRACE_MS  # it may have been retired
        if handler is None or is_handler or not is_failed or is_forgotten:
            return
        key = ExecutionKey(state.project_id, failure_handler_id(state.execution_id, state.redrives))
        if self._states.fresh(key) is None:
            command = c.StartOnFailure(
                sequence_id=handler,
                status=state.status.value,
                error=state.failure,
                redrives=state.redrives,
            )
            self._hand_over.carry(state, [command], state.steps)
            yield "failure handler"

    def _clean_up(self, state: State) -> None:
        """Delete schedules by name: one may have been armed after the end, by somebody who had
        recorded the timer before.
        """
        assert state.ended_at is not None
        instants = {
            event.at
            for step in self._log.read(state.key)
            for event in step.events
            if isinstance(event, TimerArmed) and event.at > state.ended_at
        }
        for at in sorted(instants):
            self._hand_over.disarm(state.key, at)


def _outcome_of(child: State) -> ChildOutcome:
    return ChildOutcome(child.status, child.outputs, child.failure)
