"""Schemas of attempts that a poll gave out."""

from typing import Final

from pydantic import BaseModel, Field

from functions.api.schemas.shown import JsonMap, Shown, Time


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


MODELS: Final[tuple[type[BaseModel], ...]] = (PolledTasks,)
