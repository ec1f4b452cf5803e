"""Settings of a project over the API."""

from typing import Any

import pytest

from tests.unit.api.caller import Answer, Service

SETTINGS = "/projects/p/settings"


def put(service: Service, body: Any, if_match: str | None = None) -> Answer:
    headers = {} if if_match is None else {"If-Match": if_match}
    return service.call("PUT", SETTINGS, body, headers=headers)


def test_a_project_has_settings_from_the_start(service: Service) -> None:
    answer = service.get(SETTINGS)
    assert (answer.status, answer.headers["ETag"]) == (200, '"0"')
    assert answer.json["maxConcurrentExecutions"] is None


def test_settings_are_replaced_as_a_whole(service: Service) -> None:
    answer = put(service, {"maxConcurrentExecutions": 5})
    assert (answer.status, answer.headers["ETag"]) == (200, '"1"')
    assert service.get(SETTINGS).json["maxConcurrentExecutions"] == 5
    assert put(service, {}).headers["ETag"] == '"2"'
    assert service.get(SETTINGS).json["maxConcurrentExecutions"] is None


def test_the_same_settings_again_change_nothing(service: Service) -> None:
    for _ in range(2):
        assert put(service, {"maxConcurrentExecutions": 5}).headers["ETag"] == '"1"'


@pytest.mark.parametrize(
    ("if_match", "status"), [('"1"', 200), ("*", 200), ('"0"', 412), ('"2"', 412), ("x", 400)]
)
def test_a_change_is_made_only_of_the_version_that_it_names(
    service: Service, if_match: str, status: int
) -> None:
    put(service, {"maxConcurrentExecutions": 5})
    assert put(service, {"maxConcurrentExecutions": 6}, if_match).status == status
    expected = 6 if status == 200 else 5
    assert service.get(SETTINGS).json["maxConcurrentExecutions"] == expected


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"maxConcurrentExecutions": 0}, "OutOfRange"),
        ({"maxConcurrentExecutions": 1_000_001}, "OutOfRange"),
        ({"maxConcurrentExecutions": "5"}, "WrongType"),
        ({"maxConcurrentExecutions": True}, "WrongType"),
        ({"maxConcurrency": 5}, "UnknownField"),
    ],
)
def test_a_wrong_setting_is_named(service: Service, body: Any, code: str) -> None:
    answer = put(service, body)
    assert (answer.status, answer.json["code"]) == (400, code)
    [problem] = answer.json["problems"]
    assert problem["path"] == f"/{next(iter(body))}"
