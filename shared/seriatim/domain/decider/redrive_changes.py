"""What a redrive makes of an execution that has ended: its tokens are back where they were, on
their way into new node runs.

Nothing of this is in the event: the state kept all of it (``halted``, ``lost``, ``arrivals``,
``parked``, ``scopes``, ``for_each``, ``families``).
"""

from __future__ import annotations

import msgspec
from rpds import HashTrieMap

from seriatim.domain.control_events import ExecutionRedriven
from seriatim.domain.decider import join_changes, scopes, tokens, whole_changes
from seriatim.domain.state import ROOT_SCOPE, Arrival, NodeRun, State
from seriatim.domain.values import Status

replace = msgspec.structs.replace


def interrupted_runs(state: State) -> list[NodeRun]:
    """The node runs that have left a token behind where a redrive goes on, in order of start."""
    runs = {**dict(state.halted.items()), **dict(state.lost.items())}
    return [
        run
        for _, run in sorted(runs.items())
        if (run.scope == ROOT_SCOPE or run.scope in state.scopes)
        and (run.closes is None or run.closes in state.for_each)
    ]


def execution_redriven(state: State, event: ExecutionRedriven) -> State:
    """The execution runs again, with its tokens on their way."""
    if event.from_node_ids:
        state = _emptied(state)
        arrivals = [Arrival(node_id) for node_id in event.from_node_ids]
    else:
        state, arrivals = _returned(state)
    first = state.arrival_count + 1
    state = replace(
        state,
        status=Status.PENDING if state.slots or event.acquires else Status.RUNNING,
        revision=event.revision,
        tasks_version=event.tasks_version,
        deadline=event.deadline,
        ended_at=None,
        end_reason=None,
        failure=None,
        failed_nodes=(),
        halted=HashTrieMap(),
        lost=HashTrieMap(),
        lapsed=event.acquires,
        pause=None,
        redrives=state.redrives + 1,
        redriven_at=state.time,
        arrivals=HashTrieMap(dict(enumerate(arrivals, first))),
        arrival_head=first,
        arrival_count=state.arrival_count + len(arrivals),
        blocked=None,
    )
    return whole_changes.with_key(tokens.recounted(state), event.key, event.content)


def _emptied(state: State) -> State:
    """Without any token."""
    state = scopes.close_all(state)
    return replace(state, parked=HashTrieMap(), families=HashTrieMap())


def _returned(state: State) -> tuple[State, list[Arrival]]:
    """What joins had taken is parked again, and every other token is on its way: those first that
    others live inside of.
    """
    resuming: list[Arrival] = []
    others: list[Arrival] = []
    runs = interrupted_runs(state)
    for run in runs:
        if run.held:
            state = join_changes.parked_again(state, run)
        elif run.number in state.for_each or run.number in state.families:
            resuming.append(Arrival(run.node_id, run.via, run.scope, resumes=run.number))
        else:
            others.append(Arrival(run.node_id, run.via, run.scope, closes=run.closes))
    wanted = {run.number for run in runs} | {run.closes for run in runs}
    wanted |= {inner.number for inner in state.scopes.values()}
    wanted |= {x.resumes for x in state.arrivals.values()}
    wanted |= {x.closes for x in state.arrivals.values()}
    for number in [number for number in state.for_each if number not in wanted]:
        state = replace(state, for_each=state.for_each.discard(number))
    for number in [number for number in state.families if number not in wanted]:
        state = replace(state, families=state.families.discard(number))
    on_their_way = [arrival for _, arrival in sorted(state.arrivals.items())]
    return state, [*resuming, *on_their_way, *others]
