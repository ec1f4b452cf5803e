"""Advancing an execution: messages in, one step appended, commands out.

This is the only place that appends to the log. Messages that reach one execution at the same time
in one process share a step: whoever holds the execution's lane decides all that wait there,
appends once, and every submitter gets its own commands back to hand over. Between processes the
conditional write of the step number decides; the loser waits for its turn (``races``), reads the
tail and decides again.
"""

import hashlib
from collections.abc import Callable

import msgspec

from seriatim.application.lanes import Entry, Gather, Lanes, take_at_once
from seriatim.application.plans import Plans
from seriatim.application.races import rank, stand_back_ms, turn_ms
from seriatim.application.states import States
from seriatim.application.summarising import is_listed_alike
from seriatim.domain import tally
from seriatim.domain.commands import AnyCommand
from seriatim.domain.decider.decide import decide
from seriatim.domain.decision import Decision, Refusal
from seriatim.domain.events import AnyEvent
from seriatim.domain.limits import GLOBAL_WRITES_MAX
from seriatim.domain.messages import AnyMessage, MoveRequest, RedriveRequest, StartRequest
from seriatim.domain.plan import Plan
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey, GlobalValue
from seriatim.ports.clock import Clock
from seriatim.ports.errors import NotFound, Unavailable
from seriatim.ports.global_variables import GlobalMoved, GlobalVariables
from seriatim.ports.log import ExecutionLog, StepTaken

MESSAGES_PER_STEP_MAX = 100
"""More wait for the next step: a step stays a bounded item."""

PARTS_OF_TIME_LEFT = 8
"""No wait between races takes more than one of so many parts of what its process has left: a few
lost races in a row still leave time to append, and to hand over.
"""

CONFLICTS_MAX = 100
"""After so many lost races in a row the message goes back to the queue."""


class Advance(msgspec.Struct, frozen=True):
    """What became of a message: the state after it, and its own commands, still to be handed over.

    ``step`` is the number of the step that was appended, 0 if there was nothing to append.
    ``has_new_status`` tells the one submitter of a step that is to write the summary.
    """

    state: State | None
    has_new_status: bool = False
    commands: tuple[AnyCommand, ...] = ()
    step: int = 0
    refusal: Refusal | None = None


Announce = Callable[[int, str, Decision], bool]
"""Called before an append with the step's number, its writer and what was decided; returns whether
a message was sent. It finds the step by its writer, so one is enough however often the number is
lost to others.
"""


class _Entry(Entry[Advance]):
    def __init__(
        self, message: AnyMessage, writer: str, announce: Announce | None, deadline: int | None
    ) -> None:
        super().__init__()
        self.deadline = deadline
        self.message = message
        self.writer = writer
        self.announce = announce
        self.is_announced = False


class Advancer:
    """See the module's docstring. Safe to use from several threads."""

    def __init__(
        self,
        log: ExecutionLog,
        states: States,
        plans: Plans,
        variables: GlobalVariables,
        clock: Clock,
        gather: Gather = take_at_once,
    ) -> None:
        self._variables = variables
        self._log = log
        self._states = states
        self._plans = plans
        self._clock = clock
        self._lanes: Lanes[ExecutionKey, _Entry] = Lanes(self._advance, _together, gather)

    def submit(
        self,
        key: ExecutionKey,
        message: AnyMessage,
        writer: str,
        announce: Announce | None = None,
        deadline: int | None = None,
    ) -> Advance:
        """Decide a message and append what it calls for.

        ``writer`` names the delivery that the message came by: after a crash its second delivery
        finds the steps that it wrote (``written_by``). With ``announce`` the message gets a step
        of its own, and the call is made before the append. Who has no process after ``deadline``
        stands back for a part of what is left, so that no result is lost by waiting.

        Raises:
            Unavailable: whether the step was written is unknown; the same submit may be repeated.
        """
        entry = _Entry(message, digest(writer), announce, deadline)
        self._lanes.pass_through(key, entry)
        return entry.outcome()

    def _advance(self, key: ExecutionKey, batch: list[_Entry]) -> None:
        state = self._states.known(key)
        is_fresh = False
        losses, began = 0, self._clock.now()
        for _ in range(CONFLICTS_MAX):
            if state is None and not isinstance(batch[0].message, StartRequest):
                state, is_fresh = self._states.fresh(key), True
                if state is None:
                    raise NotFound(f"there is no execution {key.execution_id!r} in this project")
            decisions = self._decide(key, state, batch)
            if len(batch) > 1 and _written(decisions) > GLOBAL_WRITES_MAX:
                for entry in batch:
                    self._advance(key, [entry])
                return
            if not is_fresh and state is not None and any(not d.events for d in decisions):
                # The state kept here may be behind: nothing is dropped without reading the tail.
                state, is_fresh = self._states.fresh(key), True
                continue
            try:
                self._append(key, state, batch, decisions)
            except StepTaken:
                losses += 1
                self._stand_back(key, state, batch, turn_ms(self._clock.now() - began, losses))
                began = self._clock.now()
                state, is_fresh = self._states.fresh(key), True
                continue
            except GlobalMoved:
                state, is_fresh = self._states.fresh(key), True
                continue
            return
        raise Unavailable(f"lost {CONFLICTS_MAX} races in a row for {key.execution_id!r}")

    def _stand_back(
        self, key: ExecutionKey, state: State | None, batch: list[_Entry], turn: int
    ) -> None:
        """Before the next race. A caller of the API does not: somebody waits for the answer."""
        if state is None or batch[0].announce is not None:
            return
        own = len(batch) + self._lanes.waiting(key)
        wait = stand_back_ms(rank(state, batch[0].message, batch[0].writer), own, turn)
        deadlines = [entry.deadline for entry in batch if entry.deadline is not None]
        if deadlines:
            left = max(min(deadlines) - self._clock.now(), 0)
            wait = min(wait, left // PARTS_OF_TIME_LEFT)
        if wait:
            self._clock.sleep(wait)

    def _decide(
        self, key: ExecutionKey, state: State | None, batch: list[_Entry]
    ) -> list[Decision]:
        now = self._clock.now()
        decisions: list[Decision] = []
        globals_: dict[str, GlobalValue] | None = None
        for entry in batch:
            plan = self._plan(state, entry.message)
            next_plan = self._next_plan(state, entry.message)
            if globals_ is None or next_plan is not None:
                globals_ = self.globals_of(next_plan or plan, key) | (globals_ or {})
            decision = decide(plan, state, entry.message, now, globals_, next_plan)
            decisions.append(decision)
            for write in decision.global_writes:
                globals_[write.name] = GlobalValue(write.value, write.expected_version)
            state = decision.state
        return decisions

    def globals_of(self, plan: Plan, key: ExecutionKey) -> dict[str, GlobalValue]:
        """The global variables that a sequence declares, as they are now; most declare none."""
        if not plan.global_names:
            return {}
        return self._variables.read(key.project_id, plan.global_names)

    def _plan(self, state: State | None, message: AnyMessage) -> Plan:
        if state is not None:
            return self._plans.of(state)
        assert isinstance(message, StartRequest)
        return self._plans.get(
            message.project_id, message.sequence_id, message.revision, message.tasks_version
        )

    def _next_plan(self, state: State | None, message: AnyMessage) -> Plan | None:
        """The plan that a move or a redrive asks for."""
        if state is None or not isinstance(message, MoveRequest | RedriveRequest):
            return None
        return self._plans.get(
            state.project_id, state.sequence_id, message.revision, message.tasks_version
        )

    def _append(
        self,
        key: ExecutionKey,
        before: State | None,
        batch: list[_Entry],
        decisions: list[Decision],
    ) -> None:
        events: list[AnyEvent] = [event for d in decisions for event in d.events]
        number = (before.steps if before is not None else 0) + 1
        after = decisions[-1].state
        if events:
            assert after is not None
            after = msgspec.structs.replace(after, steps=number)
            writer = ".".join(x.writer for x, d in zip(batch, decisions, strict=True) if d.events)
            for entry, decision in zip(batch, decisions, strict=True):
                if entry.announce is not None and decision.events and not entry.is_announced:
                    entry.is_announced = entry.announce(number, writer, decision)
            step = Step(
                number=number,
                time=after.time,
                first_event=after.event_count - len(events) + 1,
                writer=writer,
                events=tuple(events),
                commands=tuple(command for d in decisions for command in d.commands),
                tally=tally.due(before, after),
            )
            after = tally.told(after, step.tally)
            writes = {write.name: write for d in decisions for write in d.global_writes}
            self._log.append(key, step, tuple(writes.values()))
            self._states.keep(key, after)
            self._states.save_snapshot_if_due(key)
        is_alike = is_listed_alike(before, after)
        tells_lists = None if is_alike else next((d for d in decisions if d.events), None)
        for entry, decision in zip(batch, decisions, strict=True):
            entry.result = Advance(
                state=after,
                has_new_status=decision is tells_lists,
                commands=decision.commands,
                step=number if decision.events else 0,
                refusal=decision.refusal,
            )

    def written_by(self, key: ExecutionKey, writer: str, after: int) -> list[Step]:
        """Steps after number ``after`` that the delivery ``writer`` had a part in. A strongly
        consistent read.
        """
        return self.steps_by(key, digest(writer), after)

    def steps_by(self, key: ExecutionKey, mark: str, after: int) -> list[Step]:
        """As ``written_by``, for a mark that was announced."""
        return [s for s in self._log.read(key, after=after) if s.is_by(mark)]


def _together(own: _Entry, waiting: list[_Entry]) -> list[_Entry]:
    """``own`` and others that wait; one that is announced goes alone."""
    if own.announce is not None:
        return [own]
    others = [x for x in waiting if x.announce is None and x is not own]
    return [own, *others[: MESSAGES_PER_STEP_MAX - 1]]


def _written(decisions: list[Decision]) -> int:
    """How many global variables decisions set together."""
    return len({write.name for decision in decisions for write in decision.global_writes})


def digest(writer: str) -> str:
    """A writer's mark in a step: 8 characters, so that a step with many writers stays small."""
    return hashlib.sha256(writer.encode()).hexdigest()[:8]
