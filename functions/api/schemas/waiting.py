"""Schemas of why executions wait."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from functions.api.schemas.shown import JsonMap, OptionalTime, Page, Time
from seriatim.domain.values import Status


class WaitingItem(BaseModel):
    """Why one token does not move: a sentence, and the data behind it, which depends on `kind`."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow")

    kind: Literal[
        "join",
        "timer",
        "signal",
        "until",
        "choice",
        "callback",
        "task",
        "activity",
        "retry",
        "child",
        "children",
        "items",
        "dependency",
        "incident",
        "paused",
        "permit",
        "slot",
        "rate",
    ]
    sentence: str
    since: str = Time
    node_id: str | None = None
    run: int | None = Field(default=None, ge=1)
    index: int | None = Field(default=None, ge=0)
    can_be_moved_by: list[str] = Field(description="Calls that could move it, as `METHOD path`.")
    until: str | None = OptionalTime
    deadline: str | None = OptionalTime
    heartbeat_until: str | None = OptionalTime
    last_heartbeat: str | None = OptionalTime
    queue_until: str | None = OptionalTime
    attempt: int | None = None
    integration: str | None = None
    handed_out: bool | None = None
    worker_id: str | None = None
    activity: str | None = None
    last_poll: JsonMap | None = None
    signal_name: str | None = None
    kept_signals: dict[str, int] | None = None
    expression: str | None = None
    values: JsonMap | None = None
    boundaries: list[JsonMap] | None = None
    execution_ids: list[str] | None = None
    executions: list[JsonMap] | None = None
    nodes: list[JsonMap] | None = None
    mode: str | None = None
    held: list[JsonMap] | int | None = Field(
        default=None, description="Of a join, its tokens; of a permit, how many hold some."
    )
    ledger: str | None = None
    units: dict[str, int] | None = None
    capacity: dict[str, int | None] | None = None
    holders: list[JsonMap] | None = None
    position: int | None = None
    expected: list[JsonMap] | None = None
    error: Any = None


class WaitingPage(Page):
    """A page of explanations, node runs in order of start, then joins; none of an execution that
    has ended.
    """

    status: Status
    sentence: str
    items: list[WaitingItem]


MODELS: Final[tuple[type[BaseModel], ...]] = (WaitingPage,)
