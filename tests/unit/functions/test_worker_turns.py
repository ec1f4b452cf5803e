"""The worker function lets others have a turn: it goes on in place with a chain for a minute."""

from typing import Any

from functions import wiring
from functions.worker.handler import handler
from seriatim.domain.values import Status
from seriatim.ports.tasks import Completed, TaskOutcome, TaskRequest
from tests.builders import sequence
from tests.world import World

CHAIN = sequence("start > a > b > c > d > end")


class Context:
    """Lambda's, at the beginning of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def invocations(seconds_per_task: int) -> list[int]:
    """How many tasks each invocation ran, one after the other, to the end of the chain."""
    world = World()
    wiring.use(world.wired)

    def work(request: TaskRequest) -> TaskOutcome:
        world.clock.advance(seconds_per_task * 1000)
        return Completed(request.inputs)

    world.tasks.scripts = dict.fromkeys("abcd", work)
    world.publish(CHAIN)
    key = world.start()
    counts: list[int] = []
    while messages := world.queue.receive(1, hidden_seconds=3_600):
        before = len(world.tasks.runs)
        assert handler(event(list(messages)), Context()) == {"batchItemFailures": []}
        for message in messages:
            world.queue.delete(message.receipt)
        counts.append(len(world.tasks.runs) - before)
    assert world.state(key).status is Status.SUCCEEDED
    assert [node for node, _, _ in world.tasks.runs] == ["a", "b", "c", "d"]
    return counts


def event(messages: list[Any]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": message.message_id,
                "receiptHandle": message.receipt,
                "body": message.body.decode(),
                "attributes": {"ApproximateReceiveCount": str(message.receive_count)},
            }
            for message in messages
        ]
    }


def test_a_short_chain_is_one_message() -> None:
    assert invocations(seconds_per_task=1) == [4]


def test_a_long_chain_takes_a_turn_a_minute() -> None:
    assert invocations(seconds_per_task=30) == [2, 2]


def test_a_task_longer_than_a_turn_is_run_all_the_same() -> None:
    assert invocations(seconds_per_task=300) == [1, 1, 1, 1]
