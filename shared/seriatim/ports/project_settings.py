"""The port of what projects have chosen for themselves."""

from typing import Protocol

from seriatim.domain.project_choices import HeldChoices, ProjectChoices


class ProjectSettings(Protocol):
    """What projects have chosen for themselves. Every project has settings from the start."""

    def get(self, project_id: str) -> HeldChoices:
        """What it has chosen; nothing, at version 0, where it never has. Strongly consistent."""

    def put(self, project_id: str, choices: ProjectChoices, expected_version: int) -> HeldChoices:
        """Replace what it has chosen, if the version still is ``expected_version``. Of two writers
        of the same choices and the same expectation both succeed: they want the same.

        Raises:
            Conflict: it has another version. Read it again and decide again.
        """
