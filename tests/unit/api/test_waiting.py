"""``…/waiting``: every answer is held to the OpenAPI document by the caller."""

from tests.unit.api.caller import STARTABLE, Service

WAITING = {
    **STARTABLE,
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "work", "type": "signal", "parameters": {"signalName": "go on"}},
        {"id": "end", "type": "end"},
    ],
}


def test_every_token_is_explained(service: Service) -> None:
    execution = service.start(service.activate(WAITING))
    answer = service.get(f"/projects/p/executions/{execution}/waiting")
    assert answer.status == 200
    (item,) = answer.json["items"]
    assert item["kind"] == "signal"
    assert answer.json["status"] == "waiting"
    method, _, path = item["canBeMovedBy"][0].partition(" ")
    assert service.call(method, path, {}).status == 202
    assert service.get(f"/projects/p/executions/{execution}/waiting").json["items"] == []


def test_an_unknown_execution_is_404(service: Service) -> None:
    assert service.get("/projects/p/executions/nothing/waiting").status == 404


def test_a_cursor_of_another_list_is_400(service: Service) -> None:
    execution = service.start(service.activate(WAITING))
    answer = service.get(f"/projects/p/executions/{execution}/waiting", "cursor=abc")
    assert answer.status == 400
