"""The body and the answer of a project's settings."""

from typing import Annotated, Final

from pydantic import BaseModel

from functions.api.schemas.bodies import call_body
from functions.api.schemas.shown import Shown
from seriatim.domain import limits
from seriatim.domain.definition.fields import (
    Concurrency,
    Model,
    Name,
    RetentionDays,
    bounded,
    integer,
)
from seriatim.domain.project_choices import ProjectChoices


class SettingsRequest(Model):
    """All that the project chooses; what is left out or null does not restrict."""

    max_concurrent_executions: Concurrency | None = None
    max_starts_per_minute: Annotated[int, *integer(1, limits.STARTS_PER_MINUTE_MAX)] | None = None
    max_steps_per_day: Annotated[int, *integer(1, limits.STEPS_PER_DAY_MAX)] | None = None
    max_timers_per_day: Annotated[int, *integer(1, limits.TIMERS_PER_DAY_MAX)] | None = None
    retention_days: RetentionDays | None = None
    archive: bool | None = None
    searchable_metadata: (
        Annotated[tuple[Name, ...], *bounded(limits.SEARCHABLE_KEYS_MAX)] | None
    ) = None

    def choices(self) -> ProjectChoices:
        """As the service keeps them; since when a key is searchable is for it to say."""
        return ProjectChoices(
            max_concurrent_executions=self.max_concurrent_executions,
            max_starts_per_minute=self.max_starts_per_minute,
            max_steps_per_day=self.max_steps_per_day,
            max_timers_per_day=self.max_timers_per_day,
            retention_days=self.retention_days,
            archive=self.archive or False,
            searchable_metadata=dict.fromkeys(self.searchable_metadata or (), 0),
        )


class ShownSettings(Shown):
    """What a project has chosen; null where it has not."""

    max_concurrent_executions: int | None
    max_starts_per_minute: int | None
    max_steps_per_day: int | None
    max_timers_per_day: int | None
    retention_days: int | None
    archive: bool
    searchable_metadata: list[str]


SettingsBody = Annotated[SettingsRequest, *call_body(SettingsRequest)]
MODELS: Final[tuple[type[BaseModel], ...]] = (SettingsRequest, ShownSettings)


def shown(choices: ProjectChoices) -> dict[str, object]:
    """The document of what a project has chosen, every field written out."""
    return {
        "maxConcurrentExecutions": choices.max_concurrent_executions,
        "maxStartsPerMinute": choices.max_starts_per_minute,
        "maxStepsPerDay": choices.max_steps_per_day,
        "maxTimersPerDay": choices.max_timers_per_day,
        "retentionDays": choices.retention_days,
        "archive": choices.archive,
        "searchableMetadata": sorted(choices.searchable_metadata),
    }
