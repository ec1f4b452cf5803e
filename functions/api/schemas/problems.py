"""Schemas of what went wrong, and of what validation found."""

from typing import Final, Literal

from pydantic import BaseModel, Field

from functions.api.schemas.shown import Shown


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


class Validation(Shown):
    """What validation found; `valid` where none of it is an error."""

    valid: bool
    problems: list[ProblemItem]


MODELS: Final[tuple[type[BaseModel], ...]] = (
    Problem,
    Validation,
)
