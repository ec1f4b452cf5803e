"""What a request may look like (paths, methods, queries, bodies), and what a refusal looks like."""

import base64
import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from functions import wiring
from functions.api.handler import handler
from functions.api.incoming import BODY_BYTES_MAX
from seriatim.domain.limits import HINTED_PROBLEMS_MAX, PROBLEMS_MAX
from seriatim.ports.errors import Conflict, NotFound, TooLarge, Unavailable
from seriatim.version import VERSION
from tests.unit.api.caller import STARTABLE, Service, answer_to, event, openapi


def test_the_service_says_that_it_is_there(service: Service) -> None:
    assert service.get("/health").json == {"status": "ok", "version": VERSION}


def test_an_unknown_path_is_not_found(service: Service) -> None:
    for path in (
        "/",
        "/nothing",
        "/projects",
        "/projects/p",
        "/health/",
        "//health",
        "/projects//x",
    ):
        answer = service.get(path)
        assert (answer.status, answer.json["code"]) == (404, "UnknownPath")


def test_a_named_stage_is_no_part_of_the_path(service: Service) -> None:
    given = event("GET", "/live/health")
    given["requestContext"]["stage"] = "live"
    assert handler(given, None)["statusCode"] == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/projects/p/sequences", "GET, POST"),
        ("POST", "/health", "GET"),
        ("HEAD", "/health", "GET"),
        ("OPTIONS", "/projects/p/sequences/s", "GET, PATCH"),
        ("GET", "/task-tokens/success", "POST"),
        ("BREW", "/projects/p/task-definitions/t", "DELETE, GET, PUT"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_told_which_it_takes(
    service: Service, method: str, path: str, allowed: str
) -> None:
    answer = service.call(method, path)
    assert (answer.status, answer.json["code"]) == (405, "MethodNotAllowed")
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "impossible",
    [
        "%00",
        "a%0Ab",
        "a%2Fb",
        "a%23b",
        "..",
        ".",
        "%2E",
        "%20a",
        "a%20",
        "x" * 129,
        "%E2%80%83",
        "%7F",
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "/projects/{}/executions",
        "/projects/p/sequences/{}",
        "/projects/p/executions/{}/history",
        "/projects/p/task-definitions/{}",
    ],
)
def test_an_impossible_id_is_named(service: Service, path: str, impossible: str) -> None:
    answer = service.get(path.format(impossible))
    assert answer.status == 400
    [problem] = answer.json["problems"]
    assert problem["path"].startswith("/path/")
    assert problem["code"] in {"InvalidId", "TooLong", "Empty"}


@pytest.mark.parametrize("path", ["/projects/%FF/sequences", "/projects/p/executions/a%C3"])
def test_a_path_that_is_no_utf8_is_refused(service: Service, path: str) -> None:
    answer = service.get(path)
    assert (answer.status, answer.json["code"]) == (400, "InvalidText")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "OutOfRange"),
        ("limit=-1", "OutOfRange"),
        ("limit=201", "OutOfRange"),
        ("limit=", "OutOfRange"),
        ("limit=ten", "OutOfRange"),
        ("limit=1.0", "OutOfRange"),
        ("limit=%D9%A1", "OutOfRange"),
        ("limit=" + "9" * 5_000, "OutOfRange"),
        ("limit=1&limit=2", "DuplicateKey"),
        ("cursor=", "Empty"),
        ("cursor=%FF", "InvalidText"),
        ("status=lost", "NotOneOf"),
        ("status=failed,running", "NotOneOf"),
        ("startedAfter=yesterday", "InvalidTime"),
        ("startedAfter=2026-01-01T00:00:00", "InvalidTime"),
        ("sequenceId=a%2Fb", "InvalidId"),
        ("sequnceId=a", "UnknownField"),
        ("&".join(f"a{number}=1" for number in range(101)), "TooMany"),
    ],
)
def test_a_wrong_query_is_refused(service: Service, query: str, code: str) -> None:
    answer = service.get("/projects/p/executions", query)
    assert (answer.status, answer.json["code"]) == (400, code)


def test_every_wrong_parameter_is_named_at_once(service: Service) -> None:
    answer = service.get("/projects/%00/executions", "limit=0&status=lost")
    paths = {problem["path"] for problem in answer.json["problems"]}
    assert paths == {"/path/project_id", "/query/limit", "/query/status"}


@pytest.mark.parametrize(
    "body", ["{", "[]", "null", '"x"', "5", "{} {}", "\ud800", '{"a": 1,}', '\ufeff{"a": 1}']
)
def test_a_body_that_is_no_json_object_is_malformed(service: Service, body: str) -> None:
    for path in ("/projects/p/sequences", "/task-tokens/heartbeat"):
        assert service.call("POST", path, body).status == 400


def test_a_flood_of_wrong_fields_is_answered_briefly(service: Service) -> None:
    flood = {f"k{number}": number for number in range(20_000)}
    for method, path in (("PUT", "/projects/p/settings"), ("POST", "/projects/p/sequences")):
        problems = service.call(method, path, flood).json["problems"]
        assert len(problems) == PROBLEMS_MAX + 1
        assert problems[-1]["code"] == "MoreProblems"
        hinted = [one for one in problems if "there are: " in one["message"]]
        assert 100 < len(hinted) <= HINTED_PROBLEMS_MAX


def test_an_unknown_field_is_told_every_field_that_there_is(service: Service) -> None:
    wrong = {"action": "cancel", "filter": {"colour": "red"}}
    [problem] = service.post("/projects/p/executions/bulk", wrong).json["problems"]
    fields = "sequenceId, startedAfter, startedBefore, status"
    assert sorted(problem["message"].partition("there are: ")[2][:-2].split(", ")) == fields.split(
        ", "
    )


@pytest.mark.parametrize("body", ["", " \n", None])
def test_no_body_is_an_empty_object(service: Service, body: str | None) -> None:
    answer = service.call("POST", "/task-tokens/heartbeat", body)
    assert answer.problem_codes == ["MissingField"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_the_content_type_does_not_matter(service: Service, content_type: str) -> None:
    headers = {"content-type": content_type}
    answer = service.call("POST", "/projects/p/sequences", STARTABLE, headers=headers)
    assert answer.status == 201


def encoded(body: bytes) -> dict[str, Any]:
    text = base64.b64encode(body).decode()
    return event("POST", "/projects/p/sequences", body=text, isBase64Encoded=True)


def test_a_body_may_be_base64(service: Service) -> None:
    assert answer_to(encoded(json.dumps(STARTABLE).encode())).status == 201
    for wrong in ("%%%", "é"):
        given = event("POST", "/projects/p/sequences", body=wrong, isBase64Encoded=True)
        assert answer_to(given).status == 400


def test_a_body_that_is_no_utf_8_says_where(service: Service) -> None:
    answer = answer_to(encoded(b'{"name": "\xff"}'))
    assert answer.status == 400
    assert "byte 10 " in answer.json["detail"]


def test_a_body_that_is_too_large_says_the_limit(service: Service) -> None:
    fill = "é" * (BODY_BYTES_MAX // 2)
    answer = service.call("POST", "/projects/p/sequences", f'"{fill}"')
    assert (answer.status, answer.json["code"]) == (413, "TooLarge")
    assert f"{BODY_BYTES_MAX:,}" in answer.json["detail"]


def failing(service: Service, error: Exception) -> None:
    """Have the store fail from now on."""

    def get(project_id: str, sequence_id: str) -> Any:
        raise error

    service.world.sequences.get = get  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unavailable("throttled"), 503, "Unavailable"),
        (Conflict("again and again"), 503, "Unavailable"),
        (NotFound("There is no such sequence."), 404, "NotFound"),
        (TooLarge("A value has 7 MB; at most 6 MB may be."), 413, "TooLarge"),
        (RuntimeError("secret of the store"), 500, "InternalError"),
    ],
)
def test_errors_of_the_store_are_answered_by_what_to_do(
    service: Service, error: Exception, status: int, code: str
) -> None:
    failing(service, error)
    answer = service.get("/projects/p/sequences/s")
    assert (answer.status, answer.json["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert ("requestId" in answer.json) == (status == 500)
    assert "secret" not in answer.text


def test_a_fault_before_routing_is_answered_too(service: Service) -> None:
    given = event("GET", "/health")
    given["rawPath"] = None
    assert handler(given, None)["statusCode"] == 500
    assert handler({"source": "aws.events"}, None)["statusCode"] == 500


def test_calls_at_the_same_time_do_not_see_each_other(service: Service) -> None:
    barrier = threading.Barrier(8)
    answers: dict[str, str] = {}
    get = service.world.sequences.get

    def slow_get(project_id: str, sequence_id: str) -> Any:
        barrier.wait(timeout=10)
        return get(project_id, sequence_id)

    ids = {f"p{number}": service.create(project=f"p{number}") for number in range(8)}
    service.world.sequences.get = slow_get  # type: ignore[method-assign]

    def read(project: str) -> None:
        answer = service.get(f"/projects/{project}/sequences/{ids[project]}")
        answers[project] = answer.json["projectId"]

    in_threads([partial(read, project) for project in ids])
    assert answers == {project: project for project in ids}


def in_threads(calls: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert not any(thread.is_alive() for thread in threads)


def test_the_openapi_document_and_its_page_are_served(service: Service) -> None:
    answer = service.get("/openapi.json")
    assert answer.json == openapi()
    page = service.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "changeSequence" in page.text
    assert "cdn" not in page.text.partition("<body>")[0].lower()


def test_a_wiring_is_asked_for_per_call(service: Service) -> None:
    other = Service()
    other.create()
    assert len(service.get("/projects/p/sequences").json["items"]) == 1
    wiring.use(service.world.wired)
    assert service.get("/projects/p/sequences").json["items"] == []


def test_what_is_nested_too_deep_is_told_in_few_words(service: Service) -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    answer = service.put("/projects/p/variables/v", {"value": deep})
    assert (answer.status, answer.json["code"]) == (400, "TooDeep")
    [problem] = answer.json["problems"]
    assert problem["message"].startswith("An item within 'value' lies deeper than the 32 levels")
    assert problem["path"] == "/value" + "/0" * 31


def test_a_name_with_slashes_is_whole_where_the_gateway_has_decoded_it(service: Service) -> None:
    path = "/projects/p/variables"
    written = answer_to(event("PUT", f"{path}/a/b ü", body='{"value": 1}'))
    assert (written.status, written.json["version"]) == (200, 1)
    assert service.get(f"{path}/a%2Fb%20%C3%BC").json["value"] == 1
    assert [each["name"] for each in service.get(path).json["items"]] == ["a/b ü"]
    execution = f"/projects/p/executions/{service.start(service.activate())}"
    assert answer_to(event("POST", f"{execution}/signals/a/b")).status == 202
    items = service.get(f"{execution}/history").json["items"]
    assert [each["name"] for each in items if each["type"] == "SignalReceived"] == ["a/b"]


@pytest.mark.parametrize("path", ["variables/", "variables", "templates/a/b"])
def test_only_a_name_may_have_slashes(service: Service, path: str) -> None:
    answer = answer_to(event("PUT", f"/projects/p/{path}", body='{"value": " "}'))
    assert answer.status in {404, 405}
