"""What every ``WorkQueue`` does, seen from the receiving side, which is no part of the port."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from seriatim.adapters.sqs import opened
from seriatim.ports.payloads import Payloads
from seriatim.ports.queue import OutgoingWork, WorkQueue
from tests.fakes.clock import FakeClock
from tests.fakes.queue import FakeQueue


@dataclass
class Received:
    body: bytes
    receipt: str


Receive = Callable[[], list[Received]]


@pytest.fixture
def receive(
    backend: str,
    request: pytest.FixtureRequest,
    queue: WorkQueue,
    payloads: Payloads,
    project: str,
) -> Receive:
    """Takes everything that can be received now, hidden for a minute."""
    if backend == "fake":
        assert isinstance(queue, FakeQueue)
        fake = queue
        return lambda: [Received(m.body, m.receipt) for m in fake.receive(limit=10_000)]
    aws: Any = request.getfixturevalue("aws")
    sqs, url = aws.clients.sqs, aws.queue_url(project)

    def from_sqs() -> list[Received]:
        found: list[Received] = []
        while True:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60)
            messages = answer.get("Messages", [])
            if not messages:
                return found
            found.extend(
                Received(opened(one["Body"], payloads), one["ReceiptHandle"]) for one in messages
            )

    return from_sqs


def work(project: str, body: str, delay_ms: int = 0) -> OutgoingWork:
    return OutgoingWork(project, body.encode(), delay_ms)


def bodies(received: list[Received]) -> list[str]:
    return sorted(one.body.decode() for one in received)


def test_one_message_arrives(queue: WorkQueue, receive: Receive, project: str) -> None:
    queue.send([work(project, '{"type":"a"}')])
    assert bodies(receive()) == ['{"type":"a"}']


def test_nothing_is_sent_for_nothing(queue: WorkQueue, receive: Receive) -> None:
    queue.send([])
    assert receive() == []


def test_more_than_a_batch_arrives(queue: WorkQueue, receive: Receive, project: str) -> None:
    sent = [f'{{"n":{number}}}' for number in range(23)]
    queue.send([work(f"{project}-{number % 3}", body) for number, body in enumerate(sent)])
    assert bodies(receive()) == sorted(sent)


@pytest.mark.parametrize("size", [200_000, 300_000, 3_000_000])
def test_big_messages_arrive(queue: WorkQueue, receive: Receive, project: str, size: int) -> None:
    """Together over what one batch, one message, or one delivery to Lambda may have."""
    sent = [f'{{"n":{number},"text":"{"x" * size}"}}' for number in range(6)]
    queue.send([work(project, body) for body in sent])
    assert bodies(receive()) == sorted(sent)


@pytest.mark.parametrize("count", [1, 2])
def test_any_character_of_json_arrives(
    queue: WorkQueue, receive: Receive, project: str, count: int
) -> None:
    """SQS takes only what XML can hold; work is JSON, whose text can hold more."""
    text = "\x00\x07\x1f\x7f\u2028\ufffe\uffff\ud7ff🦊\\uffff"
    queue.send([work(project, msgspec.json.encode({"text": text}).decode())] * count)
    assert [msgspec.json.decode(one.body) for one in receive()] == [{"text": text}] * count


def test_a_delayed_message_is_not_there_yet(
    queue: WorkQueue, receive: Receive, project: str
) -> None:
    queue.send([work(project, '"now"'), work(project, '"later"', delay_ms=900_000)])
    queue.send([work(project, '"soon"', delay_ms=1)])
    assert bodies(receive()) == ['"now"']


def test_a_delay_over_the_longest_is_a_bug(queue: WorkQueue, project: str) -> None:
    with pytest.raises(AssertionError):
        queue.send([work(project, '"x"', delay_ms=901_000)])


def test_an_extended_message_stays_hidden_and_one_given_back_is_there(
    queue: WorkQueue, receive: Receive, project: str
) -> None:
    queue.send([work(project, '"kept"'), work(project, '"given back"')])
    receipts = {one.body: one.receipt for one in receive()}
    queue.extend(receipts[b'"kept"'], 600)
    queue.extend(receipts[b'"given back"'], 0)
    assert bodies(receive()) == ['"given back"']


def test_a_receipt_that_is_no_longer_good_is_ignored(
    queue: WorkQueue, receive: Receive, project: str, clock: FakeClock
) -> None:
    queue.send([work(project, '"x"')])
    old = receive()[0].receipt
    queue.extend(old, 0)
    queue.extend(old, 0)
    queue.extend("nonsense", 60)
    assert bodies(receive()) == ['"x"']
