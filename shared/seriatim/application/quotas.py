"""Quotas of projects: what one may ask for in a minute, so that a loop gone wild costs a refusal
and not a bill.

A minute is the clock's: at its turn a caller may have used up two minutes' worth within seconds.
What projects have chosen is known up to a minute late.
"""

from typing import Final

from seriatim.application.choices import Choices
from seriatim.application.errors import OverQuota
from seriatim.ports import Clock
from seriatim.project_ports import StartCounts

MINUTE_MS: Final = 60_000


class Quotas:
    """Asked before what they bound. A project that has chosen no quota pays nothing for them."""

    def __init__(self, choices: Choices, counts: StartCounts, clock: Clock) -> None:
        self._choices = choices
        self._counts = counts
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
        minute = now // MINUTE_MS
        if self._counts.add(project_id, minute, starts_max):
            return
        text = (
            f"the project may start {starts_max:,} executions a minute (its setting"
            " maxStartsPerMinute); start this one in the next minute, or raise the setting"
        )
        left_ms = (minute + 1) * MINUTE_MS - now
        raise OverQuota("StartRateExceeded", text, retry_after_seconds=-(-left_ms // 1000))
