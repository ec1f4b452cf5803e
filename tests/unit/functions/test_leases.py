"""Leases are renewed while their batch is worked on, and no longer."""

from functions.worker.leases import Leases, Renewals
from seriatim.ports.errors import Unavailable
from seriatim.topology import WORK_LEASE_SECONDS
from tests.fakes.clock import FakeClock
from tests.fakes.queue import FakeQueue


class Recorder(FakeQueue):
    """Remembers what was extended; some receipts cannot be reached."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.extended: list[tuple[str, int]] = []
        self.unreachable: set[str] = set()

    def extend(self, receipt: str, seconds: int) -> None:
        self.extended.append((receipt, seconds))
        if receipt in self.unreachable:
            raise Unavailable("no answer")


def test_what_is_held_is_renewed_until_it_is_done_with() -> None:
    queue, renewals = Recorder(), Renewals()
    with Leases(queue, ["a", "b"], renewals=renewals) as leases:
        assert set(queue.extended) == {("a", WORK_LEASE_SECONDS), ("b", WORK_LEASE_SECONDS)}
        leases.drop("a")
        queue.extended.clear()
        renewals.renew()
        assert queue.extended == [("b", WORK_LEASE_SECONDS)]
    queue.extended.clear()
    renewals.renew()
    assert queue.extended == []


def test_one_that_cannot_be_renewed_keeps_no_other_from_it() -> None:
    queue, renewals = Recorder(), Renewals()
    queue.unreachable.add("a")
    with Leases(queue, ["a", "b"], renewals=renewals):
        queue.extended.clear()
        renewals.renew()
        assert {receipt for receipt, _ in queue.extended} == {"a", "b"}


def test_who_asks_is_told_once_however_many_batches_there_are() -> None:
    queue, renewals, told = Recorder(), Renewals(), list[str]()

    def look() -> None:
        told.append("now")

    with (
        Leases(queue, ["a"], look, renewals=renewals),
        Leases(queue, ["b"], look, renewals=renewals),
    ):
        renewals.renew()
    assert told == ["now"]


def test_a_message_that_is_given_back_is_renewed_no_more() -> None:
    queue, renewals = Recorder(), Renewals()
    with Leases(queue, ["a"], renewals=renewals) as leases:
        leases.give_back("a", 5)
        assert queue.extended[-1] == ("a", 5)
        queue.extended.clear()
        renewals.renew()
        assert queue.extended == []
