"""``ProjectSettings`` in memory, as JSON."""

from threading import Lock

import msgspec

from seriatim.domain.project_choices import HeldChoices, ProjectChoices
from seriatim.ports.errors import Conflict


class FakeProjectSettings:
    """Choices by project."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}
        self._lock = Lock()

    def get(self, project_id: str) -> HeldChoices:
        with self._lock:
            return self._found(project_id)

    def put(self, project_id: str, choices: ProjectChoices, expected_version: int) -> HeldChoices:
        wanted = HeldChoices(choices, expected_version + 1)
        with self._lock:
            found = self._found(project_id)
            if found.version != expected_version and found != wanted:
                raise Conflict("The settings were changed meanwhile.")
            self._held[project_id] = msgspec.json.encode(wanted)
        return wanted

    def _found(self, project_id: str) -> HeldChoices:
        body = self._held.get(project_id)
        return HeldChoices() if body is None else msgspec.json.decode(body, type=HeldChoices)
