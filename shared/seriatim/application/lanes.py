"""Lanes: calls that reach one name at the same time in one process are done together.

Whoever holds the name's lane does all that wait there, and every caller gets what became of its
own.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Outcome = TypeVar("Outcome")


class Entry(Generic[Outcome]):
    """A call that waits in a lane, and what has become of it: an outcome, or an error."""

    def __init__(self) -> None:
        self.result: Outcome | None = None
        self.error: Exception | None = None

    @property
    def is_done(self) -> bool:
        """Whether somebody has done it."""
        return self.result is not None or self.error is not None

    def outcome(self) -> Outcome:
        """What has become of it. Raises the error."""
        if self.error is not None:
            raise self.error
        assert self.result is not None
        return self.result


Name = TypeVar("Name", bound=Hashable)
Waiting = TypeVar("Waiting", bound=Entry[Any])


Gather = Callable[[Any], None]
"""Called with a lane's name before what waits in it is taken: gives others the time to come."""


def take_at_once(_name: object) -> None:
    """Nobody is waited for: while AWS is asked, others come by themselves."""


class _Lane(Generic[Waiting]):
    """What waits for one name."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.waiting: list[Waiting] = []
        self.users = 0


class Lanes(Generic[Name, Waiting]):
    """See the module's docstring. Safe to use from several threads."""

    def __init__(
        self,
        work: Callable[[Name, list[Waiting]], None],
        choose: Callable[[Waiting, list[Waiting]], list[Waiting]],
        gather: Gather = take_at_once,
    ) -> None:
        """``work`` does what is together, and gives each entry its outcome or its error; what it
        raises is the error of all. ``choose`` takes its first argument and others that wait, in
        order of arrival: those that are done together, the first one among them.
        """
        self._work = work
        self._choose = choose
        self._gather = gather
        self._lanes: dict[Name, _Lane[Waiting]] = {}
        self._lock = threading.Lock()

    def pass_through(self, name: Name, entry: Waiting) -> None:
        """Have it done, by this caller or by another that holds the lane."""
        lane = self._entered(name, entry)
        try:
            with lane.lock:
                if not entry.is_done:
                    self._gather(name)
                    self._drain(name, self._taken(lane, entry))
        finally:
            self._leave(name, lane)

    def waiting(self, name: Name) -> int:
        """How many wait for a name."""
        with self._lock:
            lane = self._lanes.get(name)
            return 0 if lane is None else len(lane.waiting)

    def _entered(self, name: Name, entry: Waiting) -> _Lane[Waiting]:
        """The lane in which the entry waits from now on."""
        with self._lock:
            lane = self._lanes.get(name)
            if lane is None:
                lane = self._lanes[name] = _Lane()
            lane.users += 1
            lane.waiting.append(entry)
        return lane

    def _leave(self, name: Name, lane: _Lane[Waiting]) -> None:
        """Whoever is the last one takes the lane away."""
        with self._lock:
            lane.users -= 1
            if not lane.users:
                del self._lanes[name]

    def _taken(self, lane: _Lane[Waiting], own: Waiting) -> list[Waiting]:
        with self._lock:
            batch = self._choose(own, lane.waiting)
            taken = {id(entry) for entry in batch}
            lane.waiting = [entry for entry in lane.waiting if id(entry) not in taken]
        return batch

    def _drain(self, name: Name, batch: list[Waiting]) -> None:
        try:
            self._work(name, batch)
        except Exception as error:  # noqa: BLE001 - handed to every caller, each raises it
            for entry in batch:
                entry.error = error
