"""Schemas of the revisions of a sequence."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from functions.api.schemas.shown import Page, Shown, Time


class ListedRevision(Shown):
    """A published revision, without its document."""

    revision: int = Field(ge=1)
    version: str
    published_at: str = Time
    nodes: int
    transitions: int


class RevisionPage(Page):
    """A page of revisions, the newest first."""

    items: list[ListedRevision]


class RevisionDifference(Shown):
    """One thing that differs. `path` is a JSON pointer into the newer document; of what was
    removed, into the older one.
    """

    change: Literal["added", "removed", "changed"]
    what: Literal["node", "transition", "variable", "setting"]
    name: str
    path: str
    old: Any = None
    new: Any = None


class RevisionDiff(Shown):
    """What revision `to` has otherwise than revision `from`; `text` says it in lines."""

    from_: int = Field(alias="from")
    to: int
    differences: list[RevisionDifference]
    text: str
    truncated: Literal[True] | None = Field(
        default=None, description="There are more differences than one answer lists."
    )


MODELS: Final[tuple[type[BaseModel], ...]] = (RevisionPage, RevisionDiff)
