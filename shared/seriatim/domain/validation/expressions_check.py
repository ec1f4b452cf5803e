"""Expressions: that each one parses, and that it reads only what is known where it stands."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from seriatim.domain.definition.kinds import NodeType, Trigger
from seriatim.domain.definition.node_parameters import BARE_EXPRESSIONS
from seriatim.domain.definition.value_types import shorten
from seriatim.domain.expressions.errors import ExpressionSyntaxError
from seriatim.domain.expressions.language import Expression
from seriatim.domain.pointers import PathPart
from seriatim.domain.validation import expression_names as names_known
from seriatim.domain.validation.expression_places import parse_text, texts_with_places
from seriatim.domain.validation.inspection import Inspection
from seriatim.domain.validation.problems import Problem, ProblemCode, error

NODE_FIELDS = ("outputs", "status", "error")
"""What ``nodes.ID`` has."""


@dataclass(frozen=True, slots=True)
class Site:
    """A text that is an expression, or that has ``${expression}`` in it, and what it may read."""

    text: str
    path: tuple[PathPart, ...]
    names: frozenset[str]
    is_template: bool = False
    node_id: str | None = None
    transition_id: str | None = None


@dataclass(slots=True)
class Readings:
    """What all expressions of a sequence read, and what is wrong with them."""

    problems: list[Problem] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    sites: list[tuple[str, Site]] = field(default_factory=list)
    """Where each declared variable is read."""


def read_expressions(inspection: Inspection) -> Readings:
    """Parse every expression of a sequence, each distinct text once, and check what it reads."""
    readings = Readings()
    parsed: dict[tuple[bool, str], list[Expression] | ExpressionSyntaxError] = {}
    variables = {variable.name for variable in inspection.sequence.variables}
    # Python's parser normalises identifiers; a variable must be found whichever way it is written.
    variables |= {unicodedata.normalize("NFKC", name) for name in variables}
    for site in _sites(inspection):
        key = (site.is_template, site.text)
        if key not in parsed:
            parsed[key] = parse_text(site.text, is_template=site.is_template)
        found = parsed[key]
        if isinstance(found, ExpressionSyntaxError):
            readings.problems.append(_syntax_problem(site, found))
            continue
        for expression in found:
            readings.names |= expression.names
            readings.sites += [(name, site) for name in sorted(expression.names & variables)]
            readings.problems.extend(_unknown_names(site, expression, variables))
            readings.problems.extend(_unknown_nodes(site, expression, inspection))
    return readings


def _sites(inspection: Inspection) -> Iterator[Site]:
    for number in range(len(inspection.sequence.nodes)):
        yield from _sites_of_node(inspection, number)
    for place, transition in enumerate(inspection.sequence.transitions):
        if transition.condition is None:
            continue
        names = names_known.NO_MORE
        if transition.trigger is Trigger.ERROR:
            names |= names_known.IN_ERROR_CONDITION
        source = inspection.number_of.get(transition.source_node_id)
        # A fork with forEach chooses for each item by which ways its tokens set out.
        is_way_in = source in inspection.closing_joins and transition.trigger is Trigger.SUCCESS
        if source in inspection.per_item or is_way_in:
            names |= names_known.PER_ITEM
        path = ("transitions", place, "condition")
        yield Site(transition.condition, path, names, transition_id=transition.id)


def _sites_of_node(inspection: Inspection, number: int) -> Iterator[Site]:
    node = inspection.node(number)
    here = names_known.PER_ITEM if number in inspection.per_item else names_known.NO_MORE
    inner = names_known.PER_ITEM if inspection.is_per_item_subprocess(number) else here
    here_path = ("nodes", number)
    for place, mapping in enumerate(node.input_mappings):
        if mapping.transformation is not None:
            names = inner | names_known.IN_TRANSFORMATION
            inside = ("inputMappings", place, "transformation")
            yield Site(mapping.transformation, (*here_path, *inside), names, node_id=node.id)
    for place, output in enumerate(node.output_mappings):
        names = here | names_known.IN_VALUE_EXPRESSION
        if node.type is NodeType.JOIN:
            names |= names_known.IN_JOIN
        inside = ("outputMappings", place, "valueExpression")
        yield Site(output.value_expression, (*here_path, *inside), names, node_id=node.id)
    bare = BARE_EXPRESSIONS.get(node.type, ())
    for name, value in node.parameters.items():
        path = (*here_path, "parameters", name)
        names = inner if node.type is NodeType.SUBPROCESS and name == "variables" else here
        if name in bare:
            if isinstance(value, str):
                if name == "completeWhen":
                    names |= names_known.IN_JOIN
                yield Site(value, path, names, node_id=node.id)
        else:
            for below, text in texts_with_places(value):
                yield Site(text, (*path, *below), names, is_template=True, node_id=node.id)


def _syntax_problem(site: Site, refused: ExpressionSyntaxError) -> Problem:
    what = f"The expression {shorten(site.text)!r} cannot be read: {refused.message}."
    return _at(site, ProblemCode.EXPRESSION_SYNTAX, what)


def _unknown_names(site: Site, expression: Expression, variables: set[str]) -> Iterator[Problem]:
    known = site.names | names_known.EVERYWHERE
    for name in sorted(expression.names - known - variables):
        where = names_known.WHERE_KNOWN.get(name)
        if where is not None:
            what = f"{name!r} is known {where}, not here; use a variable or nodes.ID.outputs"
        else:
            more = f" ({', '.join(sorted(known))} are known here too)"
            what = f"the variable {name!r} is unknown; declare it in 'variables'{more}"
        message = f"In {shorten(expression.source)!r} {what}."
        yield _at(site, ProblemCode.UNKNOWN_VARIABLE, message)


def _unknown_nodes(site: Site, expression: Expression, inspection: Inspection) -> Iterator[Problem]:
    shown = shorten(expression.source)
    for node_id in sorted(expression.node_ids):
        if node_id in inspection.number_of:
            continue
        message = f"In {shown!r} the node {node_id!r} is unknown; add it or name another."
        yield _at(site, ProblemCode.UNKNOWN_NODE, message)
    for node_id, name in sorted(expression.node_fields):
        if name not in NODE_FIELDS:
            message = (
                f"In {shown!r} node {node_id!r} has no {name!r}; it has outputs, status, error."
            )
            yield _at(site, ProblemCode.EXPRESSION_SYNTAX, message)


def _at(site: Site, code: ProblemCode, message: str) -> Problem:
    return error(code, message, *site.path, node_id=site.node_id, transition_id=site.transition_id)
