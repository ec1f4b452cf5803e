"""The notifier function: records of the log's stream, in order, become events on the bus."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from functions import metrics, wiring
from seriatim.domain.events import ExecutionEnded, ExecutionStarted
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.errors import Unavailable

RECORDS_AT_ONCE: Final = 10
"""What is published together: in trouble, no more than this is published again in vain."""

ENDED: Final = {
    Status.SUCCEEDED: "ExecutionsSucceeded",
    Status.FAILED: "ExecutionsFailed",
    Status.CANCELLED: "ExecutionsCancelled",
    Status.TIMED_OUT: "ExecutionsTimedOut",
}

log = logging.getLogger("seriatim.notifier")

Record = Mapping[str, Any]
Published = tuple[ExecutionKey, Step]


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Publish a batch. The record that cannot be published now is named, and comes again with all
    after it: events of one execution keep their order.
    """
    wired = wiring.current()
    records: Sequence[Record] = event["Records"]
    published: list[Published] = []
    failed = None
    for first in range(0, len(records), RECORDS_AT_ONCE):
        failed = _publish(wired, records[first : first + RECORDS_AT_ONCE], published)
        if failed is not None:
            break
    _count(wired, published)
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}


def _publish(
    wired: wiring.Wiring, records: Sequence[Record], published: list[Published]
) -> str | None:
    """Publish some records, and note what was published; the sequence number of the first that was
    not.
    """
    try:
        steps = wired.log_stream.steps_of(records)
        wired.event_publishing.publish(steps)
        for key, step in steps:
            _measure(wired, key, step)
        published.extend(steps)
    except Unavailable as problem:
        log.warning("events will be published again: %s", problem)
        return _number(records[0])
    except Exception:
        if len(records) > 1:
            # One of them is at fault: those before it go out, and it is found.
            failures = (_publish(wired, [record], published) for record in records)
            return next((failed for failed in failures if failed is not None), None)
        # The outermost edge. It is tried until it is too old, and then left to a queue.
        log.exception("the record %s cannot be published", _number(records[0]))
        return _number(records[0])
    return None


def _count(wired: wiring.Wiring, published: Sequence[Published]) -> None:
    """Count for quotas what was published, once for the batch. The events are out: a count that
    fails is told and left, for what is behind it would wait otherwise.
    """
    try:
        wired.day_counting.count(published)
    except Unavailable as problem:
        log.warning("steps will not be counted: %s", problem)
    except Exception:
        # The outermost edge: a bug. It holds up no events.
        log.exception("steps cannot be counted")


def _measure(wired: wiring.Wiring, key: ExecutionKey, step: Step) -> None:
    """Count a start or an end. A batch that comes again is counted again: that is rare."""
    values: dict[str, metrics.Value] = {}
    for event in step.events:
        if isinstance(event, ExecutionStarted):
            values["ExecutionsStarted"] = 1
        elif isinstance(event, ExecutionEnded):
            values[ENDED[event.status]] = 1
    if not values:
        return
    identity = wired.event_publishing.identity(key, step)
    if len(values.keys() & set(ENDED.values())):
        values["ExecutionDuration"] = step.time - identity.started_at
    properties = {
        "projectId": key.project_id,
        "executionId": key.execution_id,
        "sequenceId": identity.sequence_id,
    }
    metrics.emit(step.time, values, properties)


def _number(record: Record) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number
