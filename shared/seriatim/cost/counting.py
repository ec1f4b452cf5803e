"""Counts what the engine asks of AWS: calls of its clients, messages, timers, invocations."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final

from seriatim.adapters.clients import Clients
from seriatim.cost import capacity, prices
from seriatim.ports.queue import OutgoingWork, WorkQueue
from seriatim.ports.timers import Timers
from seriatim.topology import TOPOLOGY

ENTRIES_PER_BATCH: Final = 10
"""Of SQS; the adapter sends no more in one request."""

Document = dict[str, Any]


@dataclass(kw_only=True)
class Usage:
    """What was used, by what AWS charges for. Amounts of one or of several executions."""

    write_units: float = 0
    read_units: float = 0
    table_bytes: int = 0
    puts: int = 0
    gets: int = 0
    object_bytes: int = 0
    queue_requests: int = 0
    schedules: int = 0
    events: int = 0
    secret_calls: int = 0
    api_requests: int = 0
    invocations: Counter[str] = field(default_factory=Counter)
    """Of our functions, by name."""
    calls: Counter[str] = field(default_factory=Counter)
    """Of AWS, by name: to show, and to guess how long functions run."""


class Meter:
    """Counts while it is on. Any thread may count."""

    def __init__(self) -> None:
        self.usage = Usage()
        self._is_on = False
        self._lock = threading.Lock()
        self._items: dict[tuple[str, str, str], capacity.Item] = {}
        """The items put, to know what a later put takes the place of."""
        self._tables = {
            table.name: capacity.Indexed(
                key=(table.partition_key, table.sort_key),
                indexes=tuple((i.partition_key, i.sort_key) for i in table.indexes),
            )
            for table in TOPOLOGY.tables
        }

    def switch(self, *, on: bool) -> None:
        """Begin, or cease, to count."""
        with self._lock:
            self._is_on = on

    def watch(self, clients: Clients) -> None:
        """Count what these clients ask."""
        for client in (clients.dynamodb, clients.s3, clients.events, clients.secrets):
            name = client.meta.service_model.service_name
            client.meta.events.register(f"provide-client-params.{name}", self._remember)
            client.meta.events.register(f"after-call.{name}", self._count)

    def invoked(self, function: str) -> None:
        """A function was invoked; the API's by a request of somebody, which costs as well."""
        with self._lock:
            if self._is_on:
                self.usage.invocations[function] += 1

    def requested(self, content_bytes: int) -> None:
        """Somebody called the API with so many bytes."""
        with self._lock:
            if self._is_on:
                self.usage.api_requests += max(1, ceil(content_bytes / prices.API_REQUEST_BYTES))

    def messaged(self, call: str, content_bytes: int, requests: int = 1) -> None:
        """A queue was asked something."""
        with self._lock:
            if self._is_on:
                chunks = max(1, ceil(content_bytes / prices.QUEUE_REQUEST_BYTES))
                self.usage.queue_requests += requests * chunks
                self.usage.calls[f"sqs.{call}"] += requests

    def scheduled(self, call: str) -> None:
        """Scheduler was asked something. A schedule costs when it rings, not if it is deleted."""
        with self._lock:
            if self._is_on:
                self.usage.calls[f"scheduler.{call}"] += 1
                self.usage.schedules += 1 if call == "CreateSchedule" else -1

    # -- calls of botocore's clients

    def _remember(self, params: Document, context: Document, **_: Any) -> None:
        context["seriatim_params"] = params

    def _count(self, parsed: Document, context: Document, model: Any, **_: Any) -> None:
        params = context.get("seriatim_params", {})
        service = model.service_model.service_name
        with self._lock:
            if service == "dynamodb":
                self._count_table(model.name, params, parsed)
            elif self._is_on and service == "s3":
                self._count_object(model.name, params)
            elif self._is_on and service == "events":
                self.usage.events += sum(map(_event_chunks, params["Entries"]))
            elif self._is_on and service == "secretsmanager":
                self.usage.secret_calls += 1
            if self._is_on:
                self.usage.calls[f"{service}.{model.name}"] += 1

    def _count_object(self, operation: str, params: Document) -> None:
        if operation == "PutObject":
            self.usage.puts += 1
            self.usage.object_bytes += len(params["Body"])
        else:
            self.usage.gets += 1

    def _count_table(self, operation: str, params: Document, parsed: Document) -> None:
        is_refused = "Error" in parsed
        match operation:
            case "PutItem":
                self._count_put(params["TableName"], params["Item"], 1, is_refused=is_refused)
            case "TransactWriteItems":
                for action in params["TransactItems"]:
                    self._count_action(action, is_refused=is_refused)
            case "UpdateItem" | "DeleteItem":
                given = {**params["Key"], **params.get("ExpressionAttributeValues", {})}
                self._add(write=capacity.write_units(given))
            case "GetItem":
                size = capacity.size_of(parsed.get("Item", {}))
                consistent = bool(params.get("ConsistentRead"))
                self._add(read=capacity.read_units(size, is_consistent=consistent))
            case "Query":
                size = sum(map(capacity.size_of, parsed.get("Items", ())))
                consistent = bool(params.get("ConsistentRead"))
                self._add(read=capacity.read_units(size, is_consistent=consistent))
            case "BatchGetItem":
                for items in parsed.get("Responses", {}).values():
                    for item in items:
                        size = capacity.size_of(item)
                        self._add(read=capacity.read_units(size, is_consistent=False))
            case _:
                pass

    def _count_action(self, action: Document, *, is_refused: bool) -> None:
        ((kind, params),) = action.items()
        if kind == "Put":
            factor = capacity.TRANSACTION_FACTOR
            self._count_put(params["TableName"], params["Item"], factor, is_refused=is_refused)
        else:
            given = {**params.get("Key", {}), **params.get("ExpressionAttributeValues", {})}
            self._add(write=capacity.write_units(given) * capacity.TRANSACTION_FACTOR)

    def _count_put(
        self, table_name: str, item: capacity.Item, factor: int, *, is_refused: bool
    ) -> None:
        """One that is refused costs its item's size; nothing is stored."""
        if is_refused:
            self._add(write=capacity.write_units(item) * factor)
            return
        table = self._tables[table_name.rpartition("-")[2]]
        partition, sort = (str(item[attribute]) for attribute in table.key)
        before = self._items.get((table_name, partition, sort))
        self._items[table_name, partition, sort] = item
        self._add(write=capacity.put_units(table, item, before) * factor)
        if self._is_on:
            entries = sum(all(a in item for a in index) for index in table.indexes)
            grown = capacity.size_of(item) - (capacity.size_of(before) if before else 0)
            self.usage.table_bytes += grown * (1 + entries)

    def _add(self, *, write: float = 0, read: float = 0) -> None:
        if self._is_on:
            self.usage.write_units += write
            self.usage.read_units += read


class MeteredQueue:
    """A work queue whose use is counted, as ``adapters.sqs`` would ask it of SQS."""

    def __init__(self, queue: WorkQueue, meter: Meter) -> None:
        self._queue = queue
        self._meter = meter

    def send(self, work: Sequence[OutgoingWork]) -> None:
        """Send, in batches of ten."""
        self._queue.send(work)
        for first in range(0, len(work), ENTRIES_PER_BATCH):
            batch = work[first : first + ENTRIES_PER_BATCH]
            call = "SendMessage" if len(work) == 1 else "SendMessageBatch"
            self._meter.messaged(call, sum(len(each.body) for each in batch))

    def extend(self, receipt: str, seconds: int) -> None:
        """Extend a lease."""
        self._queue.extend(receipt, seconds)
        self._meter.messaged("ChangeMessageVisibility", 0)


class MeteredTimers:
    """Timers whose use is counted, as of Scheduler."""

    def __init__(self, timers: Timers, meter: Meter) -> None:
        self._timers = timers
        self._meter = meter

    def arm(self, key: Any, at: int, work: OutgoingWork) -> None:
        """Arm it."""
        self._timers.arm(key, at, work)
        self._meter.scheduled("CreateSchedule")

    def disarm(self, key: Any, at: int) -> None:
        """Take it back."""
        self._timers.disarm(key, at)
        self._meter.scheduled("DeleteSchedule")


def _event_chunks(entry: Mapping[str, Any]) -> int:
    size = sum(len(str(value).encode()) for value in entry.values())
    return max(1, ceil(size / prices.BUS_EVENT_BYTES))
