"""Repair of ledgers: what processes that died have left behind."""

from typing import Any

import pytest

from seriatim.application.permit_repair import PermitRepair
from seriatim.application.permits import Permits
from seriatim.application.work import DeliverMessage, decode
from seriatim.domain.errors import RESOURCE_DEADLOCK
from seriatim.domain.messages import PermitsDenied, PermitsGranted
from seriatim.domain.permits.asking import deny
from seriatim.domain.permits.leases import LEASE_MS_MIN
from seriatim.domain.permits.pools import set_pool
from seriatim.domain.permits.rings import find_rings
from seriatim.domain.permits.values import POOLS, Notice
from seriatim.domain.values import Error
from seriatim.ports.errors import Unavailable
from seriatim.ports.ledgers import LedgerName, StoredLedger
from tests.fakes.clock import FakeClock
from tests.fakes.ledgers import FakeLedgers
from tests.fakes.queue import FakeQueue
from tests.permit_requests import asked, kept

P = "p"


class Troubled(FakeLedgers):
    """Ledgers of which some cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[str] = set()

    def load(self, project_id: str, name: str) -> StoredLedger:
        if name in self.broken:
            raise Unavailable
        return super().load(project_id, name)


class Scene:
    """Ledgers, a set of what is wanted, and a repairer."""

    def __init__(self) -> None:
        self.ledgers = Troubled()
        self.clock = FakeClock()
        self.queue = FakeQueue(self.clock)
        self.permits = Permits(self.ledgers, self.clock)
        self.unwanted: set[str] = set()
        self.looked_at: list[str] = []
        self.repairer = PermitRepair(
            self.ledgers,
            self.permits,
            self.queue,
            self.clock,
            is_wanted=self.is_wanted,
            find_denials=self.break_rings,
        )
        self.permits.apply(P, POOLS, lambda it, now: set_pool(it, "db", 1, now), "db")

    def is_wanted(self, project_id: str, ledger: str, request_id: str, execution_id: str) -> bool:
        assert request_id.startswith(f"{execution_id}/")
        self.looked_at.append(request_id)
        return request_id not in self.unwanted

    def break_rings(self, project_id: str) -> tuple[Notice, ...]:
        rings = find_rings(self.permits.read(project_id, POOLS))
        error = Error(RESOURCE_DEADLOCK)
        return tuple(
            notice
            for ring in rings
            for notice in self.permits.apply(
                project_id,
                POOLS,
                lambda it, now, ring=ring: deny(it, ring.request_id, error, now),  # type: ignore[misc]
                "x",
            )
        )

    def ask(self, *names: str, ledger: str = POOLS) -> None:
        for name in names:
            self.permits.request(P, ledger, asked(f"{name}/1/1", {"db": 1}))

    def told(self) -> list[Any]:
        works = [decode(one.body) for one in self.queue.receive(100)]
        return [
            (work.execution_id, work.message) for work in works if isinstance(work, DeliverMessage)
        ]

    def ledger(self) -> Any:
        return self.permits.read(P, POOLS)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def granted_to(name: str) -> tuple[str, PermitsGranted]:
    return name, PermitsGranted(ledger=POOLS, request_id=f"{name}/1/1")


def test_what_nobody_wants_any_more_goes_to_who_waits(scene: Scene) -> None:
    scene.ask("e1", "e2", "e3")
    scene.unwanted = {"e1/1/1", "e3/1/1"}
    assert scene.repairer.repair(10) == 0, "the leases are not over"
    scene.clock.advance(LEASE_MS_MIN)
    assert scene.repairer.repair(10) == 3
    assert list(scene.ledger().grants) == ["e2/1/1"]
    assert not scene.ledger().waiting
    assert scene.told() == [granted_to("e2")]


def test_where_nothing_is_wrong_leases_are_renewed_and_nothing_else_changes(scene: Scene) -> None:
    scene.ask("e1", "e2")
    before = scene.ledger()
    scene.clock.advance(LEASE_MS_MIN)
    assert scene.repairer.repair(10) == 0
    after = scene.ledger()
    assert list(after.grants) == list(before.grants)
    assert list(after.waiting) == list(before.waiting)
    assert scene.told() == []
    looked_at = len(scene.looked_at)
    assert scene.repairer.repair(10) == 0
    assert (scene.ledger(), len(scene.looked_at)) == (after, looked_at)


def test_who_was_served_by_one_that_died_before_telling_is_told(scene: Scene) -> None:
    scene.ask("e1", "e2")
    scene.permits.release(P, POOLS, "e1/1/1", {}, None)
    scene.clock.advance(LEASE_MS_MIN)
    assert scene.repairer.repair(10) == 1
    assert scene.told() == [granted_to("e2")]
    scene.clock.advance(10 * LEASE_MS_MIN)
    assert scene.repairer.repair(10) == 0


def test_rings_are_broken_and_the_denied_are_told(scene: Scene) -> None:
    scene.permits.apply(P, POOLS, lambda it, now: set_pool(it, "b", 1, now), "b")
    for one in (
        kept("e1/1", {"db": 1}),
        kept("e2/1", {"b": 1}, begun_at=1),
        kept("e1/2", {"b": 1}),
        kept("e2/2", {"db": 1}, begun_at=1),
    ):
        scene.permits.request(P, POOLS, one)
    assert scene.repairer.repair(10) == 1
    [(execution_id, message)] = scene.told()
    assert isinstance(message, PermitsDenied)
    assert (execution_id, message.request_id) == ("e2", "e2/2")
    assert message.error.code == RESOURCE_DEADLOCK
    assert scene.repairer.repair(10) == 0


def test_idle_ledgers_are_looked_at_no_more(scene: Scene) -> None:
    scene.ask("e1")
    scene.permits.release(P, POOLS, "e1/1/1", {}, None)
    assert scene.ledgers.busy(10, None).items == (LedgerName(P, POOLS),)
    scene.repairer.repair(10)
    assert scene.ledgers.busy(10, None).items == ()
    scene.ask("e2")
    assert scene.ledgers.busy(10, None).items == (LedgerName(P, POOLS),)


def busy_tasks(scene: Scene, count: int) -> None:
    for number in range(count):
        name = f"task:{number}"
        scene.permits.apply(P, name, lambda it, now: set_pool(it, "db", 1, now), name)
        scene.ask(f"e{number}", ledger=name)


def test_every_call_goes_on_where_the_last_one_ended(scene: Scene) -> None:
    busy_tasks(scene, 5)
    scene.clock.advance(LEASE_MS_MIN)
    for looks in (2, 4, 5):
        scene.repairer.repair(2)
        assert len(set(scene.looked_at)) == looks
    scene.clock.advance(2 * LEASE_MS_MIN)
    scene.repairer.repair(100)
    assert len(scene.looked_at) == 10


def test_what_is_left_at_the_deadline_is_for_another_time(scene: Scene) -> None:
    busy_tasks(scene, 3)
    scene.clock.advance(LEASE_MS_MIN)
    assert scene.repairer.repair(10, scene.clock.now()) == 0
    assert scene.looked_at == []


def test_a_ledger_that_cannot_be_read_holds_up_no_other(scene: Scene) -> None:
    busy_tasks(scene, 3)
    scene.ledgers.broken = {"task:1"}
    scene.clock.advance(LEASE_MS_MIN)
    scene.repairer.repair(10)
    assert set(scene.looked_at) == {"e0/1/1", "e2/1/1"}
