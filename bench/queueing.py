"""The parts of a simulation of queues: percentiles, buckets of units, and slots that take batches.

All take the time as an argument, in milliseconds, and hold no clock.
"""

from collections import deque
from collections.abc import Sequence
from math import ceil
from random import Random


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least that share of the values does not exceed (nearest rank)."""
    assert 0 < share <= 1
    assert values, "of nothing there is no percentile"
    return sorted(values)[ceil(share * len(values)) - 1]


def dice(seed: int) -> Random:
    """Chance that comes out the same each time."""
    return Random(seed)  # noqa: S311 - no secret


class Bucket:
    """Units that come at a steady rate; up to a second's worth is kept. Who asks for more than
    there is waits until it has come, in the order of asking.
    """

    def __init__(self, units_per_second: float) -> None:
        self._rate = units_per_second / 1000
        self._level_max = units_per_second
        self._level = units_per_second
        self._at = 0.0
        self.taken = 0.0

    def take(self, now: float, units: float) -> float:
        """Take so many, and answer how long to wait for them. Calls come in order of time."""
        assert now >= self._at, "time does not go back"
        self._level = min(self._level_max, self._level + (now - self._at) * self._rate)
        self._at = now
        self._level -= units
        self.taken += units
        return max(0.0, -self._level / self._rate)


class Slots:
    """Invocations at once, each of a batch of what waits; one ends with the last of its batch.

    What waits is taken in order, as soon as a slot is free: nobody waits for a batch to fill.
    """

    def __init__(self, slots: int, batch_max: int) -> None:
        self._free = slots
        self._batch_max = batch_max
        self._waiting: deque[int] = deque()
        self._left: dict[int, int] = {}
        self._batch_of: dict[int, int] = {}
        self._batches = 0
        self.busy = 0
        self.busy_max = 0
        self.messages = 0

    @property
    def depth(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def arrive(self, message: int) -> list[int]:
        """A message comes; those that begin because of it."""
        self._waiting.append(message)
        return self._begin()

    def end(self, message: int) -> list[int]:
        """A message is done with; those that begin because of it."""
        batch = self._batch_of.pop(message)
        self._left[batch] -= 1
        if self._left[batch]:
            return []
        del self._left[batch]
        self._free += 1
        self.busy -= 1
        return self._begin()

    def _begin(self) -> list[int]:
        if not self._free or not self._waiting:
            return []
        some = [self._waiting.popleft() for _ in range(min(self._batch_max, len(self._waiting)))]
        self._free -= 1
        self.busy += 1
        self.busy_max = max(self.busy_max, self.busy)
        self._batches += 1
        self._left[self._batches] = len(some)
        self._batch_of.update(dict.fromkeys(some, self._batches))
        self.messages += len(some)
        return some + self._begin()

    @property
    def batch_mean(self) -> float:
        """Messages of an invocation."""
        return self.messages / self._batches if self._batches else 0.0
