"""What every ``Summaries`` does."""

import base64
from typing import Any

import msgspec
import pytest

from seriatim.domain.values import Error, Status
from seriatim.ports.summaries import Summaries, Summary, SummaryFilter

ALL = SummaryFilter()


def summary(project: str, number: int, /, **changes: Any) -> Summary:
    """Execution ``number`` of a project, started at that instant."""
    fields = {
        "project_id": project,
        "id": f"exec-{number}",
        "sequence_id": "seq-1",
        "revision": 1,
        "status": Status.RUNNING,
        "start_time": number,
        "number": 1,
    }
    return Summary(**{**fields, **changes})


def listed(
    summaries: Summaries, project: str, where: SummaryFilter = ALL, limit: int = 50
) -> list[str]:
    """The ids of all pages."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = summaries.list(project, where, limit, cursor)
        assert len(page.items) <= limit
        ids.extend(item.id for item in page.items)
        cursor = page.cursor
        if cursor is None:
            return ids


def test_a_summary_comes_back_whole(summaries: Summaries, project: str) -> None:
    whole = summary(
        project,
        1,
        status=Status.FAILED,
        name="nächtlich 夜",
        end_time=9,
        priority=-3,
        metadata={"team": "ü", "n": 1.5},
        error=Error("Card.Declined", "no money", {"left": 0}, retryable=True),
        parent_id="exec-0",
    )
    summaries.put(whole)
    assert summaries.list(project, ALL, 50, None).items == (whole,)


def test_a_big_summary_comes_back_whole(summaries: Summaries, project: str) -> None:
    whole = summary(project, 1, error=Error("E", "m" * 5_000, {"trace": "x" * 500_000}))
    summaries.put(whole)
    assert summaries.list(project, ALL, 50, None).items == (whole,)


def test_a_project_without_executions_has_an_empty_list(summaries: Summaries, project: str) -> None:
    page = summaries.list(project, ALL, 50, None)
    assert (page.items, page.cursor) == ((), None)


def test_a_later_step_replaces_an_older_one(summaries: Summaries, project: str) -> None:
    summaries.put(summary(project, 1, number=1))
    summaries.put(summary(project, 1, number=4, status=Status.SUCCEEDED))
    assert summaries.list(project, ALL, 50, None).items[0].status is Status.SUCCEEDED


@pytest.mark.parametrize("late", [1, 4])
def test_a_late_summary_never_replaces_a_newer_one(
    summaries: Summaries, project: str, late: int
) -> None:
    summaries.put(summary(project, 1, number=4, status=Status.SUCCEEDED))
    summaries.put(summary(project, 1, number=late, status=Status.RUNNING))
    assert summaries.list(project, ALL, 50, None).items[0].status is Status.SUCCEEDED
    assert listed(summaries, project, SummaryFilter(status=Status.RUNNING)) == []


def test_lists_begin_with_the_newest_start(summaries: Summaries, project: str) -> None:
    for number in (3, 1, 20, 100, 2):
        summaries.put(summary(project, number))
    assert listed(summaries, project) == ["exec-100", "exec-20", "exec-3", "exec-2", "exec-1"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_show_everything_once(summaries: Summaries, project: str, limit: int) -> None:
    for number in range(7):
        summaries.put(summary(project, number, start_time=number // 3))
    ids = listed(summaries, project, limit=limit)
    assert sorted(ids) == [f"exec-{number}" for number in range(7)]
    assert ids == listed(summaries, project, limit=50)


def test_the_last_page_has_no_cursor(summaries: Summaries, project: str) -> None:
    for number in range(4):
        summaries.put(summary(project, number))
    assert summaries.list(project, ALL, 4, None).cursor is None
    first = summaries.list(project, ALL, 2, None)
    assert first.cursor is not None
    assert summaries.list(project, ALL, 2, first.cursor).cursor is None


def test_what_changes_between_pages_keeps_its_place(summaries: Summaries, project: str) -> None:
    """New executions come before, ended ones stay where they were: nothing is shown twice or left
    out.
    """
    for number in range(1, 7):
        summaries.put(summary(project, number))
    first = summaries.list(project, ALL, 3, None)
    summaries.put(summary(project, 7))
    for number in (2, 4, 5):
        summaries.put(summary(project, number, number=2, status=Status.SUCCEEDED))
    second = summaries.list(project, ALL, 3, first.cursor)
    assert [item.id for item in second.items] == ["exec-3", "exec-2", "exec-1"]


def test_a_page_of_a_status_goes_on_after_its_last_item_left_it(
    summaries: Summaries, project: str
) -> None:
    for number in range(1, 5):
        summaries.put(summary(project, number))
    where = SummaryFilter(status=Status.RUNNING)
    first = summaries.list(project, where, 2, None)
    summaries.put(summary(project, 3, number=2, status=Status.SUCCEEDED))
    second = summaries.list(project, where, 2, first.cursor)
    assert [item.id for item in second.items] == ["exec-2", "exec-1"]


@pytest.fixture
def mixed(summaries: Summaries, project: str) -> Summaries:
    for number in range(12):
        status = Status.FAILED if number % 3 == 0 else Status.SUCCEEDED
        sequence = "seq-1" if number % 2 == 0 else "seq-2"
        summaries.put(summary(project, number, sequence_id=sequence, status=status))
    return summaries


@pytest.mark.parametrize("limit", [1, 2, 50])
@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        (SummaryFilter(status=Status.FAILED), [9, 6, 3, 0]),
        (SummaryFilter(status=Status.RUNNING), []),
        (SummaryFilter(sequence_id="seq-2"), [11, 9, 7, 5, 3, 1]),
        (SummaryFilter(sequence_id="seq"), []),
        (SummaryFilter(sequence_id="seq-2", status=Status.FAILED), [9, 3]),
        (SummaryFilter(started_after=8), [11, 10, 9]),
        (SummaryFilter(started_before=3), [2, 1, 0]),
        (SummaryFilter(started_after=2, started_before=6), [5, 4, 3]),
        (SummaryFilter(started_after=5, started_before=5), []),
        (SummaryFilter(started_after=6, started_before=2), []),
        (SummaryFilter(started_after=-5, started_before=10**18), list(range(11, -1, -1))),
        (SummaryFilter(started_before=-5), []),
        (SummaryFilter(started_after=10**18), []),
        (SummaryFilter(status=Status.SUCCEEDED, started_after=4), [11, 10, 8, 7, 5]),
        (
            SummaryFilter(
                sequence_id="seq-1", status=Status.SUCCEEDED, started_after=2, started_before=10
            ),
            [8, 4],
        ),
    ],
    ids=str,
)
def test_filters_restrict_the_list(
    mixed: Summaries, project: str, where: SummaryFilter, numbers: list[int], limit: int
) -> None:
    assert listed(mixed, project, where, limit) == [f"exec-{number}" for number in numbers]


def test_projects_are_apart(summaries: Summaries, project: str) -> None:
    other = f"{project}-b"
    summaries.put(summary(project, 1))
    summaries.put(summary(other, 2))
    assert listed(summaries, project) == ["exec-1"]
    assert listed(summaries, other, SummaryFilter(status=Status.RUNNING)) == ["exec-2"]
    assert listed(summaries, other, SummaryFilter(sequence_id="seq-1")) == ["exec-2"]


def test_ids_may_be_of_any_script(summaries: Summaries, project: str) -> None:
    named = f"{project} проект"
    ids = ["执行", "🦊" * 128, "تنفيذ", "a b"]
    for number, name in enumerate(ids):
        summaries.put(summary(named, number, id=name, sequence_id="序列"))
    assert listed(summaries, named, limit=1) == ids[::-1]
    assert listed(summaries, named, SummaryFilter(sequence_id="序列"), limit=3) == ids[::-1]


def test_a_cursor_of_another_list_is_refused(mixed: Summaries, project: str) -> None:
    cursor = mixed.list(project, SummaryFilter(status=Status.FAILED), 1, None).cursor
    assert cursor is not None
    for where in (ALL, SummaryFilter(status=Status.SUCCEEDED), SummaryFilter(sequence_id="seq-1")):
        with pytest.raises(ValueError, match="cursor"):
            mixed.list(project, where, 1, cursor)
    with pytest.raises(ValueError, match="cursor"):
        mixed.list(f"{project}-b", SummaryFilter(status=Status.FAILED), 1, cursor)


@pytest.mark.parametrize(
    "cursor", ["", "x", "%%%", "\x00", "ключ", "W10", "eyJhIjoxfQ", "A" * 5_000, "W251bGxd", "===="]
)
def test_garbage_is_no_cursor(mixed: Summaries, project: str, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        mixed.list(project, ALL, 1, cursor)


def test_a_forged_cursor_shows_no_more_than_its_list(mixed: Summaries, project: str) -> None:
    """Its digest can be worked out by anybody; what it says is bounded all the same."""
    cursor = mixed.list(project, ALL, 1, None).cursor
    assert cursor is not None
    digest, _ = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))

    def forged(position: Any) -> str:
        body = msgspec.json.encode([digest, position])
        return base64.urlsafe_b64encode(body).rstrip(b"=").decode()

    for position in ("", "x" * 1_025, "é" * 513, None, 7):
        with pytest.raises(ValueError, match="cursor"):
            mixed.list(project, ALL, 1, forged(position))
    whole = mixed.list(project, ALL, 50, None).items
    assert mixed.list(project, ALL, 50, forged("~")).items == whole
    assert mixed.list(project, ALL, 50, forged("!")).items == ()


def test_a_cursor_can_stand_in_a_url(mixed: Summaries, project: str) -> None:
    cursor = mixed.list(project, ALL, 1, None).cursor
    assert cursor is not None
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert cursor.isascii()
