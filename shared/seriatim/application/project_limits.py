"""The limit that a project has set to its executions, kept for a few seconds: a start would ask for
it each time.
"""

import threading
from typing import Final

from seriatim.ports import Clock
from seriatim.project_ports import ProjectSettings

KEPT_MS: Final = 5_000
PROJECTS_KEPT_MAX: Final = 1_000


class ProjectLimits:
    """Safe to use from several threads."""

    def __init__(self, settings: ProjectSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._kept: dict[str, tuple[int, int | None]] = {}
        self._lock = threading.Lock()

    def executions_max(self, project_id: str) -> int | None:
        """How many executions of the project may run at once, as it was at most ``KEPT_MS`` ago;
        ``None``: no limit.
        """
        now = self._clock.now()
        with self._lock:
            until, known = self._kept.get(project_id, (0, None))
        if now < until:
            return known
        limit = self._settings.get(project_id).choices.max_concurrent_executions
        with self._lock:
            if len(self._kept) >= PROJECTS_KEPT_MAX:
                self._kept.clear()
            self._kept[project_id] = (now + KEPT_MS, limit)
        return limit
