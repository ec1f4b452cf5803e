"""Dead letters: what the queue gave up after some hundred receives over hours is looked into.

A message that nobody waits for any more is dropped. One that is still wanted is sent once more, for
most often the trouble was an outage, and it has passed when this runs. One that came back from that
is poison: what it was to do fails with ``Seriatim.DeadLettered``, where everybody can see it, and a
redrive goes on from there.
"""

from typing import Final, assert_never

import msgspec

from seriatim.application import work as w
from seriatim.application.advancing import Advancer
from seriatim.application.handing_over import HandOver, Kept
from seriatim.application.plans import Plans
from seriatim.application.states import States
from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider.causes import due_times
from seriatim.domain.decider.subprocesses import awaits_child
from seriatim.domain.decider.wanted import is_wanted
from seriatim.domain.errors import DEAD_LETTERED
from seriatim.domain.plan import Plan
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.times import to_iso
from seriatim.domain.values import ChildOutcome, Error, ExecutionKey, ParentLink, Status

REDRIVES_MAX: Final = 1
"""How often a message is sent again before what it was to do fails."""


class DeadLetter(msgspec.Struct, frozen=True):
    """How a message came to be given up. The dead-letter queue keeps the message's id. Whoever
    looks into it has no process after ``deadline``.
    """

    message_id: str
    receive_count: int
    sent_at: int
    deadline: int


class Unplaceable(Exception):
    """Nobody can be told: the message stays in the dead-letter queue for an operator."""


class DeadLetterHandling:
    """Every call may be repeated: what was recorded is found by the message's mark."""

    def __init__(
        self, advancer: Advancer, states: States, plans: Plans, hand_over: HandOver
    ) -> None:
        self._advancer = advancer
        self._plans = plans
        self._states = states
        self._hand_over = hand_over

    def handle(self, work: w.AnyWork, letter: DeadLetter) -> str:
        """Settle one message; returns what became of it: ``dropped``, ``resent`` or ``failed``.

        Raises:
            Unplaceable: a start that nobody waits for, given up twice.
            Unavailable: some of it may have been done.
        """
        state = self._states.fresh(work.key)
        if state is None:
            return self._never_begun(work, letter)
        self._hand_over.repair_summary(state)
        steps = self._steps_of(work, letter)
        wanted = [(x, step) for step in steps for x in step.commands if is_wanted(state, x)]
        tasks = {(x.number, x.attempt) for x, _ in wanted if isinstance(x, c.RunTask)}
        for command, step in wanted:
            if not isinstance(command, c.RunTask):
                seen = self._states.to_hand_over(state, step)
                self._answered(state.key, self._hand_over.carry(seen, [command], step.number))
        if isinstance(work, w.RunAttempt) and _is_open(state, work.number, work.attempt):
            tasks.add((work.number, work.attempt))
        message = work.message if isinstance(work, w.DeliverMessage) else None
        if message is not None and is_stale(self._plans.of(state), state, message):
            message = None
        if not tasks and message is None:
            return "resent" if wanted else "dropped"
        if work.redriven < REDRIVES_MAX:
            again = [self._attempt(work, number, attempt) for number, attempt in sorted(tasks)]
            self._hand_over.send([*again, *([_again(work)] if message is not None else [])])
            return "resent"
        self._fail(work, letter, sorted(tasks), has_message=message is not None)
        return "failed"

    def _steps_of(self, work: w.AnyWork, letter: DeadLetter) -> list[Step]:
        """Steps whose commands may still be in nobody's hands."""
        steps = self._advancer.written_by(work.key, letter.message_id, after=0)
        if isinstance(work, w.HandOverStep):
            steps += self._advancer.steps_by(work.key, work.writer, after=work.step - 1)
        return steps

    def _never_begun(self, work: w.AnyWork, letter: DeadLetter) -> str:
        if not isinstance(work, w.StartExecution):
            return "dropped"
        if work.redriven < REDRIVES_MAX:
            self._hand_over.send([_again(work)])
            return "resent"
        if work.parent is None:
            text = f"execution {work.execution_id} could not be started, and nobody waits for it"
            raise Unplaceable(text)
        outcome = ChildOutcome(Status.FAILED, error=_error(work, letter))
        self._hand_over.report_to_parent(work.key, work.parent, outcome)
        return "failed"

    def _attempt(self, work: w.AnyWork, number: int, attempt: int) -> w.AnyWork:
        step = work.step if isinstance(work, w.RunAttempt) else 0
        return w.RunAttempt(
            project_id=work.project_id,
            execution_id=work.execution_id,
            step=step,
            number=number,
            attempt=attempt,
            redriven=work.redriven + 1,
        )

    def _fail(
        self,
        work: w.AnyWork,
        letter: DeadLetter,
        tasks: list[tuple[int, int]],
        *,
        has_message: bool,
    ) -> None:
        """An attempt fails as attempts do, and may be caught, or parked as an incident; what else
        is lost, the execution cannot do without.
        """
        error = _error(work, letter)
        for number, attempt in tasks:
            failure = m.TaskFailure(number=number, attempt=attempt, error=error)
            self._submit(work.key, failure, letter)
        if has_message:
            self._submit(work.key, m.DeadLettered(error=error), letter)

    def _submit(self, key: ExecutionKey, message: m.AnyMessage, letter: DeadLetter) -> None:
        advance = self._advancer.submit(key, message, letter.message_id, deadline=letter.deadline)
        if advance.step:
            self._answered(key, self._hand_over.hand_over(advance))

    def _answered(self, key: ExecutionKey, kept: Kept) -> None:
        for answer in kept.answers:
            self._hand_over.send_answer(key, answer)


def is_stale(plan: Plan, state: State, message: m.AnyMessage) -> bool:
    """Whether an execution certainly does not wait for a message any more. It is not decided: what
    made the message undeliverable may be a bug in deciding.
    """
    if state.status.is_terminal:
        return True
    match message:
        case m.TaskSuccess() | m.TaskFailure() | m.TaskPickup() | m.TaskHeartbeat():
            return not _is_open(state, message.number, message.attempt)
        case m.ChildResult():
            link = ParentLink(state.execution_id, message.number, message.index)
            return not awaits_child(state, link, message.child_id)
        case m.TimerDue():
            return all(at > message.at for at in due_times(plan, state))
        case m.Signal():
            return message.key is not None and message.key in state.signal_keys
        case m.Continuation():
            return not len(state.arrivals) and not state.families and not state.for_each
        case _:
            return False


def _is_open(state: State, number: int, attempt: int) -> bool:
    run = state.active.get(number)
    return run is not None and run.is_attempt_open(attempt)


def _again(work: w.AnyWork) -> w.AnyWork:
    again: w.AnyWork = msgspec.structs.replace(work, redriven=work.redriven + 1)
    return again


def _error(work: w.AnyWork, letter: DeadLetter) -> Error:
    match work:
        case w.RunAttempt():
            what = f"attempt {work.attempt} of node run {work.number}"
        case w.DeliverMessage():
            what = f"a {type(work.message).__name__}"
        case w.HandOverStep():
            what = f"step {work.step}"
        case w.StartExecution():
            what = f"the start of {work.execution_id}"
        case w.RunBulk() | w.RedriveExecution() | w.RetireExecution():
            what = f"a bulk's {type(work).__name__}"
        case _:
            assert_never(work)
    details = {
        "work": type(work).__name__,
        "messageId": letter.message_id,
        "receiveCount": letter.receive_count,
        "sentAt": to_iso(letter.sent_at),
        "redriven": work.redriven,
    }
    text = (
        f"{what} was given up: received {letter.receive_count} times, and never handled to its end;"
        " the log of the worker function says why, by the message id"
    )
    return Error(DEAD_LETTERED, text, details)
