"""The dead-letter queue of starts on embedded AWS: said aloud, and kept for whoever asks."""

import logging
from collections import deque
from typing import Final, NamedTuple

KEPT_MAX: Final = 1_000

log = logging.getLogger("seriatim.local")


class DeadLetter(NamedTuple):
    """A start that was refused."""

    body: str
    code: str
    reason: str


class MemoryDeadLetters:
    """Fulfils ``ports.dead_letters.DeadLetters``; the last ``KEPT_MAX`` are kept."""

    def __init__(self) -> None:
        self._kept: deque[DeadLetter] = deque(maxlen=KEPT_MAX)

    def put(self, body: str, code: str, reason: str) -> None:
        """Keep the message with why it was refused."""
        self._kept.append(DeadLetter(body, code, reason))
        log.warning("A start was refused (%s): %s", code, reason)

    @property
    def kept(self) -> tuple[DeadLetter, ...]:
        """What is kept, oldest first."""
        return tuple(self._kept)
