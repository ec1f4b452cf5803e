"""Calls the API's handler as API Gateway does, and holds every answer to the OpenAPI document.

The service behind it is the real application on fakes; its worker runs when a test says so.
"""

import base64
import gzip
import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator

from functions import wiring
from functions.api.handler import build, handler
from functions.api.openapi import openapi_document
from tests.world import World

JsonObject = dict[str, Any]

ACCOUNT_ID = "111122223333"
"""Whose API it is."""

STARTABLE: JsonObject = {
    "name": "order",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "work", "type": "task", "taskDefinitionId": "echo"},
        {"id": "end", "type": "end"},
    ],
    "transitions": [
        {"id": "t1", "sourceNodeId": "start", "targetNodeId": "work"},
        {"id": "t2", "sourceNodeId": "work", "targetNodeId": "end"},
    ],
    "variables": [{"name": "amount", "type": "number"}],
}
"""A sequence that can be activated where ``ECHO`` is there."""

ECHO: JsonObject = {"integration": "python", "python": {"function": "builtin.echo"}}


@dataclass(frozen=True)
class Answer:
    """What the handler answered."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.text)

    @property
    def problem_codes(self) -> list[str]:
        """Codes of the problems that a 400, a 422 or a validation names."""
        return [problem["code"] for problem in self.json["problems"]]


def event(
    method: str,
    path: str,
    *,
    query: str = "",
    body: str | None = None,
    headers: dict[str, str] | None = None,
    **others: Any,
) -> JsonObject:
    """An event of an HTTP API (payload 2.0)."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "stage": "$default",
            "requestId": "request-1",
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
        },
        "body": body,
        "isBase64Encoded": False,
        **others,
    }


def answer_to(given: JsonObject) -> Answer:
    """The handler's answer to an event, held to the OpenAPI document."""
    found = handler(given, None)
    body: str = found["body"]
    if found["isBase64Encoded"]:
        body = gzip.decompress(base64.b64decode(body)).decode()
    answer = Answer(found["statusCode"], found["headers"], body)
    http = given["requestContext"]["http"]
    hold_to_document(http["method"], http["path"], answer)
    return answer


@dataclass
class Service:
    """A service on fakes, and calls to it."""

    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        wiring.use(self.world.wired)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        headers: dict[str, str] | None = None,
        authorizer: JsonObject | None = None,
    ) -> Answer:
        """Call the API. A text or bytes go as they are, anything else as JSON. ``authorizer`` is
        the identity as API Gateway hands it over.
        """
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        given = event(method, path, query=query, body=text, headers=headers)
        if authorizer is not None:
            given["requestContext"] |= {"authorizer": authorizer, "accountId": ACCOUNT_ID}
        return answer_to(given)

    def get(self, path: str, query: str = "") -> Answer:
        """Read."""
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """Call with a body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, body, headers=named)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        """Change."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("PATCH", path, body, headers=named)

    def put(self, path: str, body: Any) -> Answer:
        """Store."""
        return self.call("PUT", path, body)

    def create(self, document: JsonObject | None = None, project: str = "p") -> str:
        """A draft's id."""
        answer = self.post(f"/projects/{project}/sequences", document or STARTABLE)
        assert answer.status == 201, answer.text
        found: str = answer.json["id"]
        return found

    def activate(self, document: JsonObject | None = None, project: str = "p") -> str:
        """An active sequence's id; ``echo`` is there for its tasks."""
        assert self.put(f"/projects/{project}/task-definitions/echo", ECHO).status == 200
        sequence_id = self.create(document, project)
        answer = self.post(f"/projects/{project}/sequences/{sequence_id}/activate")
        assert answer.status == 200, answer.text
        return sequence_id

    def start(self, sequence_id: str, body: Any = None, project: str = "p") -> str:
        """An execution's id."""
        answer = self.post(f"/projects/{project}/sequences/{sequence_id}/executions", body)
        assert answer.status == 202, answer.text
        found: str = answer.json["id"]
        return found

    def run(self) -> None:
        """Let the worker do all there is to do, and time pass."""
        self.world.run()


# -- the OpenAPI document -------------------------------------------------------------------------


@cache
def openapi() -> JsonObject:
    """The document of the handler's routes."""
    return openapi_document(build())


@cache
def _patterns() -> list[tuple[re.Pattern[str], JsonObject]]:
    return [
        (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), operations)
        for path, operations in openapi()["paths"].items()
    ]


@cache
def validator(schema: str) -> Draft202012Validator:
    """Validates against a schema of the document, by its name."""
    reference = f"#/components/schemas/{schema}"
    return Draft202012Validator({"$ref": reference, "components": openapi()["components"]})


def operation(method: str, path: str) -> JsonObject | None:
    """What the document says of a call, if it knows it."""
    for pattern, operations in _patterns():
        if pattern.fullmatch(path):
            found: JsonObject | None = operations.get(method.lower())
            return found
    return None


def hold_to_document(method: str, path: str, answer: Answer) -> None:
    """Status, content type and body are as the document says; a problem is a ``Problem``."""
    content_type = answer.headers.get("Content-Type", "").partition(";")[0]
    if answer.status >= 400:
        assert content_type == "application/problem+json", answer
        validator("Problem").validate(answer.json)
        assert answer.json["status"] == answer.status
    described = operation(method, quote(path, safe="/%"))
    if described is None or (answer.status == 413 and "requestBody" not in described):
        return
    response = described["responses"].get(str(answer.status))
    assert response is not None, f"{method} {path} answers {answer.status}: {answer.text[:300]}"
    content = response.get("content", {})
    if not content:
        assert answer.text == ""
        return
    assert content_type in content, f"{content_type} is none of {list(content)}"
    reference = content[content_type]["schema"].get("$ref")
    if reference is not None:
        validator(reference.rpartition("/")[2]).validate(answer.json)
    given = {name.lower() for name in answer.headers}
    for name in response.get("headers", {}):
        assert name.lower() in given, f"{method} {path} lacks {name}"
