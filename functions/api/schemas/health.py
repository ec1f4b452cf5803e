"""The schema of whether the service is there."""

from typing import Final, Literal

from pydantic import BaseModel

from functions.api.schemas.shown import Shown


class Health(Shown):
    """The service is there."""

    status: Literal["ok"]
    version: str


MODELS: Final[tuple[type[BaseModel], ...]] = (Health,)
