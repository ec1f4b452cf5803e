"""The starter function: messages of the queue of starts, each answered for itself (partial batch
failures).
"""

import logging
from collections.abc import Mapping
from typing import Any

from functions import wiring
from seriatim.application.queued_starts import BadStart
from seriatim.ports.errors import Unavailable
from seriatim.topology import retry_seconds

log = logging.getLogger("seriatim.starter")


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Handle a batch; records that must come again are named in ``batchItemFailures``. One that
    nobody can do goes to the dead-letter queue with the reason, and is done with.
    """
    wired = wiring.current()
    failures = [record["messageId"] for record in event["Records"] if not _is_done(wired, record)]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failures]}


def _is_done(wired: wiring.Wiring, record: Mapping[str, Any]) -> bool:
    message_id, body = record["messageId"], record["body"]
    try:
        try:
            wired.queued_starts.handle(message_id, body)
        except BadStart as bad:
            # The reason may repeat a value of the message: it goes where the message goes.
            log.warning("start %s is refused: %s", message_id, bad.code)
            wired.dead_letters.put(body, bad.code, bad.reason)
        return True
    except Unavailable as problem:
        log.warning("start %s will be tried again: %s", message_id, problem)
    except Exception:
        # The outermost edge: a bug. The message comes again, and ends in the dead-letter queue.
        log.exception("start %s failed", message_id)
    _give_back(wired, record)
    return False


def _give_back(wired: wiring.Wiring, record: Mapping[str, Any]) -> None:
    """Have the message come again soon, if that can be said now."""
    receive_count = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        wired.start_queue.extend(record["receiptHandle"], retry_seconds(receive_count))
    except Unavailable:
        return
