"""The port of the time."""

from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> int:
        """Milliseconds since the epoch."""

    def sleep(self, milliseconds: int) -> None:
        """Let that much of this clock's time pass."""
