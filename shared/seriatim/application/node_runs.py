"""The runs of nodes, one by one in order of start, read from the log a window at a time.

What a run has become is taken from the state where the state still knows it (runs that are active,
and the latest run of each node); else the log is read on until the run has ended.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from seriatim.domain import events as e
from seriatim.domain.control_events import OperatorActed
from seriatim.domain.decider.run_changes import status_of_failure
from seriatim.domain.event import NodeEvent
from seriatim.domain.join_events import FiringUndone
from seriatim.domain.permit_events import PermitsReceived
from seriatim.domain.state import NodeRun, State
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.log import ExecutionLog

STEPS_PER_READ: Final = 100
WINDOW_RUNS: Final = 200
"""Runs that are followed at once. What is read on for one of them is read again for the next."""

replace = msgspec.structs.replace


class Found(NamedTuple):
    """A run as it stands, and the step that it began in."""

    run: NodeRun
    step: int


def node_runs_of(
    log: ExecutionLog, state: State, after: int, step: int, window_runs: int = WINDOW_RUNS
) -> Iterator[Found]:
    """All runs with a number greater than ``after``, as of ``state``, in order of start.

    ``step`` is one before which none of them began. What the log has beyond ``state`` is left out.
    """
    while after < state.node_runs:
        window = _window(log, state, after, step, window_runs)
        assert window, "every run that the state counts began in the log"
        yield from window
        after, step = window[-1].run.number, window[-1].step


def active_runs_of(state: State, after: int) -> Iterator[Found]:
    """The runs with a number greater than ``after`` that have not ended; reads no log."""
    for number in sorted(number for number in state.active if number > after):
        yield Found(state.active[number], 0)


def _window(
    log: ExecutionLog, state: State, after: int, step: int, window_runs: int
) -> list[Found]:
    """The next ``window_runs`` runs, as they stand."""
    found: dict[int, Found] = {}
    open_runs: set[int] = set()
    for each in _steps(log, state.key, max(step - 1, 0), state.steps):
        for event in each.events:
            is_next = isinstance(event, e.NodeStarted) and event.number > after
            if isinstance(event, e.NodeStarted) and is_next and len(found) < window_runs:
                run = _known(state, event)
                found[event.number] = Found(run or _begun(event, each.time), each.number)
                if run is None:
                    open_runs.add(event.number)
            elif isinstance(event, e.ExecutionEnded):
                for number in open_runs:
                    cancelled = replace(
                        found[number].run, status=Status.CANCELLED, ended_at=each.time
                    )
                    found[number] = Found(cancelled, found[number].step)
                open_runs.clear()
            elif isinstance(event, NodeEvent) and event.number in open_runs:
                run = _after(found[event.number].run, event, each.time)
                found[event.number] = Found(run, found[event.number].step)
                if run.status.is_terminal:
                    open_runs.discard(event.number)
        is_full = len(found) == window_runs or state.node_runs in found
        if is_full and not open_runs:
            break
    return [found[number] for number in sorted(found)]


def _steps(log: ExecutionLog, key: ExecutionKey, after: int, last: int) -> Iterator[Step]:
    while after < last:
        steps = log.read(key, after, min(STEPS_PER_READ, last - after))
        yield from steps
        if not steps:
            return
        after = steps[-1].number


def _known(state: State, event: e.NodeStarted) -> NodeRun | None:
    """The run as the state has it, if it still does."""
    active = state.active.get(event.number)
    if active is not None:
        return active
    latest = state.latest.get((event.scope, event.node_id))
    return latest if latest is not None and latest.number == event.number else None


def _begun(event: e.NodeStarted, time: int) -> NodeRun:
    return NodeRun(
        number=event.number,
        node_id=event.node_id,
        run=event.run,
        started_at=time,
        scope=event.scope,
        index=event.index,
        via=event.via,
        status=Status.PENDING,
        inputs=event.inputs,
    )


def _after(run: NodeRun, event: NodeEvent, time: int) -> NodeRun:
    """What an event makes of what is shown of an ended run; a test holds it to ``evolve``."""
    match event:
        case e.TaskScheduled():
            return replace(run, attempts=event.attempt)
        case OperatorActed() if event.inputs is not None:
            return replace(run, inputs=event.inputs)
        case e.DependenciesResolved() | PermitsReceived() if event.inputs is not None:
            return replace(run, inputs=event.inputs)
        case e.NodeSucceeded():
            return replace(run, status=Status.SUCCEEDED, ended_at=time, outputs=event.outputs)
        case e.NodeFailed():
            status = status_of_failure(event.error)
            return replace(run, status=status, ended_at=time, error=event.error)
        case e.NodeCancelled():
            return replace(run, status=Status.CANCELLED, outputs=event.outputs, ended_at=time)
        case FiringUndone():
            return replace(run, status=Status.CANCELLED, ended_at=time)
        case _:
            return run
