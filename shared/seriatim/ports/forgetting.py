"""The port by which what is kept of a retired execution is told to go."""

from collections.abc import Sequence
from typing import Protocol

from seriatim.domain.values import ExecutionKey
from seriatim.ports.summaries import Summary


class Forgetting(Protocol):
    """Tells what is kept of a retired execution to go. Nothing is deleted here: items go by
    themselves, in any order, some time after the instant (in milliseconds) that they are given.
    """

    def forget_log(self, key: ExecutionKey, last: int, at: int, last_at: int) -> None:
        """All items of the execution's log may go from ``at`` on, its last step ``last`` not before
        ``last_at``: while that is there the execution counts as gone. Repeated, it changes nothing.
        """

    def forget_summary(self, summary: Summary, found_by: Sequence[str], at: int) -> None:
        """The execution is in no list and has no watch any more. What is left of its summary, and
        of the entries of ``found_by``, may go from ``at`` on. Repeated, it changes nothing.
        """
