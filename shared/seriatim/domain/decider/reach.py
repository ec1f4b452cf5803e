"""Can a live token still arrive? The question that joins with gaps ask.

A token can still arrive on a transition if the graph has a path from where the token is to that
transition which does not pass through the join itself; error and boundary transitions are paths
too. Asked backwards, from the gaps, the search ends at the first live token that it meets, which
is near wherever a branch is really coming.
"""

from collections.abc import Iterable, Iterator

from seriatim.domain.plan import Plan, PlanNode
from seriatim.domain.state import State


def find_live(
    plan: Plan, state: State, scope: int, join: PlanNode, gaps: Iterable[str]
) -> tuple[str | None, list[str]]:
    """Search from the gap transitions of ``join`` backwards.

    Returns the node of an unparked token that can still arrive, or, if there is none, the other
    joins at which a parked token waits that could (in document order).
    """
    waiting: list[str] = []
    for node_id in backwards(plan, join, gaps):
        if state.live.get((scope, node_id)):
            return node_id, []
        parking = state.parked.get((scope, node_id))
        if parking is not None and len(parking.held):
            waiting.append(node_id)
    return None, sorted(waiting, key=plan.order)


def places_before(
    plan: Plan, state: State, scope: int, join: PlanNode, gaps: Iterable[str]
) -> list[str]:
    """All nodes with a token, unparked or parked, that can still arrive on one of the gaps, in
    document order: the same search as ``find_live``, to its end.
    """
    found = []
    for node_id in backwards(plan, join, gaps):
        parking = state.parked.get((scope, node_id))
        if state.live.get((scope, node_id)) or (parking is not None and len(parking.held)):
            found.append(node_id)
    return sorted(found, key=plan.order)


def backwards(plan: Plan, join: PlanNode, gaps: Iterable[str]) -> Iterator[str]:
    """Nodes from which a path leads to one of the gaps without passing the join, each once."""
    seen = {join.id}
    frontier: list[str] = []
    wanted = set(gaps)
    for transition in join.incoming:
        if transition.id in wanted and transition.source not in seen:
            seen.add(transition.source)
            frontier.append(transition.source)
    while frontier:
        node_id = frontier.pop()
        yield node_id
        for source in plan.predecessors(node_id):
            if source not in seen:
                seen.add(source)
                frontier.append(source)


def live_before(plan: Plan, state: State, scope: int, node: PlanNode) -> list[str]:
    """Nodes with a live or parked token from which a path leads to the node without passing it, in
    document order.
    """
    found = [
        node_id
        for node_id in nodes_before(plan, node)
        if state.live.get((scope, node_id)) or (scope, node_id) in state.parked
    ]
    return sorted(found, key=plan.order)


def nodes_before(plan: Plan, join: PlanNode) -> set[str]:
    """Nodes from which a path leads to the join without passing it."""
    seen: set[str] = set()
    frontier = [t.source for t in join.incoming]
    while frontier:
        node_id = frontier.pop()
        if node_id not in seen and node_id != join.id:
            seen.add(node_id)
            frontier.extend(plan.predecessors(node_id))
    return seen


def is_wanted_by_failed(plan: Plan, state: State, scope: int, join: PlanNode) -> bool:
    """Under ``finish_branches``: whether a token that failed could have come to the join."""
    failed = [node_id for around, node_id in state.failed_nodes if around == scope]
    return bool(failed) and not nodes_before(plan, join).isdisjoint(failed)
