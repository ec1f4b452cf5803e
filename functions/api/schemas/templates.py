"""Schemas of templates; their bodies are checked by validation."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from functions.api.schemas.shown import Page, Shown, Time
from seriatim.domain.definition.template import PLACE_KEY, TemplateHead


class ListedTemplate(Shown):
    """A template without its parameters, nodes, transitions and variables."""

    id: str
    project_id: str
    name: str
    description: Any
    version: Any
    metadata: Any
    created_at: str = Time
    updated_at: str = Time
    truncated: Literal[True] | None = None


class TemplatePage(Page):
    """A page of templates."""

    items: list[ListedTemplate]


class TemplateExtras(Shown):
    """What the API adds to a template."""

    id: str
    project_id: str
    created_at: str = Time
    updated_at: str = Time
    truncated: Literal[True] = Field(
        default=True, description="Too large: without nodes and transitions; take gzip."
    )


MODELS: Final[tuple[type[BaseModel], ...]] = (
    TemplateHead,
    TemplateExtras,
    TemplatePage,
)


def add_template_schemas(named: dict[str, Any], authored: Mapping[str, Any]) -> None:
    """Add the schemas of templates: of the fields of a sequence (``authored``) every one may be a
    place for a parameter, or have one inside.
    """
    head, extras = named.pop("TemplateHead"), named.pop("TemplateExtras")
    place = f'As of a sequence; any value in it may be `{{"{PLACE_KEY}": name}}`.'
    fields = {field: {"description": place} for field in authored}
    fields |= {field: head["properties"][field] for field in ("name", "parameters")}
    required = ["name", "nodes", "transitions"]
    base = {"type": "object", "additionalProperties": False}
    named["NewTemplate"] = {
        **base,
        "title": "NewTemplate",
        "description": "A sequence with parameters.",
        "properties": fields,
        "required": required,
    }
    named["TemplatePatch"] = {**base, "title": "TemplatePatch", "properties": fields}
    named["Template"] = {
        **base,
        "title": "Template",
        "properties": {**fields, **extras["properties"]},
        "required": [*required, "parameters", *extras["required"]],
    }
