"""What schemas of answers are made of."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

JsonMap = dict[str, Any]
Time = Field(
    pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    description="ISO 8601 in UTC with three decimals and `Z`.",
)
OptionalTime = Field(default=None, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


class Shown(BaseModel):
    """A document that the API answers."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Page(Shown):
    """A page of a list; `cursor` is there while more is to come."""

    cursor: str | None = None
