"""The `lambda` integration, on a stubbed client."""

import base64
import threading
from typing import Any

import msgspec
import pytest
from botocore.stub import ANY

from seriatim.ports.tasks import HandedOut
from tests.fakes.clock import EPOCH, FakeClock
from tests.unit.tasks.attempts import attempt, error_of, result_of, runner
from tests.unit.tasks.stubbed import ENVELOPE, Catch, Stubbed, decoded, payload

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:charge"


def invoke(clients: Stubbed, response: dict[str, Any], **how: Any) -> Any:
    expected = {
        "FunctionName": ARN,
        "InvocationType": "RequestResponse",
        "Payload": ANY,
        "ClientContext": ANY,
    }
    clients.of_functions.add_response("invoke", {"StatusCode": 200, **response}, expected)
    request = attempt("lambda", {"functionArn": ARN, "invocation": "sync"}, {"amount": 3}, **how)
    return runner(clients=clients).run(request)


def test_function_gets_the_inputs_and_gives_the_result(clients: Stubbed) -> None:
    event, context = Catch(), Catch()
    clients.of_functions.add_response(
        "invoke",
        {"StatusCode": 200, "Payload": payload({"ok": True})},
        {
            "FunctionName": ARN,
            "InvocationType": "RequestResponse",
            "Payload": event,
            "ClientContext": context,
        },
    )
    request = attempt("lambda", {"functionArn": ARN}, {"amount": 3}, index=7)
    assert result_of(runner(clients=clients).run(request)) == {"ok": True}
    assert decoded(event.value) == {"amount": 3}
    assert decoded(base64.b64decode(context.value)) == {
        "custom": {
            "executionId": "exec-1",
            "nodeId": "charge",
            "attempt": 1,
            "idempotencyKey": "exec-1/3",
            "index": 7,
        }
    }


@pytest.mark.parametrize(("body", "result"), [(b"", None), (b"null", None), ([1, "x"], [1, "x"])])
def test_result_of_a_function_is_any_json(clients: Stubbed, body: Any, result: object) -> None:
    assert result_of(invoke(clients, {"Payload": payload(body)})) == result


def test_deadline_does_not_disturb_a_function_in_time(clients: Stubbed) -> None:
    outcome = invoke(clients, {"Payload": payload({"ok": 1})}, deadline=EPOCH + 60_000)
    assert result_of(outcome) == {"ok": 1}


def test_function_past_the_deadline_is_not_waited_for() -> None:
    clock = FakeClock()

    class Slow:
        """Stands for Lambda: its answer comes too late."""

        def invoke(self, **request: Any) -> dict[str, Any]:
            clock.advance(1_000)
            left.wait(30)
            return {"Payload": payload({})}

    class Clients:
        functions: Any = Slow()
        sqs: Any = None
        events: Any = None

    left = threading.Event()
    request = attempt("lambda", {"functionArn": ARN}, deadline=EPOCH + 1_000)
    error = error_of(runner(clients=Clients(), clock=clock).run(request))
    left.set()
    assert (error.code, error.retryable) == ("Seriatim.Timeout", True)


@pytest.mark.parametrize(
    ("body", "code", "message", "details"),
    [
        (
            {"errorType": "CardDeclined", "errorMessage": "no funds", "stackTrace": ["a", "b"]},
            "CardDeclined",
            "no funds",
            {"stackTrace": ["a", "b"]},
        ),
        ({"errorMessage": "Task timed out"}, "Lambda.FunctionError", "Task timed out", None),
        ({"errorType": "Error", "trace": ["t"] * 30}, "Error", "", {"stackTrace": ["t"] * 10}),
        (b"not json", "Lambda.FunctionError", "not json", None),
        ("text", "Lambda.FunctionError", "text", None),
    ],
)
def test_error_that_a_function_raised_is_the_attempts(
    clients: Stubbed, body: Any, code: str, message: str, details: Any
) -> None:
    error = error_of(invoke(clients, {"FunctionError": "Unhandled", "Payload": payload(body)}))
    assert (error.code, error.retryable, error.details) == (code, True, details)
    assert message in error.message
    assert error.message


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{broken", "Seriatim.InvalidOutput"),
        (b"[" * 40 + b"]" * 40, "Seriatim.InvalidOutput"),
        (b"[" * 50_000, "Seriatim.InvalidOutput"),
    ],
)
def test_result_of_a_function_that_cannot_be_kept_fails(
    clients: Stubbed, body: bytes, code: str
) -> None:
    error = error_of(invoke(clients, {"Payload": payload(body)}))
    assert (error.code, error.retryable) == (code, False)


@pytest.mark.parametrize(
    ("code", "status", "is_retryable"),
    [
        ("TooManyRequestsException", 429, True),
        ("ServiceException", 500, True),
        ("EC2ThrottledException", 502, True),
        ("ResourceNotFoundException", 404, False),
        ("AccessDeniedException", 403, False),
        ("RequestTooLargeException", 413, False),
    ],
)
def test_error_of_lambda_itself_has_its_code(
    clients: Stubbed, code: str, status: int, *, is_retryable: bool
) -> None:
    clients.of_functions.add_client_error("invoke", code, "says Lambda", status)
    error = error_of(runner(clients=clients).run(attempt("lambda", {"functionArn": ARN})))
    assert (error.code, error.retryable) == (f"Lambda.{code}", is_retryable)
    assert error.message == "says Lambda"


def test_event_over_lambdas_limit_is_refused_here(clients: Stubbed) -> None:
    big = {"text": "x" * (6 * 1024 * 1024)}
    error = error_of(runner(clients=clients).run(attempt("lambda", {"functionArn": ARN}, big)))
    assert (error.code, error.retryable) == ("Seriatim.PayloadTooLarge", False)
    big = {"text": "x" * (1024 * 1024)}
    settings = {"functionArn": ARN, "invocation": "async"}
    error = error_of(runner(clients=clients).run(attempt("lambda", settings, big)))
    assert (error.code, error.retryable) == ("Seriatim.PayloadTooLarge", False)


def test_asynchronous_function_gets_the_envelope_with_the_token(clients: Stubbed) -> None:
    event = Catch()
    clients.of_functions.add_response(
        "invoke",
        {"StatusCode": 202, "Payload": payload(b"")},
        {"FunctionName": ARN, "InvocationType": "Event", "Payload": event},
    )
    settings = {"functionArn": ARN, "invocation": "async"}
    request = attempt("lambda", settings, {"amount": 3})
    assert runner(clients=clients).run(request) == HandedOut()
    assert decoded(event.value) == ENVELOPE


def test_asynchronous_function_that_is_not_there_fails(clients: Stubbed) -> None:
    clients.of_functions.add_client_error("invoke", "ResourceNotFoundException", "none", 404)
    settings = {"functionArn": ARN, "invocation": "async"}
    error = error_of(runner(clients=clients).run(attempt("lambda", settings)))
    assert (error.code, error.retryable) == ("Lambda.ResourceNotFoundException", False)


def test_ids_of_four_byte_scripts_leave_the_idempotency_key_in_the_context() -> None:
    class Recorder:
        context = ""

        def invoke(self, **request: Any) -> dict[str, Any]:
            self.context = request["ClientContext"]
            return {"Payload": payload({})}

    class Clients:
        functions: Any = Recorder()
        sqs: Any = None
        events: Any = None

    request = attempt("lambda", {"functionArn": ARN})
    request = msgspec.structs.replace(request, node_id="𒀀" * 800)
    result_of(runner(clients=Clients()).run(request))
    assert len(Clients.functions.context) <= 3_583
    context = decoded(base64.b64decode(Clients.functions.context))
    assert context == {"custom": {"idempotencyKey": "exec-1/3"}}
