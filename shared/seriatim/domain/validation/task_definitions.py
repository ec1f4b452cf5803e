"""Checks of task definitions: the integration's object, its targets, the schemas."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from seriatim.domain.definition.kinds import Integration
from seriatim.domain.definition.task_definition import (
    TARGET_BY_INTEGRATION,
    TaskDefinition,
    Weight,
)
from seriatim.domain.definition.value_types import shorten
from seriatim.domain.expressions.errors import ExpressionSyntaxError
from seriatim.domain.pointers import PathPart
from seriatim.domain.validation.documents import read_document
from seriatim.domain.validation.expression_places import parse_text, texts_with_places
from seriatim.domain.validation.problems import Problem, ProblemCode, error, in_order, under
from seriatim.domain.validation.schemas import check_schema
from seriatim.domain.validation.shape import read_model

SAME_FOR_ALL = ("invocation", "callback")
"""Say how a task completes, which must not depend on the target."""


def parse_task_definition(
    document: object, *, task_definition_id: str = ""
) -> tuple[TaskDefinition | None, list[Problem]]:
    """The task definition of a document, and all problems at once; None if there are any errors.

    ``task_definition_id`` is the id that a call gives in its path.
    """
    definition, problems = read_document(TaskDefinition, document, task_definition_id)
    if definition is not None:
        problems += _check_object(definition)
        problems += _check_targets(definition)
        problems += check_schema(definition.input_schema, "inputSchema")
        problems += check_schema(definition.output_schema, "outputSchema")
        problems += _check_expressions(definition)
    return (None if problems else definition), in_order(problems)


def names_read(definition: TaskDefinition) -> frozenset[str]:
    """The names that the texts of a valid task definition read, for ``References``."""
    names: set[str] = set()
    for _, text in _texts(definition):
        found = parse_text(text, is_template=True)
        if not isinstance(found, ExpressionSyntaxError):
            names.update(*(expression.names for expression in found))
    return frozenset(names)


def _check_object(definition: TaskDefinition) -> Iterator[Problem]:
    """The object named after the integration is there and complete, and no other is."""
    own = definition.integration
    for integration in Integration:
        if integration is not own and definition.object_of(integration) is not None:
            message = (
                f"{integration.value!r} does not go with the integration {own.value!r}; leave it "
                "out."
            )
            yield error(ProblemCode.UNKNOWN_FIELD, message, integration.value)
    fields = definition.object_of(own)
    if fields is None:
        if not definition.targets:
            message = f"The integration {own.value!r} needs the object {own.value!r}; add it."
            yield error(ProblemCode.MISSING_FIELD, message, own.value)
        return
    wrong = under(read_model(TARGET_BY_INTEGRATION[own], fields)[1], own.value)
    if definition.targets:
        # What is missing may be in the targets.
        wrong = [problem for problem in wrong if problem.code != ProblemCode.MISSING_FIELD]
    yield from wrong


def _check_targets(definition: TaskDefinition) -> Iterator[Problem]:
    model = TARGET_BY_INTEGRATION[definition.integration]
    shared = definition.object_of(definition.integration) or {}
    total: float = 0
    for place, merged in enumerate(definition.merged_targets()):
        target = definition.targets[place]
        path = ("targets", place)
        weight, wrong = read_model(Weight, {k: v for k, v in target.items() if k == "weight"})
        yield from under(wrong, *path)
        total += weight.weight if weight else 1
        yield from under(_not_shared(model, merged, shared), *path)
        for name in SAME_FOR_ALL:
            if name in target:
                message = (
                    f"{name!r} must be the same for all targets; put it into "
                    f"{definition.integration.value!r}."
                )
                yield error(ProblemCode.UNKNOWN_FIELD, message, *path, name)
    if definition.targets and total == 0:
        message = "All targets have the weight 0; give at least one of them more."
        yield error(ProblemCode.OUT_OF_RANGE, message, "targets")


def _not_shared(
    model: type[BaseModel], merged: dict[str, Any], shared: dict[str, Any]
) -> list[Problem]:
    """What is wrong with a target, but for what is wrong in the shared object and said there."""
    _, wrong = read_model(model, merged)
    said = {problem.path for problem in read_model(model, shared)[1]}
    return [
        problem
        for problem in wrong
        if problem.path not in said or problem.code == ProblemCode.MISSING_FIELD
    ]


def _texts(definition: TaskDefinition) -> Iterator[tuple[tuple[PathPart, ...], str]]:
    name = definition.integration.value
    for path, text in texts_with_places(definition.object_of(definition.integration)):
        yield (name, *path), text
    for path, text in texts_with_places(list(definition.targets)):
        yield ("targets", *path), text


def _check_expressions(definition: TaskDefinition) -> Iterator[Problem]:
    for path, text in _texts(definition):
        found = parse_text(text, is_template=True)
        if isinstance(found, ExpressionSyntaxError):
            message = f"The text {shorten(text)!r} cannot be read: {found.message}."
            yield error(ProblemCode.EXPRESSION_SYNTAX, message, *path)
