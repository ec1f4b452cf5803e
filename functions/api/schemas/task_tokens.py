"""The schema of what a report on an attempt is answered."""

from typing import Final

from pydantic import BaseModel

from functions.api.schemas.shown import Shown


class Nothing(Shown):
    """An empty object."""


MODELS: Final[tuple[type[BaseModel], ...]] = (Nothing,)
