"""What every ``TaskDefinitions`` does."""

from typing import Any

import pytest

from seriatim.ports.errors import NotFound
from seriatim.ports.task_definitions import TaskDefinitions

BIG = {"inputSchema": {"description": "é" * 200_000}}


def definition(name: str, /, **fields: Any) -> dict[str, Any]:
    return {"id": name, "integration": "python", **fields}


@pytest.mark.parametrize("fields", [{}, BIG], ids=["small", "big"])
def test_a_definition_comes_back(
    task_definitions: TaskDefinitions, project: str, fields: dict[str, Any]
) -> None:
    task_definitions.put(project, "charge", definition("charge", **fields))
    assert task_definitions.get(project, "charge") == definition("charge", **fields)


def test_a_definition_is_replaced(task_definitions: TaskDefinitions, project: str) -> None:
    task_definitions.put(project, "charge", definition("charge", **BIG))
    task_definitions.put(project, "charge", definition("charge", name="Small"))
    assert task_definitions.get(project, "charge") == definition("charge", name="Small")


def test_an_unknown_definition_is_not_found(
    task_definitions: TaskDefinitions, project: str
) -> None:
    with pytest.raises(NotFound):
        task_definitions.get(project, "charge")
    with pytest.raises(NotFound):
        task_definitions.delete(project, "charge")


def test_a_deleted_definition_is_gone(task_definitions: TaskDefinitions, project: str) -> None:
    task_definitions.put(project, "charge", definition("charge"))
    task_definitions.delete(project, "charge")
    with pytest.raises(NotFound):
        task_definitions.get(project, "charge")
    assert task_definitions.list(project, 50, None).items == ()


def test_known_are_those_that_exist(task_definitions: TaskDefinitions, project: str) -> None:
    for name in ("a", "b", "任务"):
        task_definitions.put(project, name, definition(name))
    found = task_definitions.known(project, ["b", "nowhere", "任务", "b"])
    assert found == {"b": definition("b"), "任务": definition("任务")}
    assert task_definitions.known(project, []) == {}


def test_any_number_may_be_asked_for_at_once(
    task_definitions: TaskDefinitions, project: str
) -> None:
    for number in range(0, 230, 2):
        task_definitions.put(project, f"t{number}", definition(f"t{number}"))
    found = task_definitions.known(project, [f"t{number}" for number in range(230)])
    assert found == {f"t{number}": definition(f"t{number}") for number in range(0, 230, 2)}


def test_the_list_is_in_the_order_of_ids(task_definitions: TaskDefinitions, project: str) -> None:
    for name in ("c", "a", "任务", "b"):
        task_definitions.put(project, name, definition(name))
    for limit in (1, 2, 4, 5):
        names: list[str] = []
        cursor: str | None = None
        while True:
            page = task_definitions.list(project, limit, cursor)
            names.extend(document["id"] for document in page.items)
            cursor = page.cursor
            if cursor is None:
                break
        assert names == ["a", "b", "c", "任务"]


def test_a_cursor_of_another_project_is_refused(
    task_definitions: TaskDefinitions, project: str
) -> None:
    for name in ("a", "b"):
        task_definitions.put(project, name, definition(name))
    cursor = task_definitions.list(project, 1, None).cursor
    with pytest.raises(ValueError, match="cursor"):
        task_definitions.list(f"{project}-b", 1, cursor)


def test_projects_are_apart(task_definitions: TaskDefinitions, project: str) -> None:
    task_definitions.put(project, "charge", definition("charge"))
    other = f"{project}-b"
    version = task_definitions.pin(project, {"charge": definition("charge")})
    assert task_definitions.known(other, ["charge"]) == {}
    assert task_definitions.list(other, 50, None).items == ()
    with pytest.raises(NotFound):
        task_definitions.pinned(other, version)


@pytest.mark.parametrize("fields", [{}, BIG], ids=["small", "big"])
def test_a_catalogue_outlives_its_definitions(
    task_definitions: TaskDefinitions, project: str, fields: dict[str, Any]
) -> None:
    catalogue = {"charge": definition("charge", **fields), "ship": definition("ship")}
    version = task_definitions.pin(project, catalogue)
    task_definitions.put(project, "charge", definition("charge", name="Changed"))
    assert task_definitions.pinned(project, version) == catalogue


def test_equal_catalogues_have_one_version(task_definitions: TaskDefinitions, project: str) -> None:
    one = {"a": {"x": 1, "y": 2}, "b": {}}
    same = {"b": {}, "a": {"y": 2, "x": 1}}
    assert task_definitions.pin(project, one) == task_definitions.pin(project, same)
    assert task_definitions.pin(project, one) != task_definitions.pin(project, {"b": {}})


def test_the_empty_catalogue_is_one_too(task_definitions: TaskDefinitions, project: str) -> None:
    assert task_definitions.pinned(project, task_definitions.pin(project, {})) == {}


def test_an_unknown_catalogue_is_not_found(task_definitions: TaskDefinitions, project: str) -> None:
    with pytest.raises(NotFound):
        task_definitions.pinned(project, "0" * 64)
