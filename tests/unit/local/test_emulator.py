"""What Lambda and Scheduler would do, done here for an emulator (moto in this process)."""

from collections.abc import Iterator

import pytest

from seriatim.adapters.clients import Clients
from seriatim.adapters.s3 import S3Payloads
from seriatim.adapters.scheduler import SchedulerTimers
from seriatim.adapters.sqs import SqsWorkQueue
from seriatim.domain.values import ExecutionKey
from seriatim.local.activity import Activity
from seriatim.local.clock import SkipClock
from seriatim.local.embedded import embedded_aws
from seriatim.local.emulator import ScheduleFiring, ShortLeases, SqsSource
from seriatim.local.resources import create_movement, settings
from seriatim.ports.queue import OutgoingWork
from seriatim.topology import TIMER_DLQ, WORK

START = 1_800_000_000_000
MINUTE = 60_000
KEY = ExecutionKey("p", "e")


class Bench:
    """An emulator with queues and schedules, and a clock that only the test moves."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients
        self.queues = create_movement(clients)
        self.settings = settings(self.queues)
        self.activity = Activity()
        self.clock = SkipClock(self.activity, machine_ms=lambda: START)
        url = self.queues[WORK.name].url
        self.source = SqsSource(clients.sqs, url, self.activity)
        payloads = S3Payloads(clients.s3, self.settings.payload_bucket)
        self.queue = SqsWorkQueue(clients.sqs, url, payloads)
        self.timers = SchedulerTimers(
            clients.scheduler,
            self.clock,
            group=self.settings.schedule_group,
            queue_arn=self.settings.work_queue_arn,
            role_arn=self.settings.scheduler_role_arn,
            dead_letter_queue_arn=self.queues[TIMER_DLQ.name].arn,
        )
        self.firing = ScheduleFiring(clients, self.clock, self.settings.schedule_group)

    def send(self, *bodies: str) -> None:
        self.queue.send([OutgoingWork("p", body.encode()) for body in bodies])

    def received(self) -> list[str]:
        delivery = self.source.receive(8)
        assert delivery is not None
        self.source.settle(delivery, ())
        return [message.body for message in delivery.messages]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with embedded_aws() as clients:
        yield Bench(clients)


def test_messages_are_received_settled_and_gone(bench: Bench) -> None:
    bench.send("a", "b", "c")
    assert not bench.source.is_idle()
    received: list[str] = []
    while len(received) < 3:
        received += bench.received()
    assert sorted(received) == ["a", "b", "c"]
    assert bench.source.is_idle()


def test_deep_queue_is_taken_in_larger_batches(bench: Bench) -> None:
    bench.send(*(str(n) for n in range(40)))
    sizes: list[int] = []
    while sum(sizes) < 40:
        sizes.append(len(bench.received()))
    assert sizes[:5] == [1, 2, 4, 8, 10]


def test_failed_message_stays_and_counts_as_work_to_come(bench: Bench) -> None:
    bench.send("a")
    delivery = bench.source.receive(8)
    assert delivery is not None
    (message,) = delivery.messages
    assert message.attributes["ApproximateReceiveCount"] == "1"
    bench.source.settle(delivery, {message.message_id})
    assert not bench.source.is_idle()
    bench.queue.extend(message.receipt, 0)
    assert bench.received() == ["a"]


def test_closed_source_gives_nothing_more(bench: Bench) -> None:
    bench.send("a")
    bench.source.close()
    assert bench.source.receive(8) is None


def test_leases_are_short_so_that_a_killed_process_is_soon_replaced() -> None:
    extended: list[tuple[str, int]] = []

    class Recorder:
        def send(self, work: object) -> None:
            raise AssertionError

        def extend(self, receipt: str, seconds: int) -> None:
            extended.append((receipt, seconds))

    leases = ShortLeases(Recorder())
    leases.extend("r", 5_400)
    leases.extend("r", 2)
    assert extended == [("r", 30), ("r", 2)]


def test_due_schedule_is_sent_to_its_queue_once_and_deleted(bench: Bench) -> None:
    bench.timers.arm(KEY, START + 60 * MINUTE, OutgoingWork("p", b"ring"))
    bench.timers.arm(KEY, START + 120 * MINUTE, OutgoingWork("p", b"later"))
    bench.firing.look()
    bench.firing.fire()
    assert bench.source.is_idle()
    bench.clock.jump(START + 60 * MINUTE)
    bench.firing.look()
    bench.firing.fire()
    bench.firing.fire()
    assert bench.received() == ["ring"]
    assert bench.source.is_idle()
    left = bench.clients.scheduler.list_schedules(GroupName=bench.settings.schedule_group)
    assert len(left["Schedules"]) == 1


def test_schedule_that_was_disarmed_or_rang_elsewhere_is_left_alone(bench: Bench) -> None:
    bench.timers.arm(KEY, START + 60 * MINUTE, OutgoingWork("p", b"ring"))
    bench.firing.look()
    bench.timers.disarm(KEY, START + 60 * MINUTE)
    bench.clock.jump(START + 60 * MINUTE)
    bench.firing.fire()
    assert bench.source.is_idle()


def test_schedules_of_an_earlier_process_are_found(bench: Bench) -> None:
    bench.timers.arm(KEY, START + 60 * MINUTE, OutgoingWork("p", b"ring"))
    bench.clock.jump(START + 90 * MINUTE)
    next_process = ScheduleFiring(bench.clients, bench.clock, bench.settings.schedule_group)
    next_process.look()
    next_process.fire()
    assert bench.received() == ["ring"]


def test_creating_queues_again_gives_the_same_ones(bench: Bench) -> None:
    bench.send("a")
    assert create_movement(bench.clients) == bench.queues
    assert bench.received() == ["a"]
