"""Routes of global variables: write, read, list, and the version that keeps updates from being
lost.
"""

from typing import Any
from urllib.parse import quote

import pytest

from functions.api.schemas.bodies import VARIABLE_VERSION_MAX
from seriatim.application.global_variables import VALUE_BYTES_MAX
from tests.unit.api.caller import Answer, Service
from tests.unit.api.test_executions import pages

VARIABLES = "/projects/p/variables"
RATE = f"{VARIABLES}/rate"


def put(service: Service, body: Any, if_match: str | None = None) -> Answer:
    headers = {} if if_match is None else {"If-Match": if_match}
    return service.call("PUT", RATE, body, headers=headers)


@pytest.mark.parametrize("value", [None, True, 0, 1.5, "x", [1, None], {"a": {"b": []}}, 10**30])
def test_a_value_of_any_json_comes_back_with_its_version(service: Service, value: Any) -> None:
    answer = put(service, {"value": value})
    assert (answer.status, answer.json) == (200, {"value": value, "version": 1})
    assert answer.headers["ETag"] == '"1"'
    read = service.get(RATE)
    assert (read.status, read.json) == (200, {"value": value, "version": 1})
    assert read.headers["ETag"] == '"1"'


def test_one_that_was_never_written_is_not_found(service: Service) -> None:
    assert service.get(RATE).status == 404


def test_every_write_counts(service: Service) -> None:
    for version in (1, 2, 3):
        assert put(service, {"value": "same"}).json["version"] == version


@pytest.mark.parametrize(
    ("version", "if_match", "status"),
    [
        (2, None, 200),
        (1, None, 412),
        (3, None, 412),
        (0, None, 412),
        (VARIABLE_VERSION_MAX, None, 412),
        (None, '"2"', 200),
        (None, '"1", "2"', 200),
        (None, "*", 200),
        (None, '"1"', 412),
        (None, 'W/"2"', 412),
        (None, '"x"', 412),
        (2, '"2"', 200),
        (2, '"1"', 412),
        (1, '"2"', 412),
    ],
)
def test_a_write_is_made_only_of_the_version_that_it_names(
    service: Service, version: int | None, if_match: str | None, status: int
) -> None:
    for value in ("first", "second"):
        put(service, {"value": value})
    answer = put(service, {"value": "third", "version": version}, if_match)
    assert answer.status == status, answer.text
    if status == 412:
        assert answer.json["code"] == "MovedOn"
        assert "version 2" in answer.json["detail"]
    expected = "third" if status == 200 else "second"
    assert service.get(RATE).json == {"value": expected, "version": 3 if status == 200 else 2}


@pytest.mark.parametrize(
    ("version", "if_match", "status"),
    [(0, None, 200), (None, None, 200), (1, None, 412), (None, "*", 412), (None, '"0"', 412)],
)
def test_version_0_is_that_of_one_that_was_never_written(
    service: Service, version: int | None, if_match: str | None, status: int
) -> None:
    assert put(service, {"value": 1, "version": version}, if_match).status == status
    assert service.get(RATE).status == (200 if status == 200 else 404)


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({}, "MissingField", "/value"),
        ({"value": 1, "version": "1"}, "WrongType", "/version"),
        ({"value": 1, "version": True}, "WrongType", "/version"),
        ({"value": 1, "version": -1}, "OutOfRange", "/version"),
        ({"value": 1, "version": 10**40}, "OutOfRange", "/version"),
        ({"value": 1, "type": "number"}, "UnknownField", "/type"),
        ('{"value": NaN}', "NotFinite", "/value"),
    ],
)
def test_a_wrong_body_names_the_place(service: Service, body: Any, code: str, path: str) -> None:
    answer = put(service, body)
    assert answer.status == 400
    [problem] = answer.json["problems"]
    assert (problem["code"], problem["path"]) == (code, path)
    assert service.get(RATE).status == 404


def test_a_value_nested_too_deep_is_refused(service: Service) -> None:
    deep: Any = 1
    for _ in range(32):
        deep = [deep]
    assert put(service, {"value": deep}).status == 400
    assert put(service, {"value": deep[0]}).status == 200


def test_an_if_match_that_is_no_etag_is_refused(service: Service) -> None:
    answer = put(service, {"value": 1}, "1")
    assert (answer.status, answer.json["code"]) == (400, "InvalidIfMatch")


@pytest.mark.parametrize("name", ["a/b", "#", "..x", "имя", " x ", "%41", "🦊" * 256])
def test_names_of_any_script_are_percent_encoded(service: Service, name: str) -> None:
    path = f"{VARIABLES}/{quote(name, safe='')}"
    assert service.put(path, {"value": name}).status == 200
    assert service.get(path).json["value"] == name
    assert [item["name"] for item in service.get(VARIABLES).json["items"]] == [name]


@pytest.mark.parametrize("name", ["%20", "%00", "x" * 257])
def test_an_impossible_name_is_refused(service: Service, name: str) -> None:
    answer = service.put(f"{VARIABLES}/{name}", {"value": 1})
    assert answer.status == 400
    assert answer.json["problems"][0]["path"] == "/path/variable_name"


def test_variables_are_listed_by_name_and_by_pages(service: Service) -> None:
    for number in (3, 1, 2):
        service.put(f"{VARIABLES}/v{number}", {"value": number})
    expected = [{"name": f"v{number}", "value": number, "version": 1} for number in (1, 2, 3)]
    for limit in (1, 2, 3):
        assert pages(service, VARIABLES, f"limit={limit}") == expected
    answer = service.get(VARIABLES, "cursor=x")
    assert (answer.status, answer.json["code"]) == (400, "InvalidCursor")


def test_a_value_that_would_fill_more_than_an_answer_is_too_large(service: Service) -> None:
    fitting = "x" * (VALUE_BYTES_MAX - 2)
    answer = put(service, {"value": fitting + "x"})
    assert (answer.status, answer.json["code"]) == (413, "TooLarge")
    assert put(service, {"value": fitting}).json["version"] == 1
    assert service.get(RATE).json["value"] == fitting
    assert service.get(VARIABLES).json["items"][0]["value"] == fitting


def test_what_an_execution_wrote_may_be_larger_and_is_compressed_or_left_out(
    service: Service,
) -> None:
    service.world.global_variables.write("p", "rate", "x" * (VALUE_BYTES_MAX + 2_000), None)
    assert service.get(RATE).status == 406
    whole = service.call("GET", RATE, headers={"accept-encoding": "gzip"})
    assert (whole.status, whole.headers["ETag"]) == (200, '"1"')
    assert len(whole.json["value"]) == VALUE_BYTES_MAX + 2_000
    [item] = service.get(VARIABLES).json["items"]
    assert item == {"name": "rate", "version": 1, "truncated": True}


def test_a_variable_is_not_deleted(service: Service) -> None:
    put(service, {"value": 1})
    answer = service.call("DELETE", RATE)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, PUT")
