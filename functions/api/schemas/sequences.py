"""Schemas of sequences; their bodies are checked by validation."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from functions.api.schemas.problems import ProblemItem
from functions.api.schemas.shown import JsonMap, Page, Shown, Time
from seriatim.domain.definition.kinds import SequenceStatus
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.validation.parse import SERVICE_FIELDS


class ListedSequence(Shown):
    """A sequence without its nodes, transitions and variables."""

    id: str
    project_id: str
    name: str
    description: str
    version: str
    status: SequenceStatus
    revision: int
    timeout_seconds: float
    failure_policy: str
    on_failure_sequence_id: str | None
    max_node_runs: int
    max_concurrent_executions: int | None
    retention_days: int | None
    metadata: JsonMap
    created_at: str = Time
    updated_at: str = Time


class SequencePage(Page):
    """A page of sequences."""

    items: list[ListedSequence]


class SequenceExtras(Shown):
    """What the API adds to a `TaskSequence`."""

    created_at: str = Time
    updated_at: str = Time
    problems: list[ProblemItem] = Field(default=[], description="Warnings of activation.")
    truncated: Literal[True] = Field(
        default=True, description="Too large: without nodes and transitions; take gzip."
    )


MODELS: Final[tuple[type[BaseModel], ...]] = (
    SequencePage,
    TaskSequence,
    SequenceExtras,
)


def add_sequence_schemas(named: dict[str, Any]) -> dict[str, Any]:
    """Add the schemas of sequences; returns those of the fields that an author writes."""
    sequence, extras = named.pop("TaskSequence"), named.pop("SequenceExtras")
    authored = {
        name: schema
        for name, schema in sequence["properties"].items()
        if name not in SERVICE_FIELDS
    }
    named["NewSequence"] = {**sequence, "title": "NewSequence", "properties": authored}
    named["SequencePatch"] = {**sequence, "title": "SequencePatch", "properties": authored}
    del named["SequencePatch"]["required"]
    named["Sequence"] = {
        **sequence,
        "title": "Sequence",
        "properties": {**sequence["properties"], **extras["properties"]},
        "required": [*sequence["properties"], "createdAt", "updatedAt"],
    }
    return authored
