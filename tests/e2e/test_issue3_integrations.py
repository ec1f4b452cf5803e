"""Goal: tasks handed out over SQS, EventBridge, HTTP and Lambda complete as they should."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from seriatim.local.service import LocalService
from tests.builders import sequence
from tests.e2e.calls import Caller, Document

CHAIN = "start > work > end"
ENDING = {
    "inputMappings": [
        {"sourceNodeId": "work", "sourceOutputName": "answer", "targetInputName": "answer"}
    ]
}
WAIT_SECONDS = 10


@pytest.fixture(scope="module")
def service() -> Iterator[LocalService]:
    with LocalService() as running:
        yield running


@pytest.fixture(scope="module")
def caller(service: LocalService) -> Caller:
    return Caller(service)


def define(caller: Caller, task_id: str, **fields: Any) -> None:
    caller.call("PUT", f"/task-definitions/{task_id}", {"name": task_id, **fields})


def using(task_id: str, **inputs: Any) -> Document:
    work = {"taskDefinitionId": task_id, "parameters": inputs}
    return sequence(CHAIN, nodes={"work": work, "end": ENDING})


def test_a_message_on_a_queue_carries_the_token_that_completes_the_task(
    service: LocalService, caller: Caller
) -> None:
    sqs = service.wiring.clients.sqs
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    define(caller, "queued", integration="sqs", sqs={"queueUrl": url})
    execution_id = caller.start(using("queued", order=7))
    assert caller.look(execution_id)["status"] == "waiting"
    [message] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    task = json.loads(message["Body"])
    assert (task["inputs"], task["nodeId"], task["attempt"]) == ({"order": 7}, "work", 1)
    caller.done(task, answer="packed")
    assert caller.look(execution_id)["outputs"] == {"answer": "packed"}


def test_an_event_on_a_bus_completes_its_task_at_once(
    service: LocalService, caller: Caller
) -> None:
    service.wiring.clients.events.create_event_bus(Name="shop")
    bus = {"busName": "shop", "source": "orders", "detailType": "Order Placed"}
    define(caller, "announced", integration="eventbridge", eventbridge=bus)
    ended = caller.run(sequence(CHAIN, nodes={"work": {"taskDefinitionId": "announced"}}))
    assert ended["status"] == "succeeded"
    assert ended["nodeExecutions"]["work"]["outputs"]["eventId"]


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent, and accepts it."""

    received: "Queue[tuple[dict[str, str], Document]]" = Queue()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.received.put(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/work"
        server.shutdown()


def test_an_http_callback_waits_for_the_answer_with_the_token(
    caller: Caller, receiver: str
) -> None:
    http = {
        "method": "POST",
        "url": receiver,
        "body": {"order": "${inputs.order}", "token": "${taskToken}"},
        "callback": True,
    }
    define(caller, "called-back", integration="http", http=http)
    execution_id = caller.start(using("called-back", order=9))
    headers, body = Receiver.received.get(timeout=WAIT_SECONDS)
    assert body["order"] == 9
    assert headers["idempotency-key"].startswith(execution_id)
    assert caller.look(execution_id)["status"] == "waiting"
    caller.done({"taskToken": body["token"]}, answer="called")
    assert caller.look(execution_id)["outputs"] == {"answer": "called"}


def test_an_output_schema_is_held_to_what_a_token_brings(caller: Caller) -> None:
    define(
        caller,
        "strict",
        integration="activity",
        activity={"name": "outside"},
        outputSchema={"type": "object", "required": ["answer"]},
    )
    execution_id = caller.start(using("strict"))
    caller.look(execution_id)
    [task] = caller.poll(1)
    caller.done(task, other=1)
    ended = caller.look(execution_id)
    assert ended["status"] == "failed"
    assert ended["errors"][0]["code"] == "Seriatim.InvalidOutput"


def test_an_input_schema_is_held_to_the_inputs(caller: Caller) -> None:
    define(
        caller,
        "picky",
        integration="python",
        python={"function": "builtin.echo"},
        inputSchema={"type": "object", "required": ["order"]},
    )
    assert caller.run(using("picky"))["errors"][0]["code"] == "Seriatim.InvalidInput"
    assert caller.run(using("picky", order=1))["status"] == "succeeded"


def test_an_unknown_function_fails_the_task_with_what_aws_says(caller: Caller) -> None:
    arn = "arn:aws:lambda:eu-west-1:000000000000:function:nobody"
    for invocation in ("sync", "async"):
        target = {"functionArn": arn, "invocation": invocation}
        define(caller, f"lambda-{invocation}", integration="lambda", **{"lambda": target})
        ended = caller.run(using(f"lambda-{invocation}"))
        assert ended["status"] == "failed"
        assert ended["errors"][0]["code"].startswith("Lambda.")


def test_targets_share_the_work(service: LocalService, caller: Caller) -> None:
    sqs = service.wiring.clients.sqs
    urls = [sqs.create_queue(QueueName=f"target-{n}")["QueueUrl"] for n in range(2)]
    define(
        caller,
        "shared",
        integration="sqs",
        sqs={"queueUrl": urls[0]},
        balancing="round_robin",
        targets=[{"queueUrl": url} for url in urls],
    )
    document = sequence(
        *(f"start > fork > w{n} > join > end" for n in range(8)),
        nodes={f"w{n}": {"taskDefinitionId": "shared"} for n in range(8)},
    )
    names = {t["id"] for t in document["transitions"] if "'" in t["id"]}
    document["transitions"] = [t for t in document["transitions"] if t["id"] not in names]
    caller.run(document)
    sent = [
        int(
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])[
                "Attributes"
            ]["ApproximateNumberOfMessages"]
        )
        for url in urls
    ]
    assert sum(sent) == 8
    assert min(sent) > 0
