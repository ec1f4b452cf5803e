"""Circular paths: every elementary cycle of the flow once, up to a bound."""

from collections.abc import Iterator
from itertools import islice

from seriatim.domain.limits import (
    CIRCULAR_PATHS_MAX,
    CYCLE_TRANSITIONS_VISITED_MAX,
    PATH_CHARACTERS_SHOWN_MAX,
)
from seriatim.domain.validation.graph import Graph, depth_first, loops
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, warning

ARROW = " → "


def check_cycles(inspection: Inspection) -> Iterator[Problem]:
    """Warn of every circular path, as the founding document has them: closing on its first node."""
    effort = Effort(CYCLE_TRANSITIONS_VISITED_MAX)
    cycles = elementary_cycles(inspection.graph, _order(inspection), effort)
    found = list(islice(cycles, CIRCULAR_PATHS_MAX + 1))
    for cycle in found[:CIRCULAR_PATHS_MAX]:
        ids = [inspection.node(number).id for number in cycle]
        message = (
            f"Sequence has a circular path: {show_path(ids)}; see that something ends the loop."
        )
        path = ("nodes", cycle[0])
        yield warning(ProblemCode.CIRCULAR_PATH, message, *path, node_id=ids[0])
    if len(found) > CIRCULAR_PATHS_MAX or effort.steps < 0:
        listed = min(len(found), CIRCULAR_PATHS_MAX)
        message = f"There are more circular paths than the {listed} that are listed."
        yield warning(ProblemCode.MORE_CIRCULAR_PATHS, message, "transitions")


def show_path(ids: list[str]) -> str:
    """A path in a message, its middle left out where it is long."""
    each = len(ARROW) + max(map(len, ids))
    if len(ids) * each - len(ARROW) > PATH_CHARACTERS_SHOWN_MAX:
        left_out = f"… ({len(ids):,} more) …"
        half = (PATH_CHARACTERS_SHOWN_MAX - len(left_out)) // each // 2
        ids = [*ids[:half], f"… ({len(ids) - 2 * half:,} more) …", *ids[-half:]]
    return ARROW.join(ids)


def _order(inspection: Inspection) -> list[int]:
    """All nodes as a walk from the start meets them: a cycle begins where the flow enters it."""
    roots = [] if inspection.start is None else [inspection.start]
    return depth_first(inspection.graph.successors, [*roots, *inspection.numbers]).entered


class Effort:
    """How many transitions a search may still look at."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def spend(self, steps: int) -> bool:
        """Take some; whether there was enough."""
        self.steps -= steps
        return self.steps >= 0


def elementary_cycles(graph: Graph, order: list[int], effort: Effort) -> Iterator[list[int]]:
    """Every elementary cycle once, beginning and ending with its first node in ``order``.

    Johnson's algorithm (1975), without recursion: between one cycle and the next lies at most one
    walk over the graph, so that a hundred of 2^40 cycles cost no more than a hundred walks. Stops
    early where the effort is used up.
    """
    rank = {node: place for place, node in enumerate(order)}
    pending = loops(graph, order)[::-1]
    while pending and effort.steps >= 0:
        members = sorted(pending.pop(), key=rank.__getitem__)
        yield from _cycles_through(graph, members[0], set(members), effort)
        effort.spend(sum(len(graph.successors[node]) for node in members))
        pending.extend(loops(graph, members[1:])[::-1])


def _cycles_through(
    graph: Graph, root: int, members: set[int], effort: Effort
) -> Iterator[list[int]]:
    """The elementary cycles through ``root`` by nodes in ``members``.

    A node that led to nothing is blocked until a node that it leads to turns out to lead back.
    """
    path = [root]
    blocked = {root}
    leads_back: set[int] = set()
    unblocked_by: dict[int, set[int]] = {}
    rest = [_inner(graph, root, members)]
    while rest and effort.spend(1):
        node = path[-1]
        for other in rest[-1]:
            if other == root:
                leads_back.update(path)
                yield [*path, root]
            elif other not in blocked:
                leads_back.discard(other)
                blocked.add(other)
                path.append(other)
                rest.append(_inner(graph, other, members))
                break
            effort.spend(1)
        else:
            if node in leads_back:
                _unblock(node, blocked, unblocked_by)
            else:
                for other in _inner(graph, node, members):
                    unblocked_by.setdefault(other, set()).add(node)
            path.pop()
            rest.pop()


def _inner(graph: Graph, node: int, members: set[int]) -> Iterator[int]:
    return iter([other for other in graph.successors[node] if other in members])


def _unblock(node: int, blocked: set[int], unblocked_by: dict[int, set[int]]) -> None:
    todo = [node]
    while todo:
        one = todo.pop()
        if one in blocked:
            blocked.discard(one)
            todo.extend(unblocked_by.pop(one, ()))
