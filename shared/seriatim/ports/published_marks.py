"""The port of how far events have been published."""

from typing import Protocol

from seriatim.domain.values import ExecutionKey


class PublishedMarks(Protocol):
    """How far the events of executions have been published: the number of a step."""

    def get(self, key: ExecutionKey) -> int:
        """All up to this step is on the bus; 0 where nothing is. Strongly consistent."""

    def raise_to(self, key: ExecutionKey, number: int) -> None:
        """Note that all up to this step is on the bus. A mark never goes back: where it is there
        or further on, nothing happens.
        """
