"""Ids inside of a call (in the path after the project, in the body, in the query, in headers) are
ids of its project: those of another one are as good as none, whatever they are mixed with.

Goal: the column "checked" of the table in docs/security.md.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.api.caller import ECHO, JsonObject, Service, openapi
from tests.unit.api.test_executions import WAITING, linear
from tests.unit.api.test_isolation import (
    BODIES,
    MADE_ANEW,
    PROJECT_ROUTES,
    SECRET,
    all_of,
    furnished,
)

LISTS = [
    path
    for method, path in PROJECT_ROUTES
    if method == "GET"
    and any(
        each["name"] == "cursor" for each in openapi()["paths"][path]["get"].get("parameters", [])
    )
]


@given(route=st.sampled_from(PROJECT_ROUTES), data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_ids_of_another_project_are_nothing_whatever_they_are_mixed_with(
    route: tuple[str, str], data: st.DataObject
) -> None:
    service = Service()
    method, path = route
    owners, own = furnished(service, "owner"), furnished(service, "thief")
    before = all_of(service, "owner")
    ids = {name: data.draw(st.sampled_from([owners[name], own[name]])) for name in owners}
    operation = openapi()["paths"][path][method.lower()]["operationId"]
    answer = service.call(method, path.format(project_id="thief", **ids), BODIES.get(operation))
    foreign = {name for name in ids if ids[name] != own[name]}
    is_about_foreign = any(f"{{{name}}}" in path for name in foreign)
    if is_about_foreign and route not in MADE_ANEW:
        assert answer.status == 404, answer.text
    service.run()
    assert all_of(service, "owner") == before


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_of_another_project_is_refused(path: str, service: Service) -> None:
    owners, own = furnished(service, "owner"), furnished(service, "thief")
    for _ in range(2):
        furnished(service, "owner")
    service.put("/projects/owner/variables/second", {"value": 1})
    service.put("/projects/owner/task-definitions/second", ECHO)
    first = service.get(path.format(project_id="owner", **owners), "limit=1").json
    if "cursor" not in first:
        pytest.skip("the list has one item only")
    query = f"limit=1&cursor={first['cursor']}"
    answer = service.get(path.format(project_id="thief", **own), query)
    assert (answer.status, answer.json["code"]) == (400, "InvalidCursor")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/projects/thief/sequences"),
        ("POST", "/projects/thief/sequences/validate"),
        ("PATCH", "/projects/thief/sequences/{sequence_id}"),
        ("POST", "/projects/thief/templates"),
        ("PATCH", "/projects/thief/templates/{template_id}"),
    ],
)
def test_an_upload_of_another_project_is_not_there(
    method: str, path: str, service: Service
) -> None:
    begun = service.post("/projects/owner/uploads").json
    service.world.uploads.receive(begun["url"], b'{"name": "' + SECRET.encode() + b'"}')
    own = furnished(service, "thief")
    answer = service.call(method, path.format(**own), {"uploadId": begun["uploadId"]})
    assert (answer.status, answer.json["code"]) == (400, "UnknownUpload")
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ({"onFailureSequenceId": "{sequence_id}"}, "UnknownSequence"),
        ({"nodes": {"type": "subprocess", "parameters": {"sequenceId": "{sequence_id}"}}}, None),
        ({"nodes": {"type": "task", "taskDefinitionId": "only-owners"}}, "UnknownTaskDefinition"),
    ],
)
def test_a_sequence_names_what_its_own_project_has(
    field: JsonObject, code: str | None, service: Service
) -> None:
    owners = furnished(service, "owner")
    service.put("/projects/owner/task-definitions/only-owners", ECHO)
    nodes = [{"id": "work", **field["nodes"]}] if "nodes" in field else []
    others = {name: value for name, value in field.items() if name != "nodes"}
    document = _filled(linear(*nodes, **others), owners)
    sequence_id = service.create(document, "thief")
    answer = service.post(f"/projects/thief/sequences/{sequence_id}/activate")
    assert answer.status == 422
    assert (code or "UnknownSequence") in answer.problem_codes


def _filled(value: Any, ids: JsonObject) -> Any:
    match value:
        case str():
            return value.format(**ids) if value.startswith("{") else value
        case list():
            return [_filled(each, ids) for each in value]
        case dict():
            return {name: _filled(each, ids) for name, each in value.items()}
        case _:
            return value


def test_executions_of_another_project_do_not_move(service: Service) -> None:
    owners, own = furnished(service, "owner"), furnished(service, "thief")
    before = all_of(service, "owner")
    body = {"toRevision": 1, "executionIds": [owners["execution_id"]], "dryRun": False}
    path = f"/projects/thief/sequences/{own['sequence_id']}/executions/move"
    answer = service.post(path, body)
    assert SECRET not in answer.text
    assert answer.status == 404 or owners["execution_id"] not in str(answer.json.get("moved"))
    service.run()
    assert all_of(service, "owner") == before


def test_what_an_execution_names_as_it_runs_is_in_its_own_project(service: Service) -> None:
    owners = furnished(service, "owner")
    before = all_of(service, "owner")
    send = {"signalName": "answer", "mode": "send", "payload": "stolen"}
    document = linear(
        {
            "id": "send",
            "type": "signal",
            "parameters": {**send, "targetExecutionId": "${target}"},
        },
        {"id": "child", "type": "subprocess", "parameters": {"sequenceId": "${child}"}},
        variables=[{"name": "target"}, {"name": "child"}],
    )
    caught = {"id": "caught", "sourceNodeId": "send", "targetNodeId": "child", "trigger": "error"}
    document["transitions"].append(caught)
    given = {"target": owners["execution_id"], "child": owners["sequence_id"]}
    execution_id = service.start(service.activate(document, "thief"), {"variables": given}, "thief")
    service.run()
    ended = service.get(f"/projects/thief/executions/{execution_id}").json
    assert ended["status"] == "failed"
    assert ended["nodeExecutions"]["send"]["error"]["code"] == "Seriatim.SignalNotDelivered"
    assert ended["nodeExecutions"]["child"]["error"]["code"].endswith("UnknownSequence")
    assert all_of(service, "owner") == before


def test_a_key_and_a_name_are_the_projects_own(service: Service) -> None:
    for project in ("one", "two"):
        sequence_id = service.activate(WAITING, project)
        body = {"name": "same", "variables": {"note": project}}
        execution_id = service.start(sequence_id, body, project)
        path = f"/projects/{project}/executions/{execution_id}"
        signalled = service.post(
            f"{path}/signals/answer", {"payload": project}, Idempotency_Key="same"
        )
        assert signalled.status == 202
        service.run()
        shown = service.get(path).json
        assert shown["status"] == "succeeded"
        assert shown["variables"]["note"] == project
