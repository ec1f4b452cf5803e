"""What every ``Sequences`` does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from seriatim.ports.day_counts import DayCount, DayCounts
from seriatim.ports.errors import Conflict, NotFound
from seriatim.ports.sequences import SequenceRecord, Sequences
from seriatim.ports.start_counts import StartCounts

SMALL: dict[str, Any] = {"name": "n", "nodes": [{"id": "start", "type": "start"}], "x": 1.0}
HUGE: dict[str, Any] = {
    "nodes": [{"id": f"node-{number}", "name": "名" * 80} for number in range(10_000)]
}


def record(project: str, name: str = "seq-1", /, **changes: Any) -> SequenceRecord:
    fields = {
        "project_id": project,
        "id": name,
        "name": "Nightly",
        "status": "draft",
        "document": SMALL,
        "revision": 0,
        "version": 1,
        "created_at": 1_000,
        "updated_at": 1_000,
    }
    return SequenceRecord(**{**fields, **changes})


def next_version(of: SequenceRecord, **changes: Any) -> SequenceRecord:
    return msgspec.structs.replace(of, version=of.version + 1, **changes)


def listed(sequences: Sequences, project: str, limit: int, **where: str | None) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = sequences.list(
            project,
            status=where.get("status"),
            name=where.get("name"),
            limit=limit,
            cursor=cursor,
        )
        assert len(page.items) <= limit
        ids.extend(item.id for item in page.items)
        cursor = page.cursor
        if cursor is None:
            return ids


@pytest.mark.parametrize("document", [SMALL, HUGE], ids=["small", "10,000 nodes"])
def test_a_record_comes_back(sequences: Sequences, project: str, document: dict[str, Any]) -> None:
    created = record(project, document=document)
    sequences.create(created)
    assert sequences.get(project, "seq-1") == created


def test_an_unknown_sequence_is_not_found(sequences: Sequences, project: str) -> None:
    with pytest.raises(NotFound):
        sequences.get(project, "seq-1")
    with pytest.raises(NotFound):
        sequences.get_revision(project, "seq-1", 1)
    with pytest.raises(NotFound):
        sequences.update(record(project, version=2), 1, publish=False)
    with pytest.raises(NotFound):
        sequences.update(record(project, version=2, revision=1), 1, publish=True)


def test_an_id_is_taken_once(sequences: Sequences, project: str) -> None:
    sequences.create(record(project))
    with pytest.raises(Conflict):
        sequences.create(record(project, name="seq-1", updated_at=2_000))
    assert sequences.get(project, "seq-1").updated_at == 1_000


def test_a_write_whose_answer_was_lost_recognises_itself(
    sequences: Sequences, project: str
) -> None:
    first = record(project)
    second = next_version(first, name="Renamed")
    third = next_version(second, revision=1, status="active")
    for _ in range(2):
        sequences.create(first)
    for _ in range(2):
        sequences.update(second, 1, publish=False)
    for _ in range(2):
        sequences.update(third, 2, publish=True)
    assert sequences.get(project, "seq-1") == third


def test_an_update_needs_the_version_that_it_was_made_from(
    sequences: Sequences, project: str
) -> None:
    first = record(project)
    sequences.create(first)
    second = next_version(first, name="Second")
    sequences.update(second, 1, publish=False)
    with pytest.raises(Conflict):
        sequences.update(next_version(first, name="Late"), 1, publish=False)
    with pytest.raises(Conflict):
        sequences.update(next_version(first, name="Late", revision=1), 1, publish=True)
    assert sequences.get(project, "seq-1") == second
    with pytest.raises(NotFound):
        sequences.get_revision(project, "seq-1", 1)


@pytest.mark.parametrize("document", [SMALL, HUGE], ids=["small", "10,000 nodes"])
def test_published_revisions_stay_as_they_were(
    sequences: Sequences, project: str, document: dict[str, Any]
) -> None:
    draft = record(project, document=document)
    sequences.create(draft)
    first = next_version(draft, revision=1, status="active")
    sequences.update(first, 1, publish=True)
    changed = next_version(first, document={"nodes": []})
    sequences.update(changed, 2, publish=False)
    second = next_version(changed, revision=2, document={"nodes": [2]})
    sequences.update(second, 3, publish=True)
    assert sequences.get_revision(project, "seq-1", 1) == document
    assert sequences.get_revision(project, "seq-1", 2) == {"nodes": [2]}
    with pytest.raises(NotFound):
        sequences.get_revision(project, "seq-1", 3)


def test_a_revision_is_never_published_over(sequences: Sequences, project: str) -> None:
    draft = record(project)
    sequences.create(draft)
    first = next_version(draft, revision=1)
    sequences.update(first, 1, publish=True)
    with pytest.raises(Conflict):
        sequences.update(next_version(first, document={"nodes": []}), 2, publish=True)
    assert sequences.get(project, "seq-1") == first
    assert sequences.get_revision(project, "seq-1", 1) == SMALL


def test_of_eight_updates_one_wins(sequences: Sequences, project: str) -> None:
    first = record(project)
    sequences.create(first)

    def update(number: int) -> bool:
        changed = next_version(first, name=f"Writer {number}", revision=1)
        try:
            sequences.update(changed, 1, publish=True)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(update, range(8)))
    assert won.count(True) == 1
    assert sequences.get(project, "seq-1").name == f"Writer {won.index(True)}"


def test_the_list_of_a_project_is_in_the_order_of_ids(sequences: Sequences, project: str) -> None:
    for name in ("b", "a", "序列", "c"):
        sequences.create(record(project, name))
    sequences.create(record(f"{project}-b", "other"))
    for limit in (1, 2, 3, 4, 5):
        assert listed(sequences, project, limit) == ["a", "b", "c", "序列"]


def test_lists_are_restricted_by_status_and_name(sequences: Sequences, project: str) -> None:
    for number in range(9):
        status = "active" if number % 3 == 0 else "draft"
        sequences.create(record(project, f"s{number}", status=status, name=f"N{number % 2}"))
    for limit in (1, 2, 50):
        assert listed(sequences, project, limit, status="active") == ["s0", "s3", "s6"]
        assert listed(sequences, project, limit, name="N1") == ["s1", "s3", "s5", "s7"]
        assert listed(sequences, project, limit, status="active", name="N0") == ["s0", "s6"]
        assert listed(sequences, project, limit, name="N") == []


def test_big_documents_are_listed_whole(sequences: Sequences, project: str) -> None:
    records = [record(project, f"s{number}", document=HUGE) for number in range(3)]
    for one in records:
        sequences.create(one)
    page = sequences.list(project, status=None, name=None, limit=50, cursor=None)
    assert page.items == tuple(records)


def test_a_cursor_of_another_list_is_refused(sequences: Sequences, project: str) -> None:
    for number in range(3):
        sequences.create(record(project, f"s{number}"))
    cursor = sequences.list(project, status=None, name=None, limit=1, cursor=None).cursor
    assert cursor is not None
    with pytest.raises(ValueError, match="cursor"):
        sequences.list(project, status="draft", name=None, limit=1, cursor=cursor)
    with pytest.raises(ValueError, match="cursor"):
        sequences.list(f"{project}-b", status=None, name=None, limit=1, cursor=cursor)
    with pytest.raises(ValueError, match="cursor"):
        sequences.list(project, status=None, name=None, limit=1, cursor="nonsense")


def test_what_is_read_is_shared_with_nobody(sequences: Sequences, project: str) -> None:
    created = record(project, document={"nodes": [1]})
    sequences.create(created)
    created.document["nodes"].append(2)
    sequences.get(project, "seq-1").document["nodes"].append(3)
    assert sequences.get(project, "seq-1").document == {"nodes": [1]}


def test_revisions_are_listed_newest_first_by_pages(sequences: Sequences, project: str) -> None:
    known = record(project)
    sequences.create(known)
    for number in (1, 2, 3):
        document = {**known.document, "version": f"v{number}"}
        known = next_version(known, document=document, revision=number, updated_at=100 * number)
        sequences.update(known, number, publish=True)
    page = sequences.list_revisions(project, known.id, 2, None)
    assert [(one.revision, one.label, one.published_at) for one in page.items] == [
        (3, "v3", 300),
        (2, "v2", 200),
    ]
    assert (page.items[0].nodes, page.items[0].transitions) == (1, 0)
    rest = sequences.list_revisions(project, known.id, 2, page.cursor)
    assert ([one.revision for one in rest.items], rest.cursor) == ([1], None)
    assert sequences.list_revisions(project, "nothing", 2, None).items == ()
    with pytest.raises(ValueError, match="list"):
        sequences.list_revisions(project, "other", 2, page.cursor)


def test_what_a_project_has_used_is_in_no_list(
    sequences: Sequences, start_counts: StartCounts, day_counts: DayCounts, project: str
) -> None:
    sequences.create(record(project))
    start_counts.add(project, 7, 3)
    day_counts.add(project, 20_000, DayCount(steps=4, timers=1))
    assert listed(sequences, project, 10) == ["seq-1"]
