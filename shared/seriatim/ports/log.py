"""The port of the logs of executions: the truth."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from seriatim.domain.decision import GlobalWrite
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import Conflict


class StepTaken(Conflict):
    """Another writer recorded this step number first. Read the tail and decide again."""


class Snapshot(msgspec.Struct, frozen=True):
    """The state as of step ``number``, encoded."""

    number: int
    body: bytes


class LogTail(msgspec.Struct, frozen=True):
    """What a cold reader needs: the newest snapshot, if any, and every step after it, in order."""

    snapshot: Snapshot | None
    steps: tuple[Step, ...]


class ExecutionLog(Protocol):
    """The truth: all steps of an execution, in order, without gaps, never changed. Reads are
    strongly consistent.
    """

    def append(
        self, key: ExecutionKey, step: Step, global_writes: Sequence[GlobalWrite] = ()
    ) -> None:
        """Record one step at ``step.number``: its events, and the commands they call for, in one
        item.

        The item is written only if that number is still free. Commands ride in the same item
        because a crash between "recorded" and "sent" would otherwise lose them for ever. An
        ambiguous append (written, answer lost, tried again) recognises its own ``writer`` and
        succeeds.

        Raises:
            StepTaken: someone else recorded this number first.
            Unavailable: whether it was written is unknown until the next read.
        """

    def load(self, key: ExecutionKey) -> LogTail:
        """Read newest first, back to the last snapshot. Empty where the execution does not
        exist.
        """

    def read(self, key: ExecutionKey, after: int = 0, limit: int | None = None) -> tuple[Step, ...]:
        """Steps with a number greater than ``after``, ascending, at most ``limit``."""

    def write_snapshot(self, key: ExecutionKey, snapshot: Snapshot) -> None:
        """Keep the state as of a step, to read less later. Repeating it changes nothing."""
