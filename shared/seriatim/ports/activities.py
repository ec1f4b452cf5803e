"""The port of activity lists."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class ActivityTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One attempt that waits in an activity list."""

    project_id: str
    execution_id: str
    node_id: str
    number: int
    attempt: int
    offered_at: int


class ActivityClaim(msgspec.Struct, frozen=True):
    """A task that a poller has taken off the list for a short while; ``settle`` makes it final."""

    task: ActivityTask
    receipt: str


class ActivityPoll(msgspec.Struct, frozen=True):
    """That a worker has asked an activity list for attempts."""

    worker_id: str
    at: int


class Activities(Protocol):
    """Named lists of attempts that wait for outside workers. At least once; a claim that is not
    settled comes back.
    """

    def offer(self, name: str, task: ActivityTask) -> None:
        """Put it on the list; offering the same attempt again changes nothing."""

    def claim(
        self, project_id: str, name: str, limit: int, now: int, lease_ms: int
    ) -> Sequence[ActivityClaim]:
        """Take up to ``limit`` tasks, oldest first, for ``lease_ms``."""

    def settle(self, claim: ActivityClaim) -> None:
        """Take it off the list for good. Repeating it changes nothing."""

    def record_poll(self, project_id: str, name: str, worker_id: str, now: int) -> None:
        """Remember that somebody polls (for "which worker has not polled")."""

    def last_poll(self, project_id: str, name: str) -> ActivityPoll | None:
        """The latest poll of the list that is remembered."""
