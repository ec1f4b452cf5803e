"""Virtual time, and what runs in it: greenlets that give way at every call of a port.

One thread; the order of what happens at the same instant is drawn. Nothing here knows what is
simulated.
"""

import heapq
from collections.abc import Callable

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
        self._main = getcurrent()

    def at(self, time: int, action: Callable[[], None]) -> None:
        """Have ``action`` called at ``time``; it may spawn, but not pause."""
        self._count += 1
        order = (max(time, self.now), self._dice.below(1 << 16), self._count, action)
        heapq.heappush(self._heap, order)

    def spawn(self, body: Callable[[], None], after_ms: int = 0) -> None:
        """Run ``body`` beside everything else; what it raises ends the simulation."""
        started = greenlet(body, parent=self._main)
        self.at(self.now + after_ms, started.switch)

    def pause(self, milliseconds: int) -> None:
        """Let time pass for the caller alone, and others do what they have to."""
        current = getcurrent()
        assert current is not self._main, "only what was spawned can pause"
        self.at(self.now + milliseconds, current.switch)
        self._main.switch()

    def run(self, until: int | None = None) -> None:
        """Do all there is to do, up to ``until``."""
        for _ in range(EVENTS_MAX):
            if not self._heap or (until is not None and self._heap[0][0] > until):
                self.now = max(self.now, until or 0)
                return
            time, _, _, action = heapq.heappop(self._heap)
            self.now = max(self.now, time)
            action()
        raise AssertionError(f"more than {EVENTS_MAX} events: nothing comes to rest")

    @property
    def next_at(self) -> int | None:
        """When the next thing happens."""
        return self._heap[0][0] if self._heap else None
