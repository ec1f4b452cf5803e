"""The port of big values."""

from typing import Protocol


class Payloads(Protocol):
    """Big values by content hash."""

    def put(self, project_id: str, body: bytes) -> str:
        """Store ``body`` once; returns its key (a hash). Putting it again changes nothing."""

    def get(self, project_id: str, key: str) -> bytes:
        """Raises ``NotFound``."""
