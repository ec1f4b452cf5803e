"""Requests and releases: what is answered, once and again."""

import pytest

from seriatim.domain.errors import RESOURCE_DEADLOCK
from seriatim.domain.permits import asking
from seriatim.domain.permits.asking import deny, release, request
from seriatim.domain.permits.ledger import Ledger, free_units
from seriatim.domain.permits.values import SLOTS
from seriatim.domain.values import Error
from tests.permit_requests import NOW, after_requests, asked, denied, granted, kept, pools, slots


def test_what_is_free_is_granted_at_once() -> None:
    ledger, notices = request(pools(db=2), asked("e1/1/1", {"db": 2}), NOW)
    assert granted(notices) == ["e1/1/1"]
    assert free_units(ledger) == {"db": 0}


def test_who_asks_for_what_is_not_free_waits_and_gets_it_by_the_release() -> None:
    ledger = after_requests(pools(db=1), asked("e1/1/1", {"db": 1}))
    ledger, notices = request(ledger, asked("e2/1/1", {"db": 1}), NOW)
    assert notices == ()
    ledger, notices = release(ledger, "e1/1/1", {}, None, NOW)
    assert granted(notices) == ["e2/1/1"]
    assert set(ledger.grants) == {"e2/1/1"}


def test_several_pools_are_granted_all_at_once_or_not_at_all() -> None:
    ledger = after_requests(pools(a=1, b=1), asked("e1/1/1", {"a": 1}))
    ledger = after_requests(ledger, asked("e2/1/1", {"a": 1, "b": 1}))
    assert free_units(ledger) == {"a": 0, "b": 1}
    ledger, notices = release(ledger, "e1/1/1", {}, None, NOW)
    assert granted(notices) == ["e2/1/1"]
    assert free_units(ledger) == {"a": 0, "b": 0}


@pytest.mark.parametrize(
    ("units", "code"),
    [
        ({"db": 3}, "Seriatim.PoolTooSmall"),
        ({"queue": 1}, "Seriatim.UnknownResourcePool"),
        ({"db": 1, "queue": 1}, "Seriatim.UnknownResourcePool"),
    ],
)
def test_what_can_never_be_met_is_denied(units: dict[str, int], code: str) -> None:
    ledger = pools(db=2)
    after, notices = request(ledger, asked("e1/1/1", units), NOW)
    assert denied(notices) == {"e1/1/1": code}
    assert after == ledger


def test_too_many_at_once_are_denied_and_may_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "LEDGER_REQUESTS_MAX", 2)
    ledger = after_requests(pools(db=1), *(asked(f"e{n}/1/1", {"db": 1}) for n in (1, 2)))
    _, notices = request(ledger, asked("e3/1/1", {"db": 1}), NOW)
    assert denied(notices) == {"e3/1/1": "Seriatim.TooManyWaiting"}
    assert notices[0].error.retryable  # type: ignore[union-attr]


def test_a_second_request_of_the_same_name_is_the_first() -> None:
    ledger = after_requests(pools(db=1), asked("e1/1/1", {"db": 1}), asked("e2/1/1", {"db": 1}))
    assert request(ledger, asked("e2/1/1", {"db": 1}), NOW + 1) == (ledger, ())
    again, notices = request(ledger, asked("e1/1/1", {"db": 1}), NOW + 1)
    assert (again, granted(notices)) == (ledger, ["e1/1/1"])


def test_a_release_that_comes_twice_tells_again_whom_it_made_room_for() -> None:
    """Whoever released may have died before he told."""
    ledger = after_requests(pools(db=1), asked("e1/1/1", {"db": 1}), asked("e2/1/1", {"db": 1}))
    ledger, first = release(ledger, "e1/1/1", {}, None, NOW)
    again, second = release(ledger, "e1/1/1", {}, None, NOW + 1)
    assert again == ledger
    assert second == first != ()
    assert release(ledger, "e7/1/1", {}, None, NOW) == (ledger, ())


def test_what_is_kept_is_absolute_and_never_grows() -> None:
    ledger = after_requests(pools(a=3, b=1), kept("e1/1", {"a": 3, "b": 1}))
    ledger, _ = release(ledger, "e1/1", {"a": 1}, None, NOW)
    assert ledger.grants["e1/1"].request.units == {"a": 1}
    for late in ({"a": 3}, {"a": 3, "b": 1}, {"a": 1}):
        assert release(ledger, "e1/1", late, None, NOW)[0] == ledger
    ledger, _ = release(ledger, "e1/1", {"a": 0}, None, NOW)
    assert ledger.is_idle


def test_who_gives_up_waiting_makes_room_for_who_is_behind() -> None:
    ledger = after_requests(pools(db=2), asked("e1/1/1", {"db": 1}), asked("e2/1/1", {"db": 2}))
    ledger = after_requests(ledger, asked("e3/1/1", {"db": 1}))
    assert set(ledger.waiting) == {"e2/1/1", "e3/1/1"}
    ledger, notices = release(ledger, "e2/1/1", {}, None, NOW)
    assert granted(notices) == ["e3/1/1"]


def test_a_denied_request_is_gone_and_others_are_served() -> None:
    ledger = after_requests(pools(db=2), asked("e1/1/1", {"db": 1}), asked("e2/1/1", {"db": 2}))
    ledger = after_requests(ledger, asked("e3/1/1", {"db": 1}))
    error = Error(RESOURCE_DEADLOCK)
    after, notices = deny(ledger, "e2/1/1", error, NOW)
    assert denied(notices) == {"e2/1/1": RESOURCE_DEADLOCK}
    assert granted(notices) == ["e3/1/1"]
    again, notices = deny(after, "e2/1/1", error, NOW)
    assert (again, granted(notices), denied(notices)) == (after, ["e3/1/1"], {})


def test_the_rules_of_the_last_request_count_and_may_let_others_in() -> None:
    ledger = after_requests(Ledger(), *(slots(f"e{n}/1/1", capacity=1) for n in (1, 2, 3)))
    assert (list(ledger.grants), list(ledger.waiting)) == (["e1/1/1"], ["e2/1/1", "e3/1/1"])
    ledger, notices = request(ledger, slots("e4/1/1", capacity=3), NOW)
    assert granted(notices) == ["e2/1/1", "e3/1/1"]
    assert list(ledger.waiting) == ["e4/1/1"]
    ledger, notices = request(ledger, slots("e5/1/1"), NOW)
    assert granted(notices) == ["e4/1/1", "e5/1/1"]
    assert free_units(ledger)[SLOTS] == float("inf")
