"""Settings of projects: what happens when somebody else changes them meanwhile.

What the calls answer is tested through the API (``tests/unit/api``).
"""

from collections.abc import Callable

import pytest

from seriatim.application.errors import MovedOn
from seriatim.application.project_settings import ATTEMPTS_MAX, Configuring
from seriatim.domain.project_choices import HeldChoices, ProjectChoices
from seriatim.ports.errors import Conflict
from tests.fakes.clock import FakeClock
from tests.fakes.project_settings import FakeProjectSettings

FIVE = ProjectChoices(max_concurrent_executions=5)
SIX = ProjectChoices(max_concurrent_executions=6)


class Contended(FakeProjectSettings):
    """Lets somebody else be faster, for as long as ``interfere`` is there."""

    def __init__(self) -> None:
        super().__init__()
        self.interfere: Callable[[], object] | None = None

    def put(self, project_id: str, choices: ProjectChoices, expected_version: int) -> HeldChoices:
        """Write, after the other has."""
        interfere, self.interfere = self.interfere, None
        if interfere is not None:
            interfere()
        return super().put(project_id, choices, expected_version)


def test_a_change_of_a_version_that_moves_on_meanwhile_is_not_made() -> None:
    kept = Contended()
    settings = Configuring(kept, FakeClock())
    kept.interfere = lambda: settings.put("p", SIX)
    with pytest.raises(MovedOn):
        settings.put("p", FIVE, based_on={"0"})
    assert settings.get("p") == HeldChoices(SIX, 1)


def test_a_change_of_whatever_version_is_made_after_the_other() -> None:
    kept = Contended()
    settings = Configuring(kept, FakeClock())
    kept.interfere = lambda: settings.put("p", SIX)
    assert settings.put("p", FIVE) == HeldChoices(FIVE, 2)


def test_a_change_gives_up_where_others_are_always_faster() -> None:
    kept = Contended()
    settings = Configuring(kept, FakeClock())
    tries: list[int] = []

    def interfere() -> None:
        tries.append(1)
        other = ProjectChoices(max_concurrent_executions=10 + len(tries))
        FakeProjectSettings.put(kept, "p", other, len(tries) - 1)
        kept.interfere = interfere

    kept.interfere = interfere
    with pytest.raises(Conflict):
        settings.put("p", FIVE)
    assert len(tries) == ATTEMPTS_MAX
