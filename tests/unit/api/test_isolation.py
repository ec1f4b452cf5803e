"""Two projects: whatever is called in one neither shows nor changes anything of the other.

Every route of the OpenAPI document is called in project ``thief`` with the ids of project
``owner``; a new route is part of this as soon as it is there.
"""

from typing import Any

import pytest

from tests.unit.api.caller import ECHO, JsonObject, Service, openapi
from tests.unit.api.test_executions import WAITING

PROJECT_ROUTES = [
    (method.upper(), path)
    for path, operations in openapi()["paths"].items()
    for method in operations
    if "{project_id}" in path
]
MADE_ANEW = {
    ("POST", "/projects/{project_id}/sequences"): 201,
    ("POST", "/projects/{project_id}/sequences/validate"): 200,
    ("POST", "/projects/{project_id}/templates"): 201,
    ("POST", "/projects/{project_id}/uploads"): 201,
    ("PUT", "/projects/{project_id}/task-definitions/{task_definition_id}"): 200,
    ("PUT", "/projects/{project_id}/variables/{variable_name}"): 200,
    ("PUT", "/projects/{project_id}/resource-pools/{resource_pool_id}"): 200,
    ("PUT", "/projects/{project_id}/triggers/{trigger_id}"): 422,
    ("PUT", "/projects/{project_id}/settings"): 200,
    ("POST", "/projects/{project_id}/executions/bulk"): 202,
    ("GET", "/projects/{project_id}/settings"): 200,
    ("POST", "/projects/{project_id}/activities/{activity_name}/poll"): 200,
}
"""Calls that need nothing that is there, and what they answer."""
BODIES: dict[str, Any] = {
    "createSequence": WAITING,
    "validateSequence": WAITING,
    "changeSequence": {"description": "stolen"},
    "createTemplate": WAITING,
    "changeTemplate": {"description": "stolen"},
    "putTaskDefinition": {**ECHO, "name": "stolen"},
    "putGlobalVariable": {"value": "stolen"},
    "putResourcePool": {"capacity": 9},
    "putProjectSettings": {"maxConcurrentExecutions": 1},
    "putTrigger": {"sequenceId": "the owner's", "schedule": {"rate": "1 hour"}},
    "setVariables": {"note": "stolen"},
    "actInBulk": {"action": "cancel", "filter": {}, "reason": "stolen"},
    "moveExecutions": {"toRevision": 1, "dryRun": False},
    "sendSignal": {"payload": "stolen"},
    "completeNode": {"outputs": {"note": "stolen"}},
    "failNode": {"error": {"code": "Stolen", "message": "stolen"}},
    "pollActivity": {"workerId": "thief"},
}
KINDS = (
    "sequences",
    "templates",
    "task-definitions",
    "resource-pools",
    "triggers",
    "executions",
)
SECRET = "secret of the owner"


def all_of(service: Service, project: str) -> list[Any]:
    """All that a project shows."""
    shown: list[Any] = []
    for kind in (
        "sequences",
        "templates",
        "task-definitions",
        "resource-pools",
        "triggers",
        "executions",
    ):
        items = service.get(f"/projects/{project}/{kind}").json["items"]
        shown += items
        for item in items:
            path = f"/projects/{project}/{kind}/{item['id']}"
            shown.append(service.get(path).json)
            if kind == "executions":
                shown.append(service.get(f"{path}/history").json)
                shown.append(service.get(f"{path}/nodes").json)
    shown.append(service.get(f"/projects/{project}/settings").json)
    return [*shown, *service.get(f"/projects/{project}/variables").json["items"]]


def furnished(service: Service, project: str) -> JsonObject:
    """A project with one of everything; its ids by the names of path parameters."""
    sequence_id = service.activate({**WAITING, "description": SECRET}, project)
    template = {**WAITING, "description": SECRET}
    template_id = service.post(f"/projects/{project}/templates", template).json["id"]
    execution_id = service.start(sequence_id, {"variables": {"note": SECRET}}, project)
    assert service.put(f"/projects/{project}/variables/rate", {"value": SECRET}).status == 200
    pool = service.put(f"/projects/{project}/resource-pools/db", {"capacity": 1})
    assert pool.status == 200
    trigger = {"sequenceId": sequence_id, "schedule": {"rate": "1 hour"}, "description": SECRET}
    assert service.put(f"/projects/{project}/triggers/hourly", trigger).status == 200
    return {
        "trigger_id": "hourly",
        "sequence_id": sequence_id,
        "template_id": template_id,
        "execution_id": execution_id,
        "node_id": "start",
        "task_definition_id": "echo",
        "resource_pool_id": "db",
        "variable_name": "rate",
        "signal_name": "answer",
        "activity_name": "outside",
    }


@pytest.mark.parametrize(("method", "path"), PROJECT_ROUTES)
def test_no_route_reaches_into_another_project(method: str, path: str, service: Service) -> None:
    ids = furnished(service, "owner")
    before = all_of(service, "owner")
    operation = openapi()["paths"][path][method.lower()]
    answer = service.call(
        method,
        path.format(project_id="thief", **ids),
        BODIES.get(operation["operationId"]),
    )
    assert SECRET not in answer.text
    if (method, path) in MADE_ANEW:
        assert answer.status == MADE_ANEW[method, path]
    elif path.endswith("}") or "_id}/" in path.replace("{project_id}/", ""):
        assert (answer.status, answer.json["code"]) == (404, "NotFound")
    else:
        assert answer.json == {"items": []}
    service.run()
    assert all_of(service, "owner") == before


def test_equal_ids_in_two_projects_are_two_things(service: Service) -> None:
    for project in ("one", "two"):
        path = f"/projects/{project}/task-definitions/same"
        assert service.put(path, {**ECHO, "name": project}).status == 200
    assert service.call("DELETE", "/projects/one/task-definitions/same").status == 204
    assert service.get("/projects/two/task-definitions/same").json["name"] == "two"


def test_an_execution_does_not_start_a_sequence_of_another_project(service: Service) -> None:
    ids = furnished(service, "owner")
    child: JsonObject = {"id": "sub", "type": "subprocess"}
    child["parameters"] = {"sequenceId": ids["sequence_id"]}
    start, end = {"id": "start", "type": "start"}, {"id": "end", "type": "end"}
    parent = {
        "name": "parent",
        "nodes": [start, child, end],
        "transitions": [
            {"id": "t1", "sourceNodeId": "start", "targetNodeId": "sub"},
            {"id": "t2", "sourceNodeId": "sub", "targetNodeId": "end"},
        ],
    }
    sequence_id = service.create(parent, "thief")
    answer = service.post(f"/projects/thief/sequences/{sequence_id}/activate")
    assert answer.status == 422
    assert "UnknownSequence" in answer.problem_codes


def test_a_cursor_of_one_project_shows_nothing_of_it_in_another(service: Service) -> None:
    for _ in range(3):
        furnished(service, "owner")
    furnished(service, "thief")
    for kind in ("sequences", "executions"):
        cursor = service.get(f"/projects/owner/{kind}", "limit=1").json["cursor"]
        assert service.get(f"/projects/thief/{kind}", f"cursor={cursor}").status == 400
