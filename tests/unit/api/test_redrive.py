"""Redriving over HTTP, and control calls that are repeated."""

from seriatim.domain.values import Error
from seriatim.ports.tasks import Completed, Failed
from tests.unit.api.caller import ECHO, STARTABLE, Service

EXECUTIONS = "/projects/p/executions"


def failed_execution(service: Service) -> str:
    service.world.tasks.scripts["work"] = lambda _: Failed(Error("Declined", "no funds"))
    execution_id = service.start(service.activate())
    service.run()
    return execution_id


def test_a_failed_execution_is_redriven_and_ends(service: Service) -> None:
    execution_id = failed_execution(service)
    service.world.tasks.scripts["work"] = lambda _: Completed({})
    answer = service.post(f"{EXECUTIONS}/{execution_id}/redrive", {"reason": "mended"})
    assert (answer.status, answer.json["status"]) == (200, "running")
    assert "endTime" not in answer.json
    service.run()
    document = service.get(f"{EXECUTIONS}/{execution_id}").json
    assert document["status"] == "succeeded"
    assert document["nodeExecutions"]["work"]["run"] == 2
    items = service.get(f"{EXECUTIONS}/{execution_id}/history").json["items"]
    redriven = next(item for item in items if item["type"] == "ExecutionRedriven")
    assert redriven["reason"] == "mended"
    listed = service.get(EXECUTIONS).json["items"]
    assert [(one["status"], "error" in one) for one in listed] == [("succeeded", False)]
    keys = {request.idempotency_key for request in service.world.tasks.requests}
    assert len(keys) == len(service.world.tasks.requests) == 2


def test_what_does_not_fit_is_refused_with_a_code(service: Service) -> None:
    execution_id = failed_execution(service)
    path = f"{EXECUTIONS}/{execution_id}/redrive"
    unknown = service.post(path, {"fromNodeIds": ["nowhere"]})
    assert (unknown.status, unknown.json["code"]) == (400, "UnknownNode")
    assert unknown.json["problems"][0]["path"] == "/fromNodeIds/0"
    assert service.post(path, {"fromNodeIds": []}).status == 400
    assert service.post(path, {"revision": 9}).status == 404
    assert service.post(path, {"nodes": []}).status == 400
    assert service.post(f"{EXECUTIONS}/none/redrive", {}).status == 404
    service.world.tasks.scripts["work"] = lambda _: Completed({})
    assert service.post(path, {"fromNodeIds": ["start"]}).status == 200
    running = service.post(path, {})
    assert (running.status, running.json["code"]) == (409, "NotEnded")
    service.run()
    over = service.post(path, {})
    assert (over.status, over.json["code"]) == (409, "AlreadySucceeded")


def test_a_newer_revision_and_a_new_task_definition_are_taken(service: Service) -> None:
    document = {**STARTABLE, "nodes": [dict(node) for node in STARTABLE["nodes"]]}
    document["nodes"][1]["parameters"] = {"word": "old"}
    execution_id = service.start(service.activate(document))
    service.post(f"{EXECUTIONS}/{execution_id}/cancel", {})
    sequence_id = service.get(f"{EXECUTIONS}/{execution_id}").json["sequenceId"]
    document["nodes"][1]["parameters"] = {"word": "new"}
    changed = service.patch(f"/projects/p/sequences/{sequence_id}", {"nodes": document["nodes"]})
    assert changed.status == 200, changed.text
    service.put("/projects/p/task-definitions/echo", ECHO)
    answer = service.post(f"{EXECUTIONS}/{execution_id}/redrive", {"revision": 2})
    assert (answer.status, answer.json["revision"]) == (200, 2)
    service.run()
    work = service.get(f"{EXECUTIONS}/{execution_id}").json["nodeExecutions"]["work"]
    assert work["inputs"] == {"word": "new"}


def test_a_repeated_call_gets_its_first_answer_after_the_end(service: Service) -> None:
    execution_id = service.start(service.activate())
    path = f"{EXECUTIONS}/{execution_id}/pause"
    assert service.post(path, {"reason": "lunch"}, Idempotency_Key="k").status == 200
    service.post(f"{EXECUTIONS}/{execution_id}/cancel", {})
    assert service.post(path, {"reason": "lunch"}, Idempotency_Key="k").status == 200
    other = service.post(f"{EXECUTIONS}/{execution_id}/resume", {}, Idempotency_Key="k")
    assert (other.status, other.json["code"]) == (409, "IdempotencyKeyReused")


def test_a_bulk_is_taken_in_and_needs_a_filter(service: Service) -> None:
    execution_id = service.start(service.activate())
    service.post(f"{EXECUTIONS}/{execution_id}/pause", {})
    path = f"{EXECUTIONS}/bulk"
    answer = service.post(path, {"action": "cancel", "filter": {}, "reason": "all"})
    assert (answer.status, answer.json["action"]) == (202, "cancel")
    service.run()
    document = service.get(f"{EXECUTIONS}/{execution_id}").json
    assert (document["status"], document["reason"]) == ("cancelled", "all")
    wrong = [
        {"action": "cancel"},
        {"action": "explode", "filter": {}},
        {"action": "cancel", "filter": {"state": "x"}},
        {"action": "cancel", "filter": {"startedAfter": "yesterday"}},
    ]
    assert [service.post(path, body).status for body in wrong] == [400] * 4


def test_what_ended_in_a_pause_is_not_shown_as_paused(service: Service) -> None:
    path = f"{EXECUTIONS}/{service.start(service.activate())}"
    service.post(f"{path}/pause", {"reason": "lunch"})
    shown = service.get(path).json
    assert (shown["paused"], shown["pause"]["reason"]) == (True, "lunch")
    service.post(f"{path}/cancel")
    shown = service.get(path).json
    assert (shown["status"], shown["paused"], "pause" in shown) == ("cancelled", False, False)
    assert [item["paused"] for item in service.get(EXECUTIONS).json["items"]] == [False]
