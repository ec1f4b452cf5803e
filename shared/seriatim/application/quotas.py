"""Quotas of projects: what one may ask for in a minute and use on a day, so that a loop gone wild
costs a refusal and not a bill.

A minute is the clock's: at its turn a caller may have used up two minutes' worth within seconds. A
day is UTC's, and what was used on it is counted late (``day_counting``). What projects have chosen
is known some seconds late.
"""

from typing import Final

from seriatim.application.choices import Choices
from seriatim.application.errors import OverQuota
from seriatim.domain.times import DAY_MS
from seriatim.ports.clock import Clock
from seriatim.ports.day_counts import DayCounts
from seriatim.ports.start_counts import StartCounts

MINUTE_MS: Final = 60_000


class Quotas:
    """Asked before what they bound. A project that has chosen no quota pays nothing for them."""

    def __init__(
        self, choices: Choices, starts: StartCounts, days: DayCounts, clock: Clock
    ) -> None:
        self._choices = choices
        self._starts = starts
        self._days = days
        self._clock = clock

    def admit_start(self, project_id: str) -> None:
        """Count a start by a caller. A repeated one counts, too: it asks as much of the service.

        Raises:
            OverQuota: the project has used up its starts of this minute.
        """
        starts_max = self._choices.of(project_id).max_starts_per_minute
        if starts_max is None:
            return
        now = self._clock.now()
        if self._starts.add(project_id, now // MINUTE_MS, starts_max):
            return
        text = (
            f"the project may start {starts_max:,} executions a minute (its setting"
            " maxStartsPerMinute); start this one in the next minute, or raise the setting"
        )
        raise OverQuota(
            "StartRateExceeded", text, retry_after_seconds=_seconds_left(MINUTE_MS, now)
        )

    def admit_execution(self, project_id: str) -> None:
        """Whether a new execution may begin today: by all that the project's executions have used,
        as far as it is counted. Those that run already are never asked.

        Raises:
            OverQuota: the project has used up its steps or its timers of this day.
            Unavailable: neither is known now.
        """
        choices = self._choices.of(project_id)
        steps_max, timers_max = choices.max_steps_per_day, choices.max_timers_per_day
        if steps_max is None and timers_max is None:
            return
        now = self._clock.now()
        used = self._days.read(project_id, now // DAY_MS)
        if steps_max is not None and used.steps >= steps_max:
            raise _used_up("Steps", used.steps, steps_max, now)
        if timers_max is not None and used.timers >= timers_max:
            raise _used_up("Timers", used.timers, timers_max, now)


def _used_up(what: str, used: int, most: int, now: int) -> OverQuota:
    text = (
        f"executions of the project have used {used:,} of {most:,} {what.lower()} today (its"
        f" setting max{what}PerDay); what runs goes on, but start this one after midnight UTC, or"
        " raise the setting"
    )
    return OverQuota(f"Daily{what}Exceeded", text, retry_after_seconds=_seconds_left(DAY_MS, now))


def _seconds_left(period_ms: int, now: int) -> int:
    """Until the next minute or day begins, rounded up."""
    return -(-(period_ms - now % period_ms) // 1000)
