"""The dead-letter function: timers are delivered again, and what is no work stays."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions import wiring
from functions.dead_letter.handler import handler
from seriatim.domain.values import Status
from tests.builders import sequence
from tests.world import SETTINGS, World


class Context:
    """Of an invocation that has just begun."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


WORK_DLQ = "arn:aws:sqs:x:0:work-dlq"


@pytest.fixture
def world() -> Iterator[World]:
    before = wiring._current
    world = World()
    wiring.use(world.wired)
    yield world
    wiring._current = before


def record(body: str, arn: str, message_id: str = "m") -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "0"}
    return {
        "messageId": message_id,
        "body": body,
        "attributes": attributes,
        "eventSourceARN": arn,
    }


def test_a_timer_that_was_not_delivered_is_sent_to_the_work_queue(world: World) -> None:
    far = {"parameters": {"durationSeconds": 86_400}}
    world.publish(sequence("start > timer > end", nodes={"timer": far}))
    key = world.start()
    world.run(until_ms=world.clock.now())
    world.clock.advance(86_400_000)
    [work] = world.timers.ring(world.clock.now())
    given_up = record(work.body.decode(), SETTINGS.timer_dlq_arn)
    assert handler({"Records": [given_up]}, Context()) == {"batchItemFailures": []}
    world.run()
    assert world.state(key).status is Status.SUCCEEDED


def test_what_is_no_work_stays_and_holds_up_no_other(world: World) -> None:
    world.publish(sequence("start > a > end"))
    key = world.start()
    [message] = world.queue.receive(1)
    world.queue.delete(message.receipt)
    records = [
        record("no work", WORK_DLQ, "bad"),
        record(message.body.decode(), WORK_DLQ, message.message_id),
    ]
    answer = handler({"Records": records}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    world.run()
    assert world.state(key).status is Status.SUCCEEDED
