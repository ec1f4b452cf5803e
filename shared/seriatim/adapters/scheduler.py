"""``Timers`` in EventBridge Scheduler: a one-time schedule per instant, whose target is the queue.

Scheduler keeps the minute, not the second. A schedule is set a minute early, and the worker that
gets the message has the rest of the delay done by the queue.
"""

import base64
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from seriatim.adapters.errors import code_of, is_transient, transient_as_unavailable
from seriatim.domain.values import ExecutionKey
from seriatim.ports.clock import Clock
from seriatim.ports.queue import OutgoingWork

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

PRECISION_MS = 60_000
"""What Scheduler may be late by."""
INPUT_BYTES_MAX = 256 * 1024
RETRIES_MAX = 185
EVENT_AGE_SECONDS_MAX = 86_400


class SchedulerTimers:
    """Schedules delete themselves when done; what cannot be delivered goes to the timers' DLQ."""

    def __init__(
        self,
        client: "EventBridgeSchedulerClient",
        clock: Clock,
        *,
        group: str,
        queue_arn: str,
        role_arn: str,
        dead_letter_queue_arn: str,
    ) -> None:
        self._client = client
        self._clock = clock
        self._group = group
        self._queue_arn = queue_arn
        self._role_arn = role_arn
        self._dead_letter_queue_arn = dead_letter_queue_arn

    def arm(self, key: ExecutionKey, at: int, work: OutgoingWork) -> None:
        """Have ``work`` sent within the minute before ``at``; never asked for what is past or
        nearer than a minute (Scheduler may refuse it, or never fire): then it comes that much
        later.
        """
        assert len(work.body) <= INPUT_BYTES_MAX
        rings_at = max(at - PRECISION_MS, self._clock.now() + PRECISION_MS)
        with transient_as_unavailable:
            try:
                self._client.create_schedule(
                    Name=schedule_name(key, at),
                    GroupName=self._group,
                    ScheduleExpression=at_expression(rings_at),
                    ScheduleExpressionTimezone="UTC",
                    FlexibleTimeWindow={"Mode": "OFF"},
                    ActionAfterCompletion="DELETE",
                    Target={
                        "Arn": self._queue_arn,
                        "RoleArn": self._role_arn,
                        "Input": work.body.decode(),
                        "DeadLetterConfig": {"Arn": self._dead_letter_queue_arn},
                        "RetryPolicy": {
                            "MaximumEventAgeInSeconds": EVENT_AGE_SECONDS_MAX,
                            "MaximumRetryAttempts": RETRIES_MAX,
                        },
                    },
                )
            except ClientError as error:
                if code_of(error) != "ConflictException":  # armed already
                    raise

    def disarm(self, key: ExecutionKey, at: int) -> None:
        """Best effort: a timer that rings all the same finds nothing to do."""
        try:
            self._client.delete_schedule(Name=schedule_name(key, at), GroupName=self._group)
        except Exception as error:
            is_gone = isinstance(error, ClientError) and (
                code_of(error) == "ResourceNotFoundException"
            )
            if not is_gone and not is_transient(error):
                raise


def schedule_name(key: ExecutionKey, at: int) -> str:
    """The name of a timer: derived, so arming twice meets itself, and fit for ids of any script."""
    named = f"{key.project_id}#{key.execution_id}#{at}".encode()
    return "t-" + base64.b32encode(hashlib.sha256(named).digest()).decode()[:40].lower()


def at_expression(milliseconds: int) -> str:
    """The whole second at or before an instant, as Scheduler writes it."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("at(%Y-%m-%dT%H:%M:%S)")
