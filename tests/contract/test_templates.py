"""What every ``Templates`` does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from seriatim.ports.errors import Conflict, NotFound
from seriatim.ports.templates import TemplateRecord, Templates

SMALL: dict[str, Any] = {"name": "n", "nodes": [{"$parameter": "first"}], "x": 1.0}
HUGE: dict[str, Any] = {
    "nodes": [{"id": f"node-{number}", "name": "名" * 80} for number in range(10_000)]
}


def record(project: str, template_id: str = "tpl-1", /, **changes: Any) -> TemplateRecord:
    fields = {
        "project_id": project,
        "id": template_id,
        "name": "Reminder",
        "document": SMALL,
        "version": 1,
        "created_at": 1_000,
        "updated_at": 1_000,
    }
    return TemplateRecord(**{**fields, **changes})


def next_version(of: TemplateRecord, **changes: Any) -> TemplateRecord:
    return msgspec.structs.replace(of, version=of.version + 1, **changes)


def listed(templates: Templates, project: str, limit: int, name: str | None = None) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = templates.list(project, name=name, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        ids.extend(item.id for item in page.items)
        cursor = page.cursor
        if cursor is None:
            return ids


@pytest.mark.parametrize("document", [SMALL, HUGE], ids=["small", "10,000 nodes"])
def test_a_record_comes_back(templates: Templates, project: str, document: dict[str, Any]) -> None:
    created = record(project, document=document)
    templates.create(created)
    assert templates.get(project, "tpl-1") == created


def test_an_unknown_template_is_not_found(templates: Templates, project: str) -> None:
    with pytest.raises(NotFound):
        templates.get(project, "tpl-1")
    with pytest.raises(NotFound):
        templates.update(record(project, version=2), 1)
    with pytest.raises(NotFound):
        templates.delete(project, "tpl-1", 1)


def test_an_id_is_taken_once(templates: Templates, project: str) -> None:
    templates.create(record(project))
    with pytest.raises(Conflict):
        templates.create(record(project, updated_at=2_000))
    assert templates.get(project, "tpl-1").updated_at == 1_000


def test_a_write_whose_answer_was_lost_recognises_itself(
    templates: Templates, project: str
) -> None:
    first = record(project)
    second = next_version(first, name="Renamed")
    for _ in range(2):
        templates.create(first)
    for _ in range(2):
        templates.update(second, 1)
    assert templates.get(project, "tpl-1") == second


def test_an_update_needs_the_version_that_it_was_made_from(
    templates: Templates, project: str
) -> None:
    first = record(project)
    templates.create(first)
    second = next_version(first, name="Second", document=HUGE)
    templates.update(second, 1)
    with pytest.raises(Conflict):
        templates.update(next_version(first, name="Late"), 1)
    assert templates.get(project, "tpl-1") == second


def test_of_eight_updates_one_wins(templates: Templates, project: str) -> None:
    first = record(project)
    templates.create(first)

    def update(number: int) -> bool:
        try:
            templates.update(next_version(first, name=f"Writer {number}"), 1)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(update, range(8)))
    assert won.count(True) == 1
    assert templates.get(project, "tpl-1").name == f"Writer {won.index(True)}"


def test_a_deleted_template_is_gone(templates: Templates, project: str) -> None:
    templates.create(record(project))
    templates.create(record(project, "tpl-2"))
    templates.delete(project, "tpl-1", 1)
    with pytest.raises(NotFound):
        templates.get(project, "tpl-1")
    assert listed(templates, project, 50) == ["tpl-2"]


def test_what_was_changed_meanwhile_is_not_deleted(templates: Templates, project: str) -> None:
    first = record(project)
    templates.create(first)
    second = next_version(first, name="Second")
    templates.update(second, 1)
    with pytest.raises(Conflict):
        templates.delete(project, "tpl-1", 1)
    assert templates.get(project, "tpl-1") == second


def test_the_list_of_a_project_is_in_the_order_of_ids(templates: Templates, project: str) -> None:
    for template_id in ("b", "a", "模板", "c"):
        templates.create(record(project, template_id))
    templates.create(record(f"{project}-b", "other"))
    for limit in (1, 2, 3, 4, 5):
        assert listed(templates, project, limit) == ["a", "b", "c", "模板"]


def test_lists_are_restricted_by_name(templates: Templates, project: str) -> None:
    for number in range(9):
        templates.create(record(project, f"t{number}", name=f"N{number % 3}"))
    for limit in (1, 2, 50):
        assert listed(templates, project, limit, "N1") == ["t1", "t4", "t7"]
        assert listed(templates, project, limit, "N") == []


def test_big_documents_are_listed_whole(templates: Templates, project: str) -> None:
    records = [record(project, f"t{number}", document=HUGE) for number in range(3)]
    for one in records:
        templates.create(one)
    page = templates.list(project, name=None, limit=50, cursor=None)
    assert page.items == tuple(records)


def test_a_cursor_of_another_list_is_refused(templates: Templates, project: str) -> None:
    for number in range(3):
        templates.create(record(project, f"t{number}"))
    cursor = templates.list(project, name=None, limit=1, cursor=None).cursor
    assert cursor is not None
    with pytest.raises(ValueError, match="cursor"):
        templates.list(project, name="Reminder", limit=1, cursor=cursor)
    with pytest.raises(ValueError, match="cursor"):
        templates.list(f"{project}-b", name=None, limit=1, cursor=cursor)
    with pytest.raises(ValueError, match="cursor"):
        templates.list(project, name=None, limit=1, cursor="nonsense")


def test_what_is_read_is_shared_with_nobody(templates: Templates, project: str) -> None:
    created = record(project, document={"nodes": [1]})
    templates.create(created)
    created.document["nodes"].append(2)
    templates.get(project, "tpl-1").document["nodes"].append(3)
    assert templates.get(project, "tpl-1").document == {"nodes": [1]}
