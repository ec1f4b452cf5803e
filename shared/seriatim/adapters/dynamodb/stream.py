"""The stream of the log's table: its records are the items of new steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from seriatim.adapters.dynamodb import keys
from seriatim.adapters.dynamodb.log import record_of
from seriatim.adapters.dynamodb.step_codec import StepCodec
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.payloads import Payloads


class LogStream:
    """Reads records of the stream as Lambda hands them over."""

    def __init__(self, payloads: Payloads) -> None:
        self._codec = StepCodec(payloads)

    def step_of(self, record: Mapping[str, Any]) -> tuple[ExecutionKey, Step] | None:
        """The step that a record brings, whole, with what of it lies in the payloads. None for a
        snapshot, and for an item that is told to go or has gone: that is no news.
        """
        if record["eventName"] != "INSERT":
            return None
        image: dict[str, Any] = record["dynamodb"]["NewImage"]
        if keys.is_snapshot(image["sk"]["S"]):
            return None
        key = keys.execution_of(image["pk"]["S"])
        (step,) = self._codec.decode(key.project_id, [record_of(image)])
        return key, step

    def steps_of(
        self, records: Sequence[Mapping[str, Any]]
    ) -> tuple[tuple[ExecutionKey, Step], ...]:
        """The steps of several records, in order."""
        steps = (self.step_of(record) for record in records)
        return tuple(step for step in steps if step is not None)
