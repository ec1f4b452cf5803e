"""Global variables: what happens when somebody else writes meanwhile.

What the calls answer is tested through the API (``tests/unit/api``).
"""

from collections.abc import Callable
from typing import Any

import pytest

from seriatim.application.errors import MovedOn
from seriatim.application.global_variables import ATTEMPTS_MAX, ProjectVariables
from seriatim.domain.values import GlobalValue
from seriatim.ports.errors import Conflict
from tests.fakes.global_variables import FakeGlobalVariables


class Contended(FakeGlobalVariables):
    """Lets somebody else be faster, for as long as ``interfere`` is there."""

    def __init__(self) -> None:
        super().__init__()
        self.interfere: Callable[[], object] | None = None

    def write(
        self, project_id: str, name: str, value: Any, expected_version: int | None
    ) -> GlobalValue:
        """Write, after the other has."""
        interfere, self.interfere = self.interfere, None
        if interfere is not None:
            interfere()
        return super().write(project_id, name, value, expected_version)


@pytest.fixture
def kept() -> Contended:
    return Contended()


@pytest.fixture
def variables(kept: Contended) -> ProjectVariables:
    return ProjectVariables(kept)


def test_a_write_of_a_version_that_moves_on_meanwhile_is_not_made(
    kept: Contended, variables: ProjectVariables
) -> None:
    variables.put("p", "x", "first")
    kept.interfere = lambda: variables.put("p", "x", "other")
    with pytest.raises(MovedOn):
        variables.put("p", "x", "mine", based_on={"1"})
    assert variables.get("p", "x") == GlobalValue("other", 2)


def test_a_write_of_whatever_version_is_made_after_the_other(
    kept: Contended, variables: ProjectVariables
) -> None:
    variables.put("p", "x", "first")
    for must_exist in (False, True):
        kept.interfere = lambda: variables.put("p", "x", "other")
        variables.put("p", "x", "mine", must_exist=must_exist)
    assert variables.get("p", "x") == GlobalValue("mine", 5)


def test_a_write_of_one_of_several_versions_takes_the_one_that_it_finds(
    kept: Contended, variables: ProjectVariables
) -> None:
    variables.put("p", "x", "first")
    kept.interfere = lambda: variables.put("p", "x", "other")
    assert variables.put("p", "x", "mine", based_on={"1", "2"}).version == 3


def test_a_write_gives_up_when_others_are_always_faster(
    kept: Contended, variables: ProjectVariables
) -> None:
    variables.put("p", "x", 0)
    made: list[int] = []

    def other() -> None:
        made.append(len(made))
        variables.put("p", "x", len(made))
        kept.interfere = other

    kept.interfere = other
    with pytest.raises(Conflict):
        variables.put("p", "x", "mine", must_exist=True)
    assert len(made) == ATTEMPTS_MAX
