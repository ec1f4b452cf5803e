"""Routes of task definitions, task tokens and activities."""

import pytest

from seriatim.tasks.activity import activity_task
from tests.unit.api.caller import ECHO, JsonObject, Service, answer_to, event
from tests.unit.api.test_executions import linear, pages

DEFINITIONS = "/projects/p/task-definitions"
OUTSIDE: JsonObject = {"integration": "activity", "activity": {"name": "outside"}}
HANDED_OUT = linear({"id": "work", "type": "task", "taskDefinitionId": "outside"})
POLL = "/projects/p/activities/outside/poll"


def test_a_task_definition_is_stored_with_every_default(service: Service) -> None:
    answer = service.put(f"{DEFINITIONS}/charge", {**ECHO, "timeoutSeconds": 5})
    assert answer.status == 200
    assert answer.json["id"] == answer.json["name"] == "charge"
    assert answer.json["balancing"] == "weighted"
    assert service.get(f"{DEFINITIONS}/charge").json == answer.json
    again = service.put(f"{DEFINITIONS}/charge", answer.json)
    assert (again.status, again.json) == (200, answer.json)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "/integration"),
        ({"integration": "python"}, "/python"),
        ({"integration": "smoke"}, "/integration"),
        ({**ECHO, "id": "other"}, "/id"),
        ({**ECHO, "id": 5}, "/id"),
        ({**ECHO, "colour": "red"}, "/colour"),
        ({**ECHO, "timeoutSeconds": "5"}, "/timeoutSeconds"),
        ({**ECHO, "inputSchema": {"type": 5}}, "/inputSchema/type"),
        ({**ECHO, "python": {"function": "f", "colour": 1}}, "/python/colour"),
    ],
)
def test_a_wrong_task_definition_names_the_place(
    service: Service, document: JsonObject, path: str
) -> None:
    answer = service.put(f"{DEFINITIONS}/charge", document)
    assert (answer.status, answer.json["code"]) == (422, "InvalidTaskDefinition")
    assert path in [problem["path"] for problem in answer.json["problems"]]
    assert service.get(f"{DEFINITIONS}/charge").status == 404


def test_a_task_definition_is_deleted_once(service: Service) -> None:
    service.put(f"{DEFINITIONS}/charge", ECHO)
    answer = service.call("DELETE", f"{DEFINITIONS}/charge")
    assert (answer.status, answer.text) == (204, "")
    assert service.call("DELETE", f"{DEFINITIONS}/charge").status == 404
    assert service.get(f"{DEFINITIONS}/charge").status == 404


def test_task_definitions_are_listed_by_pages(service: Service) -> None:
    for number in range(5):
        service.put(f"/projects/q/task-definitions/t{number}", ECHO)
    listed = pages(service, "/projects/q/task-definitions", "limit=2")
    assert [each["id"] for each in listed] == [f"t{number}" for number in range(5)]


def test_an_id_of_any_script_names_the_same_everywhere(service: Service) -> None:
    name = "%E0%A4%A8%E0%A4%AE%E0%A4%B8%E0%A5%8D%E0%A4%A4%E0%A5%87%20%F0%9F%98%80%25%3F"
    assert service.put(f"{DEFINITIONS}/{name}", ECHO).json["id"] == "नमस्ते 😀%?"
    assert service.get(f"{DEFINITIONS}/{name}").status == 200
    decoded = event("GET", f"{DEFINITIONS}/नमस्ते 😀%?")
    assert answer_to(decoded).json["id"] == "नमस्ते 😀%?"


def offered(service: Service) -> str:
    """A new execution whose task is on the list."""
    service.put(f"{DEFINITIONS}/outside", OUTSIDE)
    service.start(service.activate(HANDED_OUT), {"variables": {"a": 1}})
    while service.world.deliver_next():
        pass
    # The scripted tasks hand out; the task runner would put the attempt on the list.
    request = service.world.tasks.requests[-1]
    task = activity_task(request, service.world.clock.now())
    service.world.activities.offer("outside", task)
    return request.key.execution_id


def polled(service: Service) -> JsonObject:
    """A task that was given out, of a new execution."""
    offered(service)
    answer = service.post(POLL, {"workerId": "w1", "maxTasks": 10})
    assert answer.status == 200
    [task] = answer.json["tasks"]
    found: JsonObject = task
    return found


def test_a_task_that_cannot_be_given_out_now_keeps_back_no_other(service: Service) -> None:
    first = offered(service)
    service.world.clock.advance(1)
    second = offered(service)
    service.world.activities.refused = {second}
    answer = service.post(POLL, {"workerId": "w1", "maxTasks": 10})
    assert [task["executionId"] for task in answer.json["tasks"]] == [first]
    service.world.clock.advance(60_000)
    assert service.post(POLL, {"workerId": "w1"}).status == 503
    service.world.activities.refused = set()
    service.world.clock.advance(60_000)
    answer = service.post(POLL, {"workerId": "w1"})
    assert [task["executionId"] for task in answer.json["tasks"]] == [second]


def test_a_polled_task_says_what_to_do(service: Service) -> None:
    task = polled(service)
    assert task["nodeId"] == "work"
    assert task["attempt"] == 1
    assert task["deadline"] is None
    assert service.post(POLL, {"workerId": "w1"}).json == {"tasks": []}


def test_a_task_token_completes_its_attempt_once(service: Service) -> None:
    task = polled(service)
    body = {"taskToken": task["taskToken"], "output": {"done": True}}
    assert service.post("/task-tokens/success", body).json == {}
    service.run()
    execution = service.get(f"/projects/p/executions/{task['executionId']}").json
    assert execution["status"] == "succeeded"
    assert execution["nodeExecutions"]["work"]["outputs"] == {"done": True}
    assert service.post("/task-tokens/success", body).status == 409
    assert service.post("/task-tokens/heartbeat", {"taskToken": task["taskToken"]}).status == 409


def test_a_task_token_fails_its_attempt(service: Service) -> None:
    task = polled(service)
    error = {"code": "Broken", "message": "it broke", "details": [1, {"a": None}]}
    body = {"taskToken": task["taskToken"], "error": error}
    assert service.post("/task-tokens/failure", body).status == 200
    service.run()
    execution = service.get(f"/projects/p/executions/{task['executionId']}").json
    assert execution["status"] == "failed"
    found = execution["nodeExecutions"]["work"]["error"]
    assert (found["code"], found["details"]) == ("Broken", [1, {"a": None}])


def test_a_heartbeat_is_taken_in(service: Service) -> None:
    task = polled(service)
    assert service.post("/task-tokens/heartbeat", {"taskToken": task["taskToken"]}).json == {}


@pytest.mark.parametrize(
    ("call", "body", "path"),
    [
        ("success", {"output": 1}, "/taskToken"),
        ("success", {"taskToken": "x"}, "/output"),
        ("success", {"taskToken": 5, "output": 1}, "/taskToken"),
        ("failure", {"taskToken": "x"}, "/error"),
        ("failure", {"taskToken": "x", "error": {"code": "A"}}, "/error/message"),
        ("failure", {"taskToken": "x", "error": {"code": "", "message": ""}}, "/error/code"),
        (
            "failure",
            {"taskToken": "x", "error": {"code": "A", "message": "", "retryable": "yes"}},
            "/error/retryable",
        ),
        ("heartbeat", {"taskToken": ""}, "/taskToken"),
        ("heartbeat", {"taskToken": "x", "output": 1}, "/output"),
    ],
)
def test_a_malformed_report_names_the_place(
    service: Service, call: str, body: JsonObject, path: str
) -> None:
    answer = service.post(f"/task-tokens/{call}", body)
    assert answer.status == 400
    assert [problem["path"] for problem in answer.json["problems"]] == [path]


@pytest.mark.parametrize("token", ["x", "é", "a.b.c", "\u0000", "x" * 8_192])
def test_what_is_no_task_token_is_refused(service: Service, token: str) -> None:
    for call, rest in (
        ("success", {"output": None}),
        ("failure", {"error": {"code": "A", "message": ""}}),
        ("heartbeat", {}),
    ):
        answer = service.post(f"/task-tokens/{call}", {"taskToken": token, **rest})
        assert (answer.status, answer.json["code"]) == (400, "InvalidTaskToken")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "/workerId"),
        ({"workerId": "a/b"}, "/workerId"),
        ({"workerId": "w", "waitSeconds": 21}, "/waitSeconds"),
        ({"workerId": "w", "waitSeconds": -1}, "/waitSeconds"),
        ({"workerId": "w", "waitSeconds": "1"}, "/waitSeconds"),
        ({"workerId": "w", "maxTasks": 0}, "/maxTasks"),
        ({"workerId": "w", "maxTasks": 11}, "/maxTasks"),
        ({"workerId": "w", "tasks": 1}, "/tasks"),
    ],
)
def test_a_malformed_poll_names_the_place(service: Service, body: JsonObject, path: str) -> None:
    answer = service.post(POLL, body)
    assert answer.status == 400
    assert [problem["path"] for problem in answer.json["problems"]] == [path]


def test_a_poll_waits_and_comes_back_empty(service: Service) -> None:
    before = service.world.clock.now()
    answer = service.post(POLL, {"workerId": "w", "waitSeconds": 20})
    assert answer.json == {"tasks": []}
    assert service.world.clock.now() - before == 20_000
