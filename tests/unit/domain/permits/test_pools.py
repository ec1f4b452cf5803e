"""What an operator does with pools."""

from seriatim.domain.permits.pools import holders, remove_pool, set_pool, waiting_for
from tests.permit_requests import NOW, after_requests, asked, denied, granted, pools

HELD = after_requests(
    pools(db=2, other=1),
    asked("e1/1/1", {"db": 2, "other": 1}),
    asked("e2/1/1", {"db": 2}),
    asked("e3/1/1", {"db": 1}),
)


def test_more_capacity_is_granted_at_once() -> None:
    ledger, notices = set_pool(HELD, "db", 5, NOW)
    assert granted(notices) == ["e2/1/1", "e3/1/1"]
    assert set_pool(ledger, "db", 5, NOW) == (ledger, notices), "told again"


def test_less_capacity_takes_nothing_away() -> None:
    ledger, notices = set_pool(HELD, "db", 1, NOW)
    assert ledger.grants == HELD.grants
    assert denied(notices) == {"e2/1/1": "Seriatim.PoolTooSmall"}
    assert list(ledger.waiting) == ["e3/1/1"]


def test_a_pool_that_nobody_uses_can_go() -> None:
    assert [grant.request.id for grant in holders(HELD, "db")] == ["e1/1/1"]
    assert [one.request.id for one in waiting_for(HELD, "db")] == ["e2/1/1", "e3/1/1"]
    ledger, _ = set_pool(HELD, "spare", 1, NOW)
    assert remove_pool(ledger, "spare") == HELD
