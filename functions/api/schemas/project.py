"""Schemas of what a project keeps beside sequences, task definitions and executions, for the
OpenAPI document alone; see ``documents``.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from functions.api.schemas.shown import Page, Shown, Time
from seriatim.domain.definition.template import PLACE_KEY, TemplateHead

# -- global variables ------------------------------------------------------------------------------


class GlobalVariable(Shown):
    """What a global variable holds. `version` counts its writes."""

    value: Any
    version: int = Field(ge=1)


class ListedGlobalVariable(Shown):
    """A global variable in a list; one that is too large comes without its value."""

    name: str
    value: Any = None
    version: int = Field(ge=1)
    truncated: Literal[True] | None = None


class GlobalVariablePage(Page):
    """A page of global variables, by name."""

    items: list[ListedGlobalVariable]


# -- templates -------------------------------------------------------------------------------------


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


# -- uploads ---------------------------------------------------------------------------------------


class Upload(Shown):
    """Where to `PUT` a document, and the id that stands for it then."""

    upload_id: str
    url: str


class UploadReference(Shown):
    """Stands for the document that was put to the upload's `url`."""

    upload_id: str


UPLOADABLE: Final = ("NewSequence", "SequencePatch", "NewTemplate", "TemplatePatch")

MODELS: Final[tuple[type[BaseModel], ...]] = (
    GlobalVariable,
    GlobalVariablePage,
    TemplateHead,
    TemplateExtras,
    TemplatePage,
    Upload,
    UploadReference,
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


def add_upload_schemas(named: dict[str, Any]) -> None:
    """Add, for each document that may be uploaded, the body that has it or stands for it."""
    for name in UPLOADABLE:
        either = [{"$ref": f"#/components/schemas/{each}"} for each in (name, "UploadReference")]
        named[f"{name}OrUpload"] = {"title": f"{name}OrUpload", "anyOf": either}
