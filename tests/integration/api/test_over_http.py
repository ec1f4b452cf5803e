"""The API over HTTP: gateway, handlers, embedded AWS and worker as ``seriatim dev`` runs them.

What each route answers is tested without a server (``tests/unit/api``); here is what only the way
through the server shows.
"""

import gzip
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from functions.api.incoming import BODY_BYTES_MAX
from seriatim.local.service import LocalService
from tests.unit.api.caller import ECHO, STARTABLE, Answer, JsonObject, hold_to_document
from tests.unit.api.test_executions import WAITING, linear

CALL_SECONDS_MAX = 30


class Caller:
    """Calls a service over HTTP and holds its answers to the OpenAPI document."""

    def __init__(self, service: LocalService) -> None:
        self.service = service

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """The answer, whatever its status. Bytes go as they are, anything else as JSON."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the service is ours
            self.service.url + path, data=data, method=method, headers=headers or {}
        )
        try:
            with urllib.request.urlopen(request, timeout=CALL_SECONDS_MAX) as found:  # noqa: S310
                answer = read(found.status, dict(found.headers), found.read())
        except urllib.error.HTTPError as refused:
            answer = read(refused.code, dict(refused.headers), refused.read())
        hold_to_document(method, urlsplit(path).path, answer)
        return answer


def read(status: int, headers: dict[str, str], body: bytes) -> Answer:
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return Answer(status, headers, body.decode())


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with LocalService() as service:
        caller = Caller(service)
        assert caller.call("PUT", "/projects/p/task-definitions/echo", ECHO).status == 200
        yield caller


def activated(caller: Caller, document: JsonObject = STARTABLE) -> str:
    sequence_id = caller.call("POST", "/projects/p/sequences", document).json["id"]
    answer = caller.call("POST", f"/projects/p/sequences/{sequence_id}/activate")
    assert answer.status == 200, answer.text
    return f"/projects/p/sequences/{sequence_id}"


def test_a_sequence_is_defined_started_and_read_back(caller: Caller) -> None:
    sequence = activated(caller)
    answer = caller.call("POST", f"{sequence}/executions", {"variables": {"amount": 5}})
    assert answer.status == 202
    caller.service.wait_idle()
    path = answer.headers["Location"]
    document = caller.call("GET", path).json
    assert document["status"] == "succeeded"
    assert list(document["nodeExecutions"]) == ["start", "work", "end"]
    history = caller.call("GET", f"{path}/history?limit=200").json["items"]
    assert [item["number"] for item in history] == list(range(1, len(history) + 1))
    assert history[-1]["type"] == "ExecutionEnded"
    listed = caller.call("GET", "/projects/p/executions?status=succeeded").json["items"]
    assert document["id"] in [item["id"] for item in listed]


def test_a_signal_over_http_moves_what_waits(caller: Caller) -> None:
    started = caller.call("POST", f"{activated(caller, WAITING)}/executions")
    path = started.headers["Location"]
    caller.service.wait_idle()
    assert caller.call("GET", path).json["status"] == "waiting"
    assert caller.call("POST", f"{path}/signals/answer", {"payload": 1}).status == 202
    caller.service.wait_idle()
    assert caller.call("GET", path).json["status"] == "succeeded"


@pytest.mark.parametrize("name", ["नमस्ते", "🦜 parrot", "100%", "a+b", "a?b&c=d", "%41"])
def test_ids_of_any_script_come_through(caller: Caller, name: str) -> None:
    path = f"/projects/{quote(name, safe='')}/task-definitions/{quote(name, safe='')}"
    assert caller.call("PUT", path, ECHO).json["id"] == name
    assert caller.call("GET", path).json["id"] == name


def test_bytes_that_are_no_utf8_are_malformed(caller: Caller) -> None:
    assert caller.call("POST", "/projects/p/sequences", b'{"name": "\xff"}').status == 400
    assert caller.call("GET", "/projects/%FF/sequences").status == 400


def test_a_body_over_the_limit_is_too_large(caller: Caller) -> None:
    answer = caller.call("POST", "/projects/p/sequences", b" " * (BODY_BYTES_MAX + 1))
    assert (answer.status, answer.json["code"]) == (413, "TooLarge")


def test_a_value_of_megabytes_comes_back_whole(caller: Caller) -> None:
    text = "é" * 1_000_000
    sequence = activated(caller, linear(variables=[{"name": "text"}]))
    answer = caller.call("POST", f"{sequence}/executions", {"variables": {"text": text}})
    assert answer.status == 202
    read_back = caller.call("GET", answer.headers["Location"]).json
    assert read_back["variables"] == {"text": text}


def test_a_definition_of_thousands_of_nodes_is_taken_in(caller: Caller) -> None:
    nodes = [{"id": f"n{number}", "type": "wait"} for number in range(6_000)]
    body = linear(*({**node, "parameters": {"callback": True}} for node in nodes))
    answer = caller.call("POST", "/projects/p/sequences", body, {"Accept-Encoding": "gzip"})
    assert answer.status == 201
    path = answer.headers["Location"]
    whole = caller.call("GET", path, headers={"Accept-Encoding": "gzip"})
    assert len(whole.json["nodes"]) == 6_002


def test_many_callers_at_once_each_get_their_own_answer(caller: Caller) -> None:
    sequence = activated(caller)
    answers: dict[int, Answer] = {}

    def start(number: int) -> None:
        body = {"variables": {"amount": number}, "name": f"order-{number}"}
        answers[number] = caller.call("POST", f"{sequence}/executions", body)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(CALL_SECONDS_MAX)
    assert {number: answer.json["name"] for number, answer in answers.items()} == {
        number: f"order-{number}" for number in range(24)
    }
    assert {answer.json["variables"]["amount"] for answer in answers.values()} == set(range(24))
    caller.service.wait_idle()
    for answer in answers.values():
        assert caller.call("GET", answer.headers["Location"]).json["status"] == "succeeded"


def test_the_page_of_the_documentation_is_there(caller: Caller) -> None:
    page = caller.call("GET", "/docs")
    assert page.status == 200
    assert "startExecution" in page.text
