"""What every ``Watches`` does: executions are found when it is time to look at them."""

import msgspec

from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.summaries import Summaries, Summary
from seriatim.ports.watches import SHARDS, Watches
from tests.contract.test_summaries import listed, summary

FAR = 10**12


def watched(project: str, number: int, watch_at: int | None, step: int = 1) -> Summary:
    found = summary(project, number, number=step)
    return msgspec.structs.replace(found, watch_at=watch_at)


def found(watches: Watches, project: str, now: int, limit: int = 50) -> list[tuple[str, int]]:
    """What is due in a project, by time, whatever the shards and pages."""
    due: list[tuple[int, ExecutionKey]] = []
    for shard in range(SHARDS):
        cursor: str | None = None
        times: list[int] = []
        while True:
            page = watches.due(shard, now, limit, cursor)
            assert len(page.items) <= limit
            times += [one.at for one in page.items]
            due += [(one.at, one.key) for one in page.items]
            cursor = page.cursor
            if cursor is None:
                break
        assert times == sorted(times)
    return [(key.execution_id, at) for at, key in sorted(due) if key.project_id == project]


def test_an_execution_is_found_from_its_watch_on(
    summaries: Summaries, watches: Watches, project: str
) -> None:
    summaries.put(watched(project, 1, 5_000))
    assert found(watches, project, 4_999) == []
    assert found(watches, project, 5_000) == [("exec-1", 5_000)]
    assert found(watches, project, FAR) == [("exec-1", 5_000)]


def test_a_summary_without_a_watch_is_never_found(
    summaries: Summaries, watches: Watches, project: str
) -> None:
    summaries.put(watched(project, 1, None))
    summaries.put(watched(project, 2, 5_000))
    summaries.put(watched(project, 2, None, step=2))
    assert found(watches, project, FAR) == []


def test_keeping_moves_the_watch_of_the_same_step(
    summaries: Summaries, watches: Watches, project: str
) -> None:
    summaries.put(watched(project, 1, 5_000))
    watches.keep(watched(project, 1, 9_000))
    assert found(watches, project, FAR) == [("exec-1", 9_000)]
    watches.keep(watched(project, 1, None))
    assert found(watches, project, FAR) == []
    assert listed(summaries, project) == ["exec-1"]


def test_keeping_an_older_step_changes_nothing(
    summaries: Summaries, watches: Watches, project: str
) -> None:
    newer = msgspec.structs.replace(watched(project, 1, 5_000, step=3), status=Status.WAITING)
    summaries.put(newer)
    watches.keep(watched(project, 1, None, step=2))
    assert found(watches, project, FAR) == [("exec-1", 5_000)]


def test_keeping_writes_a_summary_that_was_lost(
    summaries: Summaries, watches: Watches, project: str
) -> None:
    watches.keep(watched(project, 1, 5_000))
    assert listed(summaries, project) == ["exec-1"]
    assert found(watches, project, FAR) == [("exec-1", 5_000)]


def test_pages_of_a_shard_show_everything_once(
    summaries: Summaries, watches: Watches, project: str
) -> None:
    for number in range(40):
        summaries.put(watched(project, number, number // 3))
    for limit in (1, 2, 50):
        ids = [execution_id for execution_id, _ in found(watches, project, FAR, limit)]
        assert sorted(ids) == sorted(f"exec-{number}" for number in range(40))
