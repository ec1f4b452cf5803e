"""Endless recursion: a sequence that runs itself as a child whatever happens."""

from collections.abc import Iterator

from seriatim.domain.definition.fields import has_place
from seriatim.domain.definition.kinds import NodeType
from seriatim.domain.definition.node_parameters import SubprocessParameters
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.validation.certainty import certain_after
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, error
from seriatim.domain.validation.references import References


def certain_subprocess_ids(sequence: TaskSequence) -> frozenset[str]:
    """The sequences that every execution of this one surely runs as children.

    A decision, a condition, a failure that is caught or an empty ``forEach`` list may avoid a
    subprocess; one that none of these can avoid is certain. Stored with the sequence, so that
    activation sees through others without reading them.
    """
    return frozenset(_certain(Inspection(sequence)).values())


def _certain(inspection: Inspection) -> dict[int, str]:
    """The ids by the numbers of the nodes that run them, in document order."""
    candidates = {}
    for number in inspection.of_type(NodeType.SUBPROCESS):
        parameters = inspection.parameters.get(number)
        if (
            isinstance(parameters, SubprocessParameters)
            and parameters.for_each is None
            and not has_place(parameters.sequence_id)
        ):
            candidates[number] = parameters.sequence_id
    if not candidates or inspection.start is None:
        return {}
    sure = certain_after(inspection, inspection.start, with_failures=True)[inspection.start]
    return {number: found for number, found in candidates.items() if sure >> number & 1}


def check_recursion(inspection: Inspection, references: References) -> Iterator[Problem]:
    """Each subprocess by which the sequence surely comes to run itself, with the way it goes."""
    own_id = inspection.sequence.id
    if not own_id:
        return
    for number, child in _certain(inspection).items():
        way = _way_back(own_id, child, references)
        if way is None:
            continue
        node = inspection.node(number)
        message = (
            f"Node {node.id!r} makes the sequence run itself for ever: {' → '.join(way)}; "
            "put a decision before it that can end the recursion."
        )
        path = ("nodes", number, "parameters", "sequenceId")
        yield error(ProblemCode.ENDLESS_RECURSION, message, *path, node_id=node.id)


def _way_back(own_id: str, child: str, references: References) -> list[str] | None:
    came_from = {child: own_id}
    todo = [child]
    for sequence_id in todo:
        if sequence_id == own_id:
            break
        known = (references.sequences or {}).get(sequence_id)
        for other in sorted(known.certain_subprocess_ids) if known else ():
            if other not in came_from:
                came_from[other] = sequence_id
                todo.append(other)
    else:
        return None
    way = [own_id]
    while len(way) == 1 or way[-1] != own_id:
        way.append(came_from[way[-1]])
    return way[::-1]
