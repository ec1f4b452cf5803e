"""Executions that are kept no longer, over HTTP. Every answer is held to the OpenAPI document."""

import pytest

from tests.unit.api.caller import STARTABLE, Service

EXECUTIONS = "/projects/p/executions"
SETTINGS = "/projects/p/settings"
DAY_MS = 24 * 60 * 60 * 1_000


def retired_execution(service: Service) -> str:
    execution_id = service.start(service.activate({**STARTABLE, "retentionDays": 1}))
    service.run()
    assert service.get(f"{EXECUTIONS}/{execution_id}").json["status"] == "succeeded"
    service.world.clock.advance(DAY_MS)
    service.world.reconcile()
    service.run()
    return execution_id


def test_one_that_was_not_archived_is_gone(service: Service) -> None:
    execution_id = retired_execution(service)
    assert service.get(EXECUTIONS).json["items"] == []
    path = f"{EXECUTIONS}/{execution_id}"
    answers = [
        service.get(path + rest) for rest in ("", "/history", "/nodes", "/graph", "/waiting")
    ]
    answers += [service.post(path + rest) for rest in ("/cancel", "/pause", "/redrive")]
    assert {(answer.status, answer.json["code"]) for answer in answers} == {
        (404, "ExecutionRetired")
    }


def test_one_that_was_archived_is_read_page_by_page(service: Service) -> None:
    assert service.call("PUT", SETTINGS, {"archive": True}).json["archive"] is True
    path = f"{EXECUTIONS}/{retired_execution(service)}"
    document = service.get(path).json
    assert (document["status"], document["archived"]) == ("succeeded", True)
    nodes = service.get(f"{path}/nodes", query="limit=1").json
    assert (len(nodes["items"]), nodes["archived"]) == (1, True)
    numbers: list[int] = []
    query = "limit=2"
    while query:
        page = service.get(f"{path}/history", query=query).json
        numbers += [item["number"] for item in page["items"]]
        query = f"limit=2&cursor={page['cursor']}" if "cursor" in page else ""
    assert numbers == list(range(1, len(numbers) + 1))
    assert service.get(f"{path}/history", query="cursor=nonsense").json["code"] == "InvalidCursor"
    assert service.post(f"{path}/cancel").json["code"] == "ExecutionRetired"


@pytest.mark.parametrize("days", [0, 3_651, 1.5, "7", True])
def test_days_are_whole_and_bounded(service: Service, days: object) -> None:
    assert service.call("PUT", SETTINGS, {"retentionDays": days}).status == 400
    answer = service.post("/projects/p/sequences", {**STARTABLE, "retentionDays": days})
    assert (answer.status, answer.json["problems"][0]["path"]) == (422, "/retentionDays")
