"""Handing over: a step's commands become messages and timers, before what caused the step is
acknowledged.

Every command may be handed over twice: what it causes is named by the step, and finds nothing to
do the second time.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import assert_never

import msgspec

from seriatim.application import work as w
from seriatim.application.advancing import Advance
from seriatim.application.errors import Refused
from seriatim.application.ledger_calls import Answer, LedgerCalls
from seriatim.application.listing import Listing
from seriatim.application.permit_notices import work_of
from seriatim.application.plans import Plans
from seriatim.application.starting import Pin, Starter, error_of_start
from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider.children import child_variables
from seriatim.domain.decider.subprocesses import child_id_of, link_to
from seriatim.domain.decider.turn import NodeError
from seriatim.domain.plan import Plan
from seriatim.domain.state import State
from seriatim.domain.values import ChildOutcome, Error, ExecutionKey, ParentLink, Status
from seriatim.ports.clock import Clock
from seriatim.ports.errors import NotFound
from seriatim.ports.queue import OutgoingWork, WorkQueue
from seriatim.ports.timers import Timers

DELAY_MS_MAX = 900_000
"""The longest delay of a message (SQS DelaySeconds); a timer beyond it goes to the scheduler."""


class Kept(msgspec.Struct, frozen=True):
    """What whoever handed over a step goes on with in place: tasks to be run, and what ledgers
    answered to the execution itself.
    """

    tasks: tuple[c.RunTask, ...] = ()
    answers: tuple[m.PermitsGranted | m.PermitsDenied, ...] = ()


class HandOver:
    """Carries commands to the queue and the scheduler, and status changes to the summaries."""

    def __init__(
        self,
        queue: WorkQueue,
        timers: Timers,
        listing: Listing,
        plans: Plans,
        starter: Starter,
        ledgers: LedgerCalls,
        clock: Clock,
    ) -> None:
        self._ledgers = ledgers
        self._plans = plans
        self._starter = starter
        self._queue = queue
        self._timers = timers
        self._listing = listing
        self._clock = clock

    def hand_over(self, advance: Advance, *, keep: int = 0) -> Kept:
        """Hand over what an advance calls for, but for its first ``keep`` tasks and what ledgers
        answered to it: that is returned, to be gone on with in place.

        Raises ``Unavailable``; what was done until then may be done again.
        """
        assert advance.state is not None
        if advance.has_new_status:
            self.summarise(advance.state)
        return self.carry(advance.state, advance.commands, advance.step, keep=keep)

    def carry(
        self, state: State, commands: Iterable[c.AnyCommand], step: int, *, keep: int = 0
    ) -> Kept:
        """Hand over commands of step ``step``, of which ``state`` is not older; see ``hand_over``
        for what is kept.
        """
        kept: list[c.RunTask] = []
        for_ledgers: list[c.RequestPermits | c.ReleasePermits] = []
        outgoing: list[OutgoingWork] = []
        for command in commands:
            if isinstance(command, c.RunTask) and len(kept) < keep:
                kept.append(command)
            elif isinstance(command, c.RequestPermits | c.ReleasePermits):
                for_ledgers.append(command)
            elif isinstance(command, c.ArmTimer):
                outgoing.extend(self._arm(state.key, command.at, step))
            elif isinstance(command, c.StartChildren):
                outgoing.extend(self._start_children(state, command))
            else:
                outgoing.extend(_outgoing(work) for work in _work_of(state, command, step))
        answers = self._ledgers.carry(state, for_ledgers) if for_ledgers else ()
        own = state.execution_id
        outgoing += [
            _outgoing(_told(state.project_id, x)) for x in answers if x.execution_id != own
        ]
        if outgoing:
            self._queue.send(outgoing)
        return Kept(tuple(kept), tuple(x.message for x in answers if x.execution_id == own))

    def _start_children(self, state: State, command: c.StartChildren) -> list[OutgoingWork]:
        """Starts of the children of some items; what is not wanted any more is left out. What they
        run on is looked up once for all of them.
        """
        family, run = state.families.get(command.number), state.active.get(command.number)
        if family is None or run is None or family.attempt != command.attempt:
            return []
        revision = run.inputs.get("revision")
        pinned: Pin | Error
        try:
            pinned = self._starter.pin(state.project_id, family.sequence_id, revision)
        except (Refused, NotFound) as problem:
            pinned = error_of_start(problem)
        plan = self._plans.of(state)
        indexes = family.indexes(command.first, command.count)
        works = (
            _child_of_item(plan, state, command, index, pinned)
            for index in indexes
            if index not in family.ended
        )
        return [_outgoing(work) for work in works if work is not None]

    def summarise(self, state: State) -> None:
        """Write the summary; an older one never replaces a newer one."""
        self._listing.put(state)

    def repair_summary(self, state: State) -> None:
        """Write the summary again, where it is likely to be there already."""
        self._listing.repair(state)

    def ring_later(self, key: ExecutionKey, at: int, step: int) -> None:
        """A timer came before its time: have it come again."""
        self._queue.send(self._arm(key, at, step))

    def disarm(self, key: ExecutionKey, at: int) -> None:
        """Take a timer back, as far as the scheduler has it; one that rings finds nothing to do."""
        self._timers.disarm(key, at)

    def send(self, works: Iterable[w.AnyWork]) -> None:
        """Send messages as they are."""
        self._queue.send([_outgoing(work) for work in works])

    def deliver(self, key: ExecutionKey, message: m.AnyMessage) -> None:
        """Send a message that follows from no step."""
        work = w.DeliverMessage(
            project_id=key.project_id, execution_id=key.execution_id, message=message
        )
        self.send([work])

    def report_to_parent(
        self, child: ExecutionKey, parent: ParentLink, outcome: ChildOutcome
    ) -> None:
        """Tell a parent how its child ended, or that it could not begin."""
        self._queue.send([_outgoing(_report(child, parent, outcome))])

    def send_task(self, state: State, task: c.RunTask, step: int) -> None:
        """Leave a task that was kept to another worker."""
        self.carry(state, (task,), step)

    def ask_again(self, state: State) -> bool:
        """Ask ledgers for what the execution waits for and they know nothing of. Returns whether
        there was any answer, which is sent.
        """
        answers = self._ledgers.ask_again(self._plans.of(state), state)
        if answers:
            self._queue.send([_outgoing(_told(state.project_id, answer)) for answer in answers])
        return bool(answers)

    def send_answer(self, key: ExecutionKey, answer: m.PermitsGranted | m.PermitsDenied) -> None:
        """Leave an answer of a ledger that was kept to another worker."""
        self._queue.send([_outgoing(work_of(key.project_id, key.execution_id, answer))])

    def _arm(self, key: ExecutionKey, at: int, step: int) -> list[OutgoingWork]:
        """A near timer is a delayed message; a far one is the scheduler's, which needs no message
        now.
        """
        message = w.DeliverMessage(
            project_id=key.project_id,
            execution_id=key.execution_id,
            message=m.TimerDue(at=at),
            step=step,
        )
        delay = max(0, at - self._clock.now())
        if delay <= DELAY_MS_MAX:
            return [_outgoing(message, delay)]
        self._timers.arm(key, at, _outgoing(message))
        return []


def _outgoing(work: w.AnyWork, delay_ms: int = 0) -> OutgoingWork:
    return OutgoingWork(work.project_id, w.encode(work), delay_ms)


def _told(project_id: str, answer: Answer) -> w.AnyWork:
    return work_of(project_id, answer.execution_id, answer.message)


def _work_of(state: State, command: c.AnyCommand, step: int) -> list[w.AnyWork]:
    """The messages that carry a command."""
    here = state.key

    def to(execution_id: str, message: m.AnyMessage, after: int = 0) -> w.AnyWork:
        return w.DeliverMessage(
            project_id=here.project_id, execution_id=execution_id, message=message, step=after
        )

    match command:
        case c.RunTask():
            return [
                w.RunAttempt(
                    project_id=here.project_id,
                    execution_id=here.execution_id,
                    step=step,
                    number=command.number,
                    attempt=command.attempt,
                )
            ]
        case c.Continue():
            return [to(here.execution_id, m.Continuation(), step)]
        case c.StartChild():
            return [_child(state, command)]
        case c.CancelChildren():
            cancel = m.CancelRequest(reason=command.reason, by=here.execution_id)
            ids = (here.execution_id, command.number, command.attempt)
            return [to(child_id_of(*ids, index), cancel) for index in command.indexes]
        case c.CancelChild():
            cancel = m.CancelRequest(reason=command.reason, by=here.execution_id)
            return [to(command.child_id, cancel)]
        case c.ReportToParent():
            return [_report(here, command.parent, command.outcome)]
        case c.SendSignal():
            signal = m.Signal(
                name=command.name, payload=command.payload, key=command.key, by=here.execution_id
            )
            return [to(command.execution_id, signal)]
        case c.StartOnFailure():
            return [_failure_handler(state, command)]
        case (
            c.CancelTask()
            | c.ArmTimer()
            | c.StartChildren()
            | c.RequestPermits()
            | c.ReleasePermits()
        ):
            # A result that comes all the same is refused; the others are handed over elsewhere.
            return []
        case _:
            assert_never(command)


def _report(child: ExecutionKey, parent: ParentLink, outcome: ChildOutcome) -> w.AnyWork:
    return w.DeliverMessage(
        project_id=child.project_id,
        execution_id=parent.execution_id,
        message=m.ChildResult(
            number=parent.number,
            child_id=child.execution_id,
            outcome=outcome,
            index=parent.index,
        ),
    )


def _child(parent: State, command: c.StartChild) -> w.AnyWork:
    return w.StartExecution(
        project_id=parent.project_id,
        execution_id=command.child_id,
        sequence_id=command.sequence_id,
        revision=command.revision,
        variables=command.variables,
        parent=command.parent if command.is_awaited else None,
        hops=parent.hops,
        cause=parent.execution_id,
    )


def _child_of_item(
    plan: Plan, state: State, command: c.StartChildren, index: int, pinned: Pin | Error
) -> w.AnyWork | None:
    """The start of the child of one item; where it can not begin, the report of that, if anybody
    waits for one.
    """
    family = state.families[command.number]
    ids = (state.execution_id, command.number, family.attempt, index)
    child = ExecutionKey(state.project_id, child_id_of(*ids))
    link = link_to(state, command.number, index)
    try:
        variables = child_variables(plan, state, command.number, index)
    except NodeError as problem:
        pinned, variables = problem.error, {}
    if isinstance(pinned, Error):
        outcome = ChildOutcome(Status.FAILED, error=pinned)
        return _report(child, link, outcome) if family.is_awaited else None
    return w.StartExecution(
        project_id=child.project_id,
        execution_id=child.execution_id,
        sequence_id=family.sequence_id,
        revision=pinned.revision,
        tasks_version=pinned.tasks_version,
        variables=variables,
        parent=link if family.is_awaited else None,
        hops=state.hops,
        cause=state.execution_id,
    )


def _failure_handler(state: State, command: c.StartOnFailure) -> w.AnyWork:
    error = None
    if command.error is not None:
        error = {
            "code": command.error.code,
            "message": command.error.message,
            "details": command.error.details,
        }
    variables = {
        "executionId": state.execution_id,
        "status": command.status,
        "error": error,
        "variables": state.variables,
    }
    return w.StartExecution(
        project_id=state.project_id,
        execution_id=failure_handler_id(state.execution_id, command.redrives),
        sequence_id=command.sequence_id,
        variables=variables,
        hops=state.hops + 1,
        cause=state.execution_id,
    )


def failure_handler_id(execution_id: str, redrives: int) -> str:
    """The execution that handles the failure of another: derived, so that there is one for each
    end of an execution that was redriven.
    """
    suffix = f"/{redrives}" if redrives else ""
    digest = hashlib.sha256(f"{execution_id}/on-failure{suffix}".encode()).digest()[:20]
    return "exec-" + base64.b32encode(digest).decode().lower()
