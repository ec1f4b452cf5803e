"""Searching executions over the API, by name and by metadata."""

from typing import Any
from urllib.parse import quote

import pytest

from seriatim.application.choices import SETTLING_MS
from tests.unit.api.caller import Service
from tests.unit.api.test_executions import EXECUTIONS, WAITING, pages

SETTINGS = "/projects/p/settings"


def started(service: Service, sequence_id: str, metadata: Any = None, name: Any = None) -> str:
    service.world.clock.advance(1_000)
    return service.start(sequence_id, {"metadata": metadata, "name": name})


def found(service: Service, query: str, limit: int = 50) -> list[str]:
    return [item["id"] for item in pages(service, EXECUTIONS, f"limit={limit}&{query}")]


@pytest.mark.parametrize("searchable", [[], ["team"], ["team", "size"]])
def test_executions_are_found_by_metadata(service: Service, searchable: list[str]) -> None:
    sequence_id = service.activate(WAITING)
    teams = ["red", "blue", "red", "red"]
    ids = [
        started(service, sequence_id, {"team": team, "size": index // 2})
        for index, team in enumerate(teams)
    ]
    service.put(SETTINGS, {"searchableMetadata": searchable})
    early = started(service, sequence_id, {"team": "red", "size": 9})
    service.world.clock.advance(SETTLING_MS)
    late = started(service, sequence_id, {"team": "red", "size": 9})
    for limit in (1, 2, 50):
        assert found(service, "metadata.team=red", limit) == [late, early, ids[3], ids[2], ids[0]]
        assert found(service, "metadata.team=red&metadata.size=1", limit) == [ids[3], ids[2]]
    assert found(service, "metadata.team=red&status=succeeded") == []
    service.post(f"{EXECUTIONS}/{early}/signals/answer")
    service.run()
    assert found(service, "metadata.team=red&status=succeeded") == [early]
    assert found(service, f"metadata.team=red&sequenceId={sequence_id}&status=waiting", 1) == [
        late,
        ids[3],
        ids[2],
        ids[0],
    ]


@pytest.mark.parametrize("key", ["a.b", "ключ", "KEY", "with blank", "="])
def test_any_key_can_be_asked_for(service: Service, key: str) -> None:
    sequence_id = service.activate(WAITING)
    one = started(service, sequence_id, {key: "x"})
    started(service, sequence_id, {key: "y"})
    assert found(service, f"metadata.{quote(key, safe='')}=x") == [one]


def test_executions_are_found_by_name(service: Service) -> None:
    sequence_id, other_id = service.activate(WAITING), service.activate(WAITING)
    one = started(service, sequence_id, {"team": "red"}, "same")
    other = started(service, other_id, {"team": "blue"}, "same")
    started(service, sequence_id, None, "different")
    assert found(service, "name=same", 1) == [other, one]
    assert found(service, f"name=same&sequenceId={sequence_id}") == [one]
    assert found(service, f"name=same&sequenceId={sequence_id}&metadata.team=red") == [one]
    assert found(service, f"name=same&sequenceId={sequence_id}&metadata.team=blue") == []
    assert found(service, f"name=same&sequenceId={sequence_id}&status=failed") == []
    assert found(service, f"name=none&sequenceId={sequence_id}") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("metadata=x", "UnknownField"),
        ("metadata.=x", "UnknownField"),
        ("Metadata.team=x", "UnknownField"),
        ("metadata.team=x&metadata.team=y", "DuplicateKey"),
        ("&".join(f"metadata.k{number}=x" for number in range(11)), "TooMany"),
        ("name=x&sequenceId=s&cursor=x", "InvalidCursor"),
        ("metadata.team=x&cursor=x", "InvalidCursor"),
        ("name=", "Empty"),
    ],
)
def test_a_search_that_cannot_be_is_refused(service: Service, query: str, code: str) -> None:
    answer = service.get(EXECUTIONS, query)
    assert answer.status == 400
    named = answer.json.get("problems", [answer.json])[0]
    assert named["code"] == code, answer.text


def test_other_lists_know_no_metadata(service: Service) -> None:
    answer = service.get("/projects/p/sequences", "metadata.team=x")
    assert (answer.status, answer.json["code"]) == (400, "UnknownField")


def test_a_cursor_is_of_its_search_alone(service: Service) -> None:
    sequence_id = service.activate(WAITING)
    for _ in range(3):
        started(service, sequence_id, {"team": "red"})
    cursor = service.get(EXECUTIONS, "limit=1&metadata.team=red").json["cursor"]
    assert service.get(EXECUTIONS, f"metadata.team=red&cursor={cursor}").status == 200
    for query in ("metadata.team=blue", "metadata.size=red", "name=red", "limit=1"):
        assert service.get(EXECUTIONS, f"{query}&cursor={cursor}").status == 400


def test_a_key_that_stays_searchable_keeps_its_time(service: Service) -> None:
    service.put(SETTINGS, {"searchableMetadata": ["team"]})
    service.world.clock.advance(10 * SETTLING_MS)
    answer = service.put(SETTINGS, {"searchableMetadata": ["team", "size"]})
    assert answer.json["searchableMetadata"] == ["size", "team"]
    kept = service.world.project_settings.get("p").choices.searchable_metadata
    assert kept["size"] - kept["team"] == 10 * SETTLING_MS
    assert service.put(SETTINGS, {"searchableMetadata": ["size", "team"]}).headers["ETag"] == '"2"'


@pytest.mark.parametrize(
    ("keys", "code", "path"),
    [
        (["a", "b", "c", "d", "e", "f"], "TooMany", "/searchableMetadata"),
        ("team", "WrongType", "/searchableMetadata"),
        ([5], "WrongType", "/searchableMetadata/0"),
        ([""], "Empty", "/searchableMetadata/0"),
    ],
)
def test_keys_that_cannot_be_searchable_are_named(
    service: Service, keys: Any, code: str, path: str
) -> None:
    answer = service.put(SETTINGS, {"searchableMetadata": keys})
    assert answer.status == 400
    problem = answer.json["problems"][0]
    assert (problem["code"], problem["path"]) == (code, path)
