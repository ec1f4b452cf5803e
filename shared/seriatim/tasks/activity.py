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
        """Put it on the list; a second delivery changes nothing. Raises ``Unavailable``: the
        attempt is delivered again.
        """
        self._activities.offer(
            settings["name"],
            ActivityTask(
                project_id=request.key.project_id,
                execution_id=request.key.execution_id,
                node_id=request.node_id,
                number=request.number,
                attempt=request.attempt,
                offered_at=self._clock.now(),
            ),
        )
        return HandedOut()
