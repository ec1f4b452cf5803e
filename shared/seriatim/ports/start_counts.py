"""The port of the count of starts, by the minute."""

from typing import Protocol


class StartCounts(Protocol):
    """Starts of a project, counted by the minute."""

    def add(self, project_id: str, minute: int, starts_max: int) -> bool:
        """Count one more in this minute (since the epoch), unless there are ``starts_max``
        already; whether it was counted.
        """
