"""The body and the answers of triggers."""

from typing import Annotated, Any, Final

from pydantic import BaseModel

from functions.api.schemas.bodies import taking
from functions.api.schemas.shown import JsonMap, OptionalTime, Page, Shown, Time
from seriatim.domain.definition.trigger import Trigger


class NewTrigger(Trigger):
    """Starts a sequence by exactly one of `schedule` and `eventPattern`. In the texts of
    `variables` `${expression}` sees what fired it as `event`.
    """


class ShownSchedule(Shown):
    """When it fires: `cron` (six fields, as in EventBridge) or `rate`, in a time zone."""

    cron: str | None = None
    rate: str | None = None
    time_zone: str


class ListedTrigger(Shown):
    """A trigger with every default written out."""

    id: str
    project_id: str
    description: str
    sequence_id: str
    schedule: ShownSchedule | None = None
    event_pattern: JsonMap | None = None
    variables: JsonMap
    priority: int | float
    enabled: bool
    created_at: str = Time
    updated_at: str = Time


class FiringError(Shown):
    """Why the last firing started nothing."""

    code: str
    message: str


class ShownTrigger(ListedTrigger):
    """A trigger, with what came of its last firing."""

    last_fired_at: str | None = OptionalTime
    last_execution_id: str | None = None
    last_error: FiringError | None = None


class TriggerPage(Page):
    """A page of triggers, by id."""

    items: list[ListedTrigger]


MODELS: Final[tuple[type[BaseModel], ...]] = (NewTrigger, ShownTrigger, TriggerPage)
TriggerBody = Annotated[dict[str, Any], *taking("NewTrigger", "The trigger; `id` may be left out.")]


def add_trigger_schemas(named: dict[str, Any]) -> None:
    """Have the body of a trigger do without its id, which is in the path."""
    named["NewTrigger"]["required"].remove("id")
