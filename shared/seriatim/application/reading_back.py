"""Reading an execution where it is: in the log, or in the archive once it is kept no longer."""

from collections.abc import Callable
from typing import Any

from seriatim.application.archiving import Archiving
from seriatim.application.reading import Reading
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.errors import NotFound

Document = dict[str, Any]


class ReadingBack:
    """Documents from the archive say so (``archived``). Errors: ``NotFound`` where it is in
    neither, ``Invalid`` for a cursor of another list.
    """

    def __init__(self, reading: Reading, archiving: Archiving) -> None:
        self._reading = reading
        self._archiving = archiving

    def execution(self, key: ExecutionKey) -> Document:
        """The execution."""
        return _either(lambda: self._reading.execution(key), lambda: self._archiving.execution(key))

    def history(self, key: ExecutionKey, limit: int, cursor: str | None) -> Document:
        """One page of all events, in order."""
        return _either(
            lambda: self._reading.history(key, limit, cursor),
            lambda: self._archiving.history(key, limit, cursor),
        )

    def node_runs(
        self, key: ExecutionKey, status: Status | None, limit: int, cursor: str | None
    ) -> Document:
        """One page of all runs of nodes, in order of start."""
        return _either(
            lambda: self._reading.node_runs(key, status, limit, cursor),
            lambda: self._archiving.node_runs(key, status, limit, cursor),
        )


def _either(read: Callable[[], Document], read_archived: Callable[[], Document]) -> Document:
    try:
        return read()
    except NotFound as gone:
        try:
            return read_archived()
        except NotFound:
            raise gone from None
