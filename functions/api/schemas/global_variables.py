"""Schemas of global variables."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from functions.api.schemas.shown import Page, Shown


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


MODELS: Final[tuple[type[BaseModel], ...]] = (
    GlobalVariable,
    GlobalVariablePage,
)
