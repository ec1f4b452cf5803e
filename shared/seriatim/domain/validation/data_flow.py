"""Data flow: values that may not be there, variables that nothing reads. Warnings only."""

from collections.abc import Iterator, Set
from itertools import chain

from seriatim.domain.definition.kinds import VariableScope
from seriatim.domain.validation import expression_names as names_known
from seriatim.domain.validation.certainty import certain_before
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, warning
from seriatim.domain.validation.references import References


def check_mappings(inspection: Inspection) -> Iterator[Problem]:
    """Warn of each mapping from a node that may not have run when the mapping is used.

    A node that names the source among its dependencies has thought of that.
    """
    if inspection.start is None or not any(n.input_mappings for n in inspection.sequence.nodes):
        return
    before = certain_before(inspection, inspection.start)
    for number in inspection.numbers:
        node = inspection.node(number)
        expected = {dependency.node_id for dependency in node.dependencies}
        for place, mapping in enumerate(node.input_mappings):
            source = inspection.number_of.get(mapping.source_node_id)
            if source is None or mapping.source_node_id in expected:
                continue
            if not before[number] >> source & 1:
                message = (
                    f"Node {node.id!r} takes {mapping.source_output_name!r} from "
                    f"{mapping.source_node_id!r}, which may not have run by then; the input is "
                    "null in that case. Declare a dependency if that is meant."
                )
                path = ("nodes", number, "inputMappings", place, "sourceNodeId")
                yield warning(ProblemCode.MAY_NOT_HAVE_RUN, message, *path, node_id=node.id)


def check_variables(
    inspection: Inspection, names_read: Set[str], references: References
) -> Iterator[Problem]:
    """Warn of variables that nothing reads, and of those whose name means something else.

    Read is what an expression names, what a mapping takes from the start, and what a task
    definition names. Global variables may be read elsewhere; a sequence to run on failure gets all.
    """
    start = None if inspection.start is None else inspection.node(inspection.start).id
    mapped = {
        mapping.source_output_name
        for node in inspection.sequence.nodes
        for mapping in node.input_mappings
        if mapping.source_node_id == start
    }
    tasks = {node.task_definition_id for node in inspection.sequence.nodes}
    definitions = references.task_definitions or {}
    by_tasks = chain.from_iterable(definitions.get(task or "", ()) for task in tasks)
    read = names_read | mapped | set(by_tasks)
    all_are_read = inspection.sequence.on_failure_sequence_id is not None
    for place, variable in enumerate(inspection.sequence.variables):
        path = ("variables", place, "name")
        if variable.name in names_known.RESERVED:
            where = names_known.WHERE_KNOWN.get(variable.name, "everywhere")
            message = (
                f"The variable {variable.name!r} has a name that means something else {where}, "
                "so that one of the two cannot be read there; rename it."
            )
            yield warning(ProblemCode.SHADOWED_VARIABLE, message, *path)
        is_global = variable.scope is VariableScope.GLOBAL
        if variable.name not in read and not is_global and not all_are_read:
            message = f"The variable {variable.name!r} is never read; use it or leave it out."
            yield warning(ProblemCode.VARIABLE_NEVER_READ, message, *path)
