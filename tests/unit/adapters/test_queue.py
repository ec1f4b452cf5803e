"""What ``SqsWorkQueue`` sends, where SQS takes only a part of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from seriatim.adapters.sqs import (
    BATCH_BYTES_MAX,
    BATCH_MESSAGES_MAX,
    SqsWorkQueue,
    fairness_group,
    opened,
)
from seriatim.ports.errors import NotFound, Unavailable
from seriatim.ports.queue import OutgoingWork
from tests.fakes.payloads import FakePayloads

Entry = Mapping[str, Any]


class Sqs:
    """SQS as its client shows it: of every batch it refuses what ``refuse`` picks."""

    def __init__(self, *refuse: Sequence[str], is_senders_fault: bool = False) -> None:
        self._refuse = list(refuse)
        self._is_senders_fault = is_senders_fault
        self.batches: list[list[Entry]] = []
        self.singles: list[Entry] = []

    def send_message(self, **message: Any) -> None:
        self.singles.append(message)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Entry]) -> dict[str, Any]:  # noqa: N803
        self.batches.append(Entries)
        refused = self._refuse.pop(0) if self._refuse else ()
        failed = [
            {"Id": one["Id"], "SenderFault": self._is_senders_fault, "Code": "InternalError"}
            for one in Entries
            if one["MessageBody"] in refused
        ]
        return {"Failed": failed} if failed else {}

    @property
    def taken(self) -> list[str]:
        return [one["MessageBody"] for batch in self.batches for one in batch]


def queue_on(sqs: Any) -> tuple[SqsWorkQueue, list[float], FakePayloads]:
    pauses: list[float] = []
    payloads = FakePayloads()
    return SqsWorkQueue(sqs, "https://queue", payloads, pauses.append), pauses, payloads


def work(*bodies: str, delay_ms: int = 0) -> list[OutgoingWork]:
    return [OutgoingWork("project", body.encode(), delay_ms) for body in bodies]


def test_what_was_not_taken_is_sent_again_alone() -> None:
    sqs = Sqs(["b", "d"], ["d"])
    queue, pauses, _ = queue_on(sqs)
    queue.send(work("a", "b", "c", "d"))
    assert [[one["MessageBody"] for one in batch] for batch in sqs.batches] == [
        ["a", "b", "c", "d"],
        ["b", "d"],
        ["d"],
    ]
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_what_is_never_taken_is_unavailable() -> None:
    sqs = Sqs(["b"], ["b"], ["b"], ["b"])
    queue, _, _ = queue_on(sqs)
    with pytest.raises(Unavailable, match="1 messages"):
        queue.send(work("a", "b"))


def test_what_sqs_calls_our_fault_crashes() -> None:
    sqs = Sqs(["b"], is_senders_fault=True)
    queue, _, _ = queue_on(sqs)
    with pytest.raises(AssertionError, match="refused"):
        queue.send(work("a", "b"))


def test_batches_stay_within_their_limits() -> None:
    sqs = Sqs()
    queue, _, _ = queue_on(sqs)
    bodies = [str(number) * (200_000 if number % 3 else 10) for number in range(1, 60)]
    queue.send(work(*(f'"{body[:250_000]}"' for body in bodies)))
    assert sqs.taken == [f'"{body[:250_000]}"' for body in bodies]
    for batch in sqs.batches:
        assert len(batch) <= BATCH_MESSAGES_MAX
        assert sum(len(one["MessageBody"]) for one in batch) <= BATCH_BYTES_MAX


@pytest.mark.parametrize(
    ("delay_ms", "seconds"), [(0, None), (1, 1), (1_000, 1), (1_001, 2), (900_000, 900)]
)
def test_delays_are_rounded_up(delay_ms: int, seconds: int | None) -> None:
    """A timer never rings early."""
    sqs = Sqs()
    queue, _, _ = queue_on(sqs)
    queue.send(work("a", delay_ms=delay_ms))
    assert sqs.singles[0].get("DelaySeconds") == seconds


def test_a_project_has_a_group_of_its_own_that_sqs_takes() -> None:
    groups = {fairness_group(project) for project in ("a", "b", "项目", "🦊" * 128)}
    assert len(groups) == 4
    assert all(group.isascii() and group.isalnum() and len(group) <= 128 for group in groups)


def test_a_body_that_looks_like_a_reference_of_another_project_opens_nothing() -> None:
    payloads = FakePayloads()
    with pytest.raises(NotFound):
        opened('{"payload_project":"other","payload":"0"}', payloads)
    assert opened('{"type":"RunAttempt"}', payloads) == b'{"type":"RunAttempt"}'
