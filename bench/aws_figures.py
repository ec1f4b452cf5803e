"""What AWS takes and allows, as this bench assumes it: each figure with where it comes from.

No account was at hand. [D] is AWS's documentation, [P] somebody's published measurement, [M]
measured here, [A] assumed, [U] believed and not confirmed. Whoever has an account should replace
the assumed ones by their own.
"""

import math
from dataclasses import dataclass
from random import Random
from typing import Final

DEVIATIONS_P90: Final = 1.2816
DEVIATIONS_P99: Final = 2.3263
"""Of a normal distribution."""


@dataclass(frozen=True)
class Latency:
    """A log-normal duration in milliseconds, by its median and its 99th percentile."""

    p50: float
    p99: float
    source: str

    def draw(self, dice: Random) -> float:
        """One duration."""
        spread = math.log(self.p99 / self.p50) / DEVIATIONS_P99
        return self.p50 * math.exp(spread * dice.gauss(0, 1))


WRITE: Final = Latency(5, 15, "[A] a conditional put, seen by the client; [D] single-digit at AWS")
READ: Final = Latency(4, 12, "[A] a consistent read, seen by the client")
SEND: Final = Latency(8, 40, "[A] SendMessage, ChangeMessageVisibility")
OTHER: Final = Latency(15, 80, "[A] S3, Scheduler, EventBridge, secrets: one call")
QUEUE_TO_FUNCTION: Final = Latency(
    16.2, 105, "[P] bitesizedserverless.com, 2022-09, eu-west-1: SQS by an event source mapping"
)
GATEWAY: Final = Latency(12, 50, "[A] HTTP API and the invocation of a warm function")
STREAM: Final = Latency(213, 552, "[P] as above: DynamoDB Streams to a function")
BUS: Final = Latency(148, 387, "[P] as above, 2023-02: EventBridge to a function")
OWN_MS: Final = 1.5
"""[A] What a call costs our processor, botocore included: 0.9 ms here [M], of 0.58 of a vCPU."""
COLD_API: Final = Latency(800, 1_600, "[M] 0.34 s of processor at 0.58 vCPU; [A] 0.2 s of Lambda's")
COLD_WORKER: Final = Latency(680, 1_400, "[M] 0.28 s of processor, as above")

CALLS: Final = {
    "dynamodb.PutItem": WRITE,
    "dynamodb.UpdateItem": WRITE,
    "dynamodb.DeleteItem": WRITE,
    "dynamodb.TransactWriteItems": Latency(12, 40, "[A] a transaction takes two rounds"),
    "dynamodb.GetItem": READ,
    "dynamodb.BatchGetItem": READ,
    "dynamodb.Query": READ,
    "sqs.SendMessage": SEND,
    "sqs.SendMessageBatch": SEND,
    "sqs.ChangeMessageVisibility": SEND,
}


def latency_of(call: str) -> Latency:
    """What a call takes, by its name."""
    return CALLS.get(call, OTHER)


@dataclass(frozen=True)
class Quotas:
    """What one deployment may use. All can be raised on request but those marked hard."""

    name: str
    lambda_concurrency: int = 1_000
    """[D] of the account."""
    worker_invocations: int = 100
    """``max_concurrency`` of the worker's mapping: ours; 1,000 at most [D]."""
    queues: int = 1
    """Work queues, each with a mapping of its own: more than one takes as many deployments."""
    gateway_per_second: int = 10_000
    """[U] of the account."""
    log_units_per_second: int = 40_000
    """[U] of a table on demand, once it has grown to it."""
    records_units_per_second: int = 40_000
    """[U] the same."""
    index_units_per_second: int = 1_000
    """[D], hard: of one partition; an index of lists has one per project and status."""
    events_per_second: int = 10_000
    """[U] PutEvents, in the large Regions."""


BATCH_MESSAGES_MAX: Final = 10
"""[D] of an invocation without a batching window; ``topology.WORKER`` asks for as many."""
MAPPING_STARTS_WITH: Final = 5
MAPPING_GROWS_PER_MINUTE: Final = 300
"""[D] invocations at once that a mapping adds while messages wait."""
ENVIRONMENTS_PER_SECOND: Final = 100
"""[D] 1,000 new ones in ten seconds, for each function."""


def ramp_seconds(invocations: int) -> float:
    """How long a quiet mapping takes until it makes so many invocations at once."""
    missing = max(0, invocations - MAPPING_STARTS_WITH)
    return max(missing * 60 / MAPPING_GROWS_PER_MINUTE, missing / ENVIRONMENTS_PER_SECOND)
