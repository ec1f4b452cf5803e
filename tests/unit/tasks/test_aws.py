"""The AWS integrations: real clients whose answers are written by the test (botocore's stubber
checks every request against the service's own model).
"""

import base64
import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import botocore.session
import msgspec
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from seriatim.ports import HandedOut
from tests.fakes.clock import EPOCH, FakeClock
from tests.unit.tasks.attempts import attempt, error_of, result_of, runner

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:charge"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders"
BUS = {"busName": "orders", "source": "shop", "detailType": "Charge"}
ENVELOPE = {
    "inputs": {"amount": 3},
    "taskToken": "token-1",
    "executionId": "exec-1",
    "nodeId": "charge",
    "attempt": 1,
    "idempotencyKey": "exec-1/3",
}


class Stubbed:
    """Clients that answer what they were told to, and nothing else."""

    def __init__(self) -> None:
        session = botocore.session.get_session()
        config = Config(retries={"total_max_attempts": 1})
        self.functions: Any = session.create_client("lambda", config=config)
        self.sqs: Any = session.create_client("sqs", config=config)
        self.events: Any = session.create_client("events", config=config)
        self.of_functions = Stubber(self.functions)
        self.of_sqs = Stubber(self.sqs)
        self.of_events = Stubber(self.events)
        for stubber in self.stubbers:
            stubber.activate()

    @property
    def stubbers(self) -> list[Stubber]:
        return [self.of_functions, self.of_sqs, self.of_events]


@pytest.fixture(scope="module")
def made() -> Stubbed:
    return Stubbed()


@pytest.fixture
def clients(made: Stubbed) -> Iterator[Stubbed]:
    yield made
    for stubber in made.stubbers:
        stubber.assert_no_pending_responses()


def payload(value: object) -> StreamingBody:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return StreamingBody(io.BytesIO(body), len(body))


def decoded(text: Any) -> Any:
    """What one request of the stubber carried, once it was made."""
    return json.loads(text)


class Catch:
    """Equal to anything, and remembers it: the part of a request that a test looks at."""

    def __init__(self) -> None:
        self.value: Any = None

    def __eq__(self, other: object) -> bool:
        self.value = other
        return True

    __hash__ = None  # type: ignore[assignment]


# -- lambda ----------------------------------------------------------------------------------------


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


# -- sqs -------------------------------------------------------------------------------------------


def test_queue_gets_the_envelope(clients: Stubbed) -> None:
    body = Catch()
    clients.of_sqs.add_response("send_message", {}, {"QueueUrl": QUEUE, "MessageBody": body})
    request = attempt("sqs", {"queueUrl": QUEUE}, {"amount": 3})
    assert runner(clients=clients).run(request) == HandedOut()
    assert decoded(body.value) == ENVELOPE


def test_fifo_queue_keeps_an_executions_order_and_drops_a_second_delivery(clients: Stubbed) -> None:
    sent = []
    for number in (1, 1, 2):
        group, deduplication = Catch(), Catch()
        clients.of_sqs.add_response(
            "send_message",
            {},
            {
                "QueueUrl": f"{QUEUE}.fifo",
                "MessageBody": ANY,
                "MessageGroupId": group,
                "MessageDeduplicationId": deduplication,
            },
        )
        request = attempt("sqs", {"queueUrl": f"{QUEUE}.fifo"}, attempt=number)
        assert runner(clients=clients).run(request) == HandedOut()
        sent.append((group.value, deduplication.value))
    assert sent[0] == sent[1]
    assert sent[0][0] == sent[2][0]
    assert sent[0][1] != sent[2][1]
    assert all(len(text) <= 128 for text in sent[0])


def test_characters_that_sqs_refuses_are_escaped(clients: Stubbed) -> None:
    body = Catch()
    clients.of_sqs.add_response("send_message", {}, {"QueueUrl": QUEUE, "MessageBody": body})
    text = "東\uffff\ufffe\x00"
    runner(clients=clients).run(attempt("sqs", {"queueUrl": QUEUE}, {"text": text}))
    assert decoded(body.value)["inputs"] == {"text": text}
    assert body.value.isascii()


@pytest.mark.parametrize(
    ("code", "status", "is_retryable"),
    [
        ("AWS.SimpleQueueService.NonExistentQueue", 400, False),
        ("RequestThrottled", 403, True),
        ("InternalFailure", 500, True),
    ],
)
def test_error_of_sqs_has_its_code(
    clients: Stubbed, code: str, status: int, *, is_retryable: bool
) -> None:
    clients.of_sqs.add_client_error("send_message", code, "says SQS", status)
    error = error_of(runner(clients=clients).run(attempt("sqs", {"queueUrl": QUEUE})))
    assert (error.code, error.message) == (f"Sqs.{code}", "says SQS")
    assert error.retryable == is_retryable


def test_message_over_the_limit_is_refused_here(clients: Stubbed) -> None:
    big = {"text": "x" * (1024 * 1024)}
    error = error_of(runner(clients=clients).run(attempt("sqs", {"queueUrl": QUEUE}, big)))
    assert (error.code, error.retryable) == ("Seriatim.PayloadTooLarge", False)


def test_no_connection_is_retryable() -> None:
    class Unreachable:
        def send_message(self, **request: Any) -> None:
            raise ConnectTimeoutError(endpoint_url=QUEUE)

    class Clients:
        functions: Any = None
        sqs: Any = Unreachable()
        events: Any = None

    error = error_of(runner(clients=Clients()).run(attempt("sqs", {"queueUrl": QUEUE})))
    assert (error.code, error.retryable) == ("Sqs.ConnectTimeoutError", True)


# -- eventbridge -----------------------------------------------------------------------------------


def put(clients: Stubbed, answer: dict[str, Any], *, is_callback: bool) -> tuple[Any, Any]:
    detail = Catch()
    entry = {"EventBusName": "orders", "Source": "shop", "DetailType": "Charge", "Detail": detail}
    clients.of_events.add_response(
        "put_events", {"Entries": [answer], "FailedEntryCount": 0}, {"Entries": [entry]}
    )
    request = attempt("eventbridge", {**BUS, "callback": is_callback}, {"amount": 3})
    return runner(clients=clients).run(request), decoded(detail.value)


def test_event_completes_the_task_at_once(clients: Stubbed) -> None:
    outcome, detail = put(clients, {"EventId": "event-1"}, is_callback=False)
    assert result_of(outcome) == {"eventId": "event-1"}
    assert detail == {name: value for name, value in ENVELOPE.items() if name != "taskToken"}


def test_event_with_callback_hands_the_task_out(clients: Stubbed) -> None:
    outcome, detail = put(clients, {"EventId": "event-1"}, is_callback=True)
    assert outcome == HandedOut()
    assert detail == ENVELOPE


@pytest.mark.parametrize(
    ("code", "is_retryable"), [("ThrottlingException", True), ("InvalidArgument", False)]
)
def test_event_that_the_bus_refuses_fails_the_attempt(
    clients: Stubbed, code: str, *, is_retryable: bool
) -> None:
    answer = {"ErrorCode": code, "ErrorMessage": "says the bus"}
    outcome, _ = put(clients, answer, is_callback=False)
    error = error_of(outcome)
    assert (error.code, error.message) == (f"EventBridge.{code}", "says the bus")
    assert error.retryable == is_retryable


def test_error_of_eventbridge_has_its_code(clients: Stubbed) -> None:
    clients.of_events.add_client_error("put_events", "ResourceNotFoundException", "no bus", 400)
    error = error_of(runner(clients=clients).run(attempt("eventbridge", BUS)))
    assert (error.code, error.retryable) == ("EventBridge.ResourceNotFoundException", False)


def test_event_over_the_limit_is_refused_here(clients: Stubbed) -> None:
    big = {"text": "x" * (1024 * 1024)}
    error = error_of(runner(clients=clients).run(attempt("eventbridge", BUS, big)))
    assert (error.code, error.retryable) == ("Seriatim.PayloadTooLarge", False)
