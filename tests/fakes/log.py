"""``ExecutionLog`` in memory: steps are kept as the codec writes them, so nothing is shared."""

import bisect
from collections.abc import Sequence
from threading import Lock

from seriatim.adapters.dynamodb.step_codec import StepCodec, StepRecord
from seriatim.domain.decision import GlobalWrite
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.global_variables import GlobalMoved, GlobalVariables
from seriatim.ports.log import LogTail, Snapshot, StepTaken
from seriatim.ports.payloads import Payloads
from tests.fakes.payloads import FakePayloads


class FakeLog:
    """Refuses a gap, too: nobody may append what does not follow on the last step."""

    def __init__(
        self, payloads: Payloads | None = None, variables: GlobalVariables | None = None
    ) -> None:
        self._variables = variables
        self._codec = StepCodec(payloads or FakePayloads())
        self._steps: dict[ExecutionKey, list[StepRecord]] = {}
        self._snapshots: dict[ExecutionKey, list[Snapshot]] = {}
        self._expiring: dict[ExecutionKey, dict[int, int]] = {}
        self._gone: dict[ExecutionKey, set[int]] = {}
        self._lock = Lock()

    def append(
        self, key: ExecutionKey, step: Step, global_writes: Sequence[GlobalWrite] = ()
    ) -> None:
        record = self._codec.encode(key.project_id, step)
        with self._lock:
            if step.number == len(self._steps.get(key, [])) + 1:
                self._write_variables(key, global_writes)
            steps = self._steps.setdefault(key, [])
            assert 1 <= step.number <= len(steps) + 1, f"step {step.number} leaves a gap"
            if step.number == len(steps) + 1:
                steps.append(record)
            elif step.number in self._gone.get(key, ()):
                raise AssertionError(f"step {step.number} was there, and its log is not gone yet")
            elif steps[step.number - 1] != record:
                raise StepTaken(f"Step {step.number} of {key} is taken.")

    def _write_variables(self, key: ExecutionKey, writes: Sequence[GlobalWrite]) -> None:
        """All or none: all are looked at before the first is written."""
        if not writes:
            return
        assert self._variables is not None
        known = self._variables.read(key.project_id, [write.name for write in writes])
        for write in writes:
            value = known.get(write.name)
            if (value.version if value else 0) != write.expected_version:
                raise GlobalMoved(f"Variable {write.name!r} has changed.")
        for write in writes:
            expected = write.expected_version
            self._variables.write(key.project_id, write.name, write.value, expected)

    def load(self, key: ExecutionKey) -> LogTail:
        with self._lock:
            snapshots = self._snapshots.get(key)
            snapshot = snapshots[-1] if snapshots else None
            records = self._there(key, snapshot.number if snapshot else 0)
        return LogTail(snapshot, self._codec.decode(key.project_id, records))

    def read(self, key: ExecutionKey, after: int = 0, limit: int | None = None) -> tuple[Step, ...]:
        with self._lock:
            records = self._there(key, after)
        return self._codec.decode(key.project_id, records[:limit])

    def write_snapshot(self, key: ExecutionKey, snapshot: Snapshot) -> None:
        with self._lock:
            kept = self._snapshots.setdefault(key, [])
            if all(other.number != snapshot.number for other in kept):
                copied = Snapshot(snapshot.number, bytes(snapshot.body))
                bisect.insort(kept, copied, key=lambda other: other.number)

    def _there(self, key: ExecutionKey, after: int) -> list[StepRecord]:
        gone = self._gone.get(key, ())
        records = self._steps.get(key, [])[after:]
        return [record for record in records if record.number not in gone]

    def expire(self, key: ExecutionKey, last: int, at: int, last_at: int) -> None:
        with self._lock:
            expiring = self._expiring.setdefault(key, {})
            for record in self._steps[key]:
                expiring.setdefault(record.number, last_at if record.number == last else at)

    def expiring(self, key: ExecutionKey) -> dict[int, int]:
        """Which steps go, and from when on."""
        return self._expiring.get(key, {})

    def let_go(self, key: ExecutionKey, number: int, now: int) -> None:
        """What DynamoDB does with a step that has expired; with the last one all is forgotten."""
        with self._lock:
            assert self._expiring[key][number] <= now, f"step {number} has not expired"
            gone = self._gone.setdefault(key, set())
            gone.add(number)
            if len(gone) == len(self._steps[key]):
                for kept in (self._steps, self._gone, self._expiring, self._snapshots):
                    kept.pop(key, None)

    def keys(self) -> list[ExecutionKey]:
        """Every execution that has a step: for tests that look at all of them."""
        with self._lock:
            return sorted(self._steps)
