"""AWS's list prices in us-east-1, in one place. No free tier, no volume tier, no tax.

Looked up in November 2026 in stored copies of the pages named beside each; AWS changes prices, and
other Regions have others. ``assumed`` prices were found on no page of AWS's own.
"""

from dataclasses import dataclass
from typing import Final

AS_OF: Final = "2026-11"
REGION: Final = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Price:
    """Dollars for so many of a unit."""

    dollars: float
    per: float
    unit: str
    is_assumed: bool = False

    def of(self, amount: float) -> float:
        """What an amount costs, in dollars."""
        return amount / self.per * self.dollars


MILLION: Final = 1_000_000

# aws.amazon.com/api-gateway/pricing: HTTP APIs, the first 300 million; 512 KB are one request.
API_REQUEST: Final = Price(dollars=1.00, per=MILLION, unit="request of an HTTP API")
API_REQUEST_BYTES: Final = 512 * 1024

# aws.amazon.com/lambda/pricing: requests, and GB-seconds on arm64 (the first 7.5 billion).
LAMBDA_REQUEST: Final = Price(dollars=0.20, per=MILLION, unit="request of a function")
LAMBDA_GB_SECOND: Final = Price(dollars=0.0000133334, per=1, unit="GB-second on arm64")

# aws.amazon.com/dynamodb/pricing/on-demand: as halved in November 2024; storage beyond 25 GB;
# continuous backups.
WRITE_UNIT: Final = Price(dollars=0.625, per=MILLION, unit="write request unit")
READ_UNIT: Final = Price(dollars=0.125, per=MILLION, unit="read request unit")
TABLE_GB_MONTH: Final = Price(dollars=0.25, per=1, unit="GB-month in a table")
BACKUP_GB_MONTH: Final = Price(dollars=0.20, per=1, unit="GB-month of point-in-time recovery")

# aws.amazon.com/sqs/pricing: standard queues; 64 KB are one request. What a fair queue costs more
# (messages with a group) is from vendors' pages of 2026.
QUEUE_REQUEST: Final = Price(dollars=0.40, per=MILLION, unit="request of a queue")
FAIR_REQUEST: Final = Price(
    dollars=0.10, per=MILLION, unit="request of a fair queue, in addition", is_assumed=True
)
QUEUE_REQUEST_BYTES: Final = 64 * 1024

# aws.amazon.com/eventbridge/pricing: custom events (64 KB are one), invocations of Scheduler.
BUS_EVENT: Final = Price(dollars=1.00, per=MILLION, unit="event")
BUS_EVENT_BYTES: Final = 64 * 1024
SCHEDULE_RUN: Final = Price(dollars=1.00, per=MILLION, unit="invocation of Scheduler")

# aws.amazon.com/s3/pricing: S3 Standard.
OBJECT_PUT: Final = Price(dollars=0.005, per=1_000, unit="PUT")
OBJECT_GET: Final = Price(dollars=0.0004, per=1_000, unit="GET or HEAD")
OBJECT_GB_MONTH: Final = Price(dollars=0.023, per=1, unit="GB-month in the bucket")

# aws.amazon.com/cloudwatch/pricing: logs of the standard class, taken in.
LOG_GB: Final = Price(dollars=0.50, per=1, unit="GB of logs")

# aws.amazon.com/secrets-manager/pricing.
SECRET_CALL: Final = Price(dollars=0.05, per=10_000, unit="call of Secrets Manager")

# aws.amazon.com/step-functions/pricing: Standard workflows.
TRANSITION: Final = Price(dollars=25.00, per=MILLION, unit="state transition")
