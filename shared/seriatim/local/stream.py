"""The log table's stream on one machine: what Lambda's event source mapping for DynamoDB does.

Records are handed to the handler in the order in which they were taken in, one batch at a time,
as many together as come while something runs that may add to them, but soon (Lambda looks at a
stream four times a second). What it names comes again with all after it. The stream is gone with
the process, as memory is.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any, Final

from seriatim.local.activity import Activity, Run
from seriatim.local.clock import WaitableClock
from seriatim.local.event_source import Handler
from seriatim.local.lambda_context import REGION, LambdaContext
from seriatim.topology import Function

RETRY_SECONDS: Final = 1
"""Of the machine, after a batch that failed."""
GATHER_SECONDS: Final = 0.1
"""How long a record waits for others at most."""

log = logging.getLogger("seriatim.local")

Item = dict[str, Any]


class LocalStream:
    """Any thread may ``take``; one calls the handler."""

    def __init__(
        self,
        handler: Handler,
        *,
        clock: WaitableClock,
        activity: Activity,
        function_name: str,
        timeout_seconds: int,
        batch_size: int,
        attributes: Collection[str],
    ) -> None:
        """Only items with one of ``attributes`` are handed over; none: all."""
        self._handler = handler
        self._clock = clock
        self._activity = activity
        self._function_name = function_name
        self._timeout_seconds = timeout_seconds
        self._batch_size = batch_size
        self._attributes = frozenset(attributes)
        self._changed = threading.Condition()
        self._records: deque[tuple[dict[str, Any], Run]] = deque()
        self._count = 0
        self._is_stopping = threading.Event()
        self._is_failing = False
        self._thread = threading.Thread(target=self._serve, name="log-stream", daemon=True)

    def start(self) -> None:
        """Begin to hand over."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Hand over nothing more; what is left is lost with the process."""
        self._is_stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(seconds)
        with self._changed:
            for _, run in self._records:
                self._activity.end(run)
            self._records.clear()

    def take(self, item: Item) -> None:
        """Take in a new item. The service is not idle before the handler is done with it."""
        if self._is_stopping.is_set() or (self._attributes and not self._attributes & item.keys()):
            return
        run = self._activity.begin()
        with self._changed:
            self._count += 1
            self._records.append((stream_record(self._count, item), run))
            self._changed.notify_all()

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopping.is_set() or self._records)
                if self._is_stopping.is_set():
                    return
            self._gather()
            with self._changed:
                batch = list(islice(self._records, self._batch_size))
            done = self._hand_over([record for record, _ in batch])
            with self._changed:
                ended = [self._records.popleft() for _ in range(done)]
            for _, run in ended:
                self._activity.end(run)
            if done < len(batch):
                self._is_stopping.wait(RETRY_SECONDS)

    def _gather(self) -> None:
        """Wait for more records while anything runs that is not waiting for these."""
        ends = time.monotonic() + GATHER_SECONDS
        while not self._is_stopping.is_set():
            seen = self._activity.changes
            with self._changed:
                count = len(self._records)
            left = ends - time.monotonic()
            if left <= 0 or count >= self._batch_size or self._activity.awake <= count:
                return
            self._activity.wait_for_change(seen, left)

    def _hand_over(self, records: list[dict[str, Any]]) -> int:
        """How many records of the batch are done with."""
        context = LambdaContext(self._function_name, self._clock, self._timeout_seconds)
        try:
            answer = self._handler({"Records": records}, context)
            done = _done(records, answer)
        except Exception:
            if not self._is_failing:
                log.exception("%s failed; its records will come again.", self._function_name)
            self._is_failing = True
            return 0
        self._is_failing = done < len(records)
        return done


def stream_to(
    function: Function, handler: Handler, clock: WaitableClock, activity: Activity
) -> LocalStream:
    """The stream that feeds a function of the topology."""
    source = function.stream_source
    assert source is not None
    return LocalStream(
        handler,
        clock=clock,
        activity=activity,
        function_name=function.name,
        timeout_seconds=function.timeout_seconds,
        batch_size=source.batch_size,
        attributes=source.attributes,
    )


def stream_record(number: int, item: Item) -> dict[str, Any]:
    """A record of a table's stream with new images, as Lambda documents it."""
    return {
        "eventID": f"{number:032x}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "Keys": {"pk": item["pk"], "sk": item["sk"]},
            "NewImage": item,
            "SequenceNumber": f"{number:021d}",
            "StreamViewType": "NEW_IMAGE",
        },
    }


def _done(records: list[dict[str, Any]], answer: Mapping[str, Any] | None) -> int:
    """Lambda goes on at the first record that is named."""
    failures = (answer or {}).get("batchItemFailures") or []
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    return min((numbers.index(one["itemIdentifier"]) for one in failures), default=len(records))
