"""A function that the clock invokes runs every minute of the service's time, and no oftener."""

import threading
from collections.abc import Callable
from typing import Any

from seriatim.local.activity import Activity
from seriatim.local.clock import LocalClock, SkipClock, WaitableClock
from seriatim.local.lambda_context import LambdaContext
from seriatim.local.ticker import MINUTE_MS, Ticker


class Called:
    """A handler that counts its calls."""

    def __init__(self, fails: bool = False) -> None:
        self.times: list[int] = []
        self.happened = threading.Semaphore(0)
        self._fails = fails

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> None:
        assert event["source"] == "aws.events"
        assert context.get_remaining_time_in_millis() > 0
        self.times.append(1)
        self.happened.release()
        if self._fails:
            raise RuntimeError("broken")


def ticking(handler: Callable[..., Any], clock: WaitableClock, activity: Activity) -> Ticker:
    ticker = Ticker(
        handler, clock=clock, activity=activity, function_name="f", timeout_seconds=60, minutes=1
    )
    ticker.start()
    return ticker


def test_it_runs_again_and_again_even_if_it_fails() -> None:
    called = Called(fails=True)
    ticker = ticking(called, LocalClock(time_scale=1_000), Activity())
    for _ in range(2):
        assert called.happened.acquire(timeout=20)
    ticker.stop(5)
    count = len(called.times)
    assert not called.happened.acquire(blocking=False)
    assert len(called.times) == count


def test_skipped_minutes_bring_a_run() -> None:
    activity = Activity()
    clock = SkipClock(activity)
    called = Called()
    ticker = ticking(called, clock, activity)
    clock.observe(ticker)
    clock.jump(clock.now() + MINUTE_MS)
    assert called.happened.acquire(timeout=20)
    ticker.stop(5)
    assert activity.awake == 0


def test_without_time_there_is_no_run() -> None:
    called = Called()
    ticker = ticking(called, SkipClock(Activity()), Activity())
    ticker.stop(5)
    assert called.times == []
