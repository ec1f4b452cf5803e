"""Blocking cycles: nodes that would wait for each other for ever."""

from collections.abc import Iterator

from seriatim.domain.definition.kinds import DependencyType
from seriatim.domain.limits import BLOCKING_CYCLES_MAX
from seriatim.domain.validation.cycles import show_path
from seriatim.domain.validation.graph import Graph, components, depth_first, shortest_path
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, error

Wait = tuple[int, int, int]
"""A blocking dependency: the node that is waited for, the node that waits, its place there."""


def check_blocking_cycles(inspection: Inspection) -> Iterator[Problem]:
    """Each cycle of blocking dependencies, what the flow puts in order counted in.

    Transitions that lead back into a loop put nothing in order and are left out. Without them the
    flow has no cycle, so every cycle found goes by a dependency, and is reported there.
    """
    waits = _waits(inspection)
    if not waits:
        return
    roots = [] if inspection.start is None else [inspection.start]
    walk = depth_first(inspection.graph.successors, [*roots, *inspection.numbers])
    flow = [
        (source, target)
        for source, targets in enumerate(inspection.graph.successors)
        for target in targets
        if (source, target) not in walk.back_edges
    ]
    order = Graph.of(
        len(inspection.graph), [*flow, *((before, after) for before, after, _ in waits)]
    )
    component_of = {
        number: index
        for index, members in enumerate(components(order, range(len(order))))
        for number in members
    }
    closed = [wait for wait in waits if component_of[wait[0]] == component_of[wait[1]]]
    seen: set[frozenset[int]] = set()
    for before, after, place in closed[:BLOCKING_CYCLES_MAX]:
        within = {n for n, index in component_of.items() if index == component_of[before]}
        way = shortest_path(order.successors, after, before, within) or []
        if frozenset(way) not in seen:
            seen.add(frozenset(way))
            yield _problem(inspection, way, after, place)


def _waits(inspection: Inspection) -> list[Wait]:
    return [
        (inspection.number_of[dependency.node_id], number, place)
        for number in inspection.numbers
        for place, dependency in enumerate(inspection.node(number).dependencies)
        if dependency.type is DependencyType.BLOCKING and dependency.node_id in inspection.number_of
    ]


def _problem(inspection: Inspection, way: list[int], after: int, place: int) -> Problem:
    ids = [inspection.node(number).id for number in way]
    node_id = inspection.node(after).id
    message = (
        f"Node {node_id!r} waits for {ids[-1]!r}, which comes after it: "
        f"{show_path([*ids, node_id])}; remove the dependency or make it non_blocking."
    )
    path = ("nodes", after, "dependencies", place)
    return error(ProblemCode.BLOCKING_CYCLE, message, *path, node_id=node_id)
