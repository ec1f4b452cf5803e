"""What is deployed, as frozen data: tables, queues, functions, and the numbers that must fit
together.

``infra`` interprets it as CloudFormation and ``local`` on one machine, so the two cannot drift
apart. Names are logical; a deployment puts its own prefix before them. May import nothing of ours.
"""

import msgspec

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """A global secondary index: items that have both keys, with all their attributes or none."""

    name: str
    partition_key: str
    sort_key: str
    keys_only: bool = False
    """Whether its items have no more attributes than the keys, of the table and its own."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A DynamoDB table, on demand, with point-in-time recovery. All keys are strings."""

    name: str
    partition_key: str = "pk"
    sort_key: str = "sk"
    indexes: tuple[Index, ...] = ()
    stream: bool = False
    """Whether new images of its items go to the notifier."""
    append_only: bool = False
    """Whether nobody may update or delete its items."""
    expires_at: str | None = None
    """The attribute with the time (in seconds) from which an item may go by itself."""


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A standard SQS queue, encrypted."""

    name: str
    visibility_timeout_seconds: int
    retention_seconds: int = 14 * DAY
    dead_letter_queue: str | None = None
    max_receive_count: int | None = None


class EventSource(msgspec.Struct, frozen=True, kw_only=True):
    """A queue that a function is fed from; what fails of a batch is reported item by item."""

    queue: str
    batch_size: int
    max_concurrency: int


class StreamSource(msgspec.Struct, frozen=True, kw_only=True):
    """A table's stream that a function is fed from, in order by partition key. What fails is
    reported by its first record, halved, and tried until it is too old; then its place in the
    stream goes to ``failure_queue``.
    """

    table: str
    batch_size: int
    parallelization: int
    """Batches of one shard at once; those of one partition key stay in order."""
    record_age_seconds_max: int
    failure_queue: str
    attributes: tuple[str, ...] = ()
    """Only new items with one of these (texts) are handed over; none: all new items."""


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A Lambda function. The handler is the same string in the cloud and locally."""

    name: str
    handler: str
    timeout_seconds: int
    memory_megabytes: int
    event_source: EventSource | None = None
    more_event_sources: tuple[EventSource, ...] = ()
    stream_source: StreamSource | None = None
    rate_minutes: int | None = None
    """How often it is invoked by the clock."""
    has_data: bool = True
    """Whether it is told of tables, queues and the bucket, and has rights on some."""
    recursion_allowed: bool = False
    """Lambda stops a chain of function, queue, function after some 16 hops, unless told not to. A
    chain of tasks is one; it is bounded by ``maxNodeRuns`` instead. So is one of executions that
    start each other by events; ``HOPS_MAX`` bounds that.
    """

    @property
    def event_sources(self) -> tuple[EventSource, ...]:
        """All queues that it is fed from."""
        first = () if self.event_source is None else (self.event_source,)
        return first + self.more_event_sources


class Topology(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    tables: tuple[Table, ...]
    queues: tuple[Queue, ...]
    functions: tuple[Function, ...]
    payload_bucket: str
    schedule_group: str
    trigger_group: str
    """Of the schedules that start sequences; ``schedule_group`` has the timers of executions."""
    task_token_secret: str
    task_secrets: str
    """Of what the names of secrets for tasks begin with, the part after the environment's."""
    event_bus: str

    def queue(self, name: str) -> Queue:
        """The queue of that logical name."""
        return next(queue for queue in self.queues if queue.name == name)


LOG = Table(name="log", stream=True, append_only=True, expires_at="expires_at")
"""Only items of retired executions expire: they are put again with the time of that."""

BY_PROJECT = Index(name="by_project", partition_key="in_project", sort_key="position")
BY_STATUS = Index(name="by_status", partition_key="in_status", sort_key="position")
BY_SEQUENCE = Index(name="by_sequence", partition_key="in_sequence", sort_key="position")
BY_WATCH = Index(name="by_watch", partition_key="watch", sort_key="watch_at", keys_only=True)
"""Executions that the reconciler has to look at, by when. One that is over is not in it."""
RECORDS = Table(
    name="records",
    indexes=(BY_PROJECT, BY_STATUS, BY_SEQUENCE, BY_WATCH),
    expires_at="expires_at",
)

HTTP_INTEGRATION_SECONDS_MAX = 30
"""API Gateway answers 504 by then."""
LAMBDA_TIMEOUT_SECONDS_MAX = 15 * MINUTE
STREAM_SECONDS = DAY
"""How long DynamoDB keeps a record of a stream."""
OUTAGE_SECONDS_MIN = 6 * HOUR
"""How long AWS may be down (it was, for three hours) before a message may go to a DLQ."""

WORK_LEASE_SECONDS = MINUTE
"""To this a worker shortens the visibility of what it received, and extends it while it lives."""
WORK_TURN_SECONDS = MINUTE
"""So long a worker goes on in place with one execution; then the rest of it goes to the end of its
project's line, and whoever waits has a turn. A chain costs a message for each turn.
"""
RETRY_SECONDS_MIN = 2
RETRY_SECONDS_MAX = MINUTE


def retry_seconds(receive_count: int) -> int:
    """How long a message that could not be handled stays hidden: soon at first, for most trouble
    passes; then seldom enough for an outage to end before the queue gives the message up.
    """
    return min(RETRY_SECONDS_MAX, RETRY_SECONDS_MIN << min(receive_count - 1, 10))


WORK_DLQ = Queue(name="work-dlq", visibility_timeout_seconds=15 * MINUTE)
TIMER_DLQ = Queue(name="timer-dlq", visibility_timeout_seconds=15 * MINUTE)
WORK = Queue(
    name="work",
    visibility_timeout_seconds=6 * LAMBDA_TIMEOUT_SECONDS_MAX,
    dead_letter_queue=WORK_DLQ.name,
    max_receive_count=400,
)
STARTS_DLQ = Queue(name="starts-dlq", visibility_timeout_seconds=15 * MINUTE)
"""Starts that were refused, each with ``code`` and ``reason`` as attributes."""
STARTS = Queue(
    name="starts",
    visibility_timeout_seconds=6 * MINUTE,
    dead_letter_queue=STARTS_DLQ.name,
    max_receive_count=400,
)
EVENTS_DLQ = Queue(name="events-dlq", visibility_timeout_seconds=15 * MINUTE)
"""Where the log's stream goes on after what could not be published."""

API = Function(
    name="api",
    handler="functions.api.handler.handler",
    timeout_seconds=HTTP_INTEGRATION_SECONDS_MAX - 1,
    memory_megabytes=1024,
    recursion_allowed=True,
)
WORKER = Function(
    name="worker",
    handler="functions.worker.handler.handler",
    timeout_seconds=LAMBDA_TIMEOUT_SECONDS_MAX,
    memory_megabytes=1024,
    event_source=EventSource(queue=WORK.name, batch_size=10, max_concurrency=100),
    recursion_allowed=True,
)
STARTER = Function(
    name="starter",
    handler="functions.starter.handler.handler",
    timeout_seconds=MINUTE,
    memory_megabytes=1024,
    event_source=EventSource(queue=STARTS.name, batch_size=10, max_concurrency=20),
    recursion_allowed=True,
)
NOTIFIER = Function(
    name="notifier",
    handler="functions.notifier.handler.handler",
    timeout_seconds=MINUTE,
    memory_megabytes=512,
    stream_source=StreamSource(
        table=LOG.name,
        batch_size=100,
        parallelization=4,
        record_age_seconds_max=STREAM_SECONDS - HOUR,
        failure_queue=EVENTS_DLQ.name,
        attributes=("status", "paused", "tally"),
    ),
    recursion_allowed=True,
)
RECONCILER = Function(
    name="reconciler",
    handler="functions.reconciler.handler.handler",
    timeout_seconds=MINUTE,
    memory_megabytes=1024,
    rate_minutes=1,
    recursion_allowed=True,
)
DEAD_LETTER = Function(
    name="dead-letter",
    handler="functions.dead_letter.handler.handler",
    timeout_seconds=2 * MINUTE,
    memory_megabytes=512,
    event_source=EventSource(queue=WORK_DLQ.name, batch_size=10, max_concurrency=2),
    more_event_sources=(EventSource(queue=TIMER_DLQ.name, batch_size=10, max_concurrency=2),),
    recursion_allowed=True,
)
HTTP_TASK = Function(
    name="http-task",
    handler="functions.http_task.handler.handler",
    timeout_seconds=LAMBDA_TIMEOUT_SECONDS_MAX,
    memory_megabytes=256,
    has_data=False,
    recursion_allowed=True,
)
PUBLISHER = Function(
    name="publisher",
    handler="functions.publisher.handler.handler",
    timeout_seconds=5 * MINUTE,
    memory_megabytes=512,
)
"""Only where sequences are deployed with the infrastructure: no part of every deployment."""

TOPOLOGY = Topology(
    tables=(LOG, RECORDS),
    queues=(WORK, WORK_DLQ, TIMER_DLQ, STARTS, STARTS_DLQ, EVENTS_DLQ),
    functions=(API, WORKER, STARTER, NOTIFIER, RECONCILER, DEAD_LETTER, HTTP_TASK),
    payload_bucket="payloads",
    schedule_group="timers",
    trigger_group="triggers",
    task_token_secret="task-token-keys",  # noqa: S106 - its name
    task_secrets="tasks/",
    event_bus="events",
)


def check(topology: Topology) -> None:
    """Assert the relations between the numbers. A number changed alone fails at import."""
    names = [queue.name for queue in topology.queues]
    assert len(set(names)) == len(names)
    for queue in topology.queues:
        assert queue.retention_seconds == 14 * DAY, "what is found late can still be redriven"
        assert (queue.dead_letter_queue is None) == (queue.max_receive_count is None)
        if queue.max_receive_count is None:
            continue
        assert queue.dead_letter_queue in names
        assert 3 <= queue.max_receive_count <= 1_000, "SQS's bounds, and one lost receive"
        counts = range(1, queue.max_receive_count)
        shortest = min(queue.visibility_timeout_seconds, WORK_LEASE_SECONDS)
        patience = sum(min(shortest, retry_seconds(count)) for count in counts)
        assert patience >= OUTAGE_SECONDS_MIN, "an outage sends no message to the DLQ"
    for function in topology.functions:
        assert function.timeout_seconds <= LAMBDA_TIMEOUT_SECONDS_MAX
        for event_source in function.event_sources:
            source = topology.queue(event_source.queue)
            assert source.visibility_timeout_seconds >= 6 * function.timeout_seconds, (
                "AWS's advice: a throttled batch is tried again within its visibility"
            )
            assert 1 <= event_source.batch_size <= 10, "more would need a batching window"
            assert 2 <= event_source.max_concurrency <= 1_000
        if function.rate_minutes is not None:
            assert function.timeout_seconds <= function.rate_minutes * MINUTE, "one at a time"
        if function.stream_source is not None:
            stream = function.stream_source
            assert any(table.name == stream.table and table.stream for table in topology.tables)
            assert stream.failure_queue in names
            assert 1 <= stream.batch_size <= 10_000
            assert 1 <= stream.parallelization <= 10, "Lambda's bounds"
            assert OUTAGE_SECONDS_MIN <= stream.record_age_seconds_max < STREAM_SECONDS
    assert API.timeout_seconds < HTTP_INTEGRATION_SECONDS_MAX


check(TOPOLOGY)
