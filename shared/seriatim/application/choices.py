"""What projects have chosen, kept for a moment: it is asked at every start and changes seldom."""

from threading import Lock
from typing import Final

from seriatim.domain.project_choices import ProjectChoices
from seriatim.ports.clock import Clock
from seriatim.ports.project_settings import ProjectSettings

KEPT_MS: Final = 5_000
"""For so long a process may go by what a project had chosen before. A change says from when on it
counts where that matters (``SETTLING_MS``).
"""
SETTLING_MS: Final = 5 * 60_000
PROJECTS_KEPT_MAX: Final = 10_000

assert 2 * KEPT_MS <= SETTLING_MS, "clocks may differ by minutes"


class Choices:
    """Safe to use from several threads."""

    def __init__(self, settings: ProjectSettings, clock: Clock, kept_ms: int = KEPT_MS) -> None:
        """``kept_ms``: longer for who may be late."""
        self._kept_ms = kept_ms
        self._settings = settings
        self._clock = clock
        self._kept: dict[str, tuple[int, ProjectChoices]] = {}
        self._lock = Lock()

    def of(self, project_id: str) -> ProjectChoices:
        """What a project has chosen, up to ``kept_ms`` ago. Raises ``Unavailable``."""
        now = self._clock.now()
        with self._lock:
            until, choices = self._kept.get(project_id, (0, None))
        if choices is not None and now < until:
            return choices
        return self.fresh(project_id)

    def fresh(self, project_id: str) -> ProjectChoices:
        """What it has chosen now. Strongly consistent. Raises ``Unavailable``."""
        now = self._clock.now()
        choices = self._settings.get(project_id).choices
        with self._lock:
            if len(self._kept) >= PROJECTS_KEPT_MAX:
                self._kept.clear()
            self._kept[project_id] = (now + self._kept_ms, choices)
        return choices
