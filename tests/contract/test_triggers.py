"""What every ``Triggers`` does."""

from typing import Any

import pytest

from seriatim.domain.values import Error
from seriatim.ports.errors import Conflict, NotFound
from seriatim.ports.triggers import Firing, TriggerRecord, Triggers


def record(project: str, trigger_id: str = "t", /, **changes: Any) -> TriggerRecord:
    fields = {
        "project_id": project,
        "id": trigger_id,
        "document": {"sequenceId": "s", "rate": 1.0},
        "version": 1,
        "created_at": 1_000,
        "updated_at": 1_000,
    }
    return TriggerRecord(**{**fields, **changes})


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_record_comes_back(triggers: Triggers, project: str, size: int) -> None:
    created = record(project, document={"variables": {"text": "x" * size}})
    triggers.put(created, 0)
    triggers.put(created, 0)
    assert triggers.get(project, "t") == created


def test_of_two_changes_of_one_version_one_is_refused(triggers: Triggers, project: str) -> None:
    triggers.put(record(project), 0)
    triggers.put(record(project, version=2, updated_at=2_000), 1)
    for late in (record(project, version=2, updated_at=3_000), record(project, updated_at=3_000)):
        with pytest.raises(Conflict):
            triggers.put(late, late.version - 1)
    assert triggers.get(project, "t").updated_at == 2_000


def test_a_change_of_what_was_deleted_is_refused(triggers: Triggers, project: str) -> None:
    with pytest.raises(Conflict):
        triggers.put(record(project, version=2), 1)


def test_what_is_deleted_is_gone_with_its_firing(triggers: Triggers, project: str) -> None:
    triggers.put(record(project), 0)
    triggers.record_firing(project, "t", Firing(at=1))
    triggers.delete(project, "t")
    triggers.delete(project, "t")
    assert triggers.last_firing(project, "t") is None
    with pytest.raises(NotFound, match="trigger 't'"):
        triggers.get(project, "t")


def test_a_list_shows_all_of_a_project_by_id(triggers: Triggers, project: str) -> None:
    for name in ("c", "a", "b"):
        triggers.put(record(project, name), 0)
        triggers.record_firing(project, name, Firing(at=1))
    triggers.put(record(project + "-other"), 0)
    first = triggers.list(project, 2, None)
    rest = triggers.list(project, 2, first.cursor)
    assert [one.id for one in (*first.items, *rest.items)] == ["a", "b", "c"]
    assert rest.cursor is None


def test_of_firings_the_last_is_kept(triggers: Triggers, project: str) -> None:
    assert triggers.last_firing(project, "t") is None
    late = Firing(at=5, error=Error("NotFound", "no such sequence"))
    for firing in (Firing(at=3, execution_id="exec-1"), late, Firing(at=4)):
        triggers.record_firing(project, "t", firing)
    assert triggers.last_firing(project, "t") == late
