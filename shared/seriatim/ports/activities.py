"""The port of activity lists."""

from collections.abc import Iterator
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
    priority: int = 0
    """Its execution's: the highest is claimed first."""
    over_at: int | None = None
    """When its time is over if nobody has taken it by then."""


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

    def claim(self, project_id: str, name: str, now: int, lease_ms: int) -> Iterator[ActivityClaim]:
        """Take tasks for ``lease_ms``, each when it is asked for: the highest priority first, the
        oldest of each first. What nobody claimed before its time was over is not taken, but goes
        off the list.
        """

    def settle(self, claim: ActivityClaim) -> None:
        """Take it off the list for good. Repeating it changes nothing."""

    def record_poll(self, project_id: str, name: str, worker_id: str, now: int) -> None:
        """Remember that somebody polls (for "which worker has not polled")."""

    def last_poll(self, project_id: str, name: str) -> ActivityPoll | None:
        """The latest poll of the list that is remembered."""
