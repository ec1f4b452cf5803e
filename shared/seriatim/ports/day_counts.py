"""The port of the count of steps and timers, by the day."""

from typing import Protocol

import msgspec


class DayCount(msgspec.Struct, frozen=True, kw_only=True):
    """What a project has used on a day, as far as it has been counted."""

    steps: int = 0
    timers: int = 0


class DayCounts(Protocol):
    """Steps and timers of a project, counted by the day (days since the epoch, UTC), for so long as
    anybody asks: a day's count goes by itself some days later.
    """

    def add(self, project_id: str, day: int, more: DayCount) -> None:
        """Count so many more. Repeated, they are counted again.

        Raises ``Unavailable``: whether they were counted is never known.
        """

    def read(self, project_id: str, day: int) -> DayCount:
        """The count; nothing where nothing was counted. May be a moment old."""
