"""Structure: the founding document's ``validateSequence``, and that what is named is there."""

from collections.abc import Iterable, Iterator

from seriatim.domain.definition.kinds import NodeType
from seriatim.domain.definition.value_types import describe, has_type
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, error


def check_structure(inspection: Inspection) -> Iterator[Problem]:
    """Everything a draft must already have right about its nodes, transitions and variables."""
    yield from _check_nodes(inspection)
    yield from _check_transitions(inspection)
    yield from _check_variables(inspection)
    yield from _check_named_nodes(inspection)
    yield from _check_target_variables(inspection)


def _check_nodes(inspection: Inspection) -> Iterator[Problem]:
    sequence = inspection.sequence
    if not sequence.nodes:
        message = "The sequence must have at least one node; it needs a start and an end."
        yield error(ProblemCode.NO_NODES, message, "nodes")
        return
    starts = inspection.of_type(NodeType.START)
    if not starts:
        message = "The sequence must have a start node; add a node of type 'start'."
        yield error(ProblemCode.NO_START_NODE, message, "nodes")
    for number in starts[1:]:
        node_id = inspection.node(number).id
        message = (
            f"The sequence must have exactly one start node; {inspection.node(starts[0]).id!r} is "
            f"one already, so remove {node_id!r} or give it another type."
        )
        path = ("nodes", number, "type")
        yield error(ProblemCode.SEVERAL_START_NODES, message, *path, node_id=node_id)
    if not inspection.of_type(NodeType.END):
        message = "The sequence must have at least one end node; add a node of type 'end'."
        yield error(ProblemCode.NO_END_NODE, message, "nodes")
    for number, first in _repeated(node.id for node in sequence.nodes):
        node_id = sequence.nodes[number].id
        message = f"Duplicate node ID: {node_id!r} is the id of node {first} too; give it another."
        path = ("nodes", number, "id")
        yield error(ProblemCode.DUPLICATE_NODE_ID, message, *path, node_id=node_id)


def _check_transitions(inspection: Inspection) -> Iterator[Problem]:
    sequence = inspection.sequence
    if not sequence.transitions:
        message = "The sequence must have at least one transition; connect its start to an end."
        yield error(ProblemCode.NO_TRANSITIONS, message, "transitions")
    for place, first in _repeated(transition.id for transition in sequence.transitions):
        own_id = sequence.transitions[place].id
        message = (
            f"Duplicate transition ID: {own_id!r} is the id of transition {first} too; "
            "give it another."
        )
        path = ("transitions", place, "id")
        yield error(ProblemCode.DUPLICATE_TRANSITION_ID, message, *path, transition_id=own_id)
    for place in range(len(sequence.transitions)):
        yield from _check_ends(inspection, place)


def _check_ends(inspection: Inspection, place: int) -> Iterator[Problem]:
    transition = inspection.transition(place)
    ends = (
        ("sourceNodeId", "source", transition.source_node_id),
        ("targetNodeId", "target", transition.target_node_id),
    )
    for field, end, node_id in ends:
        path = ("transitions", place, field)
        number = inspection.number_of.get(node_id)
        kind = None if number is None else inspection.node(number).type
        if kind is None:
            code = ProblemCode.UNKNOWN_NODE
            message = (
                f"Transition {transition.id!r} references non-existent {end} node: {node_id!r}; "
                "add the node or name another."
            )
        elif end == "source" and kind is NodeType.END:
            code = ProblemCode.TRANSITION_OUT_OF_END
            message = (
                f"Transition {transition.id!r} leaves the end {node_id!r}, where tokens end; "
                "remove it or let it leave another node."
            )
        elif end == "target" and kind is NodeType.START:
            code = ProblemCode.TRANSITION_INTO_START
            message = (
                f"Transition {transition.id!r} leads into the start {node_id!r}, which runs once; "
                "let it lead to the node after it."
            )
        else:
            continue
        yield error(code, message, *path, transition_id=transition.id)


def _check_variables(inspection: Inspection) -> Iterator[Problem]:
    variables = inspection.sequence.variables
    for place, first in _repeated(variable.name for variable in variables):
        message = (
            f"Duplicate variable name: {variables[place].name!r} is variable {first} too; "
            "rename one or leave it out."
        )
        yield error(ProblemCode.DUPLICATE_VARIABLE, message, "variables", place, "name")
    for place, variable in enumerate(variables):
        default = variable.default_value
        if default is not None and not has_type(default, variable.type):
            message = (
                f"The default of variable {variable.name!r} must be of its type "
                f"{variable.type.value!r}; it is {describe(default)}."
            )
            yield error(ProblemCode.WRONG_DEFAULT, message, "variables", place, "defaultValue")


def _check_named_nodes(inspection: Inspection) -> Iterator[Problem]:
    """Nodes that nodes name: sources of mappings, dependencies, nodes to cancel."""
    known = inspection.number_of
    for number, node in enumerate(inspection.sequence.nodes):
        named = [
            ((j, "inputMappings", "sourceNodeId"), mapping.source_node_id)
            for j, mapping in enumerate(node.input_mappings)
        ]
        named += [
            ((j, "dependencies", "nodeId"), dependency.node_id)
            for j, dependency in enumerate(node.dependencies)
        ]
        named += [((j, "cancelNodeIds", ""), other) for j, other in enumerate(node.cancel_node_ids)]
        for (place, field, inner), other in named:
            if other not in known:
                message = (
                    f"Node {node.id!r} names the unknown node {other!r} in {field!r}; "
                    "add the node or name another."
                )
                inside = [place, inner] if inner else [place]
                code = ProblemCode.UNKNOWN_NODE
                yield error(code, message, "nodes", number, field, *inside, node_id=node.id)


def _check_target_variables(inspection: Inspection) -> Iterator[Problem]:
    known = {variable.name for variable in inspection.sequence.variables}
    for number, node in enumerate(inspection.sequence.nodes):
        for place, mapping in enumerate(node.output_mappings):
            name = mapping.target_variable
            if name is not None and name not in known:
                message = (
                    f"Node {node.id!r} assigns the unknown variable {name!r}; declare it in "
                    "'variables' or name another."
                )
                path = ("nodes", number, "outputMappings", place, "targetVariable")
                yield error(ProblemCode.UNKNOWN_VARIABLE, message, *path, node_id=node.id)


def _repeated(names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """The places of names that were there before, each with the place of the first."""
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        if first.setdefault(name, place) != place:
            yield place, first[name]
