"""The messages of one queue and what each waits for: turns, delays, visibility timeouts.

Plain data with the time as an argument, for ``queue`` to put a lock and a clock around. Every
operation costs the same, or the logarithm, however many messages wait.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from heapq import heapify, heappop, heappush

DELIVERY_BYTES_MAX = 5 * 1024 * 1024
"""Bodies of one delivery: the event has to fit into Lambda's 6 MB. A single one always does."""
OUTDATED_ENTRIES_SLACK = 1_000
"""Outdated entries that the heap may hold however few others there are."""


class Stage(Enum):
    """What a message waits for."""

    DELAYED = auto()
    VISIBLE = auto()
    IN_FLIGHT = auto()
    GONE = auto()


@dataclass(slots=True, eq=False)
class Message:
    """One message. ``due`` is when it becomes visible while it is delayed or in flight."""

    group: str
    body: str
    name: Hashable = None
    id: str = ""
    sent_at: int = 0
    stage: Stage = Stage.GONE
    due: int = 0
    receive_count: int = 0
    first_received_at: int = 0
    receipt: str = ""
    is_held: bool = False
    """An invocation that still runs has it: its visibility timeout is the machine's time."""

    def becomes_visible(self, due: int) -> bool:
        """Whether it still waits for that instant."""
        return self.due == due and self.stage in (Stage.DELAYED, Stage.IN_FLIGHT)


class MessageStore:
    """Not safe for threads."""

    def __init__(self) -> None:
        self._count = 0
        self._entry_count = 0
        self._by_stage = dict.fromkeys(Stage, 0)
        self._groups: dict[str, deque[Message]] = {}
        self._turns: deque[str] = deque()
        self._pending: list[tuple[int, int, Message]] = []
        self._named: dict[Hashable, Message] = {}
        self._receipts: dict[str, Message] = {}

    def count(self, stage: Stage) -> int:
        """How many messages are there."""
        return self._by_stage[stage]

    def admit(self, message: Message, now: int, due: int) -> bool:
        """Take in a new message. One whose name waits already is left out: False."""
        if message.name is not None:
            if message.name in self._named:
                return False
            self._named[message.name] = message
        self._count += 1
        message.id = message.id or f"{self._count:08x}-0000-4000-8000-000000000000"
        message.sent_at = message.sent_at or now
        if due > now:
            self._wait(message, Stage.DELAYED, due)
        else:
            self._show(message)
        return True

    def withdraw(self, name: Hashable) -> None:
        """Remove the message of that name, if it still waits for its hour."""
        if message := self._named.pop(name, None):
            self._move(message, Stage.GONE)

    def promote(self, now: int) -> int:
        """Show what has waited long enough; returns how many."""
        shown = 0
        while self._pending:
            due, _, message = self._pending[0]
            is_current = message.becomes_visible(due)
            if is_current and due > now:
                break
            heappop(self._pending)
            if is_current:
                self._show(message)
                shown += 1
        return shown

    def take(self, limit: int) -> Iterator[Message]:
        """Visible messages, at most ``limit``, groups by turns.

        Each has to leave the stage ``VISIBLE`` before the next one is asked for.
        """
        size = 0
        taken = 0
        while taken < limit and self._turns:
            group = self._turns[0]
            message = self._groups[group][0]
            if message.stage is Stage.VISIBLE:
                size += len(message.body)
                if taken and size > DELIVERY_BYTES_MAX:
                    return
            self._pass_turn(group)
            if message.stage is Stage.VISIBLE:
                taken += 1
                yield message

    def receive(self, message: Message, now: int, due: int, *, is_held: bool) -> None:
        """Hide a visible message until ``due``, under a new receipt; the one before is void."""
        self._receipts.pop(message.receipt, None)
        message.receive_count += 1
        message.first_received_at = message.first_received_at or now
        message.receipt = f"{message.id}#{message.receive_count}"
        message.is_held = is_held
        self._receipts[message.receipt] = message
        self._wait(message, Stage.IN_FLIGHT, due)

    def in_flight(self, receipt: str) -> Message | None:
        """The message that this receipt keeps hidden."""
        message = self._receipts.get(receipt)
        return message if message and message.stage is Stage.IN_FLIGHT else None

    def held(self) -> list[Message]:
        """The messages in the hands of invocations."""
        return [m for m in self._receipts.values() if m.is_held and m.stage is Stage.IN_FLIGHT]

    def hide(self, message: Message, due: int) -> None:
        """Keep a message in flight hidden until ``due``."""
        self._wait(message, Stage.IN_FLIGHT, due)

    def delete(self, receipt: str) -> None:
        """Remove the message, visible again or not, if this is its last receipt."""
        if message := self._receipts.get(receipt):
            self.remove(message)

    def remove(self, message: Message) -> None:
        """Remove a message that was received."""
        self._move(message, Stage.GONE)
        self._receipts.pop(message.receipt, None)

    def next_look(self) -> int | None:
        """No message becomes visible by itself before this instant."""
        return self._pending[0][0] if self._pending else None

    def next_due(self) -> int | None:
        """When the next message that nobody holds becomes visible by itself. Looks at all."""
        waiting = (due for due, _, m in self._pending if m.becomes_visible(due) and not m.is_held)
        return min(waiting, default=None)

    def _move(self, message: Message, stage: Stage) -> None:
        self._by_stage[message.stage] -= 1
        self._by_stage[stage] += 1
        message.stage = stage

    def _show(self, message: Message) -> None:
        self._named.pop(message.name, None)
        self._move(message, Stage.VISIBLE)
        message.is_held = False
        waiting = self._groups.get(message.group)
        if waiting is None:
            waiting = self._groups[message.group] = deque()
            self._turns.append(message.group)
        waiting.append(message)

    def _pass_turn(self, group: str) -> None:
        """Drop the group's first message; its next one waits until all others had a turn."""
        self._turns.popleft()
        waiting = self._groups[group]
        waiting.popleft()
        if waiting:
            self._turns.append(group)
        else:
            del self._groups[group]

    def _wait(self, message: Message, stage: Stage, due: int) -> None:
        self._move(message, stage)
        message.due = due
        self._entry_count += 1
        heappush(self._pending, (due, self._entry_count, message))
        current = self._by_stage[Stage.DELAYED] + self._by_stage[Stage.IN_FLIGHT]
        if len(self._pending) > 2 * current + OUTDATED_ENTRIES_SLACK:
            # Entries of what was deleted or extended; most are never popped before their time.
            self._pending = [entry for entry in self._pending if entry[2].becomes_visible(entry[0])]
            heapify(self._pending)
