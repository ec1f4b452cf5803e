"""What every ``DayCounts`` does."""

from concurrent.futures import ThreadPoolExecutor

from seriatim.ports.day_counts import DayCount, DayCounts

DAY = 20_000


def test_what_was_never_counted_is_nothing(day_counts: DayCounts, project: str) -> None:
    assert day_counts.read(project, DAY) == DayCount()


def test_counts_add_up_by_project_and_day(day_counts: DayCounts, project: str) -> None:
    for more in (DayCount(steps=100, timers=3), DayCount(steps=7), DayCount(timers=1)):
        day_counts.add(project, DAY, more)
    day_counts.add(project, DAY + 1, DayCount(steps=1))
    day_counts.add(f"{project}-b", DAY, DayCount(timers=9))
    assert day_counts.read(project, DAY) == DayCount(steps=107, timers=4)
    assert day_counts.read(project, DAY + 1) == DayCount(steps=1)
    assert day_counts.read(f"{project}-b", DAY) == DayCount(timers=9)


def test_of_many_at_once_none_is_lost(day_counts: DayCounts, project: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in range(16):
            pool.submit(day_counts.add, project, DAY, DayCount(steps=10, timers=1))
    assert day_counts.read(project, DAY) == DayCount(steps=160, timers=16)
