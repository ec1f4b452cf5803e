"""Two versions of the code at work side by side, told apart by what they store and can read.

The code is the same; what it writes goes through the form of a version. ``FIRST`` is the one that
wrote the first histories in ``tests/replay``: what has come since is missing in what it writes, and
not known to it when it reads. ``NEXT`` is one that is still to come: whatever it writes has fields
that nobody knows, and some steps have an event that nobody knows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from seriatim.adapters.dynamodb.step_codec import StepCodec, StepRecord
from seriatim.application.states import States
from seriatim.domain.control_events import ExecutionRedriven
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import Unavailable
from seriatim.ports.log import Snapshot
from seriatim.ports.queue import OutgoingWork
from tests.simulation.dice import Dice
from tests.simulation.faults import MINUTE_MS
from tests.simulation.sharing import ReadOnce

ROLLOUT_RATE: Final = 0.25
ROLLOUT_MS_MAX: Final = 15 * MINUTE_MS
DREAMT: Final = "NodeDreamt"
DREAMT_EVERY: Final = 4
"""One step in so many has an event that no other version knows."""

UNKNOWN_TO_FIRST: Final = frozenset(
    {
        "BoundaryPassed",
        "ExecutionRetired",
        "FiringUndone",
        "HoldingsReceived",
        "HoldingsRequested",
        "PermitsRefused",
    }
)
"""Events that came after the first histories; besides, ``acquires`` of a redrive and the tally."""


class Form(StrEnum):
    """What a version of the code stores."""

    FIRST = "first"
    NOW = "now"
    NEXT = "next"


@dataclass(frozen=True)
class Rollout:
    """Until ``ends_at`` a new process may be of either version; from then on none is old."""

    old: Form
    new: Form
    ends_at: int

    @classmethod
    def drawn(cls, dice: Dice, now: int) -> "Rollout":
        """Most runs have one version."""
        if not dice.chance(ROLLOUT_RATE):
            return cls(Form.NOW, Form.NOW, now)
        old, new = dice.pick(((Form.FIRST, Form.NOW), (Form.NOW, Form.NEXT)))
        return cls(old, new, now + dice.below(ROLLOUT_MS_MAX))

    @property
    def is_mixed(self) -> bool:
        """Whether there are two versions."""
        return self.old is not self.new

    def form(self, dice: Dice, now: int) -> Form:
        """Of a new process."""
        return self.old if self.is_mixed and now < self.ends_at and dice.chance(0.5) else self.new

    def is_out(self, form: Form, now: int) -> bool:
        """Whether a process of this version makes way for another."""
        return form is not self.new and now >= self.ends_at


class MixedCodec(ReadOnce):
    """Writes and reads as ``form`` does; as nobody in particular, it reads everything."""

    form: Form | None = None
    left_alone = 0
    """How often somebody read what was beyond it."""

    def encode(self, project_id: str, step: Step) -> StepRecord:
        """Raises ``Unavailable`` for what the first version would not have done."""
        if self.form is Form.FIRST:
            _check_known(step)
            return super().encode(project_id, msgspec.structs.replace(step, tally=None))
        record = super().encode(project_id, step)
        return _dreamt(record) if self.form is Form.NEXT else record

    def decode(self, project_id: str, records: Sequence[StepRecord]) -> tuple[Step, ...]:
        """Raises ``Unavailable`` where a newer version wrote what this one does not know."""
        if not self.has_read_all(records):
            self.left_alone += 1
            return StepCodec.decode(self, project_id, records)
        steps = super().decode(project_id, records)
        if self.form is not Form.FIRST:
            return steps
        for step in steps:
            _check_known(step)
        return tuple(msgspec.structs.replace(step, tally=None) for step in steps)

    def has_read_all(self, records: Sequence[StepRecord]) -> bool:
        """Whether there is nothing in these that is beyond who reads or writes now."""
        is_older = self.form is Form.FIRST or self.form is Form.NOW
        return not (is_older and any(DREAMT in one.body for one in records))

    def read(self, project_id: str, records: Sequence[StepRecord]) -> tuple[Step, ...]:
        """Who reads a record first may not be who knows all of it."""
        return super().read(project_id, [_awake(record) for record in records])


def _check_known(step: Step) -> None:
    for event in step.events:
        name = type(event).__name__
        acquires = event.acquires if isinstance(event, ExecutionRedriven) else {}
        if name in UNKNOWN_TO_FIRST or acquires:
            raise Unavailable(f"{name} is not known to the first version")


def _dreamt(record: StepRecord) -> StepRecord:
    if record.whole is not None:
        return record
    body: dict[str, list[dict[str, Any]]] = msgspec.json.decode(record.body)
    for one in (*body.get("events", ()), *body.get("commands", ())):
        one["dreamt"] = {"by": "the next version"}
    if record.number % DREAMT_EVERY == 0:
        body["events"].append({"type": DREAMT, "number": 1})
    return msgspec.structs.replace(record, body=msgspec.json.encode(body).decode())


def _awake(record: StepRecord) -> StepRecord:
    """Without the event that nobody knows. Fields that nobody knows are no matter to anybody."""
    if DREAMT not in record.body:
        return record
    body = msgspec.json.decode(record.body)
    body["events"] = [event for event in body["events"] if event["type"] != DREAMT]
    return msgspec.structs.replace(record, body=msgspec.json.encode(body).decode())


class LogOf:
    """The log, as a version sees it."""

    def __init__(self, log: Any, form: Form) -> None:
        self._log, self._form = log, form

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._log, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            codec = self._log.codec
            codec.form = self._form
            try:
                return method(*args, **kwargs)
            finally:
                codec.form = None

        return call

    def write_snapshot(self, key: ExecutionKey, snapshot: Snapshot) -> None:
        """Of the next version a state has a field more."""
        if self._form is Form.NEXT:
            body = msgspec.json.decode(snapshot.body)
            body["fields"]["dreamt"] = 1
            snapshot = Snapshot(snapshot.number, msgspec.json.encode({**body, "form": "next"}))
        self._log.write_snapshot(key, snapshot)


class QueueOfNext:
    """What the next version sends has a field more."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def send(self, work: Sequence[OutgoingWork]) -> None:
        self._queue.send(
            [
                msgspec.structs.replace(one, body=b'{"dreamt":1,' + bytes(one.body)[1:])
                for one in work
            ]
        )


class ColdStates(States):
    """Nothing is kept: what the first version has decided is only what it has written."""

    def known(self, key: ExecutionKey) -> State | None:
        return None
