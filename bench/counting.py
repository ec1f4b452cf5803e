"""Counts every call of AWS where it leaves the embedded service, and what AWS bills for it.

Calls of clients are counted by hooks of botocore, with the bytes that travel. What DynamoDB would
charge is worked out from the items that lie in the emulator before and after a call, an index at a
time. The queue and the timers are not clients here; their ports are counted as their adapters for
SQS and Scheduler would ask. Independent of ``seriatim cost``, which guesses from requests alone.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Final

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from bench.billing import Amount, Item, Line, write_units
from seriatim.adapters.clients import Clients
from seriatim.cost import capacity, prices
from seriatim.local.event_source import Handler
from seriatim.local.lambda_context import ACCOUNT_ID, REGION
from seriatim.local.service import imported
from seriatim.ports.queue import OutgoingWork, WorkQueue
from seriatim.ports.timers import Timers
from seriatim.topology import API, RECONCILER, TOPOLOGY, Table

BATCH_MESSAGES_MAX: Final = 10
DIGEST_CHARACTERS: Final = 64
WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})

Document = dict[str, Any]


class CallCounter:
    """Counts while it is on. Any thread may count. What the reconciler asks, every minute whatever
    runs, is left out; while it is on, it is not called: what a slow machine keeps waiting for
    minutes is not overdue on AWS.
    """

    def __init__(self) -> None:
        self.lines: defaultdict[Line, Amount] = defaultdict(Amount)
        self.written: Counter[str] = Counter()
        """Write units by the kind of item: of steps, snapshots, summaries and so on."""
        self.is_on = False
        self._lock = threading.Lock()
        self._thread = threading.local()

    # -- where it listens

    def watch(self, clients: Clients) -> None:
        """Count what these clients ask."""
        for client in (clients.dynamodb, clients.s3, clients.events, clients.secrets):
            name = client.meta.service_model.service_name
            events = client.meta.events
            events.register(f"provide-client-params.{name}", self._remember)
            # First: where a call is answered in this process, nobody later is asked.
            events.register_first(f"before-call.{name}", self._before)
            events.register(f"after-call.{name}", self._after)

    def prepare(self, wiring: Any) -> None:
        """Stand between a service's parts and its ports (``LocalService``'s ``prepare``)."""
        self.watch(wiring.clients)
        parts = vars(wiring)
        parts["queue"] = CountedQueue(wiring.queue, self)
        parts["timers"] = CountedTimers(wiring.timers, self)

    def handlers(self, handler: str) -> Handler:
        """The function of that name, whose invocations are counted (``LocalService``'s
        ``handlers``).
        """
        (name,) = (one.name for one in TOPOLOGY.functions if one.handler == handler)
        called = imported(handler)

        def counted(event: Any, context: Any) -> Any:
            if self.is_on and name == RECONCILER.name:
                return None
            self._thread.is_ignored = name == RECONCILER.name
            self._invoked(name, event)
            try:
                return called(event, context)
            finally:
                self._thread.is_ignored = False

        return counted

    def add(self, line: Line, **amounts: float) -> None:
        """Count one call."""
        if not self.is_on or getattr(self._thread, "is_ignored", False):
            return
        with self._lock:
            amount = self.lines[line]
            amount.calls += int(amounts.get("calls", 1))
            amount.refused += int(amounts.get("refused", 0))
            amount.request_bytes += int(amounts.get("request_bytes", 0))
            amount.item_bytes += int(amounts.get("item_bytes", 0))
            amount.units += amounts.get("units", 0)

    # -- invocations

    def _invoked(self, name: str, event: Mapping[str, Any]) -> None:
        self.add(Line("lambda", name), units=1)
        if name == API.name:
            size = len(event.get("body") or "")
            self.add(Line("apigateway", "request"), item_bytes=size, units=_chunks(size, 512))
            return
        records = [one for one in event.get("Records", ()) if "receiptHandle" in one]
        if records:
            # Lambda's poller: it receives the batch, and deletes what is done.
            size = sum(len(one["body"]) for one in records)
            self.add(Line("sqs", "ReceiveMessage"), item_bytes=size, units=_chunks(size))
            self.add(Line("sqs", "DeleteMessageBatch"), units=1)

    # -- clients

    def _remember(self, params: Document, context: Document, **_: Any) -> None:
        context["counted_params"] = params

    def _before(self, params: Document, context: Document, model: Any, **_: Any) -> None:
        body = params.get("body") or b""
        context["counted_bytes"] = len(body if isinstance(body, bytes | str) else body.getvalue())
        if model.name in WRITES:
            context["counted_items"] = [
                (table, key, stored_item(table, key))
                for table, key in _targets(model.name, context["counted_params"])
            ]

    def _after(self, parsed: Document, context: Document, model: Any, **_: Any) -> None:
        params, service = context["counted_params"], model.service_model.service_name
        sent = {"request_bytes": context["counted_bytes"]}
        match service:
            case "dynamodb" if model.name in WRITES:
                self._wrote(model.name, params, context["counted_items"], "Error" in parsed, sent)
            case "dynamodb":
                self._read(model.name, params, parsed, sent)
            case "events":
                sizes = [sum(len(str(v)) for v in entry.values()) for entry in params["Entries"]]
                units = sum(map(_chunks, sizes))
                self.add(Line(service, model.name), item_bytes=sum(sizes), units=units, **sent)
            case _:
                self.add(Line(service, model.name), units=1, **sent)

    def _wrote(
        self,
        operation: str,
        params: Document,
        items: Sequence[tuple[str, Item, Item | None]],
        is_refused: bool,
        sent: dict[str, int],
    ) -> None:
        factor = capacity.TRANSACTION_FACTOR if operation == "TransactWriteItems" else 1
        for table_name, key, before in items:
            table = _table(table_name)
            after = before if is_refused else stored_item(table_name, key)
            given = params.get("Item") if is_refused else None
            if is_refused:
                sizes = [capacity.write_units(one) for one in (before, given) if one]
                units = max(sizes, default=1)
            else:
                units = write_units(table, before, after)
            if self.is_on and not getattr(self._thread, "is_ignored", False):
                with self._lock:
                    self.written[_kind(key)] += units * factor
            size = capacity.size_of(after or given or key)
            self.add(
                Line("dynamodb", operation, table.name),
                refused=is_refused,
                item_bytes=size,
                units=units * factor,
                **sent,
            )
            sent = {"calls": 0}

    def _read(self, operation: str, params: Document, parsed: Document, sent: Document) -> None:
        is_consistent = bool(params.get("ConsistentRead"))
        if operation == "BatchGetItem":
            for name, items in parsed.get("Responses", {}).items():
                sizes = [capacity.size_of(item) for item in items]
                units = sum(capacity.read_units(size, is_consistent=False) for size in sizes)
                line = Line("dynamodb", operation, _table(name).name)
                self.add(line, item_bytes=sum(sizes), units=units, **sent)
            return
        if operation == "GetItem":
            # What is left out of the answer is paid for all the same.
            found = [stored_item(params["TableName"], params["Key"])]
        elif operation in {"Query", "Scan"}:
            found = parsed.get("Items", [])
        else:
            return
        size = sum(capacity.size_of(item) for item in found if item)
        units = capacity.read_units(size, is_consistent=is_consistent)
        line = Line("dynamodb", operation, _table(params["TableName"]).name)
        self.add(line, item_bytes=size, units=units, **sent)


class CountedQueue:
    """A work queue, counted as ``adapters.sqs`` would ask it of SQS."""

    def __init__(self, queue: WorkQueue, counter: CallCounter) -> None:
        self._queue = queue
        self._counter = counter

    def send(self, work: Sequence[OutgoingWork]) -> None:
        """Send, ten at a time."""
        self._queue.send(work)
        for first in range(0, len(work), BATCH_MESSAGES_MAX):
            batch = work[first : first + BATCH_MESSAGES_MAX]
            size = sum(len(one.body) for one in batch)
            self._counter.add(Line("sqs", "SendMessageBatch"), item_bytes=size, units=_chunks(size))
        self._counter.add(Line("sqs", "messages"), calls=len(work))

    def extend(self, receipt: str, seconds: int) -> None:
        """Extend a lease."""
        self._queue.extend(receipt, seconds)
        self._counter.add(Line("sqs", "ChangeMessageVisibility"), units=1)


class CountedTimers:
    """Timers, counted as Scheduler's: one that is taken back costs nothing."""

    def __init__(self, timers: Timers, counter: CallCounter) -> None:
        self._timers = timers
        self._counter = counter

    def arm(self, key: Any, at: int, work: OutgoingWork) -> None:
        """Arm it."""
        self._timers.arm(key, at, work)
        self._counter.add(Line("scheduler", "CreateSchedule"), units=1, item_bytes=len(work.body))

    def disarm(self, key: Any, at: int) -> None:
        """Take it back."""
        self._timers.disarm(key, at)
        self._counter.add(Line("scheduler", "DeleteSchedule"), units=-1)


def stored_item(table_name: str, key: Item) -> Item | None:
    """An item as it lies in the emulator."""
    table = dynamodb_backends[ACCOUNT_ID][REGION].tables[table_name]
    partition, sort = DynamoType(key["pk"]), DynamoType(key["sk"])
    item = table.items.get(partition, {}).get(sort)
    if item is None:
        return None
    return {name: value.to_json() for name, value in item.attrs.items()}


def _targets(operation: str, params: Document) -> list[tuple[str, Item]]:
    """The keys that a request writes to, with their tables."""
    if operation == "TransactWriteItems":
        requests = [request for action in params["TransactItems"] for request in action.values()]
    else:
        requests = [params]
    found: list[tuple[str, Item]] = []
    for request in requests:
        table = _table(request["TableName"])
        given = request.get("Item") or request["Key"]
        key = {name: given[name] for name in (table.partition_key, table.sort_key)}
        found.append((request["TableName"], key))
    return found


def _table(name: str) -> Table:
    return next(table for table in TOPOLOGY.tables if table.name == name.rpartition("-")[2])


def _kind(key: Item) -> str:
    """What kind of item a key names, for people."""
    sort: str = key["sk"]["S"]
    if sort.startswith("S#"):
        return "snapshots" if sort.endswith("~snapshot") else "steps"
    if len(sort) == DIGEST_CHARACTERS:
        return "pinned tasks"
    return "summaries" if sort == "summary" else sort.partition("#")[0]


def _chunks(size: int, kilobytes: int = prices.QUEUE_REQUEST_BYTES // 1024) -> int:
    return max(1, ceil(size / (kilobytes * 1024)))
