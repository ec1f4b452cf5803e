"""The worker function: messages of the work queue, each answered for itself (partial batch
failures).
"""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from functions import metrics, wiring
from functions.lambda_context import LambdaContext
from functions.observability import about
from functions.worker.leases import Leases
from seriatim.adapters.tracing import traced
from seriatim.application.visits import Delivery
from seriatim.application.work import decode
from seriatim.application.worker import StepNotThere
from seriatim.ports.errors import Unavailable
from seriatim.topology import WORK_TURN_SECONDS, retry_seconds

log = logging.getLogger("seriatim.worker")


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle a batch; records that must come again are named in ``batchItemFailures``.

    The records of a batch run side by side: a long task holds up no other, and results for one
    execution share a step.
    """
    wired = wiring.current()
    turn = min(context.get_remaining_time_in_millis(), WORK_TURN_SECONDS * 1000)
    deadline = wired.clock.now() + turn
    records: Sequence[Mapping[str, Any]] = event["Records"]
    began = wired.clock.now()
    receipts = [record["receiptHandle"] for record in records]
    with Leases(wired.queue, receipts, wired.states.look_at_running) as leases:
        if len(records) == 1:
            failures = [_handle(wired, records[0], deadline, leases)]
        else:
            with ThreadPoolExecutor(len(records)) as pool:
                failures = list(
                    pool.map(
                        lambda r: copy_context().run(_handle, wired, r, deadline, leases), records
                    )
                )
    _measure(records, began, wired.clock.now())
    return {"batchItemFailures": [{"itemIdentifier": m} for m in failures if m is not None]}


def _measure(records: Sequence[Mapping[str, Any]], began: int, ended: int) -> None:
    """How long messages have waited (those that are new), and how long this took."""
    new = [one["attributes"] for one in records if _receive_count(one) == 1]
    values: dict[str, metrics.Value] = {"MessageDuration": ended - began}
    if new:
        values["QueueAge"] = [max(0, began - int(one.get("SentTimestamp", began))) for one in new]
    if len(new) < len(records):
        values["Redeliveries"] = len(records) - len(new)
    metrics.emit(ended, values)


def _receive_count(record: Mapping[str, Any]) -> int:
    return int(record["attributes"]["ApproximateReceiveCount"])


def _handle(
    wired: wiring.Wiring, record: Mapping[str, Any], deadline: int, leases: Leases
) -> str | None:
    """Handle one record; its message id if it must come again."""
    message_id: str = record["messageId"]
    receipt: str = record["receiptHandle"]
    receive_count = _receive_count(record)
    try:
        work = decode(wired.received(record["body"]))
        with about(work.key, message_id), traced(record):
            wired.worker.handle(work, Delivery(message_id, receive_count, deadline))
    except StepNotThere:
        pass  # whoever announced the step appends it in a moment, or never
    except Unavailable as problem:
        log.warning("message %s will be tried again: %s", message_id, problem)
    except Exception:
        # The outermost edge: a bug or a bad message. It comes again, and ends in the dead-letter
        # queue.
        log.exception("message %s failed", message_id)
    else:
        leases.drop(receipt)
        return None
    leases.give_back(receipt, retry_seconds(receive_count))
    return message_id
