"""What every ``Summaries`` finds by name and metadata, with entries and without."""

from typing import Any

import pytest

from seriatim.domain.values import Status
from seriatim.ports.summaries import SearchKey, Summaries, SummaryFilter
from tests.contract.test_summaries import summary

SINCE = [None, 0, 5, 10**14]
"""Nothing has entries; all has; what started at 5 or later has; nothing yet."""


def listed(
    summaries: Summaries, project: str, where: SummaryFilter, since: int | None, limit: int = 50
) -> list[int]:
    """The numbers of all pages."""
    by = None if since is None else SearchKey(where.metadata[0][0], since)
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = summaries.list(project, where, limit, cursor, by)
        assert len(page.items) <= limit
        ids.extend(item.id for item in page.items)
        cursor = page.cursor
        if cursor is None:
            return [int(each.removeprefix("exec-")) for each in ids]


def has(**metadata: str) -> SummaryFilter:
    return SummaryFilter(metadata=tuple(metadata.items()))


def fill(summaries: Summaries, project: str, since: int | None) -> None:
    for number in range(10):
        one = summary(
            project,
            number,
            name=f"n{number % 4}",
            metadata={"team": "red" if number % 2 else "blue", "size": number // 3, "big": True},
        )
        is_found = since is not None and number >= since
        summaries.put(one, ("team",) if is_found else ())


@pytest.mark.parametrize("since", SINCE)
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_metadata_is_found_with_entries_and_without(
    summaries: Summaries, project: str, since: int | None, limit: int
) -> None:
    fill(summaries, project, since)
    assert listed(summaries, project, has(team="red"), since, limit) == [9, 7, 5, 3, 1]
    assert listed(summaries, project, has(team="green"), since, limit) == []
    both = has(team="red", size="1")
    assert listed(summaries, project, both, since, limit) == [5, 3]


@pytest.mark.parametrize("since", SINCE)
def test_metadata_goes_with_every_other_filter(
    summaries: Summaries, project: str, since: int | None
) -> None:
    fill(summaries, project, since)
    late = SummaryFilter(metadata=(("team", "red"),), started_after=1, started_before=9)
    assert listed(summaries, project, late, since, 2) == [7, 5, 3]
    summaries.put(
        summary(project, 7, number=4, status=Status.SUCCEEDED, metadata={"team": "red"}), ("team",)
    )
    ended = SummaryFilter(metadata=(("team", "red"),), status=Status.SUCCEEDED)
    assert listed(summaries, project, ended, since) == [7]
    other = SummaryFilter(metadata=(("team", "red"),), sequence_id="seq-2")
    assert listed(summaries, project, other, since) == []


@pytest.mark.parametrize(
    ("value", "text", "is_found"),
    [
        ("x", "x", True),
        ("x", "X", False),
        ("", "", True),
        (5, "5", True),
        ("5", "5", True),
        (5.5, "5.5", True),
        (True, "true", True),
        (False, "false", True),
        (None, "null", False),
        ({"a": 1}, '{"a":1}', False),
        (["x"], "x", False),
        ("ü 夜 #=&" * 100, "ü 夜 #=&" * 100, True),
    ],
)
@pytest.mark.parametrize("since", [None, 0])
def test_texts_numbers_and_truth_values_are_found(
    summaries: Summaries, project: str, since: int | None, value: Any, text: str, is_found: bool
) -> None:
    key = "a #key.of=ours"
    summaries.put(summary(project, 1, metadata={key: value}), (key,))
    where = SummaryFilter(metadata=((key, text),))
    assert listed(summaries, project, where, since) == ([1] if is_found else [])


def test_a_name_is_found(summaries: Summaries, project: str) -> None:
    fill(summaries, project, None)
    assert listed(summaries, project, SummaryFilter(name="n1"), None, 2) == [9, 5, 1]
    assert listed(summaries, project, SummaryFilter(name="n"), None) == []


@pytest.mark.parametrize("number", [1, 3])
def test_what_is_repaired_is_found(summaries: Summaries, project: str, number: int) -> None:
    """Its first summary was lost, whichever step it is repaired from."""
    one = summary(project, 1, number=number, metadata={"team": "red"})
    for _ in range(2):
        summaries.repair(one, ("team",))
    assert summaries.get(project, "exec-1") == one
    assert listed(summaries, project, has(team="red"), 0) == [1]


def test_a_later_step_has_entries_where_the_first_was_lost(
    summaries: Summaries, project: str
) -> None:
    summaries.put(summary(project, 1, number=3, metadata={"team": "red"}), ("team",))
    assert listed(summaries, project, has(team="red"), 0) == [1]


def test_a_repair_never_goes_back(summaries: Summaries, project: str) -> None:
    ended = summary(project, 1, number=4, status=Status.SUCCEEDED)
    summaries.put(ended)
    summaries.repair(summary(project, 1, number=2))
    assert summaries.get(project, "exec-1") == ended
    later = summary(project, 1, number=5, status=Status.FAILED)
    summaries.repair(later)
    assert summaries.get(project, "exec-1") == later


def test_there_is_no_summary_of_what_nobody_started(summaries: Summaries, project: str) -> None:
    summaries.put(summary(project, 1))
    assert summaries.get(project, "exec-2") is None
    assert summaries.get(f"{project}-b", "exec-1") is None


def test_entries_are_the_projects_own(summaries: Summaries, project: str) -> None:
    summaries.put(summary(project, 1, metadata={"team": "red"}), ("team",))
    assert listed(summaries, f"{project}-b", has(team="red"), 0) == []
    assert listed(summaries, f"{project}-b", has(team="red"), None) == []


def test_a_cursor_is_of_its_search_alone(summaries: Summaries, project: str) -> None:
    fill(summaries, project, 0)
    cursor = summaries.list(project, has(team="red"), 1, None, SearchKey("team", 0)).cursor
    assert cursor is not None
    again = summaries.list(project, has(team="red"), 1, cursor, None)
    assert [item.id for item in again.items] == ["exec-7"], "the way of finding does not matter"
    for where in (has(team="blue"), SummaryFilter(), SummaryFilter(name="n1")):
        with pytest.raises(ValueError, match="cursor"):
            summaries.list(project, where, 1, cursor)
