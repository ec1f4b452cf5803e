"""Schemas of task definitions; their bodies are checked by validation."""

from typing import Any, Final

from pydantic import BaseModel

from functions.api.schemas.shown import Page
from seriatim.domain.definition.task_definition import TaskDefinition


class TaskDefinitionPage(Page):
    """A page of task definitions."""

    items: list[TaskDefinition]


MODELS: Final[tuple[type[BaseModel], ...]] = (
    TaskDefinition,
    TaskDefinitionPage,
)


def add_task_definition_schemas(named: dict[str, Any]) -> None:
    """Add the body of a task definition, which may do without its id."""
    definition = named["TaskDefinition"]
    required = [name for name in definition["required"] if name != "id"]
    named["NewTaskDefinition"] = {
        **definition,
        "title": "NewTaskDefinition",
        "required": required,
    }
