"""The revisions of a sequence over HTTP, and what its place in its life allows."""

import pytest

from seriatim.application import revisions
from tests.unit.api.caller import STARTABLE, Service

PATH = "/projects/p/sequences"


def published_twice(service: Service) -> str:
    sequence_id = service.activate()
    change = {"version": "2.0.0", "timeoutSeconds": 60}
    assert service.patch(f"{PATH}/{sequence_id}", change).json["revision"] == 2
    return sequence_id


def test_revisions_are_listed_newest_first(service: Service) -> None:
    sequence_id = published_twice(service)
    items = service.get(f"{PATH}/{sequence_id}/revisions").json["items"]
    assert [(one["revision"], one["nodes"], one["transitions"]) for one in items] == [
        (2, 3, 2),
        (1, 3, 2),
    ]
    assert items[0]["version"] == "2.0.0"
    page = service.get(f"{PATH}/{sequence_id}/revisions", "limit=1").json
    rest = service.get(f"{PATH}/{sequence_id}/revisions", f"cursor={page['cursor']}").json
    assert [one["revision"] for one in rest["items"]] == [1]
    assert service.get(f"{PATH}/{sequence_id}/revisions", "cursor=abc").status == 400


def test_a_draft_has_no_revisions_and_nothing_has_none(service: Service) -> None:
    sequence_id = service.create()
    assert service.get(f"{PATH}/{sequence_id}/revisions").json == {"items": []}
    assert service.get(f"{PATH}/{sequence_id}/diff").status == 404
    assert service.get(f"{PATH}/nothing/revisions").status == 404
    assert service.get(f"{PATH}/nothing/diff").status == 404


def test_two_revisions_are_compared(service: Service) -> None:
    sequence_id = published_twice(service)
    answer = service.get(f"{PATH}/{sequence_id}/diff").json
    assert (answer["from"], answer["to"]) == (1, 2)
    changed = {one["name"]: (one["old"], one["new"]) for one in answer["differences"]}
    assert changed["version"][1] == "2.0.0"
    assert changed["timeoutSeconds"][1] == 60
    back = service.get(f"{PATH}/{sequence_id}/diff", "from=2&to=1").json
    assert {one["new"] for one in back["differences"]} >= {changed["version"][0]}
    assert service.get(f"{PATH}/{sequence_id}/diff", "from=1&to=9").status == 404
    assert service.get(f"{PATH}/{sequence_id}/diff", "from=0").status == 400


def test_no_more_differences_are_told_than_may(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{PATH}/{published_twice(service)}/diff"
    all_of_them = service.get(path).json
    monkeypatch.setattr(revisions, "DIFFERENCES_MAX", len(all_of_them["differences"]))
    assert service.get(path).json == all_of_them
    monkeypatch.setattr(revisions, "DIFFERENCES_MAX", len(all_of_them["differences"]) - 1)
    fewer = service.get(path).json
    assert (fewer["differences"], fewer["truncated"]) == (all_of_them["differences"][:-1], True)


def test_every_revision_stays_readable_whatever_becomes_of_the_sequence(service: Service) -> None:
    sequence_id = published_twice(service)
    for verb in ("deprecate", "archive"):
        assert service.post(f"{PATH}/{sequence_id}/{verb}").status == 200
        for revision in (1, 2):
            answer = service.get(f"{PATH}/{sequence_id}", f"revision={revision}")
            assert (answer.status, answer.json["revision"]) == (200, revision)


def test_a_change_that_changes_nothing_publishes_nothing(service: Service) -> None:
    sequence_id = service.activate()
    before = service.get(f"{PATH}/{sequence_id}")
    answer = service.patch(f"{PATH}/{sequence_id}", {"name": STARTABLE["name"]})
    assert (answer.status, answer.json["revision"]) == (200, 1)
    assert answer.headers["ETag"] == before.headers["ETag"]


ALLOWED = {
    "draft": {"activate", "change"},
    "active": {"deprecate", "change", "start"},
    "deprecated": {"archive", "change"},
    "archived": set(),
}
WAYS: dict[str, tuple[str, ...]] = {
    "draft": (),
    "active": ("activate",),
    "deprecated": ("activate", "deprecate"),
    "archived": ("activate", "deprecate", "archive"),
}


@pytest.mark.parametrize("status", ALLOWED)
@pytest.mark.parametrize("act", ["activate", "deprecate", "archive", "change", "start"])
def test_what_the_place_in_its_life_does_not_allow_is_409(
    service: Service, status: str, act: str
) -> None:
    service.activate()  # so that the task definition is there
    sequence_id = service.create()
    for verb in WAYS[status]:
        assert service.post(f"{PATH}/{sequence_id}/{verb}").status == 200
    path = f"{PATH}/{sequence_id}"
    match act:
        case "change":
            answer = service.patch(path, {"description": "another"})
        case "start":
            answer = service.post(f"{path}/executions", {})
        case _:
            answer = service.post(f"{path}/{act}")
    expected = {"start": 202}.get(act, 200) if act in ALLOWED[status] else 409
    assert answer.status == expected
