"""``WorkQueue`` in memory, with the receiving side that a test drives by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from seriatim.ports.clock import Clock
from seriatim.ports.queue import OutgoingWork

DELAY_MS_MAX = 900_000


@dataclass
class FakeMessage:
    """One message. It can be received from ``visible_at`` on."""

    message_id: str
    project_id: str
    body: bytes
    visible_at: int
    receive_count: int = 0
    receipt: str = ""


class FakeQueue:
    """Messages come in the order of the instants at which they became visible."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: list[FakeMessage] = []
        self._sent = 0
        self._lock = Lock()

    def send(self, work: Sequence[OutgoingWork]) -> None:
        with self._lock:
            for one in work:
                assert 0 <= one.delay_ms <= DELAY_MS_MAX
                one.body.decode()
                self._sent += 1
                visible_at = self._clock.now() + -(-one.delay_ms // 1000) * 1000
                self._messages.append(
                    FakeMessage(f"m-{self._sent}", one.project_id, bytes(one.body), visible_at)
                )

    def extend(self, receipt: str, seconds: int) -> None:
        with self._lock:
            for message in self._messages:
                if message.receipt == receipt and message.visible_at > self._clock.now():
                    message.visible_at = self._clock.now() + 1000 * seconds

    # -- what a test does -------------------------------------------------------------------------

    def receive(self, limit: int = 10, hidden_seconds: int = 60) -> list[FakeMessage]:
        """Messages that can be received now; each is hidden for a while, under a new receipt."""
        now = self._clock.now()
        with self._lock:
            visible = [message for message in self._messages if message.visible_at <= now]
            visible.sort(key=lambda message: message.visible_at)
            for message in visible[:limit]:
                message.receive_count += 1
                message.receipt = f"{message.message_id}.{message.receive_count}"
                message.visible_at = now + 1000 * hidden_seconds
            return [FakeMessage(**vars(message)) for message in visible[:limit]]

    def delete(self, receipt: str) -> None:
        """Remove the message that was last received under this receipt."""
        with self._lock:
            self._messages = [one for one in self._messages if one.receipt != receipt]

    def purge(self) -> int:
        """Lose every message; returns how many there were."""
        with self._lock:
            lost = len(self._messages)
            self._messages = []
            return lost

    def next_visible_at(self) -> int | None:
        """When the next message can be received, if there is one."""
        with self._lock:
            return min((message.visible_at for message in self._messages), default=None)

    def __len__(self) -> int:
        with self._lock:
            return len(self._messages)
