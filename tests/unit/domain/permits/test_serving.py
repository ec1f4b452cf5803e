"""Whose turn it is."""

from seriatim.domain.permits.asking import release, request
from seriatim.domain.permits.ledger import Ledger
from seriatim.domain.permits.serving import PATIENCE_MS
from tests.permit_requests import MINUTE, NOW, after_requests, asked, granted, kept, pools


def test_priority_goes_first_then_arrival() -> None:
    ledger = after_requests(
        pools(db=1),
        asked("e0/1/1", {"db": 1}),
        asked("e1/1/1", {"db": 1}),
        asked("e2/1/1", {"db": 1}, priority=5),
        asked("e3/1/1", {"db": 1}, priority=5),
        asked("e4/1/1", {"db": 1}, priority=-1),
    )
    order = []
    held = "e0/1/1"
    while ledger.waiting:
        ledger, notices = release(ledger, held, {}, None, NOW)
        [held] = granted(notices)
        order.append(held[:2])
    assert order == ["e2", "e3", "e1", "e4"]


def test_a_request_that_does_not_fit_is_not_overtaken_in_its_pool() -> None:
    ledger = after_requests(
        pools(db=3, other=1), asked("e1/1/1", {"db": 2}), asked("e2/1/1", {"db": 2})
    )
    ledger, notices = request(ledger, asked("e3/1/1", {"db": 1}), NOW)
    assert notices == ()
    ledger, notices = request(ledger, asked("e4/1/1", {"other": 1}), NOW)
    assert granted(notices) == ["e4/1/1"]
    _, notices = release(ledger, "e1/1/1", {}, None, NOW)
    assert granted(notices) == ["e2/1/1", "e3/1/1"]


def test_of_a_pool_that_has_enough_only_what_is_asked_for_is_set_aside() -> None:
    ledger = after_requests(
        pools(a=1, b=3), asked("e1/1/1", {"a": 1}), asked("e2/1/1", {"a": 1, "b": 2})
    )
    ledger, notices = request(ledger, asked("e3/1/1", {"b": 1}), NOW)
    assert granted(notices) == ["e3/1/1"]
    _, notices = request(ledger, asked("e4/1/1", {"b": 1}), NOW)
    assert notices == ()


def flooded(ledger: Ledger, now: int, rounds: int) -> list[str]:
    """Who is served while each release finds a new request of higher priority."""
    served: list[str] = []
    [held] = ledger.grants
    for number in range(rounds):
        flood = asked(f"flood{number}/1/1", {"db": 1}, priority=9)
        ledger = after_requests(ledger, flood, now=now)
        ledger, notices = release(ledger, held, {}, None, now)
        [held] = granted(notices)
        served.append(held.split("/")[0])
    return served


def test_of_eight_grants_one_goes_to_who_waits_longest() -> None:
    ledger = after_requests(
        pools(db=1),
        asked("e1/1/1", {"db": 1}),
        asked("low/1/1", {"db": 1}),
        asked("l2/1/1", {"db": 1}),
    )
    served = flooded(ledger, NOW + PATIENCE_MS + 1, 16)
    assert served.index("low") == 7
    assert served.index("l2") == 15


def test_within_a_minute_priority_alone_counts() -> None:
    ledger = after_requests(pools(db=1), asked("e1/1/1", {"db": 1}), asked("low/1/1", {"db": 1}))
    assert "low" not in flooded(ledger, NOW + PATIENCE_MS, 20)


def test_who_waits_longest_for_many_units_is_not_starved_by_small_ones() -> None:
    ledger = after_requests(pools(db=2), asked("e1/1/1", {"db": 1}), asked("e2/1/1", {"db": 1}))
    ledger = after_requests(ledger, asked("big/1/1", {"db": 2}))
    held = ["e1/1/1", "e2/1/1"]
    for number in range(20):
        small = asked(f"s{number}/1/1", {"db": 1}, priority=9)
        ledger = after_requests(ledger, small, now=NOW + 2 * MINUTE)
        ledger, notices = release(ledger, held.pop(0), {}, None, NOW + 2 * MINUTE)
        held += granted(notices)
        if "big/1/1" in held:
            return
    raise AssertionError("the big one was never served")


def test_who_holds_what_those_ahead_wait_for_may_overtake() -> None:
    """Else both would wait for ever: the one for the units, the other behind him in the queue."""
    ledger = after_requests(pools(db=2), kept("e1/1", {"db": 1}), asked("e2/1/1", {"db": 2}))
    ledger, notices = request(ledger, kept("e1/2", {"db": 1}), NOW)
    assert granted(notices) == ["e1/2"]


def test_over_others_too() -> None:
    """e1 would wait behind e2, e2 for e3, e3 for e1."""
    ledger = after_requests(
        pools(x=1, y=1, z=1),
        kept("e1/1", {"z": 1}),
        kept("e3/1", {"x": 1}),
        asked("e2/1/1", {"x": 1, "y": 1}),
        kept("e3/2", {"z": 1}),
    )
    ledger, notices = request(ledger, kept("e1/2", {"y": 1}), NOW)
    assert granted(notices) == ["e1/2"]


def test_who_holds_something_else_waits_in_his_turn() -> None:
    ledger = after_requests(
        pools(db=2, other=1),
        kept("e1/1", {"other": 1}),
        asked("e2/1/1", {"db": 1}),
        asked("e3/1/1", {"db": 2}),
    )
    _, notices = request(ledger, kept("e1/2", {"db": 1}), NOW)
    assert notices == ()
