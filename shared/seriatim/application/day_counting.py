"""Counting what the executions of projects use on a day, from the steps that tell it.

The count is for quotas, and is coarse: an execution tells at its end and every hundred steps; what
a stream hands over twice is counted twice, what it lost never. All of a tally counts on the day of
the step that tells it.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from seriatim.application.choices import Choices
from seriatim.domain.step import Step
from seriatim.domain.times import DAY_MS
from seriatim.domain.values import ExecutionKey
from seriatim.ports.day_counts import DayCount, DayCounts
from seriatim.ports.errors import Unavailable

CHOICES_KEPT_MS: Final = 60_000
"""So late a quota that is new begins to be counted for."""


class DayCounting:
    """Counts for projects that have chosen a quota of a day; others cost a look at their settings
    now and then.
    """

    def __init__(self, choices: Choices, counts: DayCounts) -> None:
        self._choices = choices
        self._counts = counts

    def count(self, steps: Iterable[tuple[ExecutionKey, Step]]) -> None:
        """Count what these steps tell: one addition for each project and day.

        Raises ``Unavailable``: what could be counted is, the rest never will be.
        """
        used: Counter[tuple[str, int]] = Counter()
        timers: Counter[tuple[str, int]] = Counter()
        for key, step in steps:
            if step.tally is not None:
                used[key.project_id, step.time // DAY_MS] += step.tally.steps
                timers[key.project_id, step.time // DAY_MS] += step.tally.timers
        problem: Unavailable | None = None
        for (project_id, day), count in used.items():
            more = DayCount(steps=count, timers=timers[project_id, day])
            try:
                if self._has_quota(project_id):
                    self._counts.add(project_id, day, more)
            except Unavailable as error:
                problem = error
        if problem is not None:
            raise problem

    def _has_quota(self, project_id: str) -> bool:
        choices = self._choices.of(project_id)
        return choices.max_steps_per_day is not None or choices.max_timers_per_day is not None
