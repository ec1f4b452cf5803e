"""The notifier function: records of the log's stream, in order, become events on the bus."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from functions import wiring
from seriatim.ports import Unavailable

RECORDS_AT_ONCE: Final = 10
"""What is published together: in trouble, no more than this is published again in vain."""

log = logging.getLogger("seriatim.notifier")

Record = Mapping[str, Any]


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Publish a batch. The record that cannot be published now is named, and comes again with all
    after it: events of one execution keep their order.
    """
    wired = wiring.current()
    records: Sequence[Record] = event["Records"]
    for first in range(0, len(records), RECORDS_AT_ONCE):
        some = records[first : first + RECORDS_AT_ONCE]
        failed = _publish(wired, some)
        if failed is not None:
            return {"batchItemFailures": [{"itemIdentifier": failed}]}
    return {"batchItemFailures": []}


def _publish(wired: wiring.Wiring, records: Sequence[Record]) -> str | None:
    """Publish some records; the sequence number of the first that was not."""
    try:
        wired.event_publishing.publish(wired.log_stream.steps_of(records))
    except Unavailable as problem:
        log.warning("events will be published again: %s", problem)
        return _number(records[0])
    except Exception:
        if len(records) > 1:
            # One of them is at fault: those before it go out, and it is found.
            failures = (_publish(wired, [record]) for record in records)
            return next((failed for failed in failures if failed is not None), None)
        # The outermost edge. It is tried until it is too old, and then left to a queue.
        log.exception("the record %s cannot be published", _number(records[0]))
        return _number(records[0])
    return None


def _number(record: Record) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number
