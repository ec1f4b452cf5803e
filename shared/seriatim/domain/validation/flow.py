"""Flow: the founding document's ``validateSequenceForActivation``, and impossible choices."""

from collections.abc import Iterator

from seriatim.domain.definition.kinds import BOUNDARY_TRIGGERS, NodeType, Trigger
from seriatim.domain.validation.graph import reachable
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, error, warning


def check_flow(inspection: Inspection) -> Iterator[Problem]:
    """Whether every node can be reached, can be left, leads to an end, and knows which way."""
    yield from _check_reachable(inspection)
    yield from _check_leads_to_end(inspection)
    for number in inspection.numbers:
        yield from _check_ways_out(inspection, number)


def _check_reachable(inspection: Inspection) -> Iterator[Problem]:
    if inspection.start is None:
        return
    found = reachable(inspection.graph.successors, [inspection.start])
    for number in inspection.numbers:
        if number not in found and inspection.node(number).type is not NodeType.START:
            node_id = inspection.node(number).id
            message = (
                f"Sequence has unreachable nodes: no path leads from the start to {node_id!r}; "
                "add a transition to it or remove it."
            )
            yield error(ProblemCode.UNREACHABLE_NODE, message, "nodes", number, node_id=node_id)


def _check_leads_to_end(inspection: Inspection) -> Iterator[Problem]:
    ends = inspection.of_type(NodeType.END)
    if not ends:
        return
    found = reachable(inspection.graph.predecessors, ends)
    for number in inspection.numbers:
        if number not in found and inspection.outgoing[number]:
            node_id = inspection.node(number).id
            message = (
                f"No end can be reached from {node_id!r}; add a transition that leads from there "
                "to an end."
            )
            yield error(ProblemCode.NO_END_REACHABLE, message, "nodes", number, node_id=node_id)


def _check_ways_out(inspection: Inspection, number: int) -> Iterator[Problem]:
    node = inspection.node(number)
    if node.type is NodeType.END:
        return
    path = ("nodes", number)
    if not inspection.outgoing[number]:
        message = (
            f"Nodes without outgoing transitions: {node.id!r} is no end and leads nowhere; add a "
            "transition from it."
        )
        yield error(ProblemCode.NO_OUTGOING_TRANSITION, message, *path, node_id=node.id)
        return
    normal = inspection.leaving(number, Trigger.SUCCESS)
    free = [place for place in normal if inspection.transition(place).condition is None]
    if node.type is NodeType.DECISION and not free:
        message = (
            f"Decision node {node.id!r} has no default path (transition without condition); add "
            "one, or remove the condition of the last."
        )
        yield error(ProblemCode.NO_DEFAULT_PATH, message, *path, node_id=node.id)
    elif not normal and not _is_deferred_choice(inspection, number):
        message = (
            f"Node {node.id!r} has no transition with trigger 'success': it fails with "
            "NoTransition when it has done its work."
        )
        yield warning(ProblemCode.NO_SUCCESS_TRANSITION, message, *path, node_id=node.id)
    if node.type is not NodeType.FORK:
        yield from _check_defaults(inspection, free)
        failing = inspection.leaving(number, Trigger.ERROR)
        yield from _check_defaults(
            inspection, [p for p in failing if inspection.transition(p).condition is None]
        )


def _is_deferred_choice(inspection: Inspection, number: int) -> bool:
    return inspection.node(number).type is NodeType.WAIT and any(
        inspection.transition(place).interrupting
        for place in inspection.leaving(number, *BOUNDARY_TRIGGERS)
    )


def _check_defaults(inspection: Inspection, free: list[int]) -> Iterator[Problem]:
    """Of the transitions of one trigger without a condition, those that can never be taken."""
    for place in free[1:]:
        transition, first = inspection.transition(place), inspection.transition(free[0])
        message = (
            f"Transitions {first.id!r} and {transition.id!r} both leave "
            f"{transition.source_node_id!r} on {transition.trigger.value} without a condition, and "
            "it is no fork; give one a condition, or put a fork between."
        )
        yield error(
            ProblemCode.SEVERAL_DEFAULT_PATHS,
            message,
            *("transitions", place),
            node_id=transition.source_node_id,
            transition_id=transition.id,
        )
