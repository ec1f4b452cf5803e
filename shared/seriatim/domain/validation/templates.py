"""Checks of templates, and their instantiation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from seriatim.domain.definition.kinds import NodeType
from seriatim.domain.definition.template import (
    PLACE_KEY,
    Template,
    TemplateHead,
    TemplateParameter,
    parameter_places,
    substitute,
)
from seriatim.domain.definition.value_types import describe, has_type
from seriatim.domain.pointers import pointer
from seriatim.domain.validation.documents import check_own_id, read_object
from seriatim.domain.validation.parse import SERVICE_FIELDS, parse_sequence
from seriatim.domain.validation.problems import Problem, ProblemCode, error, in_order
from seriatim.domain.validation.shape import read_model

HEAD_FIELDS = frozenset({"id", "name", "parameters"})
UNSURE_OF_REST: Final = frozenset({ProblemCode.MORE_PROBLEMS})
"""Codes that may be due to any value that is not known yet."""
UNSURE_OF_BUILD: Final = frozenset({ProblemCode.UNKNOWN_VARIABLE, ProblemCode.INVALID_PARAMETER})
"""Codes that may be due to what is not known yet of who leads where, and of bodies with items."""
BUILD_FIELDS: Final = frozenset({"id", "type", "sourceNodeId", "targetNodeId", "trigger"})
BUILD_TYPES: Final = frozenset({NodeType.FORK, NodeType.JOIN, NodeType.SUBPROCESS})


def parse_template_document(
    document: object, *, template_id: str = ""
) -> tuple[Template | None, list[Problem]]:
    """The template of a document, and all problems at once; None if there are any.

    The sequence is checked as at creation, with the defaults put in. What a parameter without a
    default will be is not known yet: what depends on it is checked when the template is
    instantiated.
    """
    template, problems = read_template(document, template_id=template_id)
    if template is not None:
        problems = in_order(_check_sequence(template))
    return (None if problems else template), problems


def read_template(
    document: object, *, template_id: str = ""
) -> tuple[Template | None, list[Problem]]:
    """The template of a document, its sequence not looked into but for places of parameters."""
    fields, problems = read_object(document)
    if fields is None:
        return None, problems
    problems = check_own_id(fields, template_id)
    fields["id"] = template_id or fields.get("id", "")
    if fields["id"] == "":
        del fields["id"]
    head_fields = {name: fields[name] for name in fields.keys() & HEAD_FIELDS}
    head, wrong = read_model(TemplateHead, head_fields)
    problems += wrong
    for name in sorted(fields.keys() & set(SERVICE_FIELDS) - HEAD_FIELDS):
        message = f"{name!r} is set by the service; leave it out."
        problems.append(error(ProblemCode.UNKNOWN_FIELD, message, name))
    for name in ("nodes", "transitions"):
        if name not in fields:
            message = f"{name!r} is required, as in a sequence; add it."
            problems.append(error(ProblemCode.MISSING_FIELD, message, name))
    if head is not None:
        problems += _check_parameters(head.parameters)
        problems += _check_places(fields, head)
    if head is None or problems:
        return None, in_order(problems)
    sequence = {key: value for key, value in fields.items() if key not in {"id", "parameters"}}
    return Template(head.id, head.name, head.parameters, sequence), []


def _check_parameters(parameters: tuple[TemplateParameter, ...]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for place, parameter in enumerate(parameters):
        path = ("parameters", place)
        if first.setdefault(parameter.name, place) != place:
            message = (
                f"Duplicate parameter: {parameter.name!r} is parameter {first[parameter.name]} "
                "too; rename one or leave it out."
            )
            yield error(ProblemCode.DUPLICATE_ID, message, *path, "name")
        default = parameter.default
        if default is not None and not has_type(default, parameter.type):
            message = (
                f"The default of parameter {parameter.name!r} must be of its type "
                f"{parameter.type.value!r}; it is {describe(default)}."
            )
            yield error(ProblemCode.WRONG_DEFAULT, message, *path, "default")


def _check_places(fields: Mapping[str, Any], head: TemplateHead) -> Iterator[Problem]:
    """Every ``{"$parameter": name}`` is that and no more, and names a declared parameter."""
    declared = {parameter.name for parameter in head.parameters}
    document = {name: value for name, value in fields.items() if name not in HEAD_FIELDS}
    for path, place in parameter_places(document):
        name = place[PLACE_KEY]
        if len(place) > 1 or not isinstance(name, str):
            message = (
                f"A place for a parameter is an object with {PLACE_KEY!r} alone, and its name as "
                "a text; leave out what else is there."
            )
            yield error(ProblemCode.WRONG_TYPE, message, *path)
        elif name not in declared:
            message = f"The parameter {name!r} is not declared; add it to 'parameters'."
            yield error(ProblemCode.UNKNOWN_TEMPLATE_PARAMETER, message, *path)


def _check_sequence(template: Template) -> Iterator[Problem]:
    """What is wrong with the sequence whatever the arguments, and what is wrong with defaults."""
    places = _places_of(template)
    defaults = {each.name: each.default for each in template.parameters}
    # A place that stays is wrong almost everywhere; the problems that it makes are left out.
    values = {
        name: {PLACE_KEY: name} if default is None else default
        for name, default in defaults.items()
    }
    document = substitute(template.sequence, values)
    unsure = _unsure_of(document)
    _, problems = parse_sequence(document)
    for problem in problems:
        place = _place_above(problem.path, places)
        if place is None:
            if problem.code not in unsure:
                yield problem
        elif defaults[places[place]] is not None:
            more = f"This is the default of the parameter {places[place]!r}."
            yield msgspec.structs.replace(problem, message=f"{problem.message} {more}", path=place)


def _unsure_of(document: Mapping[str, Any]) -> frozenset[str]:
    """Codes that may be due to the places that are left in a document, wherever they are found."""
    unsure: frozenset[str] = frozenset()
    for path, _ in parameter_places(document):
        unsure |= UNSURE_OF_REST
        if _is_of_build(path, document):
            return unsure | UNSURE_OF_BUILD
    return unsure


def _is_of_build(path: Sequence[str | int], document: Mapping[str, Any]) -> bool:
    match path:
        case ("nodes", int(place), "parameters", *_):
            kind = document["nodes"][place].get("type")
            return isinstance(kind, str) and kind in BUILD_TYPES
        case ("nodes" | "transitions", int(), str(field), *_):
            return field in BUILD_FIELDS
        case ("nodes" | "transitions", *_):
            return True
        case _:
            return False


def _places_of(template: Template) -> dict[str, str]:
    """The pointers to a template's places, and the names of the parameters that they are for."""
    places = parameter_places(template.sequence)
    return {pointer(*path): str(place[PLACE_KEY]) for path, place in places}


def _place_above(path: str, places: Mapping[str, str]) -> str | None:
    """The place that a path is at or in. There is one at most: no place is in another."""
    while path not in places:
        path = path.rpartition("/")[0]
        if not path:
            return None
    return path


def instantiate(
    template: Template, arguments: Mapping[str, object]
) -> tuple[dict[str, Any] | None, list[Problem]]:
    """The document of a sequence (mode ``CREATE``) with the arguments put in.

    Problems are about the arguments, their paths relative to those. The document itself has yet to
    be parsed. A parameter without argument and default is null.
    """
    parameters = {parameter.name: parameter for parameter in template.parameters}
    problems = [
        error(
            ProblemCode.UNKNOWN_ARGUMENT,
            f"The template has no parameter {name!r}; it has: {', '.join(parameters) or 'none'}.",
            name,
        )
        for name in arguments
        if name not in parameters
    ]
    values: dict[str, object] = {}
    for name, parameter in parameters.items():
        value = arguments.get(name)
        if value is None:
            value = parameter.default
            if value is None and parameter.required:
                message = f"The parameter {name!r} is required; give it a {parameter.type.value}."
                problems.append(error(ProblemCode.MISSING_ARGUMENT, message, name))
        elif not has_type(value, parameter.type):
            message = (
                f"The argument {name!r} must be of the type {parameter.type.value!r}; it is "
                f"{describe(value)}."
            )
            problems.append(error(ProblemCode.WRONG_TYPE, message, name))
        values[name] = value
    if problems:
        return None, problems
    document: dict[str, Any] = substitute(template.sequence, values)
    return document, []


def as_of_arguments(
    template: Template, arguments: Mapping[str, object], problems: Iterable[Problem]
) -> list[Problem]:
    """The problems of an instantiated document, those that came in by a parameter as problems of
    its argument, their paths relative to the arguments' holder: ``/arguments/NAME``.

    The others are about the sequence, which the template got wrong by itself or which the arguments
    do together; their paths are the sequence's.
    """
    places = _places_of(template)
    found = []
    for problem in problems:
        place = _place_above(problem.path, places)
        if place is not None:
            name = places[place]
            given = "" if arguments.get(name) is not None else ", which got no argument,"
            more = f"It comes from the parameter {name!r}{given} at {place} of the sequence."
            path = pointer("arguments", name) + problem.path.removeprefix(place)
            problem = msgspec.structs.replace(  # noqa: PLW2901 - the same problem, in other words
                problem, message=f"{problem.message} {more}", path=path
            )
        found.append(problem)
    return found
