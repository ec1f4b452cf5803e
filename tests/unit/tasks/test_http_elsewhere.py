"""Requests that another function sends end as those that are sent here; it is told no more of the
attempt than the request.
"""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.http_task.handler import handler
from seriatim.adapters.errors import AWS_ERRORS, is_transient
from seriatim.ports.tasks import HandedOut, TaskOutcome
from seriatim.tasks import http_elsewhere
from seriatim.tasks.aws import Aws
from seriatim.tasks.bounded import TimeIsUp
from seriatim.tasks.http import HttpTasks
from seriatim.tasks.http_elsewhere import HttpElsewhere, answered
from tests.fakes.clock import FakeClock
from tests.unit.tasks.attempts import attempt, error_of, result_of
from tests.unit.tasks.http_servers import Reply, Serve

JSON = (("content-type", "application/json"),)


class OtherFunction:
    """A Lambda client whose one function sends requests, from this machine, to loopback too."""

    sqs = events = None

    def __init__(self, answer: dict[str, Any] | Exception | None = None) -> None:
        self.events_seen: list[dict[str, Any]] = []
        self._answer = answer

    @property
    def functions(self) -> "OtherFunction":
        return self

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - Lambda's
        assert (FunctionName, InvocationType) == ("http-task", "RequestResponse")
        self.events_seen.append(json.loads(Payload))
        if isinstance(self._answer, Exception):
            raise self._answer
        if self._answer is not None:
            return self._answer
        told = answered(HttpTasks(FakeClock(), is_loopback_allowed=True), self.events_seen[-1])
        return {"Payload": io.BytesIO(json.dumps(told).encode())}


def run(function: OtherFunction, url: str, **more: Any) -> TaskOutcome:
    settings = {"method": "POST", "url": url, **more}
    aws = Aws(clients=function, errors=AWS_ERRORS, is_transient=is_transient)  # type: ignore[arg-type]
    elsewhere = HttpElsewhere(FakeClock(), aws, "http-task", Kept(billing="Bearer canary"))
    request = attempt("http", settings, {"card": "4111"})
    return elsewhere.run(request, settings)


class Kept:
    """Secrets by id."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    def read(self, project_id: str, secret_id: str) -> str | None:
        return self.texts.get(secret_id)


def test_the_other_function_gets_the_credential_of_the_request_alone(serve: Serve) -> None:
    server = serve(lambda seen: Reply(body=seen.headers["authorization"].encode()))
    function = OtherFunction()
    outcome = run(function, server.url(), credentials={"secretId": "billing"})
    assert result_of(outcome)["body"] == "[credential]"
    [told] = function.events_seen
    assert told["credential"] == {"header": "authorization", "secret": "Bearer canary"}
    assert "credentials" not in told["settings"]
    absent = run(function, server.url(), credentials={"secretId": "other"})
    assert error_of(absent).code == "Http.CredentialsNotFound"
    assert len(function.events_seen) == 1


def test_an_answer_completes_the_task(serve: Serve) -> None:
    server = serve(lambda seen: Reply(headers=JSON, body=b'{"ok": true}'))
    outcome = run(OtherFunction(), server.url("/pay"), body={"amount": 3})
    assert result_of(outcome)["body"] == {"ok": True}
    [seen] = server.seen
    assert seen.headers["idempotency-key"] == "exec-1/3"
    assert json.loads(seen.body) == {"amount": 3}


def test_it_is_told_of_the_request_and_of_nothing_else(serve: Serve) -> None:
    function = OtherFunction()
    run(function, serve(lambda seen: Reply()).url())
    [event] = function.events_seen
    assert set(event) == {"settings", "idempotencyKey", "taskToken", "deadline"}
    assert event["taskToken"] == ""
    assert "4111" not in json.dumps(event), "an input that the request does not have"


def test_a_token_goes_along_where_the_task_is_called_back(serve: Serve) -> None:
    server = serve(lambda seen: Reply(status=202))
    assert isinstance(run(OtherFunction(), server.url(), callback=True), HandedOut)
    assert server.seen[0].headers["seriatim-task-token"] == "token-1"


@pytest.mark.parametrize(("status", "is_retryable"), [(503, True), (404, False)])
def test_a_refusal_is_an_error_as_it_is_here(serve: Serve, status: int, is_retryable: bool) -> None:
    error = error_of(run(OtherFunction(), serve(lambda seen: Reply(status=status)).url()))
    assert error.code == f"Http.{status}"
    assert error.retryable is is_retryable
    assert error.details["statusCode"] == status


def test_a_function_that_fails_is_tried_again() -> None:
    crashed = {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "out"}')}
    error = error_of(run(OtherFunction(crashed), "https://example.com/"))
    assert (error.code, error.retryable) == ("Http.FunctionFailed", True)


def test_what_lambda_refuses_is_its_error() -> None:
    refused = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
    error = error_of(run(OtherFunction(refused), "https://example.com/"))
    assert error.code == "Lambda.TooManyRequestsException"
    assert error.retryable is True


def test_time_that_is_up_is_a_time_out() -> None:
    error = error_of(run(OtherFunction(TimeIsUp()), "https://example.com/"))
    assert (error.code, error.retryable) == ("Seriatim.Timeout", True)


def test_a_request_too_large_for_lambda_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_elsewhere, "BYTES_MAX", 100)
    function = OtherFunction()
    error = error_of(run(function, "https://example.com/", body="x" * 100))
    assert error.code == "Seriatim.PayloadTooLarge"
    assert function.events_seen == []


def test_an_answer_too_large_for_lambda_is_an_error(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(lambda seen: Reply(body=b"x" * 2_000))
    monkeypatch.setattr(http_elsewhere, "BYTES_MAX", 1_000)
    error = error_of(run(OtherFunction(), server.url()))
    assert error.code == "Http.ResponseTooLarge"


def test_the_function_itself_reaches_no_loopback() -> None:
    event = {
        "settings": {"method": "GET", "url": "http://127.0.0.1:9001/"},
        "idempotencyKey": "k",
        "taskToken": "",
        "deadline": None,
    }
    assert handler(event, None)["error"]["code"] == "Http.AddressNotAllowed"
