"""Schemas of executions, their node runs and their history."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.api.schemas.shown import JsonMap, OptionalTime, Page, Shown, Time
from seriatim.domain.values import Status

ARCHIVED: Final = "From the archive: its retention is over."


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


MODELS: Final[tuple[type[BaseModel], ...]] = (
    Execution,
    ExecutionReceipt,
    ExecutionPage,
    NodeRunPage,
    HistoryPage,
)
