"""Uploads: a document that was put to a URL stands for the body that would be too large."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.api.incoming import BODY_BYTES_MAX
from seriatim.domain.limits import UPLOAD_BYTES_MAX
from tests.unit.api.caller import STARTABLE, Answer, JsonObject, Service

SEQUENCES = "/projects/p/sequences"
TEMPLATES = "/projects/p/templates"


def uploaded(service: Service, document: Any, project: str = "p") -> JsonObject:
    """The body that stands for a document. Bytes are put as they are, anything else as JSON."""
    answer = service.post(f"/projects/{project}/uploads")
    assert answer.status == 201
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    service.world.uploads.receive(answer.json["url"], content)
    return {"uploadId": answer.json["uploadId"]}


def sequence_path(service: Service) -> str:
    return f"{SEQUENCES}/{service.create()}"


def template_path(service: Service) -> str:
    return f"{TEMPLATES}/{service.post(TEMPLATES, STARTABLE).json['id']}"


CALLS: dict[str, Callable[[Service, Any], Answer]] = {
    "create": lambda service, body: service.post(SEQUENCES, body),
    "validate": lambda service, body: service.post(f"{SEQUENCES}/validate", body),
    "change": lambda service, body: service.patch(sequence_path(service), body),
    "create template": lambda service, body: service.post(TEMPLATES, body),
    "change template": lambda service, body: service.patch(template_path(service), body),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def test_each_upload_is_another(service: Service) -> None:
    first, second = (service.post("/projects/p/uploads").json for _ in range(2))
    assert set(first) == {"uploadId", "url"}
    assert first["uploadId"] != second["uploadId"]
    assert first["url"] != second["url"]


@every_call
def test_an_upload_stands_for_the_document(
    service: Service, call: Callable[[Service, Any], Answer]
) -> None:
    document = {**STARTABLE, "description": "uploaded"}
    of_body, of_upload = call(service, document), call(service, uploaded(service, document))
    assert of_upload.status == of_body.status < 300
    assert of_upload.json.get("description") == of_body.json.get("description")
    assert of_upload.json.get("problems") == of_body.json.get("problems")


def test_an_upload_may_be_named_more_than_once(service: Service) -> None:
    body = uploaded(service, STARTABLE)
    assert service.post(f"{SEQUENCES}/validate", body).status == 200
    assert [service.post(SEQUENCES, body).status for _ in range(2)] == [201, 201]


def test_a_definition_larger_than_a_body_is_stored(service: Service) -> None:
    work = {**STARTABLE["nodes"][1], "parameters": {"text": "x" * BODY_BYTES_MAX}}
    nodes = [STARTABLE["nodes"][0], work, STARTABLE["nodes"][2]]
    document = {**STARTABLE, "nodes": nodes}
    assert service.post(SEQUENCES, document).status == 413
    answer = service.post(SEQUENCES, uploaded(service, document))
    assert (answer.status, answer.json["truncated"]) == (201, True)
    path = answer.headers["Location"]
    whole = service.call("GET", path, headers={"accept-encoding": "gzip"})
    assert len(whole.json["nodes"][1]["parameters"]["text"]) == BODY_BYTES_MAX


@every_call
@pytest.mark.parametrize(
    ("content", "code", "path"),
    [
        (b"", "InvalidJson", "/"),
        (b"{", "InvalidJson", "/"),
        (b'{"name": "\xff"}', "InvalidJson", "/"),
        (b"[]", "WrongType", "/"),
        (b'{"nodes": [{"id": "a", "id": "b"}]}', "DuplicateKey", "/nodes/0/id"),
        (b'{"timeoutSeconds": NaN}', "NotFinite", "/timeoutSeconds"),
    ],
)
def test_an_upload_is_read_as_strictly_as_a_body(
    service: Service,
    call: Callable[[Service, Any], Answer],
    content: bytes,
    code: str,
    path: str,
) -> None:
    answer = call(service, uploaded(service, content))
    assert answer.status == 400
    [problem] = answer.json["problems"]
    assert (problem["code"], problem["path"]) == (code, path)


def test_a_wrong_definition_is_told_its_problems(service: Service) -> None:
    answer = service.post(SEQUENCES, uploaded(service, {**STARTABLE, "colour": "red"}))
    assert (answer.status, answer.problem_codes) == (422, ["UnknownField"])


@every_call
@pytest.mark.parametrize(
    "upload_id",
    ["upl-" + "0" * 26, "upl-" + "0" * 25, "../" * 9, "", "x" * 2_000, "🦊"],
)
def test_an_upload_that_is_not_there_is_unknown(
    service: Service, call: Callable[[Service, Any], Answer], upload_id: str
) -> None:
    answer = call(service, {"uploadId": upload_id})
    assert (answer.status, answer.json["code"]) == (400, "UnknownUpload")


def test_what_was_begun_and_not_put_is_unknown(service: Service) -> None:
    upload_id = service.post("/projects/p/uploads").json["uploadId"]
    answer = service.post(SEQUENCES, {"uploadId": upload_id})
    assert (answer.status, answer.json["code"]) == (400, "UnknownUpload")


def test_an_upload_of_another_project_is_unknown(service: Service) -> None:
    body = uploaded(service, STARTABLE, "owner")
    answer = service.post("/projects/thief/sequences", body)
    assert (answer.status, answer.json["code"]) == (400, "UnknownUpload")
    assert service.post("/projects/owner/sequences", body).status == 201


def test_an_upload_id_that_is_no_text_is_malformed(service: Service) -> None:
    answer = service.post(SEQUENCES, {"uploadId": 5})
    assert answer.status == 400
    assert answer.json["problems"][0]["path"] == "/uploadId"


def test_an_upload_id_beside_other_fields_stands_for_nothing(service: Service) -> None:
    answer = service.post(SEQUENCES, {**STARTABLE, **uploaded(service, STARTABLE)})
    assert answer.status == 422
    assert [problem["path"] for problem in answer.json["problems"]] == ["/uploadId"]


def test_an_upload_that_is_too_large_says_the_limit(service: Service) -> None:
    answer = service.post(SEQUENCES, uploaded(service, bytes(UPLOAD_BYTES_MAX + 1)))
    assert (answer.status, answer.json["code"]) == (413, "TooLarge")
    assert f"{UPLOAD_BYTES_MAX:,}" in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "code"), [({"size": 5}, "UnknownField"), ('{"a": 1, "a": 2}', "DuplicateKey")]
)
def test_an_upload_begins_without_a_body(service: Service, body: Any, code: str) -> None:
    answer = service.post("/projects/p/uploads", body)
    assert (answer.status, answer.json["code"]) == (400, code)
