"""Checks of templates, and their instantiation."""

from collections.abc import Iterator, Mapping
from typing import Any

from seriatim.domain.definition.template import (
    PLACE_KEY,
    Template,
    TemplateHead,
    TemplateParameter,
    parameter_places,
    substitute,
)
from seriatim.domain.definition.value_types import describe, has_type
from seriatim.domain.validation.documents import check_own_id, read_object
from seriatim.domain.validation.parse import SERVICE_FIELDS
from seriatim.domain.validation.problems import Problem, ProblemCode, error, in_order
from seriatim.domain.validation.shape import read_model

HEAD_FIELDS = frozenset({"id", "name", "parameters"})


def parse_template_document(
    document: object, *, template_id: str = ""
) -> tuple[Template | None, list[Problem]]:
    """The template of a document, and all problems at once; None if there are any.

    What its places will become is not known yet: the rest of the sequence is checked when the
    template is instantiated.
    """
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
