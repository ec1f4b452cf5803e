"""Losers of a race come back one after the other, not together."""

from seriatim.application.races import APPEND_MS, RIVALS_MAX, stand_back_ms


def test_who_has_no_rival_does_not_wait() -> None:
    assert stand_back_ms("w", 5, open_runs=1, own=1) == 0
    assert stand_back_ms("w", 5, open_runs=0, own=1) == 0


def test_a_hundred_losers_spread_over_the_time_of_a_hundred_appends() -> None:
    waits = sorted(stand_back_ms(f"w-{i}", 2, open_runs=100, own=1) for i in range(100))
    assert waits[-1] <= 100 * APPEND_MS
    assert waits[25] > 15 * APPEND_MS
    assert waits[75] < 85 * APPEND_MS
    assert len(set(waits)) > 90


def test_the_same_loser_waits_the_same_time_and_another_time_for_another_step() -> None:
    again = {stand_back_ms("w", 7, open_runs=50, own=1) for _ in range(3)}
    assert len(again) == 1
    assert stand_back_ms("w", 8, open_runs=50, own=1) not in again


def test_results_that_go_together_have_fewer_rivals() -> None:
    alone = stand_back_ms("w", 7, open_runs=100, own=1)
    assert stand_back_ms("w", 7, open_runs=100, own=10) <= alone // 9


def test_no_wait_is_longer_than_for_the_workers_that_there_are() -> None:
    waits = [stand_back_ms(f"w-{i}", 2, open_runs=100_000, own=1) for i in range(200)]
    assert max(waits) <= RIVALS_MAX * APPEND_MS
