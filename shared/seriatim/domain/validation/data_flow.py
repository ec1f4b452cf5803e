"""Data flow: values that may not be there, variables that nothing reads. Warnings only."""

from collections.abc import Iterator, Set
from itertools import chain

from seriatim.domain.definition.kinds import VariableScope
from seriatim.domain.validation import expression_names as names_known
from seriatim.domain.validation.certainty import certain_before
from seriatim.domain.validation.expressions_check import Readings, Site
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


def check_unset(inspection: Inspection, readings: Readings) -> Iterator[Problem]:
    """Warn of variables that are read where no node that sets them has surely run.

    Only those without a default that some node sets: one that no node sets is given at the start.
    """
    setters = _setters(inspection)
    if inspection.start is None or not setters:
        return
    before = certain_before(inspection, inspection.start)
    warned: set[tuple[str, int]] = set()
    for name, site in readings.sites:
        number = _number_of(inspection, site)
        if name not in setters or number is None or (name, number) in warned:
            continue
        own = 1 << number if site.transition_id is not None else 0
        is_set = bool((before[number] | own) & setters[name])
        if is_set:
            continue
        if number in _reached_unset(inspection, inspection.start, setters[name]):
            warned.add((name, number))
            node_id = inspection.node(number).id
            message = (
                f"The variable {name!r} is read at {node_id!r}, where no node that sets it has "
                "surely run; it is null in that case. Give it a default, or a value at the start."
            )
            code = ProblemCode.VARIABLE_MAY_BE_UNSET
            yield warning(code, message, *site.path, node_id=node_id)


def _reached_unset(inspection: Inspection, start: int, setters: int) -> set[int]:
    """Nodes to which a way leads that passes none of ``setters``; its end may be one."""
    reached = {start}
    frontier = [start]
    while frontier:
        number = frontier.pop()
        if setters >> number & 1:
            continue
        for target in inspection.graph.successors[number]:
            if target not in reached:
                reached.add(target)
                frontier.append(target)
    return reached


def _setters(inspection: Inspection) -> dict[str, int]:
    """Of each variable of the execution without a default, the nodes that set it, as bits."""
    candidates = {
        variable.name
        for variable in inspection.sequence.variables
        if variable.default_value is None and variable.scope is VariableScope.SEQUENCE
    }
    setters: dict[str, int] = {}
    for number in inspection.numbers:
        for mapping in inspection.node(number).output_mappings:
            name = mapping.target_variable or mapping.output_name
            if name in candidates:
                setters[name] = setters.get(name, 0) | 1 << number
    return setters


def _number_of(inspection: Inspection, site: Site) -> int | None:
    """The node at which an expression stands: of a condition, the transition's source."""
    if site.transition_id is None:
        return inspection.number_of.get(site.node_id or "")
    place = site.path[1]
    assert isinstance(place, int), "a condition's path names its transition"
    return inspection.number_of.get(inspection.transition(place).source_node_id)


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
