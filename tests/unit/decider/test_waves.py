"""Waves: what a join that has fired before all had come does with those that come late (SEMANTICS
section 3).
"""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import join_events as j
from seriatim.domain import messages as m
from tests.builders import Driver, sequence

THREE = ("start > fork > a > join > x > end", "fork > b > join", "fork > c > join")
ANY: dict[str, Any] = {"mode": "any"}


def waves(*paths: str, **join: Any) -> Driver:
    return Driver(sequence(*(paths or THREE), nodes={"join": {"parameters": join or ANY}}))


def opened(driver: Driver) -> list[tuple[str, ...]]:
    """What each wave awaited."""
    return [x.awaited for x in driver.events if isinstance(x, j.WaveOpened)]


def firings(driver: Driver) -> list[tuple[str, ...]]:
    started = [x for x in driver.events if isinstance(x, e.NodeStarted)]
    return [x.consumed for x in started if x.node_id == "join"]


def is_open(driver: Driver) -> bool:
    parking = driver.current.parked.get((0, "join"))
    return parking is not None and bool(parking.awaited)


# -- absorbing ------------------------------------------------------------------------------------


def test_the_late_are_absorbed_and_then_the_wave_is_over() -> None:
    driver = waves()
    driver.done("b")
    assert opened(driver) == [("a-join", "c-join")]
    driver.done("c")
    assert is_open(driver)
    driver.done("a")
    assert not is_open(driver)
    assert firings(driver) == [("b-join",)]
    driver.done("x")
    assert driver.status == "succeeded"


def test_the_execution_goes_on_until_the_late_have_come() -> None:
    driver = waves()
    driver.done("a", "x")
    assert driver.active() == ["b", "c"]
    driver.done("b", "c")
    assert driver.status == "succeeded"


def test_only_what_can_still_come_is_awaited() -> None:
    driver = waves(
        "start > fork > a > join > x > end",
        "fork > b > decide >[false]> join",
        "decide > end2",
        "fork > c > join",
    )
    driver.done("b", "a")
    assert opened(driver) == [("c-join",)]


def test_where_nothing_can_come_no_wave_opens() -> None:
    driver = waves("start > decide >[true]> a > join > end", "decide > b > join")
    driver.done("a")
    assert driver.status == "succeeded"
    assert opened(driver) == []


def test_a_wave_is_over_when_what_it_awaits_can_come_no_more() -> None:
    driver = waves(
        "start > fork > a > join > x > end", "fork > b > decide >[false]> join", "decide > end2"
    )
    driver.done("a")
    assert is_open(driver)
    driver.done("b")
    assert not is_open(driver)
    assert [x.node_id for x in driver.events if isinstance(x, j.WaveEnded)] == ["join"]


def test_a_count_awaits_the_others() -> None:
    driver = waves(mode="count", count=2)
    driver.done("a", "c")
    assert opened(driver) == [("b-join",)]
    driver.done("b")
    assert firings(driver) == [("a-join", "c-join")]


# -- the next wave --------------------------------------------------------------------------------


def test_a_second_token_on_a_transition_that_has_delivered_is_of_the_next_wave() -> None:
    driver = waves("start > fork > a > m > join > x > end", "fork > b > m", "fork > c > join")
    driver.done("a", "m")
    assert opened(driver) == [("c-join",)]
    driver.done("b", "m")
    assert firings(driver) == [("m-join",)]
    driver.done("c")
    assert firings(driver) == [("m-join",)] * 2


def test_of_two_late_tokens_on_one_transition_one_is_absorbed() -> None:
    driver = waves("start > fork > a > join > x > end", "fork > b > m > join", "fork > c > m")
    driver.done("a")
    assert opened(driver) == [("m-join",)]
    driver.done("b", "c", "m")
    assert firings(driver) == [("a-join",)]
    driver.done("m")
    assert firings(driver) == [("a-join",), ("m-join",)]


def test_the_firings_own_output_that_comes_round_is_of_the_next_wave() -> None:
    driver = waves(
        "start > fork > a > join > x > decide >[nodes.x.outputs.again]> join",
        "decide > end",
        "fork > b > join",
    )
    driver.done("a")
    assert opened(driver) == [("b-join",)]
    driver.done("x", result={"again": True})
    assert firings(driver) == [("a-join",)]
    driver.done("b")
    assert firings(driver) == [("a-join",), ("decide-join",)]
    driver.done("x", result={"again": False})
    assert driver.status == "succeeded"


def test_a_discriminator_in_a_loop_fires_once_per_round() -> None:
    driver = waves(
        "start > m > fork > a > join > decide >[nodes.m.outputs.again]> m",
        "decide > end",
        "fork > b > join",
    )
    driver.done("m", result={"again": True})
    driver.done("a", "b")
    driver.done("m", result={"again": False})
    driver.done("b")
    assert firings(driver) == [("a-join",), ("b-join",)]
    driver.done("a")
    assert driver.status == "succeeded"


def test_a_wave_that_waits_for_a_join_that_waits_for_it_ends() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join > x > decide1 >[false]> join2",
            "decide1 > join3 > end",
            "fork > b > join2 > decide2 >[false]> join",
            "decide2 > end2",
            "fork > c > join3",
            nodes={"join": {"parameters": ANY}},
        )
    )
    driver.done("a", "b")
    driver.finish()
    assert driver.status == "succeeded"
    assert driver.count_of("join") == driver.count_of("join2") == 1


def test_a_wave_opens_even_where_the_join_fails_as_it_fires() -> None:
    mapping = {
        "sourceNodeId": "a",
        "sourceOutputName": "n",
        "targetInputName": "n",
        "transformation": "value + 1",
    }
    driver = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > b > join",
            "join >!error> y > end",
            nodes={"join": {"parameters": ANY, "inputMappings": [mapping]}},
        )
    )
    driver.done("a", result={"n": "text"})
    assert driver.active() == ["b", "y"]
    driver.done("b")
    assert driver.count_of("join") == 1


# -- cancelling -----------------------------------------------------------------------------------


def test_those_that_could_still_come_are_cancelled_with_all_that_they_run() -> None:
    driver = waves(mode="any", onReached="cancel")
    driver.done("b")
    assert driver.active() == ["x"]
    assert len(driver.commands_of(c.CancelTask)) == 2
    assert not is_open(driver)
    driver.send(m.TaskSuccess(number=3, attempt=1))
    assert driver.refused == "AttemptOver"
    driver.done("x")
    assert driver.status == "succeeded"


def test_tokens_parked_on_the_way_are_dropped() -> None:
    driver = waves(
        "start > fork > a > join2 > join > x > end",
        "fork > b > join2",
        "fork > c > join",
        mode="any",
        onReached="cancel",
    )
    driver.done("a", "c")
    assert driver.active() == ["x"]
    assert not driver.current.is_anything_parked


def test_those_that_could_come_only_where_one_has_come_are_cancelled_too() -> None:
    driver = waves(
        "start > fork > a > m > join > x > end",
        "fork > b > m",
        "fork > c > decide > end2",
        "decide >[false]> join",
        mode="any",
        onReached="cancel",
    )
    driver.done("c", "a", "m")
    assert driver.active() == ["x"]
    driver.done("x")
    assert driver.count_of("join") == 1


def test_those_that_can_not_come_are_left_alone() -> None:
    driver = waves(
        "start > fork > a > join > x > end",
        "fork > b > join",
        "fork > y > end2",
        mode="any",
        onReached="cancel",
    )
    driver.done("a")
    assert driver.active() == ["y", "x"]


@pytest.mark.parametrize("kind", ["fork", "sub"])
def test_what_runs_for_a_list_on_the_way_is_given_up(kind: str) -> None:
    if kind == "fork":
        path = "fork0 > fork > b > join2 > join"
        nodes = {"fork": {"parameters": {"forEach": "[1, 2]", "joinNodeId": "join2"}}}
    else:
        path = "fork0 > sub > join"
        nodes = {"sub": {"parameters": {"forEach": "[1, 2]", "sequenceId": "child"}}}
    join = {"parameters": {"mode": "any", "onReached": "cancel"}}
    driver = Driver(
        sequence("start > fork0 > a > join > x > end", path, nodes={**nodes, "join": join})
    )
    driver.done("a")
    assert driver.active() == ["x"]
    assert len(driver.commands_of(c.CancelTask)) == (2 if kind == "fork" else 0)
    assert len(driver.commands_of(c.CancelChildren)) == (0 if kind == "fork" else 1)
    assert len(driver.current.scopes) == len(driver.current.families) == 0
