"""Lambda's event source mapping for SQS: takes messages, calls the handler, settles what it says.

The rules are Lambda's: a handler that raises fails its whole batch; one that answers
``batchItemFailures`` fails those; the rest is deleted; failed messages come back when their
visibility timeout is over. Where all invokers are busy with something long, more are started.
"""

import json
import logging
import threading
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from seriatim.local.activity import Activity
from seriatim.local.clock import WaitableClock
from seriatim.local.lambda_context import REGION, LambdaContext
from seriatim.local.queue import Delivery

INVOKERS_DEFAULT = 8
INVOKERS_MAX = 256
GROWTH_SECONDS = 0.1
"""How long no invocation may end, all invokers being busy, before more are started."""
BUSY_SHARE = 0.25
"""Of a processor: a process that uses more computes, and has no need of more threads but of time;
one that uses less waits for something.
"""
ERRORS_REMEMBERED_MAX = 1_000

Handler = Callable[[dict[str, Any], LambdaContext], Mapping[str, Any] | None]

log = logging.getLogger("seriatim.local")


class Source(Protocol):
    """The receiving end of a queue."""

    def receive(self, invokers: int) -> Delivery | None:
        """Wait for messages, a fair share for one of ``invokers``; ``None`` once it is closed."""
        ...

    def settle(self, delivery: Delivery, failed: Collection[str]) -> None:
        """Delete the messages but the ``failed`` ones (by id), and end the delivery's run."""
        ...

    def close(self) -> None:
        """Send every receiver home."""
        ...


class EventSource:
    """Calls ``handler`` for what ``source`` delivers, on threads of its own."""

    def __init__(
        self,
        source: Source,
        handler: Handler,
        *,
        clock: WaitableClock,
        activity: Activity,
        function_name: str,
        timeout_seconds: int,
        queue_arn: str,
        invokers: int = INVOKERS_DEFAULT,
    ) -> None:
        self._source = source
        self._handler = handler
        self._clock = clock
        self._activity = activity
        self._function_name = function_name
        self._timeout_seconds = timeout_seconds
        self._queue_arn = queue_arn
        self._invokers = invokers
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._busy = 0
        self._ended = 0
        self._is_saturated = threading.Event()
        self._is_stopping = threading.Event()
        self._errors_seen: set[str] = set()

    def start(self) -> None:
        """Begin to receive."""
        with self._lock:
            for _ in range(self._invokers):
                self._add_invoker()
        threading.Thread(target=self._grow, name="invoker-growth", daemon=True).start()

    def stop(self, seconds: float) -> bool:
        """Receive nothing more and wait for running invocations; False if some still run then.

        Their messages come back when their visibility timeout is over, as after a crash.
        """
        self._is_stopping.set()
        self._is_saturated.set()
        self._source.close()
        ends = threading.Event()
        threading.Thread(target=self._join, args=(ends,), daemon=True).start()
        return ends.wait(seconds)

    def _join(self, ended: threading.Event) -> None:
        for thread in tuple(self._threads):
            thread.join()
        ended.set()

    def _add_invoker(self) -> None:
        thread = threading.Thread(target=self._serve, name="invoker", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _serve(self) -> None:
        while delivery := self._source.receive(len(self._threads)):
            with self._lock:
                self._busy += 1
                if self._busy == len(self._threads):
                    self._is_saturated.set()
            failed = self._invoke(delivery)
            self._source.settle(delivery, failed)
            with self._lock:
                self._busy -= 1
                self._ended += 1
                self._is_saturated.clear()
                has_idle_peer = self._busy < len(self._threads) - 1
                if has_idle_peer and len(self._threads) > self._invokers:
                    self._threads.discard(threading.current_thread())
                    return

    def _grow(self) -> None:
        """Work that waits long (a task that sleeps, a slow server) must not hold up the rest.

        Where invocations keep ending, or the process computes, the machine is busy instead, and
        more threads would not help.
        """
        while self._is_saturated.wait() and not self._is_stopping.is_set():
            ended, worked = self._ended, time.process_time()
            self._is_stopping.wait(GROWTH_SECONDS)
            if time.process_time() - worked > GROWTH_SECONDS * BUSY_SHARE:
                continue
            with self._lock:
                if self._is_stopping.is_set() or self._ended != ended:
                    continue
                count = len(self._threads)
                for _ in range(min(1 + count // 4, INVOKERS_MAX - count)):
                    self._add_invoker()
                    self._is_saturated.clear()
            if count >= INVOKERS_MAX:
                self._is_saturated.clear()

    def _invoke(self, delivery: Delivery) -> Collection[str]:
        """The ids of the messages that failed."""
        event = sqs_event(delivery, self._queue_arn)
        everything = [message.message_id for message in delivery.messages]
        context = LambdaContext(self._function_name, self._clock, self._timeout_seconds)
        with self._activity.entered(delivery.run):
            try:
                return failed_ids(self._handler(event, context), everything)
            except Exception as error:  # noqa: BLE001 - the edge: Lambda fails the batch, and goes on
                self._report(error)
                return everything

    def _report(self, error: Exception) -> None:
        """Print an error the first time that it happens; redeliveries would repeat it."""
        text = "".join(traceback.format_exception(error)).rstrip()
        with self._lock:
            is_new = text not in self._errors_seen
            if is_new and len(self._errors_seen) < ERRORS_REMEMBERED_MAX:
                self._errors_seen.add(text)
        if is_new:
            log.error(
                "%s failed; its messages will be delivered again.\n%s", self._function_name, text
            )


def sqs_event(delivery: Delivery, queue_arn: str) -> dict[str, Any]:
    """The event of an SQS event source, as Lambda documents it."""
    return {
        "Records": [
            {
                "messageId": message.message_id,
                "receiptHandle": message.receipt,
                "body": message.body,
                "attributes": message.attributes,
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": REGION,
            }
            for message in delivery.messages
        ]
    }


def failed_ids(answer: Mapping[str, Any] | None, everything: Collection[str]) -> Collection[str]:
    """What ``batchItemFailures`` names. An answer that Lambda would not understand fails all.

    Raises:
        ValueError: it is such an answer.
    """
    failures = (answer or {}).get("batchItemFailures") or []
    failed = [failure.get("itemIdentifier") for failure in failures]
    if unknown := [name for name in failed if name not in everything]:
        raise ValueError(f"batchItemFailures names no message of the batch: {json.dumps(unknown)}")
    return set(failed)
