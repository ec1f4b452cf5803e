"""Signals: kept until somebody takes them, in the order in which they came; who takes them are
nodes that wait for one, and boundary transitions.
"""

from collections.abc import Iterator
from contextlib import suppress

from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider import watching
from seriatim.domain.decider.completing import NOTHING, complete
from seriatim.domain.decider.mappings import as_outputs
from seriatim.domain.decider.repetition import content_of
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.decider.waits import (
    give_up,
    is_open,
    is_parked,
    take_boundary,
)
from seriatim.domain.decider.watching import keys_of
from seriatim.domain.decision import Refusal
from seriatim.domain.limits import SIGNALS_KEPT_MAX
from seriatim.domain.plan_parts import PlanTransition
from seriatim.domain.state import NodeRun
from seriatim.domain.values import Status


def receive(turn: Turn, message: m.Signal) -> Refusal | None:
    """Keep a signal until a node takes it; what no node waits for is kept within a limit."""
    kept = sum(len(signals) for signals in turn.state.signals.values())
    if kept >= SIGNALS_KEPT_MAX and not _would_be_taken(turn, message.name):
        text = f"{kept:,} signals are kept already, and no node waits for {message.name!r}"
        return Refusal("TooManySignals", f"{text}; send it again when one does")
    turn.emit(
        e.SignalReceived(
            name=message.name,
            payload=message.payload,
            key=message.key,
            content=content_of(message),
            by=message.by,
        )
    )
    turn.signals_to_look_at.add(message.name)
    return None


def deliver_signals(turn: Turn) -> bool:
    """Give kept signals to the node runs that wait for them, first come first. Returns whether
    anything moved.
    """
    moved = False
    if len(turn.state.signals):
        turn.signals_to_look_at.update(turn.plan.guarded_signals)
    while turn.signals_to_look_at and not turn.is_over:
        name = min(turn.signals_to_look_at, key=lambda name: _arrival_of(turn, name))
        if name in turn.state.signals and _deliver_first(turn, name):
            moved = True
        else:
            turn.signals_to_look_at.discard(name)
    return moved


def _arrival_of(turn: Turn, name: str) -> tuple[int, str]:
    """Where the oldest kept signal of a name stands among those of all names."""
    kept = turn.state.signals.get(name)
    return (kept[0].number if kept else 0, name)


def _deliver_first(turn: Turn, name: str) -> bool:
    """Give the first kept signal of a name to the first who takes it. Returns whether anything
    moved: a condition that has no value fails its node, and the signal is kept.
    """
    in_vain: set[int] = set()
    for run, boundary in _takers(turn, name):
        try:
            if boundary is not None and not is_open(turn, run, boundary):
                continue
        except NodeError as problem:
            if is_parked(run):
                in_vain.add(run.number)  # what fails now would fail it once it is run again
                continue
            give_up(turn, run, problem.error)
        else:
            _deliver(turn, name, run, boundary)
        return True
    _note_deaf(turn, name, in_vain)
    return False


def _note_deaf(turn: Turn, name: str, hearing: set[int]) -> None:
    """Nobody took a signal: of those who could not, what might change that is remembered. A list
    of items that a condition keeps it from would else be asked anew by every step.
    """
    for number in _listening(turn, name):
        run = turn.state.active[number]
        if run.status is Status.PENDING:
            hearing.add(number)
        elif number not in hearing:
            _note_deaf_run(turn, run)
    turn.watch.nobody_took(name, hearing, turn.state.node_runs)


def _note_deaf_run(turn: Turn, run: NodeRun) -> None:
    conditions = [way.condition for way in turn.node(run).signal_boundaries]
    keys = {
        key
        for condition in conditions
        if condition is not None
        for key in keys_of(turn.plan, turn.state, condition, run.scope)
    }
    if keys:
        turn.watch.asked(watching.SIGNAL, run.number, sorted(keys, key=str))


def _would_be_taken(turn: Turn, name: str) -> bool:
    with suppress(NodeError):
        return any(
            boundary is None or is_open(turn, run, boundary)
            for run, boundary in _takers(turn, name)
        )
    return False


def _takers(turn: Turn, name: str) -> Iterator[tuple[NodeRun, PlanTransition | None]]:
    """Who waits for signals of a name, in order: node runs, and boundary transitions of such."""
    for number in _listening(turn, name):
        run = turn.state.active[number]
        if run.wait is not None and run.wait.kind == "signal" and run.wait.name == name:
            yield run, None
        for boundary in turn.node(run).signal_boundaries:
            if boundary.signal_name == name and run.status is not Status.PENDING:
                yield run, boundary


def _listening(turn: Turn, name: str) -> list[int]:
    """Node runs that may take a signal of this name, in order."""
    active, known = turn.state.active, turn.watch.hearing(name)
    if known is None:
        return sorted(active.keys())
    new = range(known.asked_up_to + 1, turn.state.node_runs + 1)
    return sorted(number for number in {*known.numbers, *new} if number in active)


def _deliver(turn: Turn, name: str, run: NodeRun, boundary: PlanTransition | None) -> None:
    payload = turn.state.signals[name][0].payload
    turn.emit(e.SignalDelivered(number=run.number, node_id=run.node_id, run=run.run, name=name))
    if boundary is None:
        complete(turn, turn.run(run.number), NOTHING if payload is None else payload)
    else:
        outputs = {} if payload is None else as_outputs(payload)
        take_boundary(turn, turn.run(run.number), boundary, outputs)
