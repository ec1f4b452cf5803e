"""States of recent executions, kept warm: a container that knows an execution reads only what
others added.

A state is immutable, so several threads may hold the same one. What is kept may be behind the log;
``fresh`` reads the tail.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from seriatim.application.lanes import Entry, Gather, Lanes, take_at_once
from seriatim.application.running import Running
from seriatim.domain import snapshot
from seriatim.domain.commands import StartChildren
from seriatim.domain.decider.fold import fold
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import Unavailable
from seriatim.ports.log import ExecutionLog, LogTail, Snapshot

ENTRIES_KEPT_MAX = 200_000
"""States are dropped, least recently used first, when together they weigh more (see
``snapshot.weight``).
"""

SNAPSHOT_STEPS_MIN = 256
"""No snapshot sooner than this many steps after the last: a chain of a few hundred tasks pays for
one at most.
"""


class Warm(msgspec.Struct, frozen=True):
    """A state, and how much log there is since its last snapshot."""

    state: State
    snapshot_at: int = 0


class Tail(msgspec.Struct, frozen=True):
    """The newest state, and the steps that were asked for, of one look at the log."""

    state: State
    steps: tuple[Step, ...]


class Found(msgspec.Struct, frozen=True):
    """What a look at the log found."""

    state: State | None


class _Look(Entry[Found]):
    """Somebody wants to know the newest state."""


class States:
    """See the module's docstring. Safe to use from several threads."""

    def __init__(
        self,
        log: ExecutionLog,
        entries_max: int = ENTRIES_KEPT_MAX,
        gather: Gather = take_at_once,
    ) -> None:
        self.running = Running()
        self._log = log
        self._entries_max = entries_max
        self._entries = 0
        self._warm: OrderedDict[ExecutionKey, Warm] = OrderedDict()
        self._lock = threading.Lock()
        self.looks: Lanes[ExecutionKey, _Look] = Lanes(self._look_for, _all, gather)

    def known(self, key: ExecutionKey) -> State | None:
        """The state as it was last seen here, if it is kept. It may be behind the log."""
        with self._lock:
            warm = self._warm.get(key)
            if warm is None:
                return None
            self._warm.move_to_end(key)
            return warm.state

    def fresh(self, key: ExecutionKey) -> State | None:
        """The state after every step recorded so far (strongly consistent); ``None`` if there is
        no such execution. Who asks while another looks shares the next look with all who do.
        """
        look = _Look()
        self.looks.pass_through(key, look)
        return look.outcome().state

    def _look_for(self, key: ExecutionKey, looks: list[_Look]) -> None:
        found = Found(self._read(key))
        for look in looks:
            look.result = found

    def _read(self, key: ExecutionKey) -> State | None:
        known = self.known(key)
        if known is None:
            return self._load(key)
        steps = self._log.read(key, after=known.steps)
        if not steps:
            return known
        state = fold(known, steps)
        assert state is not None
        return self.keep(key, state)

    def tail(self, key: ExecutionKey, after: int) -> Tail | None:
        """As ``fresh``, with all steps after number ``after``: no more is read than they are, where
        the state is kept here.
        """
        known = self.known(key)
        if known is None or known.steps < after:
            known = self.fresh(key)
        if known is None:
            return None
        steps = self._log.read(key, after=after)
        new = [step for step in steps if step.number > known.steps]
        if not new:
            return Tail(known, steps)
        state = fold(known, new)
        assert state is not None
        return Tail(self.keep(key, state), steps)

    def as_of(self, key: ExecutionKey, step: int) -> State:
        """The state right after a step that is recorded, from the whole log up to there."""
        state = fold(None, self._log.read(key, limit=step))
        assert state is not None, "the step is there"
        return state

    def to_hand_over(self, state: State, step: Step) -> State:
        """The state by which a recorded step's commands are handed over again: the newest, but
        where the step called for children that nobody waits for and their node has gone on
        meanwhile.
        """
        called = {x.number for x in step.commands if isinstance(x, StartChildren)}
        if state.retired_at is not None:
            return state
        if all(number in state.families and number in state.active for number in called):
            return state
        before = self.as_of(state.key, step.number)
        families = [before.families.get(number) for number in called]
        is_owed = any(family is not None and not family.is_awaited for family in families)
        return before if is_owed else state

    def answered(self, key: ExecutionKey, idempotency_key: str) -> State | None:
        """The state that a call with this idempotency key was answered; ``None`` if none was taken
        in. Of a key that was forgotten and used again, the last. A repetition mostly comes soon, so
        the log is read back to its last snapshot first, and as a whole only where it is older.
        """
        tail = self._log.load(key)
        base = None if tail.snapshot is None else snapshot.decode(tail.snapshot.body)
        steps = tail.steps
        number = _step_with(steps, idempotency_key)
        if tail.snapshot is not None and (number is None or base is None):
            base, steps = None, self._log.read(key)
            number = _step_with(steps, idempotency_key)
        if number is None:
            return None
        return fold(base, [step for step in steps if step.number <= number])

    def _load(self, key: ExecutionKey) -> State | None:
        return self._folded(key, self._log.load(key))

    def _folded(self, key: ExecutionKey, tail: LogTail) -> State | None:
        state: State | None = None
        if tail.snapshot is not None:
            state = snapshot.decode(tail.snapshot.body)
        steps = tail.steps
        if state is None and tail.snapshot is not None:
            steps = self._log.read(key)
        at = state.steps if state is not None else 0
        state = fold(state, steps)
        if state is None:
            return None
        return self.keep(key, state, snapshot_at=at)

    def keep(self, key: ExecutionKey, state: State, snapshot_at: int | None = None) -> State:
        """Remember a state unless a newer one is known; returns the newer of the two."""
        with self._lock:
            warm = self._warm.pop(key, None)
            if warm is not None:
                self._entries -= snapshot.weight(warm.state) + 1
                if warm.state.steps > state.steps:
                    state = warm.state
                if snapshot_at is None:
                    snapshot_at = warm.snapshot_at
            self._warm[key] = Warm(state, snapshot_at or 0)
            self._entries += snapshot.weight(state) + 1
            while self._entries > self._entries_max and len(self._warm) > 1:
                _, dropped = self._warm.popitem(last=False)
                self._entries -= snapshot.weight(dropped.state) + 1
        self.running.look(state)
        return state

    def look_at_running(self) -> None:
        """Read what has become of executions with long attempts in this process."""
        for key in self.running.long_running():
            with suppress(Unavailable):  # the next look may get through
                self.fresh(key)

    def save_snapshot_if_due(self, key: ExecutionKey) -> None:
        """Write a snapshot when the log since the last one outweighs it: the cost of reading cold,
        and of a step, does not grow with the execution. Losing it costs nothing but reading.
        """
        with self._lock:
            warm = self._warm.get(key)
        if warm is None:
            return
        steps_since = warm.state.steps - warm.snapshot_at
        weight = snapshot.weight(warm.state)
        if steps_since < max(SNAPSHOT_STEPS_MIN, weight):
            return
        if steps_since < weight + snapshot.weight_of_lists(warm.state):
            return
        body = snapshot.encode(warm.state)
        self._log.write_snapshot(key, Snapshot(warm.state.steps, body))
        self.keep(key, warm.state, snapshot_at=warm.state.steps)


def _all(_own: _Look, waiting: list[_Look]) -> list[_Look]:
    """All that wait: each asked before the look begins."""
    return waiting


def _step_with(steps: Sequence[Step], idempotency_key: str) -> int | None:
    """The number of the last step that took in a call with this key."""
    for step in reversed(steps):
        if any(getattr(event, "key", None) == idempotency_key for event in step.events):
            return step.number
    return None
