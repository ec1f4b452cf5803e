"""What random executions are said to wait for is what the decider makes them wait for."""

from hypothesis import given
from hypothesis import strategies as st

from seriatim.application.waiting_sentences import SENTENCES, sentence
from seriatim.domain.decider import joins
from seriatim.domain.decider.names import NO_GLOBALS
from seriatim.domain.decider.waiting import Waiting, explain, of_the_whole, places, turn_of
from seriatim.domain.times import to_iso
from tests.builders import Driver
from tests.random_sequences import chosen_from
from tests.random_walks import walk

CHOICES = st.lists(st.integers(0, 99), min_size=150, max_size=400)


def explained(driver: Driver) -> list[Waiting]:
    """Every explanation of the state, each held to its sentence."""
    state = driver.current
    turn = turn_of(driver.plan, state, driver.now, NO_GLOBALS)
    found = [explain(turn, place) for place in places(driver.plan, state)]
    for one in [*found, *of_the_whole(state)]:
        assert one.kind in SENTENCES
        document = {"kind": one.kind, "since": to_iso(one.since), **one.data}
        document.pop("requestId", None)
        assert sentence(document, driver.now).endswith(".")
    return found


@given(CHOICES)
def test_every_token_that_does_not_move_is_explained_once(choices: list[int]) -> None:
    def check(driver: Driver) -> None:
        state = driver.current
        if state.status.is_terminal:
            return
        found = explained(driver)
        runs = [one.run.number for one in found if one.run is not None]
        assert sorted(runs) == sorted(state.active)
        at_joins = [one for one in found if one.kind == "join"]
        held = [one.data["held"] for one in at_joins]
        parked = [parking for parking in state.parked.values() if len(parking.held)]
        assert sum(len(each) for each in held) == sum(len(parking.held) for parking in parked)
        tokens = sum(each["tokens"] for join in held for each in join)
        assert tokens == sum(len(t) for parking in parked for t in parking.held.values())

    walk(chosen_from(choices), between=check)


@given(CHOICES)
def test_a_join_expects_a_token_if_and_only_if_the_decider_would_not_let_it_act(
    choices: list[int],
) -> None:
    def check(driver: Driver) -> None:
        state = driver.current
        if state.status.is_terminal:
            return
        for one in explained(driver):
            if one.kind == "join":
                assert one.node_id is not None
                scopes = [
                    scope
                    for scope, node_id in state.parked
                    if node_id == one.node_id and len(state.parked[scope, node_id].held)
                ]
                _hold_to_the_decider(driver, one, scopes)

    walk(chosen_from(choices), between=check)


def _hold_to_the_decider(driver: Driver, one: Waiting, scopes: list[int]) -> None:
    state = driver.current
    turn = turn_of(driver.plan, state, driver.now, NO_GLOBALS)
    indexes = {scope: state.scopes[scope].index if scope else None for scope in scopes}
    (scope, *_) = [scope for scope in scopes if indexes[scope] == one.index]
    is_kept = bool(one.data.get("keptByFailure"))
    would_act = joins.is_due(turn, (scope, one.node_id or ""))
    if len(scopes) == 1 and not is_kept:
        assert bool(one.data["expected"]) == (not would_act)
    if state.pause is None and not len(state.arrivals):
        assert one.data["expected"] or is_kept, "it waits for nothing, and the decider let it wait"
