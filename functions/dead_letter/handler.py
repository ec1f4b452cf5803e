"""The dead-letter function: what the work queue and the timers gave up, message by message.

What cannot be settled stays in its dead-letter queue, where an alarm rings, and comes again in a
quarter of an hour, for as long as the queue keeps it.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from functions import metrics, wiring
from functions.lambda_context import LambdaContext
from functions.observability import about
from seriatim.adapters.tracing import traced
from seriatim.application.dead_letters import DeadLetter, Unplaceable
from seriatim.application.work import decode
from seriatim.ports.errors import NotFound, Unavailable
from seriatim.ports.queue import OutgoingWork

log = logging.getLogger("seriatim.dead_letter")


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Settle a batch; records that stay are named in ``batchItemFailures``."""
    wired = wiring.current()
    deadline = wired.clock.now() + context.get_remaining_time_in_millis()
    records: Sequence[Mapping[str, Any]] = event["Records"]
    done = {record["messageId"]: _settle(wired, record, deadline) for record in records}
    counts = Counter(what or "kept" for what in done.values())
    values = {f"DeadLetters{what.capitalize()}": count for what, count in counts.items()}
    metrics.emit(wired.clock.now(), values)
    kept = [message_id for message_id, what in done.items() if what is None]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in kept]}


def _settle(wired: wiring.Wiring, record: Mapping[str, Any], deadline: int) -> str | None:
    """What became of a message; ``None`` if it stays."""
    message_id = record["messageId"]
    try:
        body = wired.received(record["body"])
        work = decode(body)
        with about(work.key, message_id), traced(record):
            if record["eventSourceARN"] == wired.settings.timer_dlq_arn:
                # Scheduler could not deliver it: nobody has tried to handle it yet.
                wired.queue.send([OutgoingWork(work.project_id, body)])
                done = "resent"
            else:
                done = wired.dead_letter_handling.handle(work, _letter(record, deadline))
            log.warning("dead letter %s, a %s: %s", message_id, type(work).__name__, done)
    except (msgspec.MsgspecError, NotFound, UnicodeError, Unplaceable) as problem:
        log.error("dead letter %s stays where it is: %s", message_id, problem)  # noqa: TRY400 - known
        return None
    except Unavailable as problem:
        log.warning("dead letter %s comes again: %s", message_id, problem)
        return None
    except Exception:
        log.exception("dead letter %s cannot be settled", message_id)
        return None
    return done


def _letter(record: Mapping[str, Any], deadline: int) -> DeadLetter:
    attributes = record["attributes"]
    return DeadLetter(
        record["messageId"],
        int(attributes["ApproximateReceiveCount"]),
        int(attributes["SentTimestamp"]),
        deadline,
    )
