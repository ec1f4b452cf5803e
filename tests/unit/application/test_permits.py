"""Permits: several processes and threads on one ledger."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from seriatim.application.permits import CONFLICTS_MAX, Permits
from seriatim.domain.permits.ledger import Ledger
from seriatim.domain.permits.pools import set_pool
from seriatim.domain.permits.values import POOLS
from seriatim.ports.errors import Conflict, Unavailable
from seriatim.ports.ledgers import LedgerName, StoredLedger
from tests.fakes.clock import FakeClock
from tests.fakes.ledgers import FakeLedgers
from tests.permit_requests import asked, denied, granted, slots

THREADS = 8


class Raced(FakeLedgers):
    """Ledgers that others write at the same time, so many times."""

    def __init__(self, races: int) -> None:
        super().__init__()
        self.races = races
        self.saves = 0

    def save(self, project_id: str, name: str, ledger: Ledger, based_on: StoredLedger) -> None:
        self.saves += 1
        if self.races:
            self.races -= 1
            raise Conflict("others were faster")
        super().save(project_id, name, ledger, based_on)


def with_pool(ledgers: FakeLedgers, capacity: int) -> Permits:
    """A process."""
    permits = Permits(ledgers, FakeClock())
    permits.apply("p", POOLS, lambda it, now: set_pool(it, "db", capacity, now), "db")
    return permits


def test_permits_go_from_one_to_the_next() -> None:
    permits = with_pool(FakeLedgers(), 1)
    assert granted(permits.request("p", POOLS, asked("e1/1/1", {"db": 1}))) == ["e1/1/1"]
    assert permits.request("p", POOLS, asked("e2/1/1", {"db": 1})) == ()
    assert granted(permits.release("p", POOLS, "e1/1/1", {}, None)) == ["e2/1/1"]
    assert list(permits.read("p", POOLS).grants) == ["e2/1/1"]
    assert permits.read("q", POOLS) == Ledger()


def test_what_changes_nothing_writes_nothing() -> None:
    ledgers = Raced(0)
    permits = with_pool(ledgers, 1)
    permits.request("p", POOLS, asked("e1/1/1", {"db": 1}))
    assert ledgers.saves == 2
    assert granted(permits.request("p", POOLS, asked("e1/1/1", {"db": 1}))) == ["e1/1/1"]
    assert denied(permits.request("p", POOLS, asked("e2/1/1", {"db": 2}))) == {
        "e2/1/1": "Seriatim.PoolTooSmall"
    }
    assert permits.release("p", POOLS, "e7/1/1", {}, None) == ()
    assert ledgers.saves == 2


def test_a_lost_race_is_decided_again() -> None:
    ledgers = Raced(0)
    permits = with_pool(ledgers, 1)
    ledgers.races = 3
    assert granted(permits.request("p", POOLS, asked("e1/1/1", {"db": 1}))) == ["e1/1/1"]


def test_too_many_lost_races_are_for_another_time() -> None:
    ledgers = Raced(0)
    permits = with_pool(ledgers, 1)
    ledgers.races = CONFLICTS_MAX
    with pytest.raises(Unavailable):
        permits.request("p", POOLS, asked("e1/1/1", {"db": 1}))
    assert granted(permits.request("p", POOLS, asked("e1/1/1", {"db": 1}))) == ["e1/1/1"]


def test_who_lost_the_same_race_waits_for_different_times() -> None:
    waits = set()
    for number in range(5):
        ledgers = Raced(8)
        clock = FakeClock()
        permits = Permits(ledgers, clock)
        before = clock.now()
        permits.request("p", "task:a", slots(f"e{number}/1/1", capacity=1))
        waits.add(clock.now() - before)
    assert len(waits) == 5
    assert max(waits) < 2_000


def test_those_that_come_while_one_writes_are_written_together() -> None:
    ledgers = Raced(0)
    permits = with_pool(ledgers, 100)
    is_begun, may_go_on = Event(), Event()

    def slow(ledger: Ledger, now: int) -> tuple[Ledger, tuple[()]]:
        is_begun.set()
        assert may_go_on.wait(20)
        return ledger, ()

    with ThreadPoolExecutor(THREADS + 1) as pool:
        first = pool.submit(permits.apply, "p", POOLS, slow, "slow")
        assert is_begun.wait(20)
        others = [
            pool.submit(permits.request, "p", POOLS, asked(f"e{n}/1/1", {"db": 1}))
            for n in range(THREADS)
        ]
        while permits.lanes.waiting(LedgerName("p", POOLS)) < THREADS:
            pass
        saves = ledgers.saves
        may_go_on.set()
        assert first.result(20) == ()
        for number, other in enumerate(others):
            assert granted(other.result(20)) == [f"e{number}/1/1"]
    assert ledgers.saves == saves + 1


def test_several_processes_never_give_more_than_there_is() -> None:
    ledgers = FakeLedgers()
    processes = [with_pool(ledgers, 3) for _ in range(2)]
    together = Barrier(THREADS, timeout=20)

    def work(worker: int) -> int:
        permits = processes[worker % 2]
        together.wait()
        got = 0
        for number in range(5):
            request_id = f"e{worker}-{number}/1/1"
            permits.request("p", POOLS, asked(request_id, {"db": 1}))
            assert len(permits.read("p", POOLS).grants) <= 3
            permits.release("p", POOLS, request_id, {}, None)
            got += 1
        return got

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(work, range(THREADS))) == THREADS * 5
    assert permits_left(ledgers) == 0


def permits_left(ledgers: FakeLedgers) -> int:
    """Grants and requests that are still there."""
    ledger = ledgers.load("p", POOLS).ledger
    return len(ledger.grants) + len(ledger.waiting)


def test_an_error_is_raised_to_each_and_holds_up_nobody() -> None:
    permits = with_pool(FakeLedgers(), 1)

    def broken(ledger: Ledger, now: int) -> tuple[Ledger, tuple[()]]:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        permits.apply("p", POOLS, broken, "x")
    assert granted(permits.request("p", POOLS, asked("e1/1/1", {"db": 1}))) == ["e1/1/1"]
