"""Bodies: what a fork with ``forEach`` and its closing join enclose has one way in and one out."""

from collections.abc import Iterator

from seriatim.domain.definition.kinds import NodeType, Trigger
from seriatim.domain.validation.inspection import Body, Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, error


def check_bodies(inspection: Inspection) -> Iterator[Problem]:
    """Everything that goes into a body but by its fork, or out of it but by its closing join."""
    for join, forks in inspection.forks_of.items():
        for fork in forks[1:]:
            yield _shared(inspection, forks[0], fork, join)
    for fork, body in inspection.bodies.items():
        yield from _check_ways_out(inspection, fork, body)
        yield from _check_ways_in(inspection, fork, body)


def _shared(inspection: Inspection, first: int, fork: int, join: int) -> Problem:
    node_id = inspection.node(fork).id
    message = (
        f"The join {inspection.node(join).id!r} ends the bodies of both "
        f"{inspection.node(first).id!r} and {node_id!r}; give each its own."
    )
    path = ("nodes", fork, "parameters", "joinNodeId")
    return error(ProblemCode.JOIN_SHARED, message, *path, node_id=node_id)


def _check_ways_out(inspection: Inspection, fork: int, body: Body) -> Iterator[Problem]:
    own, join = inspection.node(fork).id, inspection.node(body.join).id
    sources = [fork, *sorted(body.inside)]
    for source in sources:
        triggers = [Trigger.SUCCESS] if source == fork else list(Trigger)
        for place in inspection.leaving(source, *triggers):
            target = inspection.target_of(place)
            transition, node = inspection.transition(place), inspection.node(target)
            if target == fork:
                code = ProblemCode.BODY_RESTARTED
                what = f"leads back to {own!r} from inside its body; let it lead to {join!r}"
            elif target == body.join or target in body.inside:
                continue
            elif node.type is NodeType.END:
                code = ProblemCode.END_IN_BODY
                what = f"leads to the end {node.id!r} from the body of {own!r}"
                what += f"; let it lead to {join!r}, and end after that"
            else:
                code = ProblemCode.BODY_LEFT
                what = f"leads to {node.id!r}, from where nothing leads to {join!r}, which ends "
                what += f"the body of {own!r}; let what it begins lead there"
            yield error(
                code,
                f"Transition {transition.id!r} {what}.",
                *("transitions", place, "targetNodeId"),
                node_id=node.id if code is ProblemCode.END_IN_BODY else None,
                transition_id=transition.id,
            )


def _check_ways_in(inspection: Inspection, fork: int, body: Body) -> Iterator[Problem]:
    own = inspection.node(fork).id
    for target in [*sorted(body.inside), body.join]:
        for place in inspection.incoming[target]:
            transition, source = inspection.transition(place), inspection.source_of(place)
            is_way_in = source == fork and transition.trigger is Trigger.SUCCESS
            if is_way_in or source in body.inside:
                continue
            what = "the body" if target != body.join else "the join that ends the body"
            message = (
                f"Transition {transition.id!r} enters {what} of {own!r} from outside, at "
                f"{inspection.node(target).id!r}; items come by the fork alone, so lead it past."
            )
            yield error(
                ProblemCode.BODY_ENTERED,
                message,
                *("transitions", place, "sourceNodeId"),
                transition_id=transition.id,
            )
