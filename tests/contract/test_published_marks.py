"""What every ``PublishedMarks`` does."""

from concurrent.futures import ThreadPoolExecutor

from seriatim.domain.values import ExecutionKey
from seriatim.ports.published_marks import PublishedMarks


def test_nothing_is_marked_before_the_first_time(
    published_marks: PublishedMarks, project: str
) -> None:
    assert published_marks.get(ExecutionKey(project, "exec-1")) == 0


def test_a_mark_goes_on_and_never_back(published_marks: PublishedMarks, project: str) -> None:
    key = ExecutionKey(project, "exec-1")
    for number in (3, 10, 10, 7):
        published_marks.raise_to(key, number)
    assert published_marks.get(key) == 10
    assert published_marks.get(ExecutionKey(project, "exec-2")) == 0


def test_of_many_publishers_the_one_that_got_furthest_is_right(
    published_marks: PublishedMarks, project: str
) -> None:
    key = ExecutionKey(project, "exec-1")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: published_marks.raise_to(key, number), range(1, 41)))
    assert published_marks.get(key) == 40
