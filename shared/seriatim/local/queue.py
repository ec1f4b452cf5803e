"""A standard SQS queue in memory: the embedded default's work queue, both ends of it.

moto's own takes time in proportion to its depth for every receive; this one does not care how many
messages wait. It keeps SQS's rules: at least once, a visibility timeout, a receive count, redrive
to a dead-letter queue, delays of up to 15 minutes, turns between message groups (projects).
"""

import threading
from collections.abc import Callable, Collection, Hashable, Sequence

import msgspec

from seriatim.local.activity import Activity, Run
from seriatim.local.clock import WaitableClock
from seriatim.local.message_store import DELIVERY_BYTES_MAX, Message, MessageStore, Stage
from seriatim.ports.errors import TooLarge
from seriatim.ports.queue import OutgoingWork

DELIVERY_MESSAGES_MAX = 10
BODY_BYTES_MAX = 1024 * 1024
DELAY_MS_MAX = 900_000

assert BODY_BYTES_MAX <= DELIVERY_BYTES_MAX


class Received(msgspec.Struct, frozen=True):
    """One message as a receiver gets it. ``receipt`` names this receipt of it, not the message."""

    message_id: str
    receipt: str
    body: str
    attributes: dict[str, str]


class Delivery(msgspec.Struct, frozen=True):
    """Messages handed to one invocation, and the run that they are counted as."""

    messages: tuple[Received, ...]
    run: Run


class QueueDepth(msgspec.Struct, frozen=True):
    """How many messages a queue holds, by what they wait for."""

    visible: int
    delayed: int
    in_flight: int


def plain_body(work: OutgoingWork) -> str:
    """The text that travels for ``work``: its body as it is."""
    return work.body.decode()


class MemoryQueue:
    """Fulfils ``ports.queue.WorkQueue``, and ``event_source.Source`` for whoever receives.

    Any thread may call anything.
    """

    def __init__(
        self,
        clock: WaitableClock,
        activity: Activity,
        *,
        visibility_seconds: int,
        receives_max: int | None = None,
        dead_letters: "MemoryQueue | None" = None,
        delivery_messages_max: int = DELIVERY_MESSAGES_MAX,
        body_of: Callable[[OutgoingWork], str] = plain_body,
    ) -> None:
        """``body_of`` makes the text that travels (the SQS adapter packs big bodies).

        A message received ``receives_max`` times already goes to ``dead_letters`` instead of
        once more.
        """
        assert (receives_max is None) == (dead_letters is None), "a redrive needs both"
        self._clock = clock
        self._activity = activity
        self._visibility_ms = visibility_seconds * 1000
        self._receives_max = receives_max
        self._dead_letters = dead_letters
        self._delivery_messages_max = delivery_messages_max
        self._body_of = body_of
        self._changed = threading.Condition(threading.Lock())
        self._store = MessageStore()
        self._invokers = 0
        self._in_hand = 0
        """Deliveries that are not settled."""
        self._watched: int | None = None
        """The instant at which a waiting receiver will look at the clock again."""
        self._is_closed = False

    # -- sending

    def send(self, work: Sequence[OutgoingWork]) -> None:
        """Take in all of them or, where one is against SQS's rules, none.

        Raises:
            TooLarge: a body is over 1 MiB.
            ValueError: a delay is over 15 minutes.
        """
        messages = [self._message_of(item) for item in work]
        with self._changed:
            now = self._clock.now()
            for item, message in zip(work, messages, strict=True):
                self._store.admit(message, now, now + item.delay_ms)
            self._changed.notify(len(messages))
        self._activity.note_change()

    def send_at(self, name: Hashable, at: int, work: OutgoingWork) -> None:
        """Send ``work`` at ``at``, however far that is. A name that waits already: no change."""
        message = self._message_of(work)
        message.name = name
        with self._changed:
            if self._store.admit(message, self._clock.now(), at):
                self._changed.notify()
        self._activity.note_change()

    def take_over(self, given_up: Message) -> None:
        """Take in what another queue gave up, under its id and with its age, as SQS does."""
        message = Message(given_up.group, given_up.body, id=given_up.id, sent_at=given_up.sent_at)
        with self._changed:
            now = self._clock.now()
            self._store.admit(message, now, now)
            self._changed.notify()
        self._activity.note_change()

    def withdraw(self, name: Hashable) -> None:
        """Undo ``send_at`` if it is not too late."""
        with self._changed:
            self._store.withdraw(name)

    def _message_of(self, work: OutgoingWork) -> Message:
        body = self._body_of(work)
        if len(body) * 4 > BODY_BYTES_MAX and len(body.encode()) > BODY_BYTES_MAX:
            raise TooLarge(f"a queue message has at most {BODY_BYTES_MAX} bytes")
        if not 0 <= work.delay_ms <= DELAY_MS_MAX:
            raise ValueError(f"a delay is 0 to {DELAY_MS_MAX} ms, not {work.delay_ms}")
        return Message(work.project_id, body)

    # -- receiving

    def receive(self, invokers: int) -> Delivery | None:
        """Wait for messages; ``None`` once the queue is closed.

        One message at a time while there are no more than ``invokers``, so that none waits behind
        another for nothing; beyond that, an even share. Groups take turns.
        """
        with self._changed:
            self._invokers = invokers
            while not self._is_closed:
                self._promote()
                share = self._store.count(Stage.VISIBLE) // max(1, invokers)
                limit = min(self._delivery_messages_max, max(1, share))
                if messages := self._take(limit, is_held=True):
                    self._in_hand += 1
                    self._pass_watch_on()
                    return Delivery(messages, self._activity.begin())
                if not self._store.count(Stage.VISIBLE):
                    self._watch()
            return None

    def receive_now(self, limit: int = DELIVERY_MESSAGES_MAX) -> tuple[Received, ...]:
        """What is visible, at most ``limit``, without waiting; no invocation is counted."""
        with self._changed:
            self._promote()
            return self._take(limit, is_held=False)

    def settle(self, delivery: Delivery, failed: Collection[str]) -> None:
        """The invocation has ended: delete its messages but those whose ids are ``failed``.

        A failed one becomes visible again when its visibility timeout is over.
        """
        with self._changed:
            self._in_hand -= 1
            for received in delivery.messages:
                if received.message_id in failed:
                    self._let_go(received.receipt)
                else:
                    self._store.delete(received.receipt)
        self._activity.end(delivery.run)

    def delete(self, receipts: Collection[str]) -> None:
        """Delete what these receipts stand for. One older than the last deletes nothing."""
        with self._changed:
            for receipt in receipts:
                self._store.delete(receipt)

    def extend(self, receipt: str, seconds: int) -> None:
        """Keep a received message hidden for that long from now. An expired receipt is ignored."""
        with self._changed:
            self._promote()
            if message := self._store.in_flight(receipt):
                milliseconds = seconds * 1000
                if message.is_held:
                    milliseconds = self._clock.stretch(milliseconds)
                self._store.hide(message, self._clock.now() + milliseconds)
                self._changed.notify()

    def close(self) -> None:
        """Send every receiver home."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    # -- what skipping time and waiting for idleness ask

    @property
    def depth(self) -> QueueDepth:
        """How many messages there are."""
        with self._changed:
            self._promote()
            count = self._store.count
            return QueueDepth(count(Stage.VISIBLE), count(Stage.DELAYED), count(Stage.IN_FLIGHT))

    def is_idle(self) -> bool:
        """No message can be received now, and nothing runs, asleep or awake."""
        with self._changed:
            self._promote()
            runs = self._activity.awake + self._activity.asleep
            return not runs and not self._store.count(Stage.VISIBLE)

    def is_stalled(self) -> bool:
        """Only time can move anything: nothing is awake, and what is visible finds no invoker."""
        with self._changed:
            self._promote()
            is_receivable = self._in_hand < self._invokers and self._store.count(Stage.VISIBLE)
            return not self._activity.awake and not is_receivable

    def next_due(self) -> int | None:
        """When the next message becomes visible by itself, if no invocation has it."""
        with self._changed:
            return self._store.next_due()

    def before_jump(self, milliseconds: int) -> None:
        """Skipped time is no work: invocations keep their messages as long as without the jump."""
        with self._changed:
            for message in self._store.held():
                self._store.hide(message, message.due + milliseconds)

    def after_jump(self) -> None:
        """Whoever waits looks at the clock again."""
        with self._changed:
            self._changed.notify_all()

    # -- inside, with the lock held

    def _promote(self) -> None:
        self._changed.notify(self._store.promote(self._clock.now()))

    def _watch(self) -> None:
        """Wait for a change. One waiting receiver watches the clock for all of them."""
        due = self._store.next_look()
        if due is None or (self._watched is not None and self._watched <= due):
            self._clock.wait(self._changed, None)
            return
        self._watched = due
        self._clock.wait(self._changed, due)
        if self._watched == due:
            self._watched = None

    def _pass_watch_on(self) -> None:
        """This receiver goes to work: another one has to watch the clock."""
        due = self._store.next_look()
        if due is not None and (self._watched is None or due < self._watched):
            self._changed.notify()

    def _take(self, limit: int, *, is_held: bool) -> tuple[Received, ...]:
        now = self._clock.now()
        visibility = self._visibility_ms
        due = now + (self._clock.stretch(visibility) if is_held else visibility)
        taken: list[Received] = []
        for message in self._store.take(limit):
            if self._receives_max is not None and message.receive_count >= self._receives_max:
                self._redrive(message)
            else:
                self._store.receive(message, now, due, is_held=is_held)
                taken.append(_received(message))
        return tuple(taken)

    def _redrive(self, message: Message) -> None:
        assert self._dead_letters is not None
        self._store.remove(message)
        self._dead_letters.take_over(message)

    def _let_go(self, receipt: str) -> None:
        """No invocation has the message any more: what is left of its timeout is the clock's."""
        message = self._store.in_flight(receipt)
        if message and message.is_held:
            message.is_held = False
            now = self._clock.now()
            left = (message.due - now) * 1000 // self._clock.stretch(1000)
            self._store.hide(message, now + left)
            self._changed.notify()


def _received(message: Message) -> Received:
    return Received(
        message.id,
        message.receipt,
        message.body,
        {
            "ApproximateReceiveCount": str(message.receive_count),
            "SentTimestamp": str(message.sent_at),
            "SenderId": "AROALOCAL:seriatim",
            "ApproximateFirstReceiveTimestamp": str(message.first_received_at),
        },
    )
