"""Leases: when to look, and what a look changes."""

from seriatim.domain.permits.asking import release
from seriatim.domain.permits.leases import LEASE_MS_MAX, LEASE_MS_MIN, Leased, leases_over, renew
from tests.permit_requests import NOW, after_requests, asked, granted, pools

HELD = after_requests(pools(db=1), asked("e1/1/1", {"db": 1}), asked("e2/1/1", {"db": 1}))


def test_grants_and_requests_are_looked_at_when_their_lease_is_over() -> None:
    assert leases_over(HELD, NOW + LEASE_MS_MIN - 1) == ()
    assert set(leases_over(HELD, NOW + LEASE_MS_MIN)) == {
        Leased("e1/1/1", "e1"),
        Leased("e2/1/1", "e2"),
    }


def test_what_is_renewed_is_looked_at_again_ever_more_seldom() -> None:
    ledger, now, waits = HELD, NOW, []
    for _ in range(8):
        before = now
        while not leases_over(ledger, now):
            now += LEASE_MS_MIN
        waits.append(now - before)
        ledger, notices = renew(ledger, ["e1/1/1", "e2/1/1", "e7/1/1"], now)
        assert notices == ()
        assert leases_over(ledger, now) == ()
    assert waits == sorted(waits)
    assert waits[-1] == LEASE_MS_MAX


def test_a_lease_that_is_not_over_stays() -> None:
    assert renew(HELD, ["e1/1/1", "e2/1/1"], NOW + 1) == (HELD, ())


def test_a_grant_that_was_given_by_waiting_is_told_once_more() -> None:
    ledger, _ = release(HELD, "e1/1/1", {}, None, NOW)
    ledger, notices = renew(ledger, ["e2/1/1"], NOW + LEASE_MS_MIN)
    assert granted(notices) == ["e2/1/1"]
    ledger, notices = renew(ledger, ["e2/1/1"], NOW + 3 * LEASE_MS_MIN)
    assert notices == ()
