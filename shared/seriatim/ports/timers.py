"""The port of timers, for what a delayed message cannot hold."""

from typing import Protocol

from seriatim.domain.values import ExecutionKey
from seriatim.ports.queue import OutgoingWork


class Timers(Protocol):
    """Promises beyond what a delayed message can hold. The message goes to the work queue when it
    is time.
    """

    def arm(self, key: ExecutionKey, at: int, work: OutgoingWork) -> None:
        """Have ``work`` sent at ``at`` or up to a minute later. Arming the same instant twice
        changes nothing.
        """

    def disarm(self, key: ExecutionKey, at: int) -> None:
        """Best effort: a timer that rings all the same finds nothing to do."""
