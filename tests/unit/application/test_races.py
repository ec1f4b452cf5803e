"""Losers of a race come back one after the other, not together."""

from typing import Any

import pytest
from rpds import HashTrieMap

from seriatim.application.races import (
    TURN_MS_MAX,
    TURNS_MAX,
    TURNS_MS,
    WAIT_MS_MAX,
    Rank,
    rank,
    stand_back_ms,
    turn_ms,
)
from seriatim.domain.item_lists import Family
from seriatim.domain.messages import ChildResult, Signal, TaskFailure, TaskSuccess
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import ChildOutcome, Error, Status

SHORT, LONG = TURNS_MS


def with_open_runs(*numbers: int, **more: Any) -> State:
    runs = {n: NodeRun(number=n, node_id=f"n{n}", run=1, started_at=0) for n in numbers}
    return State(
        execution_id="e",
        project_id="p",
        sequence_id="s",
        revision=1,
        tasks_version="",
        started_at=0,
        time=0,
        steps=4,
        active=HashTrieMap(runs),
        **more,
    )


def result_of(number: int) -> TaskSuccess:
    return TaskSuccess(number=number, attempt=1)


def test_results_of_open_runs_each_have_a_rank_of_their_own() -> None:
    state = with_open_runs(3, 5, 6, 9)
    assert [rank(state, result_of(n), "any writer") for n in (3, 5, 6, 9)] == [
        (0, 4),
        (1, 4),
        (2, 4),
        (3, 4),
    ]
    failure = TaskFailure(number=6, attempt=1, error=Error("E", "failed"))
    assert rank(state, failure, "w") == (2, 4)


def test_who_waits_moves_up_as_others_end() -> None:
    assert rank(with_open_runs(6, 9), result_of(9), "w").before == 1
    assert rank(with_open_runs(9), result_of(9), "w").before == 0


def test_children_of_one_node_have_ranks_by_their_index() -> None:
    family = Family(items=tuple(range(4)), sequence_id="c", attempt=1, failures_max=0, started=4)
    state = with_open_runs(2, families=HashTrieMap({2: family}))
    ended = ChildOutcome(status=Status.SUCCEEDED)
    results = [
        ChildResult(number=2, child_id=f"c-{i}", outcome=ended, index=i) for i in (0, 1, 2, 3)
    ]
    assert [rank(state, result, "w").before for result in results] == [0, 1, 2, 3]


def test_any_other_message_has_a_rank_by_chance_that_changes_with_the_step() -> None:
    state = with_open_runs(*range(1, 101))
    signal = Signal(name="go")
    ranks = {rank(state, signal, f"w-{i}").before for i in range(50)}
    assert len(ranks) > 25
    assert ranks <= set(range(100))
    assert rank(state, signal, "w-1") == rank(state, signal, "w-1")
    assert rank(with_open_runs(), signal, "w-1") == (0, 0)


def test_the_first_in_the_line_does_not_wait_and_each_other_one_turn_more() -> None:
    waits = [stand_back_ms(Rank(before, 4), 1, SHORT) for before in range(4)]
    assert waits == [0, SHORT, 2 * SHORT, 3 * SHORT]


@pytest.mark.parametrize("firsts", [range(0, 100, 10), range(10)], ids=["side by side", "spread"])
def test_results_that_go_together_share_a_turn_that_others_have_not(firsts: range) -> None:
    waits = {stand_back_ms(Rank(before, 100), 10, SHORT) for before in firsts}
    assert waits == {turn * SHORT for turn in range(10)}


def test_who_has_all_the_results_waits_for_nobody() -> None:
    assert stand_back_ms(Rank(3, 4), 4, SHORT) == 0
    assert stand_back_ms(Rank(3, 4), 10, SHORT) == 0


def test_no_wait_is_longer_than_for_the_workers_that_there_are() -> None:
    waits = [stand_back_ms(Rank(before, 1_000), 1, SHORT) for before in range(1_000)]
    assert max(waits) == (TURNS_MAX - 1) * SHORT
    assert stand_back_ms(Rank(99, 100), 1, TURN_MS_MAX) == WAIT_MS_MAX


@pytest.mark.parametrize(
    ("tried_ms", "turn"), [(0, SHORT), (20, SHORT), (24, SHORT), (30, LONG), (48, LONG)]
)
def test_a_turn_holds_a_try_and_a_quarter_more(tried_ms: int, turn: int) -> None:
    assert turn_ms(tried_ms, 1) == turn


def test_a_slow_machine_does_not_stretch_a_first_wait_beyond_the_longest_turn() -> None:
    assert turn_ms(60_000, 1) == LONG


def test_who_loses_again_doubles_its_turn_up_to_a_limit() -> None:
    assert [turn_ms(10, losses) for losses in (1, 2, 3, 4)] == [30, 60, 120, TURN_MS_MAX]
    assert turn_ms(10, 100) == TURN_MS_MAX
