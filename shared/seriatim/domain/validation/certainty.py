"""Certainty: which nodes surely run, before a node or after it.

Sets of nodes are bits of integers: an operation on 10,000 nodes takes about a microsecond. All
answers are found by going round the graph until nothing changes, at most ``CERTAINTY_ROUNDS_MAX``
times; stopped early, a set may hold too much, so that warnings are missed and none is wrong.
"""

from collections.abc import Callable
from functools import reduce
from operator import and_, or_

from seriatim.domain.definition.kinds import JoinMode, NodeType, Trigger
from seriatim.domain.definition.node_parameters import JoinParameters
from seriatim.domain.limits import CERTAINTY_ROUNDS_MAX
from seriatim.domain.validation.graph import depth_first
from seriatim.domain.validation.inspection import Inspection

SYNCHRONISING = frozenset({JoinMode.ALL, JoinMode.GATHER})
"""Modes in which a join waits for every token that can still arrive."""


def certain_after(inspection: Inspection, start: int, *, with_failures: bool) -> list[int]:
    """For each node, the nodes (as bits, itself included) that surely run once it has begun.

    A choice keeps what all its ways have in common; a fork adds up the ways without a condition.
    With failures, error and boundary transitions are ways to choose too.
    """
    everything = (1 << len(inspection.sequence.nodes)) - 1
    walk = depth_first(inspection.graph.successors, [start])
    after = [everything] * len(inspection.sequence.nodes)

    def surely_after(number: int) -> int:
        sure, choices = _ways_out(inspection, number, with_failures=with_failures)
        common = reduce(and_, (after[target] for target in choices), everything)
        found = reduce(or_, (after[target] for target in sure), common if choices else 0)
        return found | (1 << number)

    _settle(after, walk.left, surely_after)
    return after


def _ways_out(
    inspection: Inspection, number: int, *, with_failures: bool
) -> tuple[list[int], list[int]]:
    """The nodes that surely get a token next, and those of which at least one does."""
    normal = inspection.leaving(number, Trigger.SUCCESS)
    other = inspection.leaving(number, Trigger.TIMER, Trigger.SIGNAL)
    others = [inspection.target_of(place) for place in other]
    if with_failures:
        others += [inspection.target_of(p) for p in inspection.leaving(number, Trigger.ERROR)]
    if inspection.node(number).type is not NodeType.FORK:
        return [], [inspection.target_of(place) for place in normal] + others
    if number in inspection.closing_joins:
        # An empty list sends nothing into the body.
        return [inspection.closing_joins[number]], []
    free = [p for p in normal if inspection.transition(p).condition is None]
    sure = [inspection.target_of(place) for place in free]
    if others:
        return [], [*sure, *others]
    bound = [inspection.target_of(place) for place in normal if place not in free]
    return sure, [] if sure else bound


def certain_around(inspection: Inspection, start: int, *, with_failures: bool) -> list[int]:
    """For each node, the nodes (as bits) that surely run, before or after, if it runs.

    What is sure after any node by which every way leads here is sure here.
    """
    after = certain_after(inspection, start, with_failures=with_failures)
    around = [(1 << len(after)) - 1] * len(after)

    def surely_around(number: int) -> int:
        return after[number] | _common(around, _ways_in(inspection, number), number == start)

    _settle(around, depth_first(inspection.graph.successors, [start]).left[::-1], surely_around)
    return around


def certain_before(inspection: Inspection, start: int) -> list[int]:
    """For each node, the nodes (as bits) that surely began before it does.

    Behind a merge, what all ways in have in common; behind a join that synchronises, also what lies
    on a way in by which a token surely comes. An empty ``forEach`` list passes its body by.
    """
    around = certain_around(inspection, start, with_failures=False)
    before = [(1 << len(around)) - 1] * len(around)

    def surely_before(number: int) -> int:
        if number == start:
            return 0
        ways_in = _ways_in(inspection, number)
        found = ~0
        for other in ways_in:
            found &= before[other] | (1 << other)
        if _synchronises(inspection, number):
            for other in _sure_ways_in(inspection, number, around, with_failures=False):
                found |= before[other] | (1 << other)
        return found

    _settle(before, depth_first(inspection.graph.successors, [start]).left[::-1], surely_before)
    return before


def surely_filled(inspection: Inspection, start: int) -> set[int]:
    """The joins to which a token surely comes on every way in, whatever fails: without gaps."""
    around = certain_around(inspection, start, with_failures=True)
    return {
        number
        for number in inspection.of_type(NodeType.JOIN)
        if set(_sure_ways_in(inspection, number, around, with_failures=True))
        == set(inspection.graph.predecessors[number])
    }


def _sure_ways_in(
    inspection: Inspection, number: int, around: list[int], *, with_failures: bool
) -> list[int]:
    """The nodes that surely run if this one does, and that surely send it a token then."""
    sure = _common(around, _ways_in(inspection, number), at_start=False)
    return [
        other
        for other in inspection.graph.predecessors[number]
        if sure >> other & 1
        and _always_sends(inspection, other, number, with_failures=with_failures)
    ]


def _common(sets: list[int], numbers: list[int], at_start: bool) -> int:
    return 0 if at_start else reduce(and_, (sets[number] for number in numbers), ~0)


def _ways_in(inspection: Inspection, number: int) -> list[int]:
    """The nodes from which a token may come here; past the body, if its list is empty."""
    passing_by = inspection.forks_of.get(number, ())
    return [*inspection.graph.predecessors[number], *passing_by]


def _synchronises(inspection: Inspection, number: int) -> bool:
    parameters = inspection.parameters.get(number)
    return (
        isinstance(parameters, JoinParameters)
        and parameters.mode in SYNCHRONISING
        and number not in inspection.forks_of
    )


def _always_sends(inspection: Inspection, source: int, target: int, *, with_failures: bool) -> bool:
    """Whether a token that passes ``source`` surely goes on to ``target``."""
    sure, choices = _ways_out(inspection, source, with_failures=with_failures)
    return target in sure or set(choices) == {target}


def _settle(sets: list[int], order: list[int], compute: Callable[[int], int]) -> None:
    """Compute the sets of the nodes, in order, again and again until none changes."""
    for _ in range(CERTAINTY_ROUNDS_MAX):
        changed = False
        for number in order:
            found = compute(number)
            if found != sets[number]:
                sets[number] = found
                changed = True
        if not changed:
            return
