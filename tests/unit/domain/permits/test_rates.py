"""Rates and targets by example."""

from collections import Counter

import pytest

from seriatim.domain.permits.asking import release, request
from seriatim.domain.permits.ledger import Burst, Ledger
from seriatim.domain.permits.rates import BURSTS_KEPT, next_use
from seriatim.domain.permits.values import Granted
from tests.permit_requests import NOW, slots


def uses(permits: int, window_ms: int, times: list[int]) -> list[int]:
    """When grants that are asked for at ``times`` may be used."""
    bursts: tuple[Burst, ...] = ()
    found = []
    for now in times:
        at, bursts = next_use(bursts, permits, window_ms, now)
        assert len(bursts) <= BURSTS_KEPT + 1
        found.append(at)
    return found


def test_as_many_as_the_rate_allows_go_at_once_and_the_rest_later() -> None:
    assert uses(2, 1_000, [0, 0, 0, 0, 0]) == [0, 0, 1_000, 1_000, 2_000]


def test_the_window_slides() -> None:
    assert uses(2, 1_000, [0, 900, 950, 1_950]) == [0, 900, 1_000, 1_950]


def test_a_great_rate_is_kept_within_a_hundredth() -> None:
    found = uses(10_000, 1_000, [0] * 30_000)
    assert Counter(found) == {0: 10_000, 1_000: 10_000, 2_000: 10_000}


def test_a_grant_says_from_when_on_it_may_be_used() -> None:
    ledger = Ledger()
    found = []
    for number in range(3):
        asked = slots(f"e{number}/1/1", rate_permits=1, rate_ms=500)
        ledger, [notice] = request(ledger, asked, NOW)
        assert isinstance(notice, Granted)
        found.append(notice.not_before)
    assert found == [None, NOW + 500, NOW + 1_000]


def test_without_a_rate_nothing_is_remembered() -> None:
    ledger, [notice] = request(Ledger(), slots("e1/1/1", capacity=1), NOW)
    assert ledger.bursts == ()
    assert isinstance(notice, Granted)
    assert notice.not_before is None


def chosen(count: int, balancing: str | None, weights: tuple[float, ...]) -> list[int]:
    """The targets of so many requests that nobody gives back."""
    ledger, found = Ledger(), []
    for number in range(count):
        asked = slots(f"e{number}/1/1", balancing=balancing, weights=weights)
        ledger, [notice] = request(ledger, asked, NOW)
        assert isinstance(notice, Granted)
        assert notice.target is not None
        found.append(notice.target)
    return found


def test_targets_by_weight_in_no_bursts() -> None:
    assert chosen(7, "weighted", (5, 1, 1)) == [0, 0, 1, 0, 2, 0, 0]
    assert chosen(7, None, (5, 1, 1)) == [0, 0, 1, 0, 2, 0, 0]


def test_targets_in_turn() -> None:
    assert chosen(5, "round_robin", (5, 1, 1)) == [0, 1, 2, 0, 1]


def test_targets_by_what_they_have_to_do() -> None:
    assert Counter(chosen(9, "least_outstanding", (2, 1))) == {0: 6, 1: 3}


@pytest.mark.parametrize("balancing", ["weighted", "round_robin", "least_outstanding"])
def test_weight_0_gets_nothing_unless_all_have_it(balancing: str) -> None:
    assert set(chosen(10, balancing, (0, 1, 2))) == {1, 2}
    assert set(chosen(10, balancing, (0, 0))) == {0, 1}


def attempt(ledger: Ledger, number: int, failing: set[int], now: int) -> tuple[Ledger, int]:
    """One attempt, done at once; it fails at the ``failing`` targets."""
    asked = slots(f"e{number}/1/1", balancing="round_robin", weights=(1.0, 1.0))
    ledger, [notice] = request(ledger, asked, now)
    assert isinstance(notice, Granted)
    assert notice.target is not None
    ledger, _ = release(ledger, asked.id, {}, notice.target in failing, now)
    return ledger, notice.target


def test_a_target_that_fails_again_and_again_is_left_out_then_tried_with_one() -> None:
    ledger, found = Ledger(), []
    for number in range(20):
        ledger, target = attempt(ledger, number, {0}, NOW)
        found.append(target)
    assert found.count(0) == 3
    later = NOW + 10_001
    found = []
    for number in range(20, 30):
        ledger, target = attempt(ledger, number, {0}, later)
        found.append(target)
    assert found.count(0) == 1
    found = []
    for number in range(30, 40):
        ledger, target = attempt(ledger, number, set(), later + 20_001)
        found.append(target)
    assert found.count(0) >= 5, "it is well again"


def test_while_one_attempt_tries_a_target_others_go_elsewhere() -> None:
    ledger = Ledger()
    for number in range(20):
        ledger, _ = attempt(ledger, number, {0}, NOW)
    found = []
    for number in range(20, 26):
        asked = slots(f"e{number}/1/1", balancing="round_robin", weights=(1.0, 1.0))
        ledger, [notice] = request(ledger, asked, NOW + 10_001)
        assert isinstance(notice, Granted)
        found.append(notice.target)
    assert found.count(0) == 1


def test_all_targets_are_never_left_out() -> None:
    ledger, found = Ledger(), []
    for number in range(30):
        ledger, target = attempt(ledger, number, {0, 1}, NOW)
        found.append(target)
    assert set(found[10:]) == {0, 1}


def test_one_success_makes_a_target_sound_again() -> None:
    ledger = Ledger()
    for number in range(12):
        ledger, _ = attempt(ledger, number, {0} if number % 4 else set(), NOW)
    assert ledger.targets[0].failures < 3
