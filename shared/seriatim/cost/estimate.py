"""From what one execution uses to what so many a month cost, item by item. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from seriatim.cost import prices
from seriatim.cost.driving import Measured
from seriatim.cost.prices import Price
from seriatim.topology import API, HTTP_TASK, TOPOLOGY, WORKER

GB: Final = 1024**3
MONTH_SECONDS: Final = 30 * 24 * 3600
MILLISECONDS_PER_CALL: Final = 10
"""Assumed: what a function waits for one call of AWS, warm, near the service."""
MILLISECONDS_PER_INVOCATION: Final = 5
"""Assumed: what it works besides."""
LOG_BYTES_PER_INVOCATION: Final = 600
"""Assumed: what Lambda itself logs of an invocation, and a line of ours."""
LOG_BYTES_PER_REQUEST: Final = 500
"""Assumed: a line of the API's access log."""
POLLERS: Final = 5
POLL_SECONDS: Final = 20
"""Lambda asks an empty queue with so many pollers, each so long."""


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """What no run on this machine can tell."""

    executions_per_month: int
    task_seconds: float = 0.1
    """How long one attempt of a task runs."""
    task_megabytes: int = 512
    """The memory of ``lambda`` tasks' own functions; ``python`` tasks run in the worker."""
    worker_megabytes: int = WORKER.memory_megabytes


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line of the bill."""

    service: str
    what: str
    amount: float
    """In a month."""
    price: Price

    @property
    def dollars(self) -> float:
        """In a month."""
        return self.price.of(self.amount)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What so many executions a month cost."""

    assumed: Assumed
    items: tuple[Item, ...]
    tasks: tuple[Item, ...]
    """What the tasks themselves cost, whoever runs the sequence; not part of ``items``."""
    step_functions: Item
    notes: tuple[str, ...] = field(default=())

    @property
    def dollars(self) -> float:
        """The service's, in a month."""
        return sum(item.dollars for item in self.items)

    @property
    def task_dollars(self) -> float:
        """The tasks', in a month."""
        return sum(item.dollars for item in self.tasks)


def estimate(measured: Measured, assumed: Assumed) -> Estimate:
    """Multiply."""
    times = assumed.executions_per_month
    return Estimate(
        assumed=assumed,
        items=tuple(item for item in _items(measured, assumed) if item.amount),
        tasks=tuple(item for item in _tasks(measured, assumed) if item.amount),
        step_functions=Item(
            service="Step Functions",
            what="state transitions of Standard workflows",
            amount=measured.transitions * times,
            price=prices.TRANSITION,
        ),
        notes=tuple(measured.assumptions),
    )


def _items(measured: Measured, assumed: Assumed) -> Iterator[Item]:
    used, times = measured.usage, assumed.executions_per_month

    def item(service: str, what: str, amount: float, price: Price) -> Item:
        return Item(service=service, what=what, amount=amount * times, price=price)

    invocations = used.invocations.total()
    yield item("API Gateway", "requests", used.api_requests, prices.API_REQUEST)
    yield item("Lambda", "requests", invocations, prices.LAMBDA_REQUEST)
    yield item(
        "Lambda",
        "engine's GB-seconds",
        _engine_gb_seconds(measured, assumed),
        prices.LAMBDA_GB_SECOND,
    )
    yield item("DynamoDB", "write units", used.write_units, prices.WRITE_UNIT)
    yield item("DynamoDB", "read units", used.read_units, prices.READ_UNIT)
    gigabytes = used.table_bytes / GB
    yield item("DynamoDB", "GB kept, of one month", gigabytes, prices.TABLE_GB_MONTH)
    yield item("DynamoDB", "GB backed up, of one month", gigabytes, prices.BACKUP_GB_MONTH)
    yield item("SQS", "requests", used.queue_requests, prices.QUEUE_REQUEST)
    yield item("SQS", "requests, fair queue", used.queue_requests, prices.FAIR_REQUEST)
    yield item("Scheduler", "schedules that ring", used.schedules, prices.SCHEDULE_RUN)
    yield item("S3", "PUT", used.puts, prices.OBJECT_PUT)
    yield item("S3", "GET and HEAD", used.gets, prices.OBJECT_GET)
    kept = used.object_bytes / GB
    yield item("S3", "GB kept, of one month", kept, prices.OBJECT_GB_MONTH)
    yield item("EventBridge", "events", used.events, prices.BUS_EVENT)
    logged = invocations * LOG_BYTES_PER_INVOCATION + used.api_requests * LOG_BYTES_PER_REQUEST
    yield item("CloudWatch", "GB of logs", logged / GB, prices.LOG_GB)
    queues = sum(len(function.event_sources) for function in TOPOLOGY.functions)
    yield Item(
        service="SQS",
        what="looks at empty queues, whatever runs",
        amount=queues * POLLERS * MONTH_SECONDS / POLL_SECONDS,
        price=prices.QUEUE_REQUEST,
    )


def _engine_gb_seconds(measured: Measured, assumed: Assumed) -> float:
    """The calls of AWS are shared out among invocations by the memory of the worker, which makes
    most of them; each invocation works a little besides.
    """
    used = measured.usage
    waited = used.calls.total() * MILLISECONDS_PER_CALL / 1000
    worked = used.invocations.total() * MILLISECONDS_PER_INVOCATION / 1000
    return (waited + worked) * max(assumed.worker_megabytes, API.memory_megabytes) / 1024


def _tasks(measured: Measured, assumed: Assumed) -> Iterator[Item]:
    """A ``python`` task occupies the worker; a ``lambda`` or ``http`` task its own end as well."""
    times = assumed.executions_per_month
    attempts = measured.attempts
    in_worker = sum(attempts.get(kind, 0) for kind in ("python", "lambda", "http"))
    yield Item(
        service="Lambda",
        what="GB-seconds of the worker while tasks run",
        amount=in_worker * times * assumed.task_seconds * assumed.worker_megabytes / 1024,
        price=prices.LAMBDA_GB_SECOND,
    )
    called = attempts.get("lambda", 0) * times
    yield Item(
        service="Lambda", what="requests of tasks", amount=called, price=prices.LAMBDA_REQUEST
    )
    yield Item(
        service="Lambda",
        what="GB-seconds of tasks",
        amount=called * assumed.task_seconds * assumed.task_megabytes / 1024,
        price=prices.LAMBDA_GB_SECOND,
    )
    sent = attempts.get("http", 0) * times
    yield Item(
        service="Lambda", what="requests of http-task", amount=sent, price=prices.LAMBDA_REQUEST
    )
    yield Item(
        service="Lambda",
        what="GB-seconds of http-task",
        amount=sent * assumed.task_seconds * HTTP_TASK.memory_megabytes / 1024,
        price=prices.LAMBDA_GB_SECOND,
    )
    yield Item(
        service="SQS",
        what="messages to tasks",
        amount=attempts.get("sqs", 0) * times,
        price=prices.QUEUE_REQUEST,
    )
    yield Item(
        service="EventBridge",
        what="events to tasks",
        amount=attempts.get("eventbridge", 0) * times,
        price=prices.BUS_EVENT,
    )
