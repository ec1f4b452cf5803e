"""Messages that are sent while one is handled belong to its trace."""

from typing import Any

import pytest

from seriatim.adapters.clients import Clients
from seriatim.adapters.sqs import SqsWorkQueue
from seriatim.adapters.tracing import ATTRIBUTE, trace_header, traced
from seriatim.ports.queue import OutgoingWork
from tests.fakes.payloads import FakePayloads

HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_the_messages_header_stands_before_the_invocations(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trace_header() is None
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3")
    with traced({"attributes": {ATTRIBUTE: HEADER}}):
        assert trace_header() == HEADER
    with traced({"attributes": {}}):
        assert trace_header() == "Root=1-2-3"


def test_what_is_sent_meanwhile_carries_the_header(clients: Clients) -> None:
    # moto takes the header and does not give it back, so what is asked of it is looked at.
    asked: list[dict[str, Any]] = []
    clients.sqs.meta.events.register(
        "provide-client-params.sqs", lambda params, **_: asked.append(params)
    )
    url = clients.sqs.create_queue(QueueName="work")["QueueUrl"]
    queue = SqsWorkQueue(clients.sqs, url, FakePayloads())
    with traced({"attributes": {ATTRIBUTE: HEADER}}):
        queue.send([OutgoingWork("p", b"{}"), OutgoingWork("p", b"{}")])
    queue.send([OutgoingWork("p", b"{}")])
    _, batch, single = asked
    value = {"DataType": "String", "StringValue": HEADER}
    for entry in batch["Entries"]:
        assert entry["MessageSystemAttributes"] == {ATTRIBUTE: value}
    assert "MessageSystemAttributes" not in single
