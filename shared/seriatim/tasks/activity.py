"""The ``activity`` integration: hands an attempt out by putting it on a named list."""

from collections.abc import Mapping
from typing import Any

from seriatim.ports.activities import Activities, ActivityTask
from seriatim.ports.clock import Clock
from seriatim.ports.tasks import HandedOut, TaskRequest


class ActivityTasks:
    """Offers attempts to the outside workers that poll for them."""

    def __init__(self, clock: Clock, activities: Activities) -> None:
        self._clock = clock
        self._activities = activities

    def run(self, request: TaskRequest, settings: Mapping[str, Any]) -> HandedOut:
        """Put it on the list; a second delivery changes nothing, and one whose time is over does
        not come there. Raises ``Unavailable``: the attempt is delivered again.
        """
        task = activity_task(request, self._clock.now())
        if task.over_at is None or task.offered_at < task.over_at:
            self._activities.offer(settings["name"], task)
        return HandedOut()


def activity_task(request: TaskRequest, now: int) -> ActivityTask:
    """What is put on a list for an attempt."""
    bounds = [at for at in (request.deadline, request.queue_by) if at is not None]
    return ActivityTask(
        project_id=request.key.project_id,
        execution_id=request.key.execution_id,
        node_id=request.node_id,
        number=request.number,
        attempt=request.attempt,
        offered_at=now,
        priority=request.priority,
        over_at=min(bounds, default=None),
    )
