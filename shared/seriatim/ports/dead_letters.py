"""The port of where starts go that nobody can do."""

from typing import Protocol


class DeadLetters(Protocol):
    """Where starts go that nobody can do."""

    def put(self, body: str, code: str, reason: str) -> None:
        """Keep the message as it came, with why it was refused. Repeated, it may be there twice."""
