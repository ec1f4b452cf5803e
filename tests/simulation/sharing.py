"""What all processes of a run may share, for it costs much and depends on nothing but what was
stored: a step that was read of the log, the state that a log folds to, and what a plan works out
when it is asked.

A process may forget that what it reads is not its own. So in the end everything that was shared is
held against what was stored.
"""

from collections.abc import Sequence as Several
from typing import Any

from seriatim.adapters.dynamodb.step_codec import StepCodec, StepRecord
from seriatim.application.plans import PlanKey, Plans
from seriatim.application.states import States
from seriatim.domain import snapshot
from seriatim.domain.plan import Plan
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.log import ExecutionLog, LogTail, Snapshot
from seriatim.ports.payloads import Payloads
from seriatim.ports.sequences import Sequences
from seriatim.ports.task_definitions import TaskDefinitions
from tests.fakes.sequences import FakeSequences
from tests.simulation.monitors import Monitors, Violated


class ReadOnce(StepCodec):
    """Decodes every record once."""

    def __init__(self, payloads: Payloads) -> None:
        super().__init__(payloads)
        self._read_before: dict[int, tuple[str, StepRecord, Step]] = {}
        """By the identity of the record, which is kept here, so that it stays the only one."""

    def decode(self, project_id: str, records: Several[StepRecord]) -> tuple[Step, ...]:
        """As it says there."""
        before = self._read_before
        new = [record for record in records if id(record) not in before]
        if new:
            for record, step in zip(new, self.read(project_id, new), strict=True):
                before[id(record)] = (project_id, record, step)
        return tuple(before[id(record)][2] for record in records)

    def read(self, project_id: str, records: Several[StepRecord]) -> tuple[Step, ...]:
        """The steps, made anew."""
        return super().decode(project_id, records)

    def check(self) -> None:
        """Raises ``Violated`` if somebody has changed what was read."""
        for project_id, record, step in self._read_before.values():
            if self.read(project_id, [record]) != (step,):
                raise Violated(f"S4 step {step.number} was changed by who read it: {step.events}")


class FoldedStates(States):
    """Where nothing is warm, the state is the one that the monitors folded, step by step; but for
    every ``snapshot_every`` steps one is written, and the next who has nothing warm begins there.
    """

    def __init__(self, log: ExecutionLog, monitors: Monitors, snapshot_every: int) -> None:
        super().__init__(log)
        self._written = log
        self._monitors = monitors
        self._snapshot_every = snapshot_every

    def _folded(self, key: ExecutionKey, tail: LogTail) -> State | None:
        if tail.snapshot is not None or not tail.steps:
            return super()._folded(key, tail)
        state = self._monitors.executions[key].states[tail.steps[-1].number - 1]
        return self.keep(key, state)

    def save_snapshot_if_due(self, key: ExecutionKey) -> None:
        """Far sooner than in the cloud."""
        state = self.known(key)
        if state is not None and self._snapshot_every and state.steps % self._snapshot_every == 0:
            self._written.write_snapshot(key, Snapshot(state.steps, snapshot.encode(state)))


class SharedPlans(Plans):
    """Who compiles a plan that another has compiled goes on with the other's."""

    def __init__(
        self, sequences: Sequences, task_definitions: TaskDefinitions, shared: dict[PlanKey, Plan]
    ) -> None:
        super().__init__(sequences, task_definitions)
        self._shared = shared

    def get(self, project_id: str, sequence_id: str, revision: int, tasks_version: str) -> Plan:
        """As it says there."""
        key = (project_id, sequence_id, revision, tasks_version)
        plan = super().get(*key)
        shared = self._shared.setdefault(key, plan)
        if plan is not shared:
            self._plans[key] = shared
        return shared


class ReadOnceSequences(FakeSequences):
    """Decodes every revision once."""

    def __init__(self) -> None:
        super().__init__()
        self._documents: dict[tuple[str, str, int], dict[str, Any]] = {}

    def get_revision(self, project_id: str, sequence_id: str, revision: int) -> dict[str, Any]:
        """As it says there."""
        place = (project_id, sequence_id, revision)
        found = self._documents.get(place)
        if found is None:
            found = self._documents[place] = super().get_revision(*place)
        return found

    def check(self) -> None:
        """Raises ``Violated`` if somebody has changed what was read."""
        for place, document in self._documents.items():
            if super().get_revision(*place) != document:
                raise Violated(f"S4 revision {place} was changed by who read it")
