"""Routes of templates: create, read, change, delete, and the sequences that they make."""

from typing import Any

import pytest

from tests.unit.api.caller import ECHO, STARTABLE, JsonObject, Service
from tests.unit.api.test_executions import pages

TEMPLATES = "/projects/p/templates"

NODES: list[JsonObject] = [
    {"id": "start", "type": "start"},
    {"id": "pause", "type": "timer", "parameters": {"durationSeconds": {"$parameter": "delay"}}},
    {
        "id": "work",
        "type": "task",
        "taskDefinitionId": {"$parameter": "task"},
        "parameters": {"who": "${customer}", "list": {"$parameter": "list"}},
    },
    {"id": "end", "type": "end"},
]
TEMPLATE: JsonObject = {
    "name": "reminder",
    "parameters": [
        {"name": "delay", "type": "number", "required": True, "description": "in seconds"},
        {"name": "task", "type": "string", "default": "echo"},
        {"name": "customer", "type": "string"},
        {"name": "list", "type": "array", "default": [1, 2]},
    ],
    "nodes": NODES,
    "transitions": [
        {"id": "t1", "sourceNodeId": "start", "targetNodeId": "pause"},
        {"id": "t2", "sourceNodeId": "pause", "targetNodeId": "work"},
        {"id": "t3", "sourceNodeId": "work", "targetNodeId": "end"},
    ],
    "variables": [{"name": "customer", "defaultValue": {"$parameter": "customer"}}],
    "metadata": {"a": 1},
}


def changed(**fields: Any) -> JsonObject:
    return {**TEMPLATE, **fields}


def created(service: Service, document: JsonObject = TEMPLATE) -> str:
    """The path of a new template."""
    answer = service.post(TEMPLATES, document)
    assert answer.status == 201, answer.text
    return f"{TEMPLATES}/{answer.json['id']}"


def test_a_new_template_is_shown_as_it_was_written(service: Service) -> None:
    answer = service.post(TEMPLATES, TEMPLATE)
    assert answer.status == 201
    document = answer.json
    assert document["projectId"] == "p"
    assert document["nodes"] == NODES
    assert document["parameters"][2] == {
        "name": "customer",
        "type": "string",
        "default": None,
        "required": False,
        "description": "",
    }
    assert document["createdAt"] == document["updatedAt"] == "2026-01-01T00:00:00.000Z"
    assert answer.headers["Location"] == f"{TEMPLATES}/{document['id']}"
    assert answer.headers["ETag"] == '"1"'
    read = service.get(answer.headers["Location"])
    assert (read.json, read.headers["ETag"]) == (document, '"1"')


@pytest.mark.parametrize("field", ["id", "projectId", "status", "revision", "createdAt", "colour"])
def test_a_field_that_is_not_the_authors_is_refused_by_name(service: Service, field: str) -> None:
    for answer in (
        service.post(TEMPLATES, changed(**{field: "x"})),
        service.patch(created(service), {field: "x"}),
    ):
        assert (answer.status, answer.json["code"]) == (422, "InvalidTemplate")
        [problem] = answer.json["problems"]
        assert (problem["code"], problem["path"]) == ("UnknownField", f"/{field}")


def test_all_problems_come_at_once_with_their_places(service: Service) -> None:
    parameters = [
        {"name": "delay", "type": "number", "default": "5"},
        {"name": "delay"},
        {"name": "list", "type": "list"},
    ]
    answer = service.post(TEMPLATES, changed(parameters=parameters, id="x", timeoutSeconds="5"))
    assert answer.status == 422
    found = {(problem["code"], problem["path"]) for problem in answer.json["problems"]}
    assert found == {
        ("UnknownField", "/id"),
        ("NotOneOf", "/parameters/2/type"),
    }
    parameters[2]["type"] = "array"
    answer = service.post(TEMPLATES, changed(parameters=parameters, id="x"))
    found = {(problem["code"], problem["path"]) for problem in answer.json["problems"]}
    assert found == {
        ("UnknownField", "/id"),
        ("WrongDefault", "/parameters/0/default"),
        ("DuplicateId", "/parameters/1/name"),
        ("UnknownTemplateParameter", "/nodes/2/taskDefinitionId"),
        ("UnknownTemplateParameter", "/variables/0/defaultValue"),
    }


def test_the_sequence_inside_is_checked_with_the_defaults(service: Service) -> None:
    parameters = [dict(each) for each in TEMPLATE["parameters"]]
    parameters[0]["default"] = -5
    answer = service.post(TEMPLATES, changed(parameters=parameters))
    assert answer.status == 422
    [problem] = answer.json["problems"]
    assert (problem["code"], problem["nodeId"]) == ("OutOfRange", "pause")
    assert "'delay'" in problem["message"]


def test_an_instance_is_a_draft_with_the_arguments_put_in(service: Service) -> None:
    path = created(service)
    arguments = {"delay": 60, "customer": "${item} or $parameter"}
    answer = service.post(f"{path}/instantiate", {"arguments": arguments})
    assert answer.status == 201
    document = answer.json
    assert (document["name"], document["status"], document["revision"]) == ("reminder", "draft", 0)
    assert document["nodes"][1]["parameters"]["durationSeconds"] == 60
    assert document["nodes"][2]["taskDefinitionId"] == "echo"
    assert document["nodes"][2]["parameters"] == {"who": "${customer}", "list": [1, 2]}
    assert document["variables"][0]["defaultValue"] == "${item} or $parameter"
    assert "parameters" not in document
    assert answer.headers["Location"] == f"/projects/p/sequences/{document['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert service.get(answer.headers["Location"]).json == document


def test_an_instance_runs(service: Service) -> None:
    service.put("/projects/p/task-definitions/echo", ECHO)
    body = {"arguments": {"delay": 5, "customer": "Ann"}, "name": "for Ann"}
    sequence = service.post(f"{created(service)}/instantiate", body).json
    assert sequence["name"] == "for Ann"
    assert service.post(f"/projects/p/sequences/{sequence['id']}/activate").status == 200
    execution = service.start(sequence["id"])
    service.run()
    document = service.get(f"/projects/p/executions/{execution}").json
    assert document["status"] == "succeeded"
    assert document["nodeExecutions"]["work"]["inputs"] == {"who": "Ann", "list": [1, 2]}


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({}, {("MissingArgument", "/arguments/delay")}),
        (
            {"arguments": {"delay": "5", "list": {}, "zone": 1}},
            {
                ("WrongType", "/arguments/delay"),
                ("WrongType", "/arguments/list"),
                ("UnknownArgument", "/arguments/zone"),
            },
        ),
    ],
)
def test_wrong_arguments_are_named_all_at_once(
    service: Service, body: JsonObject, problems: set[tuple[str, str]]
) -> None:
    answer = service.post(f"{created(service)}/instantiate", body)
    assert (answer.status, answer.json["code"]) == (422, "InvalidArguments")
    assert {(each["code"], each["path"]) for each in answer.json["problems"]} == problems
    assert service.get("/projects/p/sequences").json == {"items": []}


def test_an_argument_that_makes_no_sequence_is_named(service: Service) -> None:
    body = {"arguments": {"delay": -1, "task": "a/b"}}
    answer = service.post(f"{created(service)}/instantiate", body)
    assert (answer.status, answer.json["code"]) == (422, "InvalidSequence")
    found = {(each["code"], each["path"]) for each in answer.json["problems"]}
    assert found == {("OutOfRange", "/arguments/delay"), ("InvalidId", "/arguments/task")}
    assert service.get("/projects/p/sequences").json == {"items": []}


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"arguments": [1]}, "WrongType", "/arguments"),
        ({"name": ""}, "Empty", "/name"),
        ({"delay": 5}, "UnknownField", "/delay"),
    ],
)
def test_a_body_of_another_shape_is_malformed(
    service: Service, body: JsonObject, code: str, path: str
) -> None:
    answer = service.post(f"{created(service)}/instantiate", body)
    assert answer.status == 400
    [problem] = answer.json["problems"]
    assert (problem["code"], problem["path"]) == (code, path)


def test_a_template_without_parameters_needs_no_arguments(service: Service) -> None:
    path = created(service, STARTABLE)
    assert service.get(path).json["parameters"] == []
    for body in (None, {}, {"arguments": None, "name": None}):
        assert service.post(f"{path}/instantiate", body).status == 201
    assert len(service.get("/projects/p/sequences").json["items"]) == 3


def test_a_change_merges_metadata_and_replaces_the_rest(service: Service) -> None:
    path = created(service)
    answer = service.patch(path, {"metadata": {"b": 2}, "name": "renamed"})
    assert answer.status == 200
    assert answer.json["metadata"] == {"a": 1, "b": 2}
    assert answer.json["name"] == "renamed"
    assert answer.json["nodes"] == NODES
    assert answer.headers["ETag"] == '"2"'
    assert service.get(path).json == answer.json
    again = service.patch(path, {"metadata": {"b": 2}, "name": "renamed"})
    assert again.headers["ETag"] == '"2"'


def test_a_place_for_metadata_is_replaced_not_merged(service: Service) -> None:
    place = {"$parameter": "list"}
    parameters = [{**each, "type": "any", "default": None} for each in TEMPLATE["parameters"]]
    path = created(service, changed(parameters=parameters))
    assert service.patch(path, {"metadata": place}).json["metadata"] == place
    assert service.patch(path, {"metadata": {"b": 2}}).json["metadata"] == {"b": 2}


def test_a_change_is_validated_as_a_whole(service: Service) -> None:
    path = created(service)
    answer = service.patch(path, {"parameters": TEMPLATE["parameters"][:3]})
    assert answer.status == 422
    assert answer.problem_codes == ["UnknownTemplateParameter"]
    assert service.get(path).headers["ETag"] == '"1"'


def test_instances_stay_as_they_are_when_the_template_changes_or_goes(service: Service) -> None:
    path = created(service)
    location = service.post(f"{path}/instantiate", {"arguments": {"delay": 1}}).headers["Location"]
    service.patch(path, {"description": "changed"})
    assert service.call("DELETE", path).status == 204
    assert service.get(location).json["description"] == ""


@pytest.mark.parametrize(
    ("if_match", "status"), [('"1"', 200), ("*", 200), ('"2"', 412), ('W/"1"', 412), ("1", 400)]
)
def test_if_match_guards_against_a_change_that_was_not_seen(
    service: Service, if_match: str, status: int
) -> None:
    path = created(service)
    answer = service.patch(path, {"description": "new"}, If_Match=if_match)
    assert answer.status == status
    assert service.get(path).headers["ETag"] == ('"2"' if status == 200 else '"1"')


@pytest.mark.parametrize(
    ("if_match", "status"), [(None, 204), ('"1"', 204), ("*", 204), ('"2"', 412), ("1", 400)]
)
def test_a_template_is_deleted_if_it_is_still_what_was_seen(
    service: Service, if_match: str | None, status: int
) -> None:
    path = created(service)
    headers = {} if if_match is None else {"If-Match": if_match}
    assert service.call("DELETE", path, headers=headers).status == status
    assert service.get(path).status == (404 if status == 204 else 200)
    if status == 204:
        assert service.call("DELETE", path).status == 404
        assert service.patch(path, {"name": "x"}).status == 404
        assert service.post(f"{path}/instantiate").status == 404


def test_templates_are_listed_by_pages_and_by_name_without_what_is_in_them(
    service: Service,
) -> None:
    for number in range(5):
        created(service, changed(name=f"n{number % 2}", description={"$parameter": "customer"}))
    listed = pages(service, TEMPLATES, "limit=2")
    assert len(listed) == 5
    assert set(listed[0]) == {
        "id",
        "projectId",
        "name",
        "description",
        "version",
        "metadata",
        "createdAt",
        "updatedAt",
    }
    assert len(service.get(TEMPLATES, "name=n1").json["items"]) == 2
    assert service.get(TEMPLATES, "status=draft").status == 400


def test_a_template_too_large_for_an_answer_is_compressed_or_cut(service: Service) -> None:
    parameters = [{"name": "text", "default": "x" * 2_700_000}]
    nodes = [*NODES, {"id": "more", "type": "task", "parameters": {"text": "y" * 2_700_000}}]
    answer = service.post(
        TEMPLATES, changed(parameters=[*TEMPLATE["parameters"], *parameters], nodes=nodes)
    )
    assert (answer.status, answer.json["truncated"]) == (201, True)
    assert answer.json["nodes"] == []
    assert len(answer.json["parameters"]) == 5
    path = f"{TEMPLATES}/{answer.json['id']}"
    whole = service.call("GET", path, headers={"accept-encoding": "gzip"})
    assert len(whole.json["nodes"]) == 5


def test_what_of_a_template_fills_an_answer_by_itself_is_cut_too(service: Service) -> None:
    parameters = [{"name": "text", "default": "x" * 5_500_000}]
    document = changed(parameters=[*TEMPLATE["parameters"], *parameters])
    answer = service.post(TEMPLATES, document)
    assert (answer.status, answer.json["parameters"], answer.json["nodes"]) == (201, [], [])
