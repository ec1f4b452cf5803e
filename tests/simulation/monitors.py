"""What must hold at every step, whatever the adversary does. The letters are those under which
``docs/simulation.md`` explains them.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

import msgspec

from seriatim.domain import events as e
from seriatim.domain import snapshot
from seriatim.domain.control_events import OperatorActed
from seriatim.domain.decider.fold import fold
from seriatim.domain.join_events import FiringUndone
from seriatim.domain.state import State
from seriatim.domain.step import Step, Tally
from seriatim.domain.tally import STEPS_UNTOLD_MAX
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.tasks import TaskRequest
from tests.simulation.hub import Hub

STEP_BYTES_MAX: Final = 300_000
LOCK: Final = re.compile(r"k\d+(?P<exit>m?)")
"""The nodes by which a ``Locked`` block is entered and left."""


class Violated(AssertionError):
    """An invariant does not hold; the message begins with its letter and number."""


@dataclass
class Watched:
    """What the monitors know of one execution."""

    state: State | None = None
    states: list[State] = field(default_factory=list)
    """After each step."""
    number: int = 0
    time: int = 0
    ended_at: int | None = None
    """World time of the append that ended it."""
    scheduled: dict[tuple[int, int], int] = field(default_factory=dict)
    """By node run and attempt: world time of the append."""
    results: set[tuple[int, int]] = field(default_factory=set)
    retry_at: dict[int, int] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    timers: dict[int, int] = field(default_factory=dict)
    """When a timer node's run is due."""
    told: int = 0
    """Up to which step a tally has told of."""
    timers_told: int = 0
    timers_armed: int = 0
    locks: int = 0
    """``Locked`` blocks that were entered and not left."""
    keys: set[str] = field(default_factory=set)
    """Idempotency keys of signals."""


class Monitors:
    """See the module's docstring."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.executions: dict[ExecutionKey, Watched] = defaultdict(Watched)
        self.runs: list[tuple[ExecutionKey, int, int]] = []
        self.do_all_tell = True
        """Whether no step is written by a version that tells no tallies."""
        self.in_locks: set[ExecutionKey] = set()
        """Executions that run with a token between the entry and the exit of a ``Locked`` block."""

    def step_appended(self, key: ExecutionKey, step: Step) -> None:
        """One step more."""
        seen = self.executions[key]
        self._check_order(key, seen, step)
        was_over = seen.state is not None and seen.state.status.is_terminal
        for event in step.events:
            self._check_event(key, seen, event, step, was_over=was_over)
        seen.state = fold(seen.state, [step])
        seen.number, seen.time = step.number, step.time
        assert seen.state is not None
        seen.states.append(seen.state)
        is_over = seen.state.status.is_terminal
        seen.ended_at = (seen.ended_at or self._hub.now) if is_over else None
        self._check_state(seen.state, step)
        self._check_locks(key, seen, step)
        self._check_tally(key, seen, step, has_ended=is_over and not was_over)

    def _check_order(self, key: ExecutionKey, seen: Watched, step: Step) -> None:
        _hold(step.number == seen.number + 1, f"S1 {key} has a gap before step {step.number}")
        _hold(step.time >= seen.time, f"S1 time goes back in {key} at step {step.number}")
        size = len(msgspec.json.encode(step))
        _hold(size <= STEP_BYTES_MAX, f"S14 step {step.number} of {key} has {size} bytes")

    def _check_event(
        self, key: ExecutionKey, seen: Watched, event: e.AnyEvent, step: Step, *, was_over: bool
    ) -> None:
        name = type(event).__name__
        is_start = isinstance(event, e.ExecutionStarted)
        _hold(is_start == (seen.state is None and event is step.events[0]), f"S2 {key}: {name}")
        goes_on = type(step.events[0]).__name__ == "ExecutionRedriven"
        _hold(goes_on or not was_over, f"S2 {key}: {name} after the end")
        match event:
            case e.TaskScheduled():
                self._check_attempt(key, seen, event, step)
            case e.TaskFailed():
                self._check_result(key, seen, event.number, event.attempt)
                if event.retry_at is not None:
                    seen.retry_at[event.number] = event.retry_at
            case e.NodeStarted() if "durationSeconds" in event.inputs:
                seen.timers[event.number] = step.time + 1000 * event.inputs["durationSeconds"]
            case e.SignalReceived() if event.key is not None:
                _hold(event.key not in seen.keys, f"S10 a signal of {key} counts twice")
                seen.keys.add(event.key)
            case e.NodeSucceeded() | e.NodeFailed() | e.NodeCancelled() | FiringUndone():
                again = event.number in seen.finished
                _hold(not again, f"S5 node run {event.number} of {key} ends twice")
                seen.finished.add(event.number)
                due = seen.timers.get(event.number)
                rang = isinstance(event, e.NodeSucceeded) and not _is_by_hand(step, event.number)
                is_early = due is not None and step.time < due
                _hold(not (rang and is_early), f"S9 a timer of {key} rings early")
            case e.ExecutionStarted():
                _hold(event.project_id == key.project_id, f"S15 {key} is of {event.project_id}")
            case _:
                pass

    def _check_attempt(
        self, key: ExecutionKey, seen: Watched, event: e.TaskScheduled, step: Step
    ) -> None:
        attempt = (event.number, event.attempt)
        _hold(attempt not in seen.scheduled, f"S5 attempt {attempt} of {key} is scheduled twice")
        before = (event.number, event.attempt - 1)
        follows = event.attempt == 1 or before in seen.scheduled
        _hold(follows, f"S6 attempt {attempt} of {key} has none before it")
        due = seen.retry_at.pop(event.number, 0)
        _hold(step.time >= due, f"S6 attempt {attempt} of {key} begins before its back-off is over")
        seen.scheduled[attempt] = self._hub.now

    def _check_result(self, key: ExecutionKey, seen: Watched, number: int, attempt: int) -> None:
        _hold((number, attempt) in seen.scheduled, f"S5 a result of {key} before its attempt")
        _hold((number, attempt) not in seen.results, f"S5 two results of an attempt of {key}")
        seen.results.add((number, attempt))

    def _check_state(self, state: State, step: Step) -> None:
        if step.number & (step.number - 1) == 0:  # at powers of 2: it costs as much as the state
            again = snapshot.decode(snapshot.encode(state))
            _hold(again == state, f"S3 a snapshot at step {step.number} gives another state")
        for record in state.for_each.values():
            limit = record.concurrency_max
            has_lost = bool(state.failed_nodes)  # what is lost makes room
            is_free = limit is None or record.has_fired or has_lost
            is_within = is_free or record.open <= (limit or 0)
            _hold(is_within, f"F1 {record.open} items of {state.execution_id} run, not {limit}")
        _check_status(state)
        if state.status.is_terminal:
            rest = (len(state.active), state.busy)
            _hold(rest == (0, 0), f"S2 {state.execution_id} is over and has {rest} left")

    def _check_locks(self, key: ExecutionKey, seen: Watched, step: Step) -> None:
        """What is over, or waits to hold again what it held, is in no lock."""
        for event in step.events:
            if isinstance(event, e.NodeSucceeded) and (node := LOCK.fullmatch(event.node_id)):
                seen.locks += -1 if node["exit"] else 1
        assert seen.state is not None
        status = seen.state.status
        if seen.locks and not status.is_terminal and status is not Status.PENDING:
            self.in_locks.add(key)
        else:
            self.in_locks.discard(key)
        is_alone = len(self.in_locks) <= 1
        _hold(is_alone, f"P3 {sorted(self.in_locks)} are in the lock at the same time")

    def _check_tally(
        self, key: ExecutionKey, seen: Watched, step: Step, *, has_ended: bool
    ) -> None:
        """Each step and each timer is told once, the last ones at the end."""
        seen.timers_armed += sum(isinstance(event, e.TimerArmed) for event in step.events)
        used = Tally(step.number - seen.told, seen.timers_armed - seen.timers_told)
        is_due = has_ended or used.steps >= STEPS_UNTOLD_MAX
        told = step.tally
        is_left_out = told is None and not self.do_all_tell
        is_right = told == (used if is_due else None)
        _hold(is_right or is_left_out, f"S18 {key} tells {told} of {used}")
        if told is not None:
            seen.told, seen.timers_told = step.number, seen.timers_armed

    # -- what is done -----------------------------------------------------------------------------

    def attempt_begins(self, request: TaskRequest, delivery_began: int) -> None:
        """A task runs: somebody must have asked for it, and nothing may have ended it before the
        delivery began.
        """
        seen = self.executions[request.key]
        attempt = (request.number, request.attempt)
        _hold(attempt in seen.scheduled, f"S12 {request.key} runs {attempt}, never scheduled")
        over = seen.ended_at
        is_late = over is not None and over < delivery_began
        _hold(not is_late, f"S11 {request.key} runs {attempt} after its end")
        self.runs.append((request.key, *attempt))


def _hold(condition: bool, text: str) -> None:
    if not condition:
        raise Violated(text)


def _is_by_hand(step: Step, number: int) -> bool:
    return any(isinstance(x, OperatorActed) and x.number == number for x in step.events)


def _check_status(state: State) -> None:
    """It runs where somebody works, or will soon, and waits else; what it counts for that is so."""
    runs = list(state.active.values())
    counted = (sum(x.status is Status.RUNNING for x in runs), sum(x.is_back_soon for x in runs))
    is_counted = (state.busy, state.back_soon) == counted
    _hold(is_counted, f"S19 {state.execution_id} counts its runs otherwise than {counted}")
    if state.status is Status.PENDING or state.status.is_terminal:
        return
    moves_on = len(state.arrivals) or state.back_soon
    is_running = state.busy > 0 or (state.pause is None and bool(moves_on))
    told = Status.RUNNING if is_running else Status.WAITING
    _hold(state.status is told, f"S19 {state.execution_id} is {state.status}, not {told}")
