"""Timer nodes, and the one timer per execution that wakes whatever is due next."""

from typing import Any

import pytest

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.times import LATEST, to_iso
from tests.builders import START_TIME, Driver, sequence


def timer(variables: dict[str, Any] | None = None, **parameters: Any) -> Driver:
    nodes = {"timer": {"parameters": parameters}}
    return Driver(sequence("start > timer > end", nodes=nodes), variables)


def armed(driver: Driver) -> list[int]:
    """When the timers ring that were asked for, from the start on."""
    return [x.at - START_TIME for x in driver.commands_of(c.ArmTimer)]


def test_a_timer_waits_for_its_duration_and_no_shorter() -> None:
    driver = timer(durationSeconds=90)
    assert driver.status == "waiting"
    assert armed(driver) == [90_000]
    driver.pass_time(89_999)
    assert driver.active() == ["timer"]
    driver.pass_time(1)
    assert driver.status == "succeeded"
    assert driver.latest("timer").ended_at == START_TIME + 90_000


def test_a_part_of_a_second_counts() -> None:
    assert armed(timer(durationSeconds=0.0254)) == [25]


@pytest.mark.parametrize("offset", ["Z", "+00:00"])
def test_a_timer_waits_until_an_instant(offset: str) -> None:
    driver = timer(at=to_iso(START_TIME + 5_250).replace("Z", offset))
    driver.pass_time(5_249)
    assert driver.status == "waiting"
    driver.pass_time(1)
    assert driver.status == "succeeded"


def test_the_offset_of_an_instant_counts() -> None:
    driver = timer(at=to_iso(START_TIME + 7_200_000 + 1_000).replace("Z", "+02:00"))
    assert armed(driver) == [1_000]


@pytest.mark.parametrize(
    "parameters",
    [{"durationSeconds": 0}, {"at": "2001-01-01T00:00:00Z"}, {"at": to_iso(START_TIME)}],
)
def test_what_is_past_does_not_wait(parameters: dict[str, Any]) -> None:
    driver = timer(**parameters)
    assert driver.status == "succeeded"
    assert armed(driver) == []


def test_the_time_may_be_computed() -> None:
    assert armed(timer({"n": 2}, durationSeconds="${n * 3}")) == [6_000]
    at = to_iso(START_TIME + 9_000)
    assert armed(timer({"when": at}, at="${when}")) == [9_000]


@pytest.mark.parametrize(
    "given",
    [-1, True, "5", None, [], 31_622_401, 1e300, "tomorrow", "2030-01-01T00:00:00", "", {"a": 1}],
)
@pytest.mark.parametrize("name", ["durationSeconds", "at"])
def test_what_is_no_time_fails_the_node(name: str, given: Any) -> None:
    driver = timer({"given": given}, **{name: "${given}"})
    assert driver.error_code == "Seriatim.TypeMismatch"
    assert driver.ended.error is not None
    assert "durationSeconds" in driver.ended.error.message


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-12:00"])
def test_the_end_of_time_can_still_be_written_down(at: str) -> None:
    driver = timer(at=at)
    assert driver.current.armed_at == LATEST
    assert to_iso(LATEST) == "9999-12-31T23:59:59.999Z"


def test_an_early_ring_at_its_own_time_counts_as_that_time() -> None:
    """The clock of who delivers may lag behind: the timer says what time it is."""
    driver = timer(durationSeconds=10)
    driver.send(m.TimerDue(at=START_TIME + 10_000))
    assert driver.status == "succeeded"
    assert driver.current.time == START_TIME + 10_000


def test_a_timer_that_rings_again_changes_nothing() -> None:
    driver = Driver(
        sequence(
            "start > fork > timer1 > join > end",
            "fork > timer2 > join",
            nodes={
                "timer1": {"parameters": {"durationSeconds": 1}},
                "timer2": {"parameters": {"durationSeconds": 60}},
            },
        )
    )
    driver.pass_time(1_000)
    steps = len(driver.steps)
    for later in (0, 10_000, 20_000):
        driver.now += later
        assert driver.send(m.TimerDue(at=START_TIME + 1_000)) == ()
    assert len(driver.steps) == steps
    driver.now = START_TIME + 70_000  # the second one is late
    assert driver.send(m.TimerDue(at=START_TIME + 1_000)) == ()
    driver.pass_time(0)
    assert driver.status == "succeeded"


def two_timers(first: int, second: int) -> Driver:
    return Driver(
        sequence(
            "start > a > fork > timer1 > join > end",
            "fork > timer2 > join",
            nodes={
                "timer1": {"parameters": {"durationSeconds": first}},
                "timer2": {"parameters": {"durationSeconds": second}},
            },
        )
    )


@pytest.mark.parametrize(("first", "second"), [(10, 60), (60, 10)])
def test_only_the_earliest_is_armed_and_the_next_when_it_has_rung(first: int, second: int) -> None:
    driver = two_timers(first, second)
    driver.done("a")
    assert armed(driver) == [10_000]
    driver.pass_time(10_000)
    assert armed(driver) == [10_000, 60_000]
    driver.pass_time(50_000)
    assert driver.status == "succeeded"


def test_what_is_due_at_the_same_time_needs_one_timer() -> None:
    driver = two_timers(10, 10)
    driver.done("a")
    driver.pass_time(10_000)
    assert armed(driver) == [10_000]
    assert driver.status == "succeeded"


def test_something_earlier_is_armed_beside_what_was_armed_before() -> None:
    driver = Driver(
        sequence(
            "start > fork > timer1 > end",
            "fork > a > timer2 > end2",
            nodes={
                "timer1": {"parameters": {"durationSeconds": 100}},
                "timer2": {"parameters": {"durationSeconds": 10}},
            },
        )
    )
    driver.pass_time(5_000)
    driver.done("a")
    assert armed(driver) == [100_000, 15_000]
    driver.pass_time(10_000)
    assert driver.active() == ["timer1"]
    driver.pass_time(85_000)
    assert driver.status == "succeeded"


def test_a_timer_that_is_on_its_way_is_not_armed_again() -> None:
    driver = Driver(
        sequence(
            "start > fork > timer1 > end",
            "fork > a > timer2 > end2",
            nodes={
                "timer1": {"parameters": {"durationSeconds": 10}},
                "timer2": {"parameters": {"durationSeconds": 100}},
            },
        )
    )
    driver.now += 11_000  # it should have rung: it is late
    driver.done("a")
    assert driver.active() == ["timer1", "timer2"]
    driver.send(m.TimerDue(at=START_TIME + 10_000))
    assert driver.active() == ["timer2"]
    driver.pass_time(100_000)
    assert driver.status == "succeeded"
    assert set(armed(driver)) == {10_000, 111_000}


def test_late_timers_fire_in_the_order_of_their_times() -> None:
    driver = two_timers(60, 10)
    driver.done("a")
    driver.now += 90_000
    driver.send(m.TimerDue(at=START_TIME + 10_000))
    driver.pass_time(0)
    succeeded = [x.node_id for x in driver.events if isinstance(x, e.NodeSucceeded)]
    assert [x for x in succeeded if x.startswith("timer")] == ["timer2", "timer1"]


def test_after_the_end_no_timer_is_armed_and_a_ring_is_refused() -> None:
    driver = Driver(sequence("start > a > timer > end", timeoutSeconds=60))
    driver.fails("a")
    assert driver.current.armed_at is None
    driver.send(m.TimerDue(at=START_TIME + 60_000))
    assert driver.refused == "ExecutionOver"


def test_time_never_goes_back_whatever_the_clocks_say() -> None:
    driver = Driver(
        sequence(
            "start > a > b > timer > end", nodes={"timer": {"parameters": {"durationSeconds": 5}}}
        )
    )
    driver.now += 1_000
    driver.done("a")
    driver.now -= 60_000
    driver.done("b")
    assert [step.time for step in driver.steps] == [
        START_TIME,
        START_TIME + 1_000,
        START_TIME + 1_000,
    ]
    assert driver.run_of("timer").started_at == START_TIME + 1_000
    assert armed(driver) == [6_000]
