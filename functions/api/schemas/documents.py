"""Schemas of what the API answers and of the definitions it takes, for the OpenAPI document alone.

No answer is made from these models. Tests hold every answer of the running handlers to them.
"""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from functions.api.schemas import (
    control,
    moves,
    project,
    project_settings,
    resource_pools,
    revisions,
    triggers,
    waiting,
)
from functions.api.schemas.bodies import CALL_MODELS
from functions.api.schemas.shown import JsonMap, OptionalTime, Page, Shown, Time
from seriatim.domain.definition.kinds import SequenceStatus
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.definition.task_definition import TaskDefinition
from seriatim.domain.validation.parse import SERVICE_FIELDS
from seriatim.domain.values import Status

REFERENCE: Final = "#/components/schemas/{model}"
ARCHIVED: Final = "From the archive: its retention is over."


class ProblemItem(Shown):
    """One thing that is wrong. `path` is a JSON pointer, or `/query/limit` for a parameter."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    path: str = Field(min_length=1)
    node_id: str | None = None
    transition_id: str | None = None


class Problem(Shown):
    """What went wrong (RFC 9457). `code` is stable."""

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    code: str
    problems: list[ProblemItem] = Field(default=[])
    request_id: str | None = None


class Health(Shown):
    """The service is there."""

    status: Literal["ok"]
    version: str


class Nothing(Shown):
    """An empty object."""


class Validation(Shown):
    """What validation found; `valid` where none of it is an error."""

    valid: bool
    problems: list[ProblemItem]


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


class TaskDefinitionPage(Page):
    """A page of task definitions."""

    items: list[TaskDefinition]


class ExecutionError(Shown):
    """Why an attempt, a node run or an execution failed."""

    code: str
    message: str
    details: Any = None
    timestamp: str = Time
    node_id: str | None = None
    retryable: bool


class ListedError(Shown):
    """Why an execution failed, as lists and the history show it."""

    code: str
    message: str
    details: Any = None
    retryable: bool


class WaitingFor(Shown):
    """What a node that does not move waits for."""

    kind: Literal[
        "retry",
        "task",
        "timer",
        "signal",
        "until",
        "callback",
        "choice",
        "child",
        "children",
        "items",
        "dependency",
        "permit",
        "rate",
        "incident",
    ]
    until: str | None = OptionalTime
    signal_name: str | None = None
    node_ids: list[str] | None = None
    execution_ids: list[str] | None = None
    ledger: str | None = Field(
        default=None, description="Of a permit or a rate: `pools`, or `task:ID`."
    )
    units: dict[str, int] | None = Field(default=None, description="Of a permit: units by pool.")


class NodeExecution(Shown):
    """One run of a node. `run` counts from 1; `index` is there in a `forEach` body."""

    node_id: str
    run: int = Field(ge=1)
    index: int | None = Field(default=None, ge=0)
    status: Status
    start_time: str = Time
    end_time: str | None = OptionalTime
    attempts: int = Field(ge=0)
    inputs: JsonMap
    outputs: JsonMap
    error: ExecutionError | None = None
    task_token: str | None = None
    """Completes a `wait` node that waits for a caller."""
    waiting_for: WaitingFor | None = None
    truncated: Literal[True] | None = None


class NodeRunPage(Page):
    """A page of node runs, in order of start."""

    items: list[NodeExecution]
    archived: Literal[True] | None = Field(default=None, description=ARCHIVED)


class Parent(Shown):
    """Which node run of which execution started this one."""

    execution_id: str
    node_run: int
    index: int | None = None


class ExecutionReceipt(Shown):
    """Which execution it was about, and how it stands."""

    id: str
    sequence_id: str
    project_id: str
    name: str | None = None
    revision: int
    status: Status
    start_time: str = Time
    end_time: str | None = OptionalTime


class ListedExecution(ExecutionReceipt):
    """An execution as lists show it."""

    paused: bool
    priority: int
    parent_id: str | None = None
    error: ListedError | None = None
    metadata: JsonMap
    truncated: Literal[True] | None = None


class PauseDetails(Shown):
    """Who paused the execution, when and why."""

    at: str = Time
    reason: str | None = None
    by: str | None = None


class Execution(ExecutionReceipt):
    """An execution; `nodeExecutions` has the latest run of each node by its id."""

    paused: bool
    pause: PauseDetails | None = None
    priority: int
    reason: str | None = None
    parent: Parent | None = None
    current_node_ids: list[str]
    variables: JsonMap
    outputs: JsonMap
    node_executions: dict[str, NodeExecution]
    errors: list[ExecutionError]
    metadata: JsonMap
    truncated: Literal[True] | None = None
    archived: Literal[True] | None = Field(default=None, description=ARCHIVED)


class ExecutionPage(Page):
    """A page of executions, newest start first."""

    items: list[ListedExecution]


class HistoryItem(Shown):
    """An event; what else is there depends on its type."""

    model_config = ConfigDict(extra="allow")

    number: int = Field(ge=1)
    time: str = Time
    type: str
    node_id: str | None = None
    node_run: int | None = Field(default=None, description="Tells the runs of a node apart.")
    run: int | None = None
    attempt: int | None = None


class HistoryPage(Page):
    """A page of events, in order."""

    items: list[HistoryItem]
    archived: Literal[True] | None = Field(default=None, description=ARCHIVED)


class PolledTask(Shown):
    """An attempt that was given out."""

    task_token: str
    execution_id: str
    node_id: str
    attempt: int = Field(ge=1)
    inputs: JsonMap
    idempotency_key: str
    deadline: str | None = Time


class PolledTasks(Shown):
    """What a poll gave out."""

    tasks: list[PolledTask]


class SequenceExtras(Shown):
    """What the API adds to a `TaskSequence`."""

    created_at: str = Time
    updated_at: str = Time
    problems: list[ProblemItem] = Field(default=[], description="Warnings of activation.")
    truncated: Literal[True] = Field(
        default=True, description="Too large: without nodes and transitions; take gzip."
    )


MODELS: Final[tuple[type[BaseModel], ...]] = (
    Problem,
    Health,
    Nothing,
    Validation,
    SequencePage,
    TaskDefinition,
    TaskDefinitionPage,
    Execution,
    ExecutionReceipt,
    ExecutionPage,
    NodeRunPage,
    HistoryPage,
    PolledTasks,
    TaskSequence,
    SequenceExtras,
    *waiting.MODELS,
    *moves.MODELS,
    *revisions.MODELS,
    *project.MODELS,
    *project_settings.MODELS,
    *control.MODELS,
    *resource_pools.MODELS,
    *triggers.MODELS,
    *CALL_MODELS,
)


def schemas() -> dict[str, Any]:
    """All schemas by name."""
    _, found = models_json_schema(
        [(model, "validation") for model in MODELS], by_alias=True, ref_template=REFERENCE
    )
    named: dict[str, Any] = found["$defs"]
    for schema in named.values():
        for field in schema.get("properties", {}).values():
            field.pop("title", None)
            # An empty text that stands for "the id" or "the service's" is no value of the field.
            if field.get("default") == "" and field.get("minLength", 0) > 0:
                del field["default"]
    sequence, extras = named.pop("TaskSequence"), named.pop("SequenceExtras")
    definition = named["TaskDefinition"]
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
    required = [name for name in definition["required"] if name != "id"]
    named["NewTaskDefinition"] = {
        **definition,
        "title": "NewTaskDefinition",
        "required": required,
    }
    project.add_template_schemas(named, authored)
    project.add_upload_schemas(named)
    triggers.add_trigger_schemas(named)
    named["VariableValues"] = {"type": "object", "title": "VariableValues"}
    return named
