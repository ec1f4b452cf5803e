"""The body and the answers of resource pools."""

from typing import Annotated, Final

from pydantic import BaseModel, Field

from functions.api.schemas.bodies import call_body
from functions.api.schemas.shown import Page, Shown, Time
from seriatim.domain.definition.fields import Id, Model, Units


class ResourcePoolRequest(Model):
    """How many units there are. `id`, if it is there, is that of the path."""

    id: Id | None = None
    capacity: Units


class ListedResourcePool(Shown):
    """A pool, how many of its units are in use, and how many requests wait for some."""

    id: str
    capacity: int = Field(ge=1)
    in_use: int = Field(ge=0)
    waiting: int = Field(ge=0)


class PoolHolder(Shown):
    """Who holds units of a pool."""

    execution_id: str
    node_id: str | None = None
    units: int = Field(ge=1)
    since: str = Time


class ShownResourcePool(ListedResourcePool):
    """A pool, and who holds it: the 100 who hold it longest."""

    holders: list[PoolHolder]


class ResourcePoolPage(Page):
    """A page of pools, by id."""

    items: list[ListedResourcePool]


ResourcePoolBody = Annotated[ResourcePoolRequest, *call_body(ResourcePoolRequest)]
MODELS: Final[tuple[type[BaseModel], ...]] = (
    ResourcePoolRequest,
    ShownResourcePool,
    ResourcePoolPage,
)
