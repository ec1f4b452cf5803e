"""What every ``GlobalVariables`` does."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from seriatim.domain.values import GlobalValue
from seriatim.ports.errors import Conflict
from seriatim.ports.global_variables import GlobalVariables

THREADS = 8
INCREMENTS_EACH = 5
LONGEST_NAME = "🦊" * 256


def listed(variables: GlobalVariables, project: str, limit: int) -> list[tuple[str, Any]]:
    """Names and values of all pages."""
    found: list[tuple[str, Any]] = []
    cursor: str | None = None
    while True:
        page = variables.list(project, limit, cursor)
        assert len(page.items) <= limit
        found += [(name, held.value) for name, held in page.items]
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize(
    "value",
    [
        None,
        False,
        0,
        1.0,
        10**30,
        "",
        "é" * 200_000,
        [1, {"a": None}],
        {"a": {"b": []}},
        ["big"] * 20_000,
    ],
    ids=lambda value: f"{value!r:.20}",
)
def test_a_value_comes_back(global_variables: GlobalVariables, project: str, value: Any) -> None:
    assert global_variables.write(project, "x", value, None) == GlobalValue(value, 1)
    [found] = global_variables.read(project, ["x"]).values()
    assert (found.value, type(found.value), found.version) == (value, type(value), 1)


@pytest.mark.parametrize("name", ["x", "a/b#c", " x ", "名前", LONGEST_NAME, '"' * 256])
def test_names_may_be_any_text(global_variables: GlobalVariables, project: str, name: str) -> None:
    global_variables.write(project, name, 1, 0)
    global_variables.write(project, name, 2, None)
    assert global_variables.read(project, [name]) == {name: GlobalValue(2, 2)}
    global_variables.write(project, f"{name[:-1]}~", 1, None)
    assert len(listed(global_variables, project, 1)) == 2


def test_what_was_never_written_is_not_there(
    global_variables: GlobalVariables, project: str
) -> None:
    global_variables.write(project, "null", None, None)
    assert global_variables.read(project, []) == {}
    assert global_variables.read(project, ["x", "null"]) == {"null": GlobalValue(None, 1)}


def test_any_number_is_read_at_once(global_variables: GlobalVariables, project: str) -> None:
    for number in range(0, 210, 2):
        global_variables.write(project, f"v{number}", number, None)
    names = [f"v{number}" for number in range(210)]
    found = global_variables.read(project, [*names, "v0"])
    assert found == {f"v{number}": GlobalValue(number, 1) for number in range(0, 210, 2)}


@pytest.mark.parametrize("big", ["", "é" * 200_000], ids=["small", "big"])
def test_every_write_counts(global_variables: GlobalVariables, project: str, big: str) -> None:
    versions = [
        global_variables.write(project, "x", 0, 0).version,
        global_variables.write(project, "x", big, 1).version,
        global_variables.write(project, "x", 2, None).version,
        global_variables.write(project, "x", big, None).version,
        global_variables.write(project, "x", 4, 4).version,
    ]
    assert versions == [1, 2, 3, 4, 5]
    assert global_variables.read(project, ["x"]) == {"x": GlobalValue(4, 5)}


@pytest.mark.parametrize("expected", [0, 1, 3, 10**15])
def test_a_write_needs_the_version_that_it_was_made_from(
    global_variables: GlobalVariables, project: str, expected: int
) -> None:
    for value in (1, 2):
        global_variables.write(project, "x", value, None)
    with pytest.raises(Conflict):
        global_variables.write(project, "x", 3, expected)
    assert global_variables.read(project, ["x"]) == {"x": GlobalValue(2, 2)}


def test_what_was_never_written_has_version_0(
    global_variables: GlobalVariables, project: str
) -> None:
    with pytest.raises(Conflict):
        global_variables.write(project, "x", 1, 1)
    assert global_variables.read(project, ["x"]) == {}
    assert global_variables.write(project, "x", 1, 0).version == 1


def test_the_same_write_twice_is_a_conflict(
    global_variables: GlobalVariables, project: str
) -> None:
    """Two who count to the same number are two: the second must count again."""
    global_variables.write(project, "x", 1, 0)
    with pytest.raises(Conflict):
        global_variables.write(project, "x", 1, 0)


def test_of_eight_that_write_the_same_at_once_one_wins(
    global_variables: GlobalVariables, project: str
) -> None:
    together = Barrier(THREADS, timeout=20)

    def write(_: int) -> bool:
        together.wait()
        try:
            global_variables.write(project, "x", "same", 0)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(write, range(THREADS))).count(True) == 1
    assert global_variables.read(project, ["x"]) == {"x": GlobalValue("same", 1)}


def test_a_lost_update_is_impossible(global_variables: GlobalVariables, project: str) -> None:
    """Eight threads read, add one, and write on condition of what they have read."""
    together = Barrier(THREADS, timeout=20)

    def add_one() -> None:
        while True:
            held = global_variables.read(project, ["total"]).get("total", GlobalValue(0, 0))
            try:
                global_variables.write(project, "total", held.value + 1, held.version)
            except Conflict:
                continue
            return

    def count(_: int) -> None:
        together.wait()
        for _ in range(INCREMENTS_EACH):
            add_one()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(count, range(THREADS)))
    total = THREADS * INCREMENTS_EACH
    assert global_variables.read(project, ["total"]) == {"total": GlobalValue(total, total)}


def test_writes_without_a_condition_each_take_a_version(
    global_variables: GlobalVariables, project: str
) -> None:
    def write(number: int) -> int:
        return global_variables.write(project, "x", number, None).version

    with ThreadPoolExecutor(THREADS) as pool:
        versions = list(pool.map(write, range(40)))
    assert sorted(versions) == list(range(1, 41))
    last = versions.index(40)
    assert global_variables.read(project, ["x"]) == {"x": GlobalValue(last, 40)}


def test_the_list_is_in_the_order_of_names(global_variables: GlobalVariables, project: str) -> None:
    for name in ("c", "a", "任务", "b", "é"):
        global_variables.write(project, name, name.upper(), None)
    for limit in (1, 2, 5, 6):
        assert listed(global_variables, project, limit) == [
            ("a", "A"),
            ("b", "B"),
            ("c", "C"),
            ("é", "É"),
            ("任务", "任务"),
        ]


def test_a_cursor_of_another_project_is_refused(
    global_variables: GlobalVariables, project: str
) -> None:
    for name in ("a", "b"):
        global_variables.write(project, name, 1, None)
    cursor = global_variables.list(project, 1, None).cursor
    with pytest.raises(ValueError, match="cursor"):
        global_variables.list(f"{project}-b", 1, cursor)


def test_projects_are_apart(global_variables: GlobalVariables, project: str) -> None:
    other = f"{project}-b"
    global_variables.write(project, "x", 1, None)
    assert global_variables.read(other, ["x"]) == {}
    assert global_variables.list(other, 50, None).items == ()
    assert global_variables.write(other, "x", 2, 0).version == 1
    assert global_variables.read(project, ["x"]) == {"x": GlobalValue(1, 1)}


def test_what_is_read_is_shared_with_nobody(
    global_variables: GlobalVariables, project: str
) -> None:
    value = [1]
    written = global_variables.write(project, "x", value, None)
    value.append(2)
    written.value.append(3)
    global_variables.read(project, ["x"])["x"].value.append(4)
    assert global_variables.read(project, ["x"])["x"].value == [1]
