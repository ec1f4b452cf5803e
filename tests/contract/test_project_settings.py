"""What every ``ProjectSettings`` does."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from seriatim.domain.project_choices import HeldChoices, ProjectChoices
from seriatim.ports.errors import Conflict
from seriatim.ports.project_settings import ProjectSettings

FIVE = ProjectChoices(max_concurrent_executions=5)
SIX = ProjectChoices(max_concurrent_executions=6)


def test_a_project_begins_with_nothing_chosen(
    project_settings: ProjectSettings, project: str
) -> None:
    assert project_settings.get(project) == HeldChoices(ProjectChoices(), 0)


def test_choices_come_back_and_their_changes_are_counted(
    project_settings: ProjectSettings, project: str
) -> None:
    assert project_settings.put(project, FIVE, 0) == HeldChoices(FIVE, 1)
    assert project_settings.get(project) == HeldChoices(FIVE, 1)
    assert project_settings.put(project, ProjectChoices(), 1) == HeldChoices(ProjectChoices(), 2)
    assert project_settings.get(project) == HeldChoices(ProjectChoices(), 2)


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_change_needs_the_version_that_it_was_made_from(
    project_settings: ProjectSettings, project: str, expected: int
) -> None:
    project_settings.put(project, FIVE, 0)
    project_settings.put(project, SIX, 1)
    with pytest.raises(Conflict):
        project_settings.put(project, ProjectChoices(), expected)
    assert project_settings.get(project) == HeldChoices(SIX, 2)


def test_what_was_never_chosen_has_no_later_version(
    project_settings: ProjectSettings, project: str
) -> None:
    with pytest.raises(Conflict):
        project_settings.put(project, FIVE, 1)
    assert project_settings.get(project).version == 0


def test_a_change_whose_answer_was_lost_recognises_itself(
    project_settings: ProjectSettings, project: str
) -> None:
    for _ in range(2):
        assert project_settings.put(project, FIVE, 0) == HeldChoices(FIVE, 1)


def test_of_eight_changes_one_wins(project_settings: ProjectSettings, project: str) -> None:
    def change(number: int) -> bool:
        choices = ProjectChoices(max_concurrent_executions=number)
        try:
            project_settings.put(project, choices, 0)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(change, range(1, 9)))
    assert won.count(True) == 1
    kept = project_settings.get(project).choices.max_concurrent_executions
    assert kept == won.index(True) + 1


def test_projects_choose_apart(project_settings: ProjectSettings, project: str) -> None:
    project_settings.put(project, FIVE, 0)
    assert project_settings.get(f"{project}-b").version == 0
