"""Dependencies beyond the flow: a node waits for another one that it has no transition from.

A blocking dependency keeps the node waiting until it is met; when it can never be met any more,
the node fails. A non-blocking one never waits.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from seriatim.domain.decider import watching
from seriatim.domain.decider.reach import backwards, is_wanted_by_failed, live_before
from seriatim.domain.decider.seeing import latest_seen, scope_seen
from seriatim.domain.decider.turn import Turn
from seriatim.domain.errors import DEPENDENCY_UNSATISFIABLE
from seriatim.domain.plan import PlanNode
from seriatim.domain.plan_parts import Dependency
from seriatim.domain.state import NodeRun
from seriatim.domain.values import Error, Status, Wait

CHAIN_MAX = 20
"""Dependencies that wait for dependencies, so deep, are told as plain cases; others cost more."""

Place = tuple[int, str]
"""A scope and a node's id."""

Shown = dict[Place, "list[Place] | None"]
"""By node that others depend on: what shows that a token can come to it."""

Stuck = Counter[tuple[int, str]]
"""By place: how many of the tokens there are node runs that wait for a dependency and may wait for
ever.
"""


def is_met(turn: Turn, dependency: Dependency, scope: int) -> bool:
    """Whether the other node has run as the dependency asks."""
    run = latest_seen(turn.plan, turn.state, dependency.node_id, scope)
    if run is None:
        return False
    match dependency.on:
        case "started":
            return True
        case "completed":
            return run.status.is_terminal
        case _:
            return run.status is Status.SUCCEEDED


def met(turn: Turn, node: PlanNode, scope: int) -> dict[str, bool]:
    """Of each node that this one depends on, whether it has run as asked: for the history."""
    return {d.node_id: is_met(turn, d, scope) for d in node.dependencies}


def unmet(turn: Turn, node: PlanNode, scope: int) -> list[Dependency]:
    """The blocking dependencies that are not met."""
    return [d for d in node.dependencies if d.is_blocking and not is_met(turn, d, scope)]


def must_wait(turn: Turn, node: PlanNode, run: NodeRun) -> bool:
    """Whether a blocking dependency of a node run that begins is not met."""
    return bool(unmet(turn, node, run.scope))


def wait_of(turn: Turn, node: PlanNode, run: NodeRun) -> Wait:
    """What such a node run waits for."""
    names = tuple(d.node_id for d in unmet(turn, node, run.scope))
    return Wait(kind="dependency", node_ids=names)


def next_resolved(turn: Turn) -> NodeRun | None:
    """A waiting node run whose dependencies are met by now, the oldest first."""
    if not turn.state.dependency_waits:
        return None
    for number in sorted(turn.watch.due(watching.DEPENDENCY)):
        run = turn.state.active.get(number)
        if run is None or not _waits(run):
            turn.watch.drop(watching.DEPENDENCY, number)
            continue
        left = unmet(turn, turn.node(run), run.scope)
        if not left:
            return run
        _note_unmet(turn, run, left)
    return None


def _note_unmet(turn: Turn, run: NodeRun, left: list[Dependency]) -> None:
    """A node run waits on. It may have come to wait for more than before: a node that had run is
    running again.
    """
    blocking = [d for d in turn.node(run).dependencies if d.is_blocking]
    keys = [_seen(turn, dependency, run.scope) for dependency in blocking]
    turn.watch.asked(watching.DEPENDENCY, run.number, keys)
    for dependency in left:
        turn.watch.begins(watching.TARGET, _seen(turn, dependency, run.scope))
    for scope in turn.state.scope_chain(run.scope):
        turn.watch.left(scope, run.node_id)


def _seen(turn: Turn, dependency: Dependency, scope: int) -> tuple[int, str]:
    return scope_seen(turn.plan, turn.state, dependency.node_id, scope), dependency.node_id


def next_unsatisfiable(turn: Turn) -> tuple[NodeRun, Error] | None:
    """A waiting node run whose dependency no token can meet any more, the oldest first.

    A token that itself waits, directly or through joins, for what it would have to bring about
    does not count.
    """
    if not turn.state.dependency_waits or _can_all_come(turn):
        return None
    waits = sorted(turn.state.dependency_waits)
    free = _free_waits(turn, waits)
    for number in waits:
        if number not in free:
            return _unsatisfiable(turn, number)
    return None


def oldest_waiting(turn: Turn) -> tuple[NodeRun, Error] | None:
    """The oldest node run that waits for a dependency, where nothing moves any more."""
    waits = turn.state.dependency_waits
    return _unsatisfiable(turn, min(waits)) if waits else None


def _unsatisfiable(turn: Turn, number: int) -> tuple[NodeRun, Error]:
    run = turn.state.active[number]
    missing = [d.node_id for d in unmet(turn, turn.node(run), run.scope)]
    message = f"{run.node_id!r} depends on {missing}, which can not come about any more"
    return run, Error(DEPENDENCY_UNSATISFIABLE, message, {"nodeIds": missing})


# -- plain cases ----------------------------------------------------------------------------------


def _can_all_come(turn: Turn) -> bool:
    """Whether it is plain of each node that a dependency is unmet of that a token can still come
    to it. What shows it is remembered, and asked again when something there has gone.
    """
    are_plain = True
    for target in sorted(turn.watch.due(watching.TARGET)):
        if not _is_needed(turn, target):
            turn.watch.drop(watching.TARGET, target)
        elif (places := _witnesses(turn, target, {}, CHAIN_MAX)) is None:
            are_plain = False
        else:
            turn.watch.relies_on(watching.TARGET, target, places)
    return are_plain


def _is_needed(turn: Turn, target: Place) -> bool:
    runs = (turn.state.active.get(number) for number in turn.watch.dependents(target))
    waiting = (run for run in runs if run is not None and _waits(run))
    return any(
        d.node_id == target[1] for run in waiting for d in unmet(turn, turn.node(run), run.scope)
    )


def _witnesses(turn: Turn, target: Place, known: Shown, depth: int) -> list[Place] | None:
    """Places whose tokens show that one can come to a node: one that moves by itself, or one that
    waits for dependencies of which that is shown. ``None``: nothing plain shows it.
    """
    if target not in known:
        known[target] = None  # it does not show itself
        known[target] = _searched(turn, target, known, depth)
    return known[target]


def _searched(turn: Turn, target: Place, known: Shown, depth: int) -> list[Place] | None:
    scope, node_id = target
    node = turn.plan.node(node_id)
    stuck: list[NodeRun] = []
    for before in chain([node_id], backwards(turn.plan, node, node.incoming_ids)):
        live = turn.state.live.get((scope, before), 0)
        if not live:
            continue
        if not any(d.is_blocking for d in turn.plan.node(before).dependencies):
            if live > turn.state.failed_nodes.count((scope, before)):
                return [(scope, before)]
            continue
        run = turn.state.latest_run(before, scope)
        if run is not None and run.scope == scope and run.number in turn.state.active:
            if not _waits(run):
                return [(scope, before)]
            stuck.append(run)
    for run in stuck if depth else ():
        places = [(scope, run.node_id)]
        for dependency in unmet(turn, turn.node(run), scope):
            found = _witnesses(turn, _seen(turn, dependency, scope), known, depth - 1)
            if found is None:
                break
            places += found
        else:
            return places
    return None


def _waits(run: NodeRun) -> bool:
    return run.wait is not None and run.wait.kind == "dependency"


# -- all cases ------------------------------------------------------------------------------------


def _free_waits(turn: Turn, waits: list[int]) -> set[int]:
    """Node runs among ``waits`` that may still be released: the least set that needs no member of
    the rest.
    """
    stuck = _places_of(turn, waits)
    free: set[int] = set()
    free_joins: set[tuple[int, str]] = set()
    grown = True
    while grown:
        grown = False
        for place in sorted(turn.state.parked.keys()):
            if place not in free_joins and _is_join_free(turn, place, stuck, free_joins):
                free_joins.add(place)
                grown = True
        for number in waits:
            if number not in free and _can_be_released(turn, number, stuck, free_joins):
                free.add(number)
                stuck.subtract(_places_of(turn, [number]))
                grown = True
    return free


def _places_of(turn: Turn, numbers: Iterable[int]) -> Stuck:
    """How many of these node runs are at each place."""
    state = turn.state
    runs = [state.active[number] for number in numbers]
    return Counter((scope, run.node_id) for run in runs for scope in state.scope_chain(run.scope))


def _is_join_free(
    turn: Turn, place: tuple[int, str], stuck: Stuck, free_joins: set[tuple[int, str]]
) -> bool:
    """Whether everything that a join waits for can move by itself."""
    scope, node_id = place
    node = turn.plan.node(node_id)
    if is_wanted_by_failed(turn.plan, turn.state, scope, node):
        return False
    for before in live_before(turn.plan, turn.state, scope, node):
        if stuck[scope, before]:
            return False
        if (scope, before) in turn.state.parked and (scope, before) not in free_joins:
            return False
    return True


def _can_be_released(
    turn: Turn, number: int, stuck: Stuck, free_joins: set[tuple[int, str]]
) -> bool:
    """Whether each unmet dependency has a token that moves by itself and can reach the other
    node.
    """
    run = turn.state.active[number]
    state = turn.state
    for dependency in unmet(turn, turn.node(run), run.scope):
        target = turn.plan.node(dependency.node_id)
        scope = scope_seen(turn.plan, state, dependency.node_id, run.scope)
        places = [dependency.node_id, *live_before(turn.plan, state, scope, target)]
        if not any(_moves(turn, (scope, place), stuck, free_joins) for place in places):
            return False
    return True


def _moves(
    turn: Turn,
    place: tuple[int, str],
    stuck: Stuck,
    free_joins: set[tuple[int, str]],
) -> bool:
    live = turn.state.live.get(place, 0) - turn.state.failed_nodes.count(place)
    return live > stuck[place] or place in free_joins
