"""The port of the queues: of work, and of starts."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class OutgoingWork(msgspec.Struct, frozen=True):
    """One message for the work queue: its body (JSON text), and the delay before it can be
    received (0 to 900,000 ms).
    """

    project_id: str
    body: bytes
    delay_ms: int = 0


class WorkQueue(Protocol):
    """The one standard queue for work, fair by project. At least once, in any order."""

    def send(self, work: Sequence[OutgoingWork]) -> None:
        """Send all of them, or raise ``Unavailable`` (some may have been sent: the caller sends
        all again later).
        """

    def extend(self, receipt: str, seconds: int) -> None:
        """Keep a received message hidden for that long from now. An expired receipt is ignored."""
