"""Routes of sequences: create, read, change, the life cycle, validation, pictures."""

import json
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.api.caller import ECHO, STARTABLE, Service

SEQUENCES = "/projects/p/sequences"


def changed(**fields: Any) -> dict[str, Any]:
    return {**STARTABLE, **fields}


def test_a_new_sequence_is_a_draft_with_every_field(service: Service) -> None:
    answer = service.post(SEQUENCES, STARTABLE)
    assert answer.status == 201
    document = answer.json
    assert document["status"] == "draft"
    assert document["projectId"] == "p"
    assert document["revision"] == 0
    assert document["nodes"][1]["timeoutSeconds"] == 0
    assert document["transitions"][0]["priority"] == 0
    assert answer.headers["Location"] == f"{SEQUENCES}/{document['id']}"
    assert answer.headers["ETag"] == '"1"'
    read = service.get(f"{SEQUENCES}/{document['id']}")
    assert read.json == document
    assert read.headers["ETag"] == '"1"'


@pytest.mark.parametrize("field", ["id", "projectId", "status", "revision", "colour"])
def test_a_field_that_is_not_the_authors_is_refused_by_name(service: Service, field: str) -> None:
    answer = service.post(SEQUENCES, changed(**{field: "x"}))
    assert answer.status == 422
    [problem] = answer.json["problems"]
    assert (problem["code"], problem["path"]) == ("UnknownField", f"/{field}")


def test_all_problems_come_at_once_with_their_places(service: Service) -> None:
    nodes = [
        {"id": "start", "type": "start", "timeoutSeconds": "5"},
        {"id": "start", "type": "task", "colour": "red"},
    ]
    answer = service.post(SEQUENCES, {"name": "", "nodes": nodes, "transitions": []})
    assert answer.status == 422
    assert answer.json["code"] == "InvalidSequence"
    found = {(problem["code"], problem["path"]) for problem in answer.json["problems"]}
    assert {
        ("Empty", "/name"),
        ("WrongType", "/nodes/0/timeoutSeconds"),
        ("UnknownField", "/nodes/1/colour"),
    } <= found


def test_an_empty_body_is_an_empty_object(service: Service) -> None:
    answer = service.post(SEQUENCES)
    assert answer.status == 422
    assert set(answer.problem_codes) == {"MissingField"}


def test_a_definition_that_is_nested_too_deep_is_invalid_not_malformed(service: Service) -> None:
    deep: Any = {}
    for _ in range(40):
        deep = {"deeper": deep}
    answer = service.post(SEQUENCES, changed(metadata=deep))
    assert answer.status == 422
    assert "TooDeep" in answer.problem_codes


def test_a_definition_with_a_key_twice_is_malformed(service: Service) -> None:
    answer = service.post(SEQUENCES, '{"name": "a", "nodes": [{"id": "x", "id": "y"}]}')
    assert answer.status == 400
    assert [problem["path"] for problem in answer.json["problems"]] == ["/nodes/0/id"]


def test_a_sequence_lives_from_draft_to_archive(service: Service) -> None:
    service.put("/projects/p/task-definitions/echo", ECHO)
    path = f"{SEQUENCES}/{service.create()}"
    for verb, status in (
        ("activate", "active"),
        ("deprecate", "deprecated"),
        ("archive", "archived"),
    ):
        answer = service.post(f"{path}/{verb}")
        assert (answer.status, answer.json["status"]) == (200, status)
        assert answer.json["revision"] == 1
        assert service.get(path).json["status"] == status


@pytest.mark.parametrize(
    ("steps", "verb"),
    [
        ([], "deprecate"),
        ([], "archive"),
        (["activate"], "activate"),
        (["activate"], "archive"),
        (["activate", "deprecate"], "activate"),
        (["activate", "deprecate", "archive"], "archive"),
    ],
)
def test_a_step_of_life_out_of_turn_is_a_conflict(
    service: Service, steps: list[str], verb: str
) -> None:
    service.put("/projects/p/task-definitions/echo", ECHO)
    path = f"{SEQUENCES}/{service.create()}"
    for step in steps:
        assert service.post(f"{path}/{step}").status == 200
    answer = service.post(f"{path}/{verb}")
    assert (answer.status, answer.json["code"]) == (409, "WrongStatus")


def test_activation_names_what_is_unknown_in_the_project(service: Service) -> None:
    path = f"/projects/empty/sequences/{service.create(project='empty')}"
    answer = service.post(f"{path}/activate")
    assert answer.status == 422
    [problem] = [each for each in answer.json["problems"] if each["severity"] == "error"]
    assert problem["code"] == "UnknownTaskDefinition"
    assert problem["nodeId"] == "work"
    assert service.get(path).json["status"] == "draft"


def test_activation_answers_its_warnings(service: Service) -> None:
    service.put("/projects/p/task-definitions/echo", ECHO)
    sequence_id = service.create()
    answer = service.post(f"{SEQUENCES}/{sequence_id}/activate")
    assert answer.problem_codes == ["VariableNeverRead"]
    assert answer.json["problems"][0]["severity"] == "warning"


def test_a_change_merges_metadata_and_replaces_the_rest(service: Service) -> None:
    sequence_id = service.create(changed(metadata={"a": 1, "b": 2}, description="old"))
    path = f"{SEQUENCES}/{sequence_id}"
    answer = service.patch(path, {"metadata": {"b": 3, "c": 4}, "description": "new"})
    assert answer.status == 200
    assert answer.json["metadata"] == {"a": 1, "b": 3, "c": 4}
    assert answer.json["description"] == "new"
    assert answer.json["nodes"] == service.get(path).json["nodes"]
    assert answer.headers["ETag"] == '"2"'


@pytest.mark.parametrize("field", ["id", "projectId", "status", "revision", "createdAt"])
def test_a_change_leaves_the_services_fields_to_the_service(service: Service, field: str) -> None:
    answer = service.patch(f"{SEQUENCES}/{service.create()}", {field: "active"})
    assert answer.status == 422
    assert answer.json["problems"][0]["path"] == f"/{field}"


def test_a_change_of_an_active_sequence_is_its_next_revision(service: Service) -> None:
    path = f"{SEQUENCES}/{service.activate()}"
    answer = service.patch(path, {"description": "second"})
    assert (answer.json["status"], answer.json["revision"]) == ("active", 2)
    assert service.get(path, "revision=1").json["description"] == ""
    assert service.get(path, "revision=2").json["description"] == "second"
    assert service.get(path, "revision=1").json["revision"] == 1


def test_a_change_of_an_active_sequence_is_validated_as_for_activation(service: Service) -> None:
    path = f"{SEQUENCES}/{service.activate()}"
    nodes = [*STARTABLE["nodes"], {"id": "alone", "type": "task", "taskDefinitionId": "echo"}]
    answer = service.patch(path, {"nodes": nodes})
    assert answer.status == 422
    assert "UnreachableNode" in answer.problem_codes
    assert service.get(path).json["revision"] == 1


def test_a_change_that_changes_nothing_publishes_nothing(service: Service) -> None:
    path = f"{SEQUENCES}/{service.activate()}"
    answer = service.patch(path, {"nodes": STARTABLE["nodes"], "metadata": {}})
    assert (answer.status, answer.json["revision"]) == (200, 1)
    assert service.patch(path, {"metadata": {"a": 1}}).json["revision"] == 2
    assert service.patch(path, {"metadata": {"a": True}}).json["revision"] == 3


def test_an_archived_sequence_does_not_change(service: Service) -> None:
    path = f"{SEQUENCES}/{service.activate()}"
    service.post(f"{path}/deprecate")
    assert service.patch(path, {"description": "still possible"}).json["revision"] == 1
    service.post(f"{path}/archive")
    answer = service.patch(path, {"description": "too late"})
    assert (answer.status, answer.json["code"]) == (409, "SequenceArchived")


def test_if_match_guards_against_a_change_that_was_not_seen(service: Service) -> None:
    path = f"{SEQUENCES}/{service.create()}"
    etag = service.get(path).headers["ETag"]
    assert service.patch(path, {"description": "mine"}, If_Match=etag).status == 200
    answer = service.patch(path, {"description": "too late"}, If_Match=etag)
    assert (answer.status, answer.json["code"]) == (412, "MovedOn")
    assert service.get(path).json["description"] == "mine"


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"1"', 200),
        ("*", 200),
        ('"0", "1"', 200),
        ('W/"1"', 412),
        ('"0"', 412),
        ("1", 400),
        ("", 400),
        ('"1', 400),
    ],
)
def test_if_match_is_read_as_http_has_it(service: Service, if_match: str, status: int) -> None:
    path = f"{SEQUENCES}/{service.create()}"
    assert service.patch(path, {"description": "x"}, If_Match=if_match).status == status


def test_validation_stores_nothing_and_reports_everything(service: Service) -> None:
    answer = service.post(f"{SEQUENCES}/validate", changed(nodes=[], colour="red"))
    assert answer.status == 200
    assert answer.json["valid"] is False
    assert {"UnknownField", "NoNodes"} <= set(answer.problem_codes)
    assert service.get(SEQUENCES).json == {"items": []}


def test_validation_runs_the_checks_of_activation(service: Service) -> None:
    answer = service.post("/projects/empty/sequences/validate", STARTABLE)
    assert answer.json["valid"] is False
    assert "UnknownTaskDefinition" in answer.problem_codes
    service.put("/projects/empty/task-definitions/echo", ECHO)
    answer = service.post("/projects/empty/sequences/validate", STARTABLE)
    assert answer.json["valid"] is True
    assert answer.problem_codes == ["VariableNeverRead"]


def test_sequences_are_listed_by_pages_without_their_nodes(service: Service) -> None:
    made = {service.create(changed(name=f"n{number}")) for number in range(5)}
    seen: list[dict[str, Any]] = []
    query = "limit=2"
    while True:
        page = service.get(SEQUENCES, query).json
        assert len(page["items"]) <= 2
        seen += page["items"]
        if "cursor" not in page:
            break
        query = f"limit=2&cursor={page['cursor']}"
    assert {item["id"] for item in seen} == made
    assert len(seen) == 5
    full = service.get(f"{SEQUENCES}/{seen[0]['id']}").json
    left_out = {"nodes", "transitions", "variables"}
    assert seen[0] == {name: value for name, value in full.items() if name not in left_out}


def test_sequences_are_listed_by_name_and_status(service: Service) -> None:
    active = service.activate()
    draft = service.create(changed(name="a, b"))
    assert [each["id"] for each in service.get(SEQUENCES, "name=a%2C%20b").json["items"]] == [draft]
    assert [each["id"] for each in service.get(SEQUENCES, "status=active").json["items"]] == [
        active
    ]
    assert service.get(SEQUENCES, "status=active&name=a%2C%20b").json["items"] == []


@pytest.mark.parametrize(
    ("kind", "beginning"),
    [("json", "{"), ("mermaid", ""), ("dot", "digraph"), ("svg", "<svg")],
)
def test_a_sequence_is_drawn_in_every_format(service: Service, kind: str, beginning: str) -> None:
    answer = service.get(f"{SEQUENCES}/{service.create()}/graph", f"format={kind}")
    assert answer.status == 200
    assert answer.text.lstrip().startswith(beginning)
    assert "work" in answer.text


def test_a_picture_is_json_unless_asked_otherwise(service: Service) -> None:
    answer = service.get(f"{SEQUENCES}/{service.create()}/graph")
    assert answer.headers["Content-Type"] == "application/json"
    assert service.get(f"{SEQUENCES}/x/graph", "format=png").status == 400


def big_sequence() -> dict[str, Any]:
    nodes = [
        {"id": f"n{number}", "type": "task", "description": "long " * 100}
        for number in range(9_000)
    ]
    first, last = {"id": "start", "type": "start"}, {"id": "end", "type": "end"}
    ids = ["start", *(node["id"] for node in nodes), "end"]
    transitions = [
        {"id": f"t{number}", "sourceNodeId": source, "targetNodeId": target}
        for number, (source, target) in enumerate(pairwise(ids))
    ]
    return {"name": "big", "nodes": [first, *nodes, last], "transitions": transitions}


def test_a_sequence_too_large_for_an_answer_is_compressed_or_cut(service: Service) -> None:
    path = f"{SEQUENCES}/{service.create(big_sequence())}"
    cut = service.get(path)
    assert (cut.json["nodes"], cut.json["truncated"]) == ([], True)
    whole = service.call("GET", path, headers={"accept-encoding": "gzip, br"})
    assert whole.headers["Content-Encoding"] == "gzip"
    assert len(whole.json["nodes"]) == 9_002
    assert "truncated" not in json.dumps({**whole.json, "nodes": []})


@pytest.mark.parametrize("verb", ["activate", "deprecate", "archive"])
@pytest.mark.parametrize(
    ("body", "code"), [('{"when": 1}', "UnknownField"), ("{", "InvalidJson"), ("[]", "WrongType")]
)
def test_a_verb_takes_no_fields(service: Service, verb: str, body: str, code: str) -> None:
    sequence_id = service.post(SEQUENCES, STARTABLE).json["id"]
    answer = service.post(f"{SEQUENCES}/{sequence_id}/{verb}", body)
    assert (answer.status, answer.json["code"]) == (400, code)
    assert service.get(f"{SEQUENCES}/{sequence_id}").json["status"] == "draft"
