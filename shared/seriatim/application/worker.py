"""The worker: one message of the work queue, and all that can be done in the same invocation.

A worker that has finished a task goes on in place with the next one of the chain and sends only
the other branches through the queue. The message that it holds is its lease: if it dies, the
message comes back, and the steps that carry the message's mark say what was done, and what must be
handed over again.
"""

from typing import assert_never

from seriatim.application import work as w
from seriatim.application.advancing import Advance, Advancer, digest
from seriatim.application.attempting import Attempts
from seriatim.application.bulk import Bulk
from seriatim.application.continuing import continued, is_unfinished, without_rest
from seriatim.application.errors import Refused
from seriatim.application.handing_over import HandOver
from seriatim.application.retiring import Retiring
from seriatim.application.starting import Starter, StartInput, error_of_start, pin_of
from seriatim.application.states import States, Tail
from seriatim.application.visits import Delivery, Visit
from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider.subprocesses import awaits_child
from seriatim.domain.decider.wanted import is_wanted
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.values import ChildOutcome, ExecutionKey, Status
from seriatim.ports.clock import Clock
from seriatim.ports.errors import NotFound

IN_PLACE_MARGIN_MS = 10_000
"""With less time left than this nothing more is begun in place: the rest goes to another worker."""

STEP_WAITS_MS = (5, 10, 20, 40, 80, 160, 320)
"""How long to look for a step whose message came before its append was done."""

DELIVERIES_OF_A_MISSING_STEP = 8
"""A step that is not there after so many deliveries (three minutes, ``topology.retry_seconds``) was
never written: whoever was to write it has no time left, and the caller got no answer either.
"""


class StepNotThere(Exception):
    """The step that a message is about has not been written (yet): deliver the message again in a
    moment.
    """


class Worker:
    """See the module's docstring. Safe to use from several threads."""

    def __init__(
        self,
        advancer: Advancer,
        starter: Starter,
        states: States,
        hand_over: HandOver,
        attempts: Attempts,
        clock: Clock,
        bulk: Bulk,
        retiring: Retiring,
    ) -> None:
        self._retiring = retiring
        self._bulk = bulk
        self._advancer = advancer
        self._starter = starter
        self._states = states
        self._hand_over = hand_over
        self._attempts = attempts
        self._clock = clock

    def handle(self, work: w.AnyWork, delivery: Delivery) -> None:
        """Do what the message asks for, and go on in place.

        When it returns the message may be deleted. Whatever it raises leaves the message to be
        delivered again.
        """
        visit = Visit(delivery)
        match work:
            case w.RunAttempt():
                after = work.step
                self._run_attempt(work, visit)
            case w.HandOverStep():
                after = work.step - 1
                self._hand_over_step(work, visit)
            case w.DeliverMessage():
                after = work.step
                self._deliver(work, visit)
            case w.StartExecution():
                after = 0
                self._start(work, visit)
            case w.RunBulk() | w.RedriveExecution():
                after = 0
                if (message := self._bulk.act(work)) is not None:
                    self._deliver(message, visit)
            case w.RetireExecution():
                self._retiring.retire(work.key)
                return
            case _:
                assert_never(work)
        # Whoever was faster with this message may have died before it handed over what it recorded.
        while visit.is_late:
            visit.is_late = False
            self._take_up(work.key, after, visit)

    # -- the kinds of work -------------------------------------------------------------------------

    def _run_attempt(self, work: w.RunAttempt, visit: Visit) -> None:
        state = self._states.fresh(work.key)
        if state is None or self._take_up_again(work.key, work.step, visit):
            return
        visit.tasks.append((c.RunTask(number=work.number, attempt=work.attempt), work.step))
        self._go_on(work.key, visit)

    def _hand_over_step(self, work: w.HandOverStep, visit: Visit) -> None:
        """Carry a step that began at the API. What an earlier delivery did of it is found by this
        message's mark.
        """
        tail = self._await_step(work)
        if tail is None:
            if visit.delivery.receive_count >= DELIVERIES_OF_A_MISSING_STEP:
                return
            raise StepNotThere(f"step {work.step} of {work.execution_id} is not there")
        marks = work.writer, digest(visit.delivery.message_id)
        self._resume(tail.state, [x for mark in marks for x in tail.steps if x.is_by(mark)], visit)

    def _await_step(self, work: w.HandOverStep) -> Tail | None:
        for wait_ms in (0, *STEP_WAITS_MS):
            if wait_ms:
                self._clock.sleep(wait_ms)
            tail = self._states.tail(work.key, after=work.step - 1)
            if tail is not None and any(step.is_by(work.writer) for step in tail.steps):
                return tail
        return None

    def _deliver(self, work: w.DeliverMessage, visit: Visit) -> None:
        message = work.message
        if visit.delivery.receive_count > 1:
            state = self._states.fresh(work.key)
            if state is None or self._take_up_again(work.key, work.step, visit):
                return
        if isinstance(message, m.TimerDue) and message.at > self._clock.now():
            # Another delivery may have met a faster clock.
            visit.is_late = True
            self._hand_over.ring_later(work.key, message.at, work.step)
            return
        try:
            advance = self._submit(work.key, message, visit)
        except NotFound:
            return
        self._follow(work.key, advance, visit)

    def _start(self, work: w.StartExecution, visit: Visit) -> None:
        """Start a child or a failure's handler. One that cannot be started fails the node that
        called for it.
        """
        if work.parent is None and self._is_retired(work.key):
            return
        try:
            advance = self._starter.start(
                work.key,
                work.sequence_id,
                StartInput(
                    variables=work.variables,
                    revision=work.revision,
                    pin=pin_of(work.revision, work.tasks_version),
                    parent=work.parent,
                    hops=work.hops,
                    by=work.cause,
                    is_counted=work.cause is None,
                ),
                writer=visit.delivery.message_id,
            )
        except (Refused, NotFound) as problem:
            self._report_unstartable(work, problem)
            return
        if not self._is_awaited(work):
            self._cancel_orphan(work, visit)
        else:
            self._follow(work.key, advance, visit)

    def _is_retired(self, key: ExecutionKey) -> bool:
        """Whether it has been here before, for so long ago that its first step may be gone: then
        nothing would refuse another. A child that is awaited has its parent to tell.
        """
        state = self._states.fresh(key)
        return state is not None and state.retired_at is not None

    def _is_awaited(self, work: w.StartExecution) -> bool:
        """Whether the parent still waits for this child. Asked when the child has begun: a cancel
        that came before found nobody to tell, but its step is in the parent's log by now.
        """
        link = work.parent
        if link is None:
            return True
        parent = self._states.fresh(ExecutionKey(work.project_id, link.execution_id))
        return parent is not None and awaits_child(parent, link, work.execution_id)

    def _cancel_orphan(self, work: w.StartExecution, visit: Visit) -> None:
        cancel = m.CancelRequest(reason="its parent does not wait for it", by=work.cause)
        advance = self._submit(work.key, cancel, visit)
        if not advance.step:
            visit.is_late = True
            return
        self._hand_over.hand_over(advance)
        visit.handed_over.add(advance.step)

    def _report_unstartable(self, work: w.StartExecution, problem: Refused | NotFound) -> None:
        if work.parent is not None:
            outcome = ChildOutcome(Status.FAILED, error=error_of_start(problem))
            self._hand_over.report_to_parent(work.key, work.parent, outcome)

    # -- after a crash ----------------------------------------------------------------------------

    def _take_up_again(self, key: ExecutionKey, after: int, visit: Visit) -> bool:
        """On a repeated delivery: hand over again what earlier deliveries recorded. Returns
        whether they had.
        """
        return visit.delivery.receive_count > 1 and self._take_up(key, after, visit)

    def _take_up(self, key: ExecutionKey, after: int, visit: Visit) -> bool:
        """Hand over what other deliveries of the message recorded. Returns whether they had: then
        there may be more of it by now.
        """
        tail = self._states.tail(key, after)
        if tail is None:
            return False
        mine = [x for x in tail.steps if x.is_by(digest(visit.delivery.message_id))]
        steps = [step for step in mine if step.number not in visit.handed_over]
        if not steps:
            return False
        self._resume(tail.state, steps, visit)
        visit.is_late = True
        return True

    def _resume(self, state: State, steps: list[Step], visit: Visit) -> None:
        """Hand over steps of this message that are recorded, by a state that is not older."""
        self._hand_over.repair_summary(state)
        rest: list[Advance] = []
        if any(is_unfinished(step.commands) for step in steps) and self._has_time(visit):
            rest = self._continued(state.key, self._continue(state.key, visit), visit)
        for step in steps:
            commands = without_rest(step.commands) if rest else step.commands
            wanted = [x for x in commands if is_wanted(state, x)]
            if len(wanted) < len(commands):
                visit.is_late = True
            seen = self._states.to_hand_over(state, step)
            keep = 0 if visit.tasks else 1
            visit.note(step.number, self._hand_over.carry(seen, wanted, step.number, keep=keep))
        self._carry(rest, visit)
        self._go_on(state.key, visit)

    # -- going on in place ------------------------------------------------------------------------

    def _follow(self, key: ExecutionKey, advance: Advance, visit: Visit) -> None:
        """Hand over an advance, and run the first of its tasks here."""
        self._carry(self._continued(key, advance, visit), visit)
        self._go_on(key, visit)

    def _continue(self, key: ExecutionKey, visit: Visit) -> Advance:
        return self._submit(key, m.Continuation(), visit)

    def _continued(self, key: ExecutionKey, advance: Advance, visit: Visit) -> list[Advance]:
        """An advance, and those that begin what it left to be begun."""
        return continued(advance, lambda: self._continue(key, visit), lambda: self._has_time(visit))

    def _carry(self, advances: list[Advance], visit: Visit) -> None:
        """Hand over advances, but for one task at a time, which is run here."""
        for advance in advances:
            if not advance.step:
                visit.is_late = True
                continue
            keep = 0 if visit.tasks else 1
            visit.note(advance.step, self._hand_over.hand_over(advance, keep=keep))

    def _has_time(self, visit: Visit) -> bool:
        return visit.delivery.deadline - self._clock.now() >= IN_PLACE_MARGIN_MS

    def _submit(self, key: ExecutionKey, message: m.AnyMessage, visit: Visit) -> Advance:
        delivery = visit.delivery
        return self._advancer.submit(key, message, delivery.message_id, deadline=delivery.deadline)

    def _go_on(self, key: ExecutionKey, visit: Visit) -> None:
        """Take in what ledgers have answered, run the task that was kept, record its result, and go
        on with what follows, while time is left.
        """
        while visit.tasks or visit.answers:
            has_time = self._has_time(visit)
            message: m.AnyMessage | None
            if visit.answers and not has_time:
                self._hand_over.send_answer(key, visit.answers.pop(0))
                continue
            if visit.answers:
                message = visit.answers.pop(0)
            else:
                message = self._result_of(key, *visit.tasks.pop(0), visit, has_time=has_time)
            if message is None:
                continue
            advance = self._submit(key, message, visit)
            self._carry(self._continued(key, advance, visit), visit)

    def _result_of(
        self, key: ExecutionKey, task: c.RunTask, step: int, visit: Visit, *, has_time: bool
    ) -> m.AnyMessage | None:
        """Run a task that is wanted still; one that there is no time for goes to another worker."""
        state = self._states.known(key) or self._states.fresh(key)
        run = state.active.get(task.number) if state is not None else None
        if state is None or run is None or not run.is_attempt_open(task.attempt):
            visit.is_late = True
            return None
        if not has_time:
            self._hand_over.send_task(state, task, step)
            return None
        return self._attempts.run(state, run)
