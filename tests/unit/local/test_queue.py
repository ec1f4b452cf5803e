"""The memory queue keeps SQS's rules. The clock stands still unless a test moves it."""

import threading
import time

import pytest

from seriatim.local.activity import Activity
from seriatim.local.clock import LocalClock, SkipClock
from seriatim.local.message_store import OUTDATED_ENTRIES_SLACK
from seriatim.local.queue import MemoryQueue, QueueDepth
from seriatim.ports.errors import TooLarge
from seriatim.ports.queue import OutgoingWork

START = 1_800_000_000_000


class Bench:
    """A queue with its dead-letter queue, on a clock that only the test moves."""

    def __init__(self, visibility_seconds: int = 30, receives_max: int = 3) -> None:
        self.activity = Activity()
        self.clock = SkipClock(self.activity, machine_ms=lambda: START)
        self.dead = MemoryQueue(self.clock, self.activity, visibility_seconds=30)
        self.queue = MemoryQueue(
            self.clock,
            self.activity,
            visibility_seconds=visibility_seconds,
            receives_max=receives_max,
            dead_letters=self.dead,
        )
        self.clock.observe(self.queue)

    def send(self, *bodies: str, project: str = "p", delay_ms: int = 0) -> None:
        self.queue.send([OutgoingWork(project, body.encode(), delay_ms) for body in bodies])

    def bodies(self, limit: int = 10) -> list[str]:
        return [message.body for message in self.queue.receive_now(limit)]

    def pass_time(self, milliseconds: int) -> None:
        self.clock.jump(self.clock.now() + milliseconds)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_received_message_is_hidden_until_its_visibility_timeout_is_over(bench: Bench) -> None:
    bench.send("a")
    assert bench.bodies() == ["a"]
    bench.pass_time(29_999)
    assert bench.bodies() == []
    bench.pass_time(1)
    (again,) = bench.queue.receive_now()
    assert again.attributes["ApproximateReceiveCount"] == "2"
    assert again.attributes["SentTimestamp"] == str(START)
    assert again.attributes["ApproximateFirstReceiveTimestamp"] == str(START)


def test_deleted_message_does_not_come_back(bench: Bench) -> None:
    bench.send("a", "b")
    first, _ = bench.queue.receive_now()
    bench.queue.delete([first.receipt])
    bench.pass_time(30_000)
    assert bench.bodies() == ["b"]


def test_receipt_of_an_earlier_delivery_deletes_and_extends_nothing(bench: Bench) -> None:
    bench.send("a")
    (first,) = bench.queue.receive_now()
    bench.pass_time(30_000)
    (second,) = bench.queue.receive_now()
    bench.queue.delete([first.receipt])
    bench.queue.extend(first.receipt, 3_600)
    bench.pass_time(30_000)
    assert second.receipt != first.receipt
    assert bench.bodies() == ["a"]


def test_expired_receipt_still_deletes_while_nobody_received_the_message_again(
    bench: Bench,
) -> None:
    bench.send("a")
    (message,) = bench.queue.receive_now()
    bench.pass_time(30_000)
    bench.queue.extend(message.receipt, 60)
    assert bench.queue.depth == QueueDepth(visible=1, delayed=0, in_flight=0)
    bench.queue.delete([message.receipt])
    assert bench.bodies() == []
    assert bench.queue.depth == QueueDepth(visible=0, delayed=0, in_flight=0)


def test_extend_hides_longer_and_zero_shows_at_once(bench: Bench) -> None:
    bench.send("a")
    (message,) = bench.queue.receive_now()
    bench.queue.extend(message.receipt, 120)
    bench.pass_time(119_999)
    assert bench.bodies() == []
    bench.queue.extend(message.receipt, 0)
    assert bench.bodies() == ["a"]


def test_message_received_too_often_goes_to_the_dead_letter_queue(bench: Bench) -> None:
    bench.send("poison")
    for _ in range(3):
        assert bench.bodies() == ["poison"]
        bench.pass_time(30_000)
    assert bench.bodies() == []
    assert [message.body for message in bench.dead.receive_now()] == ["poison"]
    assert bench.queue.depth == QueueDepth(visible=0, delayed=0, in_flight=0)


def test_delayed_message_is_not_received_before_its_time(bench: Bench) -> None:
    bench.send("later", delay_ms=1_500)
    bench.send("now")
    assert bench.bodies() == ["now"]
    bench.pass_time(1_499)
    assert bench.bodies() == []
    bench.pass_time(1)
    assert bench.bodies() == ["later"]


def test_projects_take_turns(bench: Bench) -> None:
    bench.send(*(f"flood-{n}" for n in range(1_000)), project="big")
    bench.send("a-1", "a-2", project="a")
    bench.send("b-1", project="b")
    assert bench.bodies(7) == ["flood-0", "a-1", "b-1", "flood-1", "a-2", "flood-2", "flood-3"]


def test_promise_rings_once_at_its_time_and_can_be_taken_back(bench: Bench) -> None:
    work = OutgoingWork("p", b"ring")
    bench.queue.send_at("one", START + 86_400_000, work)
    bench.queue.send_at("one", START + 86_400_000, work)
    bench.queue.send_at("two", START + 86_400_000, work)
    bench.queue.withdraw("two")
    bench.queue.withdraw("never was")
    assert bench.queue.next_due() == START + 86_400_000
    bench.pass_time(86_399_999)
    assert bench.bodies() == []
    bench.pass_time(1)
    assert bench.bodies() == ["ring"]
    bench.queue.send_at("one", START, work)
    assert bench.bodies() == ["ring"], "the name is free again, and the past is now"


def test_what_sqs_does_not_take_is_refused_whole(bench: Bench) -> None:
    fine = OutgoingWork("p", b"fine")
    with pytest.raises(TooLarge, match="1048576 bytes"):
        bench.queue.send([fine, OutgoingWork("p", ("é" * 524_289).encode())])
    with pytest.raises(ValueError, match="0 to 900000 ms, not 900001"):
        bench.queue.send([fine, OutgoingWork("p", b"", 900_001)])
    assert bench.bodies() == []
    bench.queue.send([OutgoingWork("p", ("é" * 524_288).encode(), 900_000)])
    bench.pass_time(900_000)
    assert len(bench.bodies()) == 1


@pytest.mark.parametrize(
    ("waiting", "invokers", "share"), [(1, 8, 1), (15, 8, 1), (16, 8, 2), (500, 8, 10), (5, 1, 5)]
)
def test_batches_grow_only_where_more_waits_than_invokers(
    bench: Bench, waiting: int, invokers: int, share: int
) -> None:
    bench.send(*map(str, range(waiting)))
    delivery = bench.queue.receive(invokers)
    assert delivery is not None
    assert len(delivery.messages) == share


def test_delivery_stays_within_lambdas_event(bench: Bench) -> None:
    bench.send(*("x" * 1_000_000 for _ in range(10)))
    delivery = bench.queue.receive(1)
    assert delivery is not None
    assert len(delivery.messages) == 5


def test_settling_deletes_what_succeeded_and_leaves_the_rest_to_its_timeout(bench: Bench) -> None:
    bench.send("good", "bad")
    delivery = bench.queue.receive(1)
    assert delivery is not None
    bench.queue.settle(delivery, {delivery.messages[1].message_id})
    bench.pass_time(29_999)
    assert bench.bodies() == []
    bench.pass_time(1)
    assert bench.bodies() == ["bad"]


def test_skipped_time_does_not_take_a_message_from_an_invocation(bench: Bench) -> None:
    bench.send("long task")
    delivery = bench.queue.receive(1)
    assert delivery is not None
    bench.pass_time(86_400_000)
    assert bench.bodies() == []
    bench.queue.settle(delivery, {delivery.messages[0].message_id})
    bench.pass_time(30_000)
    assert bench.bodies() == ["long task"]


def test_faster_clock_does_not_shorten_the_time_that_an_invocation_has() -> None:
    machine = [START]
    clock = LocalClock(time_scale=60, machine_ms=lambda: machine[0])
    queue = MemoryQueue(clock, Activity(), visibility_seconds=30)
    queue.send([OutgoingWork("p", b"a")])
    delivery = queue.receive(1)
    machine[0] += 29_000
    assert queue.depth == QueueDepth(visible=0, delayed=0, in_flight=1)
    assert delivery is not None
    queue.extend(delivery.messages[0].receipt, 30)
    machine[0] += 29_000
    assert queue.depth.visible == 0
    queue.settle(delivery, {delivery.messages[0].message_id})
    machine[0] += 16
    assert queue.depth.visible == 0
    machine[0] += 1
    assert queue.depth.visible == 1, "the second that was left went by sixty times as fast"


def test_idle_means_nothing_visible_and_nothing_running(bench: Bench) -> None:
    assert bench.queue.is_idle()
    bench.send("a")
    assert not bench.queue.is_idle()
    delivery = bench.queue.receive(1)
    assert not bench.queue.is_idle()
    assert delivery is not None
    bench.queue.settle(delivery, ())
    assert bench.queue.is_idle()
    bench.send("later", delay_ms=1)
    assert bench.queue.is_idle()


def test_only_time_moves_a_queue_whose_invokers_all_wait_for_the_clock(bench: Bench) -> None:
    bench.send("sleeps", "waits for an invoker")
    delivery = bench.queue.receive(invokers=2)
    assert delivery is not None
    assert not bench.queue.is_stalled(), "a message is there, and an invoker"
    bench.queue.settle(bench.queue.receive(invokers=2), ())  # type: ignore[arg-type]
    assert not bench.queue.is_stalled(), "an invocation is awake"
    with bench.activity.entered(delivery.run):
        bench.activity.fall_asleep()
    assert bench.queue.is_stalled()
    bench.activity.wake(delivery.run)
    assert not bench.queue.is_stalled()


def test_receivers_get_what_is_sent_and_what_comes_due_and_go_home_at_the_close() -> None:
    activity = Activity()
    queue = MemoryQueue(LocalClock(), activity, visibility_seconds=30)
    bodies: list[str] = []

    def receive() -> None:
        while delivery := queue.receive(4):
            bodies.extend(message.body for message in delivery.messages)
            queue.settle(delivery, ())

    threads = [threading.Thread(target=receive) for _ in range(4)]
    for thread in threads:
        thread.start()
    sent = [OutgoingWork(f"p{n % 7}", str(n).encode(), n % 40) for n in range(500)]
    for n in range(0, 500, 5):
        queue.send(sent[n : n + 5])
    seen = activity.changes
    while len(bodies) < 500 or not queue.is_idle():
        assert activity.wait_for_change(seen, 10), f"stuck at {len(bodies)}"
        seen = activity.changes
    queue.close()
    for thread in threads:
        thread.join(10)
    assert sorted(bodies, key=int) == [str(n) for n in range(500)]
    assert not any(thread.is_alive() for thread in threads)


def test_receiver_that_goes_to_work_passes_the_watch_on() -> None:
    """The one receiver that knew of the delayed message is busy when it comes due."""
    queue = MemoryQueue(LocalClock(), Activity(), visibility_seconds=30)
    release = threading.Event()
    got_later = threading.Event()

    def receive() -> None:
        while delivery := queue.receive(3):
            if delivery.messages[0].body == "later":
                got_later.set()
            else:
                release.wait(10)
            queue.settle(delivery, ())

    threads = [threading.Thread(target=receive, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    queue.send([OutgoingWork("p", b"later", 50)])
    queue.send([OutgoingWork("p", b"busy")])
    queue.send([OutgoingWork("p", b"busy")])
    assert got_later.wait(10)
    release.set()
    queue.close()
    for thread in threads:
        thread.join(10)


def test_thousands_of_messages_cost_the_same_each() -> None:
    bench = Bench()
    bench.send(*(str(n) for n in range(100_000)))
    bench.send(*(str(n) for n in range(100_000)), delay_ms=60_000)
    began = time.perf_counter()
    received = 0
    while received < 2_000:
        delivery = bench.queue.receive(8)
        assert delivery is not None
        received += len(delivery.messages)
        bench.queue.settle(delivery, ())
    assert received == 2_000
    assert time.perf_counter() - began < 1, "200,000 waiting messages must not matter"


def test_deleted_messages_leave_nothing_behind() -> None:
    bench = Bench(visibility_seconds=43_200)
    for _ in range(20):
        bench.send(*(str(n) for n in range(500)))
        for message in bench.queue.receive_now(500):
            bench.queue.delete([message.receipt])
    store = bench.queue._store
    assert len(store._pending) <= OUTDATED_ENTRIES_SLACK + 500
    assert not store._receipts
    assert not store._groups
