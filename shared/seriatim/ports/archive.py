"""The port of executions that are kept no longer."""

from typing import Protocol

from seriatim.domain.values import ExecutionKey


class Archive(Protocol):
    """Executions that are kept no longer, each as one gzip'd document."""

    def put(self, key: ExecutionKey, body: bytes) -> None:
        """Keep it, in place of what was there of this execution."""

    def get(self, key: ExecutionKey) -> bytes:
        """Raises ``NotFound``."""
