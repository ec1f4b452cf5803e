"""The local clocks: faster time, skipped time, and who waits meanwhile."""

import threading

import pytest

from seriatim.local.activity import Activity, Run
from seriatim.local.clock import LocalClock, SkipClock

START = 1_800_000_000_000


def test_scaled_clock_runs_faster_from_its_start() -> None:
    machine = [START]
    clock = LocalClock(time_scale=3_600, machine_ms=lambda: machine[0])
    assert clock.now() == START
    machine[0] += 1_000
    assert clock.now() == START + 3_600_000
    assert clock.stretch(1_000) == 3_600_000


@pytest.mark.parametrize("scale", [0, -1, 1e9, float("nan")])
def test_senseless_scale_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match=r"time scale is 0\.01 to 100000, not"):
        LocalClock(time_scale=scale)


def test_sleep_takes_the_clocks_time() -> None:
    clock = LocalClock(time_scale=100_000)
    began = clock.now()
    clock.sleep(600_000)
    assert clock.now() >= began + 600_000


class Sleeper:
    """A thread that sleeps on the clock, within a run of its own."""

    def __init__(self, activity: Activity, clock: SkipClock, milliseconds: int) -> None:
        self.run: Run = activity.begin()
        self._activity, self._clock, self._milliseconds = activity, clock, milliseconds
        self.thread = threading.Thread(target=self._sleep, daemon=True)
        seen = activity.changes
        self.thread.start()
        while clock.next_wake() is None:
            assert activity.wait_for_change(seen, 10)

    def _sleep(self) -> None:
        with self._activity.entered(self.run):
            self._clock.sleep(self._milliseconds)


def test_jump_wakes_sleepers_whose_hour_has_come_before_it_returns() -> None:
    activity = Activity()
    clock = SkipClock(activity, machine_ms=lambda: START)
    sleeper = Sleeper(activity, clock, 3_600_000)
    assert clock.next_wake() == START + 3_600_000
    assert (activity.awake, activity.asleep) == (0, 1)
    clock.jump(START + 3_599_999)
    assert (activity.awake, activity.asleep) == (0, 1)
    clock.jump(START + 3_600_000)
    assert (activity.awake, activity.asleep) == (1, 0)
    sleeper.thread.join(10)
    assert not sleeper.thread.is_alive()
    assert (activity.awake, activity.asleep) == (1, 0)
    assert clock.next_wake() is None


def test_sleeper_of_an_ended_run_holds_up_nothing() -> None:
    activity = Activity()
    clock = SkipClock(activity, machine_ms=lambda: START)
    sleeper = Sleeper(activity, clock, 3_600_000)
    activity.end(sleeper.run)
    assert (activity.awake, activity.asleep) == (0, 0)
    assert clock.next_wake() is None
    clock.jump(START + 3_600_000)
    sleeper.thread.join(10)
    assert (activity.awake, activity.asleep) == (0, 0)


def test_jump_backwards_changes_nothing() -> None:
    clock = SkipClock(Activity(), machine_ms=lambda: START)
    clock.jump(START + 5)
    clock.jump(START)
    assert clock.now() == START + 5
