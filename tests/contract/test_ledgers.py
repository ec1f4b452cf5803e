"""What every ``Ledgers`` does."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from seriatim.domain.permits.ledger import Burst, Ledger, Target
from seriatim.domain.permits.values import POOLS, Rules
from seriatim.ports.errors import Conflict
from seriatim.ports.ledgers import LedgerName, Ledgers
from tests.permit_requests import NOW, after_requests, asked, kept, pools, slots

THREADS = 8
INCREMENTS_EACH = 5
LONGEST_NAME = "task:" + "🦊" * 128

BUSY = after_requests(pools(db=1), asked("e1/1/1", {"db": 1}), asked("e2/1/1", {"db": 1}))
IDLE = pools(db=1)


def listed(ledgers: Ledgers, limit: int = 50) -> set[LedgerName]:
    """The names of all pages."""
    found: list[LedgerName] = []
    cursor: str | None = None
    while True:
        page = ledgers.busy(limit, cursor)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.cursor
        if cursor is None:
            assert len(set(found)) == len(found)
            return set(found)


def test_one_that_nobody_has_written_is_empty(ledgers: Ledgers, project: str) -> None:
    stored = ledgers.load(project, POOLS)
    assert (stored.ledger, stored.version) == (Ledger(), 0)


@pytest.mark.parametrize(
    "ledger",
    [
        BUSY,
        after_requests(
            Ledger(),
            slots("é/1/1", capacity=2, rate_permits=1, rate_ms=5, weights=(1.0, 0.5)),
            slots("b", capacity=1, rate_permits=1, rate_ms=5, weights=(1.0, 0.5)),
        ),
        after_requests(pools(**{"a": 2, "é b": 3}), kept("e1/1", {"é b": 2}, node_id="n/#")),
        Ledger(rules=Rules(), bursts=(Burst(1, 2),), targets=(Target(0.25, 3, NOW), Target())),
    ],
)
def test_a_ledger_comes_back(ledgers: Ledgers, project: str, ledger: Ledger) -> None:
    ledgers.save(project, POOLS, ledger, ledgers.load(project, POOLS))
    stored = ledgers.load(project, POOLS)
    assert (stored.ledger, stored.version) == (ledger, 1)
    assert list(stored.ledger.waiting) == list(ledger.waiting), "in order of arrival"


@pytest.mark.timeout(60)
def test_thousands_may_wait(ledgers: Ledgers, project: str) -> None:
    waiting = {
        f"exec-{n:026d}/{n}/1": entry for entry in BUSY.waiting.values() for n in range(5_000)
    }
    ledger = Ledger(pools=BUSY.pools, grants=BUSY.grants, waiting=waiting)
    ledgers.save(project, POOLS, ledger, ledgers.load(project, POOLS))
    assert ledgers.load(project, POOLS).ledger == ledger


@pytest.mark.parametrize("name", [POOLS, "task:a/b#c", LONGEST_NAME])
def test_ledgers_are_apart(ledgers: Ledgers, project: str, name: str) -> None:
    ledgers.save(project, name, BUSY, ledgers.load(project, name))
    assert ledgers.load(project, name).ledger == BUSY
    assert ledgers.load(f"{project}-b", name).version == 0
    assert ledgers.load(project, f"{name[:-1]}~").version == 0


def test_a_write_needs_what_it_was_made_from(ledgers: Ledgers, project: str) -> None:
    first = ledgers.load(project, POOLS)
    ledgers.save(project, POOLS, BUSY, first)
    with pytest.raises(Conflict):
        ledgers.save(project, POOLS, BUSY, first)
    second = ledgers.load(project, POOLS)
    ledgers.save(project, POOLS, IDLE, second)
    with pytest.raises(Conflict):
        ledgers.save(project, POOLS, BUSY, second)
    assert ledgers.load(project, POOLS).ledger == IDLE
    with pytest.raises(Conflict):
        ledgers.unlist(project, POOLS, second)


def test_a_lost_update_is_impossible(ledgers: Ledgers, project: str) -> None:
    """Eight threads read, add one, and write on condition of what they have read."""
    together = Barrier(THREADS, timeout=20)

    def add_one() -> None:
        while True:
            stored = ledgers.load(project, POOLS)
            total = sum(burst.count for burst in stored.ledger.bursts)
            try:
                ledgers.save(project, POOLS, Ledger(bursts=(Burst(0, total + 1),)), stored)
            except Conflict:
                continue
            return

    def count(_: int) -> None:
        together.wait()
        for _ in range(INCREMENTS_EACH):
            add_one()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(count, range(THREADS)))
    total = THREADS * INCREMENTS_EACH
    stored = ledgers.load(project, POOLS)
    assert (stored.ledger.bursts[0].count, stored.version) == (total, total)


def test_what_is_busy_is_listed_over_all_projects(ledgers: Ledgers, project: str) -> None:
    names = {LedgerName(project, POOLS), LedgerName(project, "task:a"), LedgerName("é", "task:a")}
    for name in names:
        ledgers.save(*name, BUSY, ledgers.load(*name))
    ledgers.save(project, "task:idle", IDLE, ledgers.load(project, "task:idle"))
    for limit in (1, 2, 50):
        found = listed(ledgers, limit)
        assert found >= names
        assert LedgerName(project, "task:idle") not in found
    ledgers.unlist("é", "task:a", ledgers.load("é", "task:a"))


def test_what_is_idle_is_listed_until_it_is_taken_off(ledgers: Ledgers, project: str) -> None:
    name = LedgerName(project, POOLS)
    for ledger in (BUSY, IDLE, BUSY, IDLE):
        ledgers.save(*name, ledger, ledgers.load(*name))
        assert name in listed(ledgers)
    for _ in range(2):
        ledgers.unlist(*name, ledgers.load(*name))
        assert name not in listed(ledgers)
    assert ledgers.load(*name).ledger == IDLE
    ledgers.save(*name, BUSY, ledgers.load(*name))
    assert name in listed(ledgers)


def test_whoever_makes_it_busy_meanwhile_keeps_it_listed(ledgers: Ledgers, project: str) -> None:
    name = LedgerName(project, POOLS)
    ledgers.save(*name, BUSY, ledgers.load(*name))
    ledgers.save(*name, IDLE, ledgers.load(*name))
    idle = ledgers.load(*name)
    ledgers.save(*name, BUSY, idle)
    with pytest.raises(Conflict):
        ledgers.unlist(*name, idle)
    assert name in listed(ledgers)


def test_a_cursor_of_another_list_is_refused(ledgers: Ledgers) -> None:
    with pytest.raises(ValueError, match="cursor"):
        ledgers.busy(1, "bm90aGluZw")
