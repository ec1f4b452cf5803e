"""Virtual time, and what runs in it: greenlets that give way at every call of a port.

One thread; the order of what happens at the same instant is drawn. Nothing here knows what is
simulated.
"""

import heapq
from collections.abc import Callable
from math import inf

from greenlet import getcurrent, greenlet

from tests.simulation.dice import Dice

EVENTS_MAX = 150_000
"""A simulation that needs more goes round in circles."""


class Hub:
    """See the module's docstring. ``now`` is in milliseconds."""

    def __init__(self, now: int, dice: Dice) -> None:
        self.now = now
        self._dice = dice
        self._heap: list[tuple[int, int, int, Callable[[], None]]] = []
        self._count = 0
        self._until: float = 0
        self._events_left = EVENTS_MAX
        self._main = getcurrent()

    def at(self, time: int, action: Callable[[], None]) -> None:
        """Have ``action`` called at ``time``; it may spawn, but not pause."""
        heapq.heappush(self._heap, self._ordered(time, action))

    def _ordered(
        self, time: int, action: Callable[[], None]
    ) -> tuple[int, int, int, Callable[[], None]]:
        self._count += 1
        return (max(time, self.now), self._dice.below(1 << 16), self._count, action)

    def spawn(self, body: Callable[[], None], after_ms: int = 0) -> None:
        """Run ``body`` beside everything else; what it raises ends the simulation."""
        started = greenlet(body, parent=self._main)
        self.at(self.now + after_ms, started.switch)

    def pause(self, milliseconds: int) -> None:
        """Let time pass for the caller alone, and others do what they have to; if nothing is to be
        done meanwhile, it just goes on, later.
        """
        current = getcurrent()
        assert current is not self._main, "only what was spawned can pause"
        heap = self._heap
        order = self._ordered(self.now + milliseconds, current.switch)
        if (not heap or order < heap[0]) and order[0] <= self._until and self._events_left:
            self._events_left -= 1
            self.now = order[0]
            return
        heapq.heappush(heap, order)
        self._main.switch()

    def run(self, until: int | None = None) -> None:
        """Do all there is to do, up to ``until``."""
        self._until = until if until is not None else inf
        self._events_left = EVENTS_MAX
        heap = self._heap
        while self._events_left:
            self._events_left -= 1
            if not heap or heap[0][0] > self._until:
                self.now = max(self.now, until or 0)
                return
            time, _, _, action = heapq.heappop(heap)
            self.now = max(self.now, time)
            action()
        raise AssertionError(f"more than {EVENTS_MAX} events: nothing comes to rest")

    @property
    def next_at(self) -> int | None:
        """When the next thing happens."""
        return self._heap[0][0] if self._heap else None
