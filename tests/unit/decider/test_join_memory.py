"""Goal: what a kept state remembers of waiting joins never makes it decide otherwise.

Method: the driver decides every message twice, on the state folded from the log and on one kept
from step to step; here are the cases in which the memory could go wrong.
"""

from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain.decider.decide import decide
from seriatim.domain.decider.fold import fold
from tests.builders import Driver, sequence


def test_what_others_appended_is_not_remembered_wrongly() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > b > c > decide >[false]> join",
            "decide > end2",
        )
    )
    driver.done("a")
    mine = driver.warm
    assert mine is not None
    assert mine.blocked is not None
    known = len(driver.steps)
    driver.done("b")  # by another worker, while this one waited for a token on b
    caught_up = fold(mine, driver.steps[known:])
    run = driver.run_of("c")
    message = m.TaskSuccess(number=run.number, attempt=1, result={})
    decision = decide(driver.plan, caught_up, message, driver.now)
    driver.done("c")
    assert driver.status == "succeeded"
    assert decision.events == driver.steps[-1].events


def test_a_ring_is_seen_when_the_last_join_outside_of_it_has_gone() -> None:
    """Both joins of the ring are known to wait for each other; what else held them goes away."""
    driver = Driver(
        sequence(
            "start > fork > a > join1 > decide1 >[false]> join2 > merge > join1",
            "fork > b > join2",
            "fork > c > join3 > decide3 >[false]> merge",
            "fork > x > decidex >[false]> join3",
            "decide1 > end",
            "decide3 > end",
            "decidex > end",
        )
    )
    driver.done("a", "b", "c")
    assert driver.active() == ["x"]
    driver.done("x")
    assert driver.order()[-1] == "merge", driver.order()


def test_a_ring_is_seen_in_the_turn_in_which_another_join_acts_first() -> None:
    """All three wait for ``s``; when it goes elsewhere, one fires and two find that they wait for
    each other.
    """
    driver = Driver(
        sequence(
            "start > fork > a > join1 > decide1 >[false]> join2",
            "fork > b > join2 > decide2 >[false]> join1",
            "fork > c > join3 > x > end",
            "fork > s > decide3 >[false]> join1",
            "decide3 >[false]> join2",
            "decide3 >[false]> join3",
            "decide1 > end",
            "decide2 > end",
            "decide3 > end",
        )
    )
    driver.done("a", "b", "c")
    assert driver.active() == ["s"]
    driver.done("s")
    assert [x for x in driver.order() if x.startswith("join")] == ["join3", "join1", "join2"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"mode": "expression", "completeWhen": "len(arrived) >= wanted"},
        {"mode": "count", "count": "wanted"},
    ],
)
@pytest.mark.parametrize("each", [False, True])
def test_a_join_that_asks_an_expression_looks_again_when_a_variable_changes(
    parameters: dict[str, Any], each: bool
) -> None:
    """No token has moved, and yet the join has what it asks for."""
    paths = ["start > fork > a > join > b > end"] + ([] if each else ["fork > c > join"])
    for_each = {"forEach": "[1, 2]", "joinNodeId": "join"} if each else {}
    driver = Driver(
        sequence(
            *paths,
            nodes={"join": {"parameters": parameters}, "fork": {"parameters": for_each}},
            variables=[{"name": "wanted", "type": "integer", "defaultValue": 2}],
        )
    )
    driver.done("a")
    assert driver.count_of("b") == 0
    driver.send(m.VariablesUpdate(values={"wanted": 1}))
    assert "b" in driver.active()
