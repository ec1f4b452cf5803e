"""Whether anything but permits, and children that are held up themselves, can move an execution:
questions to its state (ADR 9).
"""

from collections.abc import Container, Iterator

from seriatim.domain.decider.claims import waited_for
from seriatim.domain.decider.subprocesses import child_id_of
from seriatim.domain.permits.values import POOLS
from seriatim.domain.state import NodeRun, State


def is_held_up(state: State, waiting: Container[str], stuck: Container[str] = ()) -> bool:
    """Whether nothing moves the execution but units of pools, and it waits for all that it has
    asked the pools for: ``waiting`` are the requests that their ledger knows to wait. Children that
    it waits for must all be among ``stuck``.
    """
    if state.status.is_terminal or can_move_otherwise(state):
        return False
    asked = [claim.request_id for _, claim in waited_for(state) if claim.ledger == POOLS]
    children = _awaited_children(state)
    first = next(children, None)
    if first is not None and not (first in stuck and all(child in stuck for child in children)):
        return False
    return bool(asked or first) and all(request_id in waiting for request_id in asked)


def can_move_otherwise(state: State) -> bool:
    """Whether anything but units of a pool, or a child, can move the execution: a token on its
    way, work, time, a caller. What waits for other tokens of the same execution does not count.
    """
    if len(state.arrivals):
        return True
    return any(not _waits_for_others(run) for run in state.active.values())


def _waits_for_others(run: NodeRun) -> bool:
    if run.wait is None or run.retry_at is not None:
        return False
    if run.wait.kind == "permit":
        return run.wait.name == POOLS
    return run.wait.kind in {"items", "dependency", "child", "children"}


def _awaited_children(state: State) -> Iterator[str]:
    """The children that node runs wait for, each when it is asked for: there may be many."""
    for number, run in sorted(state.active.items()):
        if run.wait is not None and run.wait.kind == "child":
            yield from run.wait.node_ids
        family = state.families.get(number)
        if family is not None:
            for index in family.open_indexes:
                yield child_id_of(state.execution_id, number, family.attempt, index)
