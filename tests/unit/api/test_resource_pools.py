"""Routes of resource pools: make, change, read, list, delete."""

from typing import Any

import pytest

from seriatim.application import resource_pools
from seriatim.application.work import DeliverMessage, decode
from seriatim.domain.messages import PermitsDenied, PermitsGranted
from seriatim.domain.permits.values import POOLS
from tests.permit_requests import asked
from tests.unit.api.caller import STARTABLE, Service
from tests.unit.api.test_executions import pages

RESOURCE_POOLS = "/projects/p/resource-pools"
DB = f"{RESOURCE_POOLS}/db"


def ask(service: Service, execution_id: str, units: int = 1) -> None:
    """As an execution does."""
    request = asked(f"{execution_id}/1/1", {"db": units}, node_id="load")
    service.world.wired.permits.request("p", POOLS, request)


def told(service: Service) -> list[Any]:
    """The messages that were sent."""
    works = [decode(one.body) for one in service.world.queue.receive(100)]
    return [work.message for work in works if isinstance(work, DeliverMessage)]


def test_a_pool_is_made_changed_read_and_deleted(service: Service) -> None:
    made = service.put(DB, {"capacity": 2})
    shown = {"id": "db", "capacity": 2, "inUse": 0, "waiting": 0, "holders": []}
    assert (made.status, made.json) == (200, shown)
    assert service.put(DB, {"capacity": 3, "id": "db"}).json["capacity"] == 3
    assert service.get(DB).json["capacity"] == 3
    assert service.call("DELETE", DB).status == 204
    assert service.get(DB).status == 404
    assert service.call("DELETE", DB).status == 404


def test_reading_says_how_much_is_in_use_by_whom_and_how_many_wait(service: Service) -> None:
    service.put(DB, {"capacity": 2})
    for name in ("e1", "e2", "e3"):
        ask(service, name)
    shown = service.get(DB).json
    since = "2026-01-01T00:00:00.000Z"
    held = {"nodeId": "load", "units": 1, "since": since}
    assert shown == {
        "id": "db",
        "capacity": 2,
        "inUse": 2,
        "waiting": 1,
        "holders": [{"executionId": "e1", **held}, {"executionId": "e2", **held}],
    }
    [listed] = service.get(RESOURCE_POOLS).json["items"]
    assert listed == {name: shown[name] for name in shown if name != "holders"}


def test_more_capacity_tells_who_waits(service: Service) -> None:
    service.put(DB, {"capacity": 1})
    for name in ("e1", "e2"):
        ask(service, name)
    for _ in range(2):
        assert service.put(DB, {"capacity": 2}).json["inUse"] == 2
        assert told(service) == [PermitsGranted(ledger=POOLS, request_id="e2/1/1")]


def test_an_execution_that_waits_for_units_says_for_which(service: Service) -> None:
    service.put(DB, {"capacity": 1})
    start, work, end = STARTABLE["nodes"]
    nodes = [start, {**work, "resources": {"db": 1}}, end]
    sequence_id = service.activate({**STARTABLE, "nodes": nodes})
    ask(service, "other")
    execution_id = service.start(sequence_id)
    node = service.get(f"/projects/p/executions/{execution_id}").json["nodeExecutions"]["work"]
    assert node["waitingFor"] == {"kind": "permit", "ledger": "pools", "units": {"db": 1}}


def test_less_capacity_takes_nothing_away_but_denies_what_can_never_be(service: Service) -> None:
    service.put(DB, {"capacity": 2})
    ask(service, "e1", 2)
    ask(service, "e2", 2)
    shown = service.put(DB, {"capacity": 1}).json
    assert (shown["inUse"], shown["waiting"]) == (2, 0)
    [message] = told(service)
    assert isinstance(message, PermitsDenied)
    assert (message.request_id, message.error.code) == ("e2/1/1", "Seriatim.PoolTooSmall")


def test_a_pool_that_is_in_use_is_not_deleted(service: Service) -> None:
    service.put(DB, {"capacity": 1})
    for number in range(7):
        ask(service, f"e{number}")
    answer = service.call("DELETE", DB)
    assert (answer.status, answer.json["code"]) == (409, "ResourcePoolInUse")
    assert "e0, e1, e2, e3, e4 and 2 more" in answer.json["detail"]
    assert service.get(DB).json["waiting"] == 6


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MissingField"),
        ({"capacity": 0}, "OutOfRange"),
        ({"capacity": 1_000_001}, "OutOfRange"),
        ({"capacity": "5"}, "WrongType"),
        ({"capacity": 1.5}, "WrongType"),
        ({"capacity": 1, "colour": "red"}, "UnknownField"),
        ({"capacity": 1, "id": "other"}, "IdMismatch"),
    ],
)
def test_wrong_pools(service: Service, body: Any, code: str) -> None:
    answer = service.put(DB, body)
    assert (answer.status, answer.json["code"]) == (400, code)
    assert service.get(DB).status == 404


def test_the_list_goes_by_id_in_pages(service: Service) -> None:
    names = ["c", "a", "任务", "b"]
    for name in names:
        service.put(f"{RESOURCE_POOLS}/{name}", {"capacity": 1})
    for limit in (1, 3, 4, 50):
        items = pages(service, RESOURCE_POOLS, f"limit={limit}")
        assert [item["id"] for item in items] == sorted(names)
    cursor = service.get(RESOURCE_POOLS, "limit=1").json["cursor"]
    for path, text in (("/projects/q/resource-pools", cursor), (RESOURCE_POOLS, "x")):
        answer = service.get(path, f"cursor={text}")
        assert (answer.status, answer.json["code"]) == (400, "InvalidCursor")


def test_a_project_has_so_many_pools_at_most(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource_pools, "RESOURCE_POOLS_MAX", 1)
    assert service.put(DB, {"capacity": 1}).status == 200
    answer = service.put(f"{RESOURCE_POOLS}/other", {"capacity": 1})
    assert (answer.status, answer.json["code"]) == (400, "TooManyResourcePools")
    assert service.put(DB, {"capacity": 2}).status == 200


def test_a_sequence_that_names_a_pool_needs_it(service: Service) -> None:
    nodes = [
        {**node, "resources": {"db": 2}} if node["id"] == "work" else node
        for node in STARTABLE["nodes"]
    ]
    document = {**STARTABLE, "nodes": nodes}
    answer = service.post("/projects/p/sequences/validate", document)
    assert "UnknownResourcePool" in answer.problem_codes
    service.put(DB, {"capacity": 1})
    answer = service.post("/projects/p/sequences/validate", document)
    assert answer.json["valid"]
    assert "PoolTooSmall" in answer.problem_codes
