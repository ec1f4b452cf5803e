"""``Archive`` in memory."""

from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import NotFound


class FakeArchive:
    """Bodies by execution."""

    def __init__(self) -> None:
        self._bodies: dict[ExecutionKey, bytes] = {}

    def put(self, key: ExecutionKey, body: bytes) -> None:
        self._bodies[key] = bytes(body)

    def get(self, key: ExecutionKey) -> bytes:
        if key not in self._bodies:
            raise NotFound(f"Execution {key.execution_id!r} is not archived.")
        return self._bodies[key]
