"""What a sequence names in its project: task definitions, other sequences, resource pools."""

from collections.abc import Iterator

from seriatim.domain.definition.fields import has_place
from seriatim.domain.definition.kinds import NodeType, SequenceStatus
from seriatim.domain.definition.node_parameters import SubprocessParameters
from seriatim.domain.pointers import PathPart
from seriatim.domain.validation import expression_names as names_known
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, error, warning
from seriatim.domain.validation.references import References


def check_project(inspection: Inspection, references: References) -> Iterator[Problem]:
    """Whether everything that the sequence names is there, and can do what is asked of it."""
    for number in inspection.of_type(NodeType.TASK):
        yield from _check_task(inspection, number, references)
    for number in inspection.of_type(NodeType.SUBPROCESS):
        yield from _check_subprocess(inspection, number, references)
    handler = inspection.sequence.on_failure_sequence_id
    if handler is not None:
        path = ("onFailureSequenceId",)
        yield from _check_sequence(inspection, handler, references, path, None)
    if references.resource_pools is not None:
        yield from _check_pools(inspection, references)


def _check_task(inspection: Inspection, number: int, references: References) -> Iterator[Problem]:
    node = inspection.node(number)
    path = ("nodes", number, "taskDefinitionId")
    wanted = node.task_definition_id
    if wanted is None:
        message = f"Task node {node.id!r} has no 'taskDefinitionId'; name its task definition."
        yield error(ProblemCode.MISSING_TASK_DEFINITION, message, *path, node_id=node.id)
        return
    if references.task_definitions is None:
        return
    reads = references.task_definitions.get(wanted)
    if reads is None:
        message = (
            f"Task node {node.id!r} names the unknown task definition {wanted!r}; create it first "
            "or name another."
        )
        yield error(ProblemCode.UNKNOWN_TASK_DEFINITION, message, *path, node_id=node.id)
        return
    variables = {variable.name for variable in inspection.sequence.variables}
    for name in sorted(reads - variables - names_known.IN_TASK_DEFINITION):
        message = (
            f"The task definition {wanted!r} of node {node.id!r} reads the variable {name!r}, "
            "which this sequence does not have; declare it in 'variables'."
        )
        yield error(ProblemCode.UNKNOWN_VARIABLE, message, *path, node_id=node.id)


def _check_subprocess(
    inspection: Inspection, number: int, references: References
) -> Iterator[Problem]:
    parameters = inspection.parameters.get(number)
    if not isinstance(parameters, SubprocessParameters) or has_place(parameters.sequence_id):
        return
    node = inspection.node(number)
    path = ("nodes", number, "parameters")
    wanted, revision = parameters.sequence_id, parameters.revision
    yield from _check_sequence(
        inspection, wanted, references, (*path, "sequenceId"), node.id, may_be_itself=True
    )
    known = (references.sequences or {}).get(wanted)
    if known is not None and isinstance(revision, int) and revision > known.revision:
        message = (
            f"Node {node.id!r} names revision {revision:,} of {wanted!r}, whose latest is "
            f"{known.revision:,}; name one that is published."
        )
        yield error(ProblemCode.UNKNOWN_REVISION, message, *path, "revision", node_id=node.id)


def _check_sequence(
    inspection: Inspection,
    wanted: str,
    references: References,
    path: tuple[PathPart, ...],
    node_id: str | None,
    *,
    may_be_itself: bool = False,
) -> Iterator[Problem]:
    if references.sequences is None:
        return
    if may_be_itself and wanted == inspection.sequence.id:
        return
    known = references.sequences.get(wanted)
    if known is None:
        message = f"The sequence {wanted!r} is unknown; create it first or name another."
        yield error(ProblemCode.UNKNOWN_SEQUENCE, message, *path, node_id=node_id)
    elif known.status is not SequenceStatus.ACTIVE:
        message = (
            f"The sequence {wanted!r} is {known.status.value}, and only an active one can be "
            "started; activate it before this one runs."
        )
        yield warning(ProblemCode.SEQUENCE_NOT_ACTIVE, message, *path, node_id=node_id)


def _check_pools(inspection: Inspection, references: References) -> Iterator[Problem]:
    pools = references.resource_pools or {}
    for number, node in enumerate(inspection.sequence.nodes):
        held = (("resources", node.resources), ("acquire", node.acquire))
        for field, units in (*held, ("release", node.release)):
            for pool, count in units.items():
                path = ("nodes", number, field, pool)
                capacity = pools.get(pool)
                if capacity is None:
                    message = (
                        f"Node {node.id!r} names the unknown resource pool {pool!r}; create it "
                        "first or name another."
                    )
                    code = ProblemCode.UNKNOWN_RESOURCE_POOL
                    yield error(code, message, *path, node_id=node.id)
                elif count > capacity and field != "release":
                    message = (
                        f"Node {node.id!r} wants {count:,} units of {pool!r}, which has "
                        f"{capacity:,}: it will fail until the capacity is raised."
                    )
                    yield warning(ProblemCode.POOL_TOO_SMALL, message, *path, node_id=node.id)
                elif field == "resources" and count + node.acquire.get(pool, 0) > capacity:
                    message = (
                        f"Node {node.id!r} acquires {node.acquire[pool]:,} units of {pool!r}, and "
                        f"its attempts need {count:,} more, of {capacity:,}: it will wait for what "
                        "it holds itself. Raise the capacity, or leave one of the two out."
                    )
                    yield warning(ProblemCode.POOL_TOO_SMALL, message, *path, node_id=node.id)
