"""What events make of the children of a subprocess with ``forEach``. Shared by the branches of
``evolve``.
"""

from __future__ import annotations

from typing import assert_never

import msgspec

from seriatim.domain import events as e
from seriatim.domain.decider import tokens
from seriatim.domain.item_lists import Family
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import Status, Wait

replace = msgspec.structs.replace


def evolve(state: State, event: e.ChildrenListed | e.ChildrenStarted | e.ChildOfItemEnded) -> State:
    """The state after an event about such children."""
    match event:
        case e.ChildrenListed():
            family = Family(
                event.items,
                event.sequence_id,
                event.attempt,
                event.failures_max,
                event.concurrency_max,
                event.is_awaited,
            )
            state = tokens.update(
                state, event.number, status=Status.WAITING, wait=Wait(kind="children")
            )
        case e.ChildrenStarted():
            family = state.families[event.number]
            family = replace(family, started=event.first + event.count)
        case e.ChildOfItemEnded():
            family = state.families[event.number]
            family = replace(
                family,
                ended=family.ended.insert(event.index, None if event.error else event.outputs),
                failed=family.failed + (event.error is not None),
                first_error=family.first_error or event.error,
            )
        case _:
            assert_never(event)
    return replace(state, families=state.families.insert(event.number, family))


def taken_over(state: State, former: int, run: NodeRun) -> State:
    """The children of a node run from before a redrive are those of ``run`` now: what succeeded
    stays.
    """
    family = state.families[former]
    named = run.inputs.get("sequenceId")
    sequence_id = named if isinstance(named, str) and named else family.sequence_id
    families = state.families.discard(former)
    return replace(state, families=families.insert(run.number, family.begun_anew(sequence_id)))
