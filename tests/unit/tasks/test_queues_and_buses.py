"""The `sqs` and `eventbridge` integrations, on stubbed clients."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import ANY

from seriatim.ports.tasks import Failed, HandedOut
from seriatim.tasks.sqs import SqsTasks
from tests.unit.tasks.attempts import attempt, aws, error_of, result_of, runner
from tests.unit.tasks.stubbed import ENVELOPE, Catch, Stubbed, decoded

QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders"
BUS = {"busName": "orders", "source": "shop", "detailType": "Charge"}


# -- sqs -------------------------------------------------------------------------------------------


def test_queue_gets_the_envelope(clients: Stubbed) -> None:
    body = Catch()
    clients.of_sqs.add_response("send_message", {}, {"QueueUrl": QUEUE, "MessageBody": body})
    request = attempt("sqs", {"queueUrl": QUEUE}, {"amount": 3})
    assert runner(clients=clients).run(request) == HandedOut()
    assert decoded(body.value) == ENVELOPE


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.eu-central-1.amazonaws.com/123456789012/work",
        "https://eu-central-1.queue.amazonaws.com/123456789012/work",
        "https://sqs.eu-central-1.amazonaws.com:443/123456789012/%77ork",
    ],
)
def test_no_task_sends_to_a_queue_of_the_services_own(clients: Stubbed, url: str) -> None:
    own = ("https://sqs.eu-central-1.amazonaws.com/123456789012/work",)
    tasks = SqsTasks(replace(aws(clients), own_queues=own))
    refused = tasks.run(attempt("sqs", {"queueUrl": url}), {"queueUrl": url})
    assert isinstance(refused, Failed)
    assert (refused.error.code, refused.error.retryable) == ("Sqs.QueueNotAllowed", False)


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


def test_nobody_puts_events_in_the_name_of_the_service(clients: Stubbed) -> None:
    settings = {**BUS, "source": "${inputs.source}"}
    request = attempt("eventbridge", settings, {"source": "seriatim"})
    error = error_of(runner(clients=clients).run(request))
    assert (error.code, error.retryable) == ("EventBridge.SourceNotAllowed", False)
