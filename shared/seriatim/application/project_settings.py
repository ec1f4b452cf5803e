"""Settings of projects as callers see them: read, and replaced as a whole on condition of the
version.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from seriatim.application.choices import SETTLING_MS
from seriatim.application.errors import check_version
from seriatim.domain.project_choices import HeldChoices, ProjectChoices
from seriatim.ports.clock import Clock
from seriatim.ports.errors import Conflict
from seriatim.ports.project_settings import ProjectSettings

ATTEMPTS_MAX: Final = 5
"""How often a change is decided again because somebody else was faster."""


class Configuring:
    """Use cases of a project's settings. Error: ``MovedOn``."""

    def __init__(self, settings: ProjectSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def get(self, project_id: str) -> HeldChoices:
        """What the project has chosen; a project that never has, has chosen nothing."""
        return self._settings.get(project_id)

    def put(
        self, project_id: str, choices: ProjectChoices, based_on: Collection[str] | None = None
    ) -> HeldChoices:
        """Replace all that the project has chosen. What changes nothing writes nothing, so that a
        repetition answers the same.

        ``based_on``: only if the version is one of these (``MovedOn``); "0" is that of settings
        never changed.
        """
        for _ in range(ATTEMPTS_MAX):
            held = self._settings.get(project_id)
            check_version("What the project has chosen", held.version, based_on)
            wanted = self._settled(choices, held.choices)
            if held.choices == wanted:
                return held
            try:
                return self._settings.put(project_id, wanted, held.version)
            except Conflict:
                continue
        raise Conflict("the project's settings are being changed by others; try again")

    def _settled(self, choices: ProjectChoices, held: ProjectChoices) -> ProjectChoices:
        """With the time from which on each searchable key counts: when every process knows it. A
        key that was searchable before stays so from its own time on.
        """
        since = self._clock.now() + SETTLING_MS
        keys = {
            key: held.searchable_metadata.get(key, since) for key in choices.searchable_metadata
        }
        return msgspec.structs.replace(choices, searchable_metadata=keys)
