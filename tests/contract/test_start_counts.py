"""What every ``StartCounts`` does."""

from concurrent.futures import ThreadPoolExecutor

from seriatim.ports.start_counts import StartCounts


def test_a_minute_has_room_for_so_many(start_counts: StartCounts, project: str) -> None:
    assert [start_counts.add(project, 7, 3) for _ in range(5)] == [True] * 3 + [False] * 2
    assert start_counts.add(project, 8, 3)
    assert start_counts.add(f"{project}-b", 7, 3)


def test_a_higher_quota_makes_room_in_the_same_minute(
    start_counts: StartCounts, project: str
) -> None:
    assert start_counts.add(project, 7, 1)
    assert not start_counts.add(project, 7, 1)
    assert start_counts.add(project, 7, 2)
    assert not start_counts.add(project, 7, 1)


def test_of_many_at_once_no_more_are_let_in(start_counts: StartCounts, project: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(lambda _: start_counts.add(project, 7, 5), range(16)))
    assert admitted.count(True) == 5
