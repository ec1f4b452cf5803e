"""``Activities`` in memory."""

from collections.abc import Iterator
from threading import Lock

import msgspec

from seriatim.ports.activities import ActivityClaim, ActivityPoll, ActivityTask
from seriatim.ports.errors import Unavailable

Place = tuple[str, str, str, int, int]
"""Project, list, execution, node run, attempt."""


class FakeActivities:
    """Offers as JSON, and until when each is claimed."""

    def __init__(self) -> None:
        self._offers: dict[Place, bytes] = {}
        self._leased_until: dict[Place, int] = {}
        self._lock = Lock()
        self.polls: dict[tuple[str, str, str], int] = {}
        self.refused: set[str] = set()
        """Executions of which no attempt can be settled now."""

    def offer(self, name: str, task: ActivityTask) -> None:
        place = (task.project_id, name, task.execution_id, task.number, task.attempt)
        with self._lock:
            self._offers.setdefault(place, msgspec.json.encode(task))

    def claim(self, project_id: str, name: str, now: int, lease_ms: int) -> Iterator[ActivityClaim]:
        with self._lock:
            listed = [
                (_decode(body), place)
                for place, body in self._offers.items()
                if place[:2] == (project_id, name)
            ]
        for task, place in sorted(listed, key=_order):
            if self._lease(task, place, now, now + lease_ms):
                yield ActivityClaim(task, msgspec.json.encode(place).decode())

    def _lease(self, task: ActivityTask, place: Place, now: int, until: int) -> bool:
        with self._lock:
            if place not in self._offers or self._leased_until.get(place, now) > now:
                return False
            is_over = task.over_at is not None and task.over_at <= now
            if is_over and place not in self._leased_until:
                del self._offers[place]
                return False
            self._leased_until[place] = until
            return True

    @property
    def has_offers(self) -> bool:
        """Whether there is anything that could be claimed, now or later."""
        return bool(self._offers)

    def settle(self, claim: ActivityClaim) -> None:
        place = msgspec.json.decode(claim.receipt, type=Place)
        if claim.task.execution_id in self.refused:
            raise Unavailable("not now")
        with self._lock:
            self._offers.pop(place, None)
            self._leased_until.pop(place, None)

    def record_poll(self, project_id: str, name: str, worker_id: str, now: int) -> None:
        with self._lock:
            self.polls[project_id, name, worker_id] = now

    def last_poll(self, project_id: str, name: str) -> ActivityPoll | None:
        with self._lock:
            polls = [
                ActivityPoll(place[2], at)
                for place, at in self.polls.items()
                if place[:2] == (project_id, name)
            ]
        return max(polls, key=lambda poll: (poll.at, poll.worker_id), default=None)


def _order(listed: tuple[ActivityTask, Place]) -> tuple[int, int, Place]:
    task, place = listed
    return -task.priority, task.offered_at, place


def _decode(body: bytes) -> ActivityTask:
    return msgspec.json.decode(body, type=ActivityTask)
