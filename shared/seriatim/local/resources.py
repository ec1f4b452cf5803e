"""Creates what the topology names, where it is not there yet, and tells the functions its names."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import msgspec
from botocore.exceptions import ClientError

from functions.settings import Settings
from seriatim.adapters.clients import Clients
from seriatim.adapters.dynamodb.tables import create_table_request
from seriatim.adapters.errors import code_of
from seriatim.adapters.task_tokens import new_secret
from seriatim.local.lambda_context import ACCOUNT_ID, REGION
from seriatim.topology import LOG, RECORDS, STARTS, STARTS_DLQ, TIMER_DLQ, TOPOLOGY, WORK, Queue

PREFIX = "seriatim-"
EVENT_BUS = PREFIX + TOPOLOGY.event_bus
RECEIVE_VISIBILITY_SECONDS = 30
"""Locally a process that was killed is soon started again: its messages must not hide for hours."""
EXISTS = frozenset(
    {
        "BucketAlreadyExists",
        "BucketAlreadyOwnedByYou",
        "ConflictException",
        "ResourceAlreadyExistsException",
        "ResourceExistsException",
        "ResourceInUseException",
    }
)


def create_storage(clients: Clients, *, has_streams: bool) -> None:
    """Tables, the payload bucket, the secret of the task tokens. What exists is left as it is.

    Without streams where nobody could read them: moto keeps every record of one for ever.
    """
    for table in TOPOLOGY.tables:
        wanted = table if has_streams else msgspec.structs.replace(table, stream=False)
        with _unless_it_exists():
            clients.dynamodb.create_table(**create_table_request(wanted, PREFIX + table.name))
    for table in TOPOLOGY.tables:
        clients.dynamodb.get_waiter("table_exists").wait(
            TableName=PREFIX + table.name, WaiterConfig={"Delay": 1}
        )
    _create_bucket(clients)
    with _unless_it_exists():
        clients.secrets.create_secret(
            Name=PREFIX + TOPOLOGY.task_token_secret,
            SecretString=new_secret("local", secrets.token_urlsafe(32)),
        )


class QueueNames(NamedTuple):
    """How the functions know a queue."""

    url: str
    arn: str


def create_movement(clients: Clients) -> dict[str, QueueNames]:
    """Queues, the schedule group, the bus. Returns the queues by logical name."""
    queues: dict[str, QueueNames] = {}
    # A queue that names a dead-letter queue comes after it.
    for queue in sorted(TOPOLOGY.queues, key=lambda queue: queue.dead_letter_queue is not None):
        dead_letters = queues.get(queue.dead_letter_queue or "")
        queues[queue.name] = _create_queue(clients, queue, dead_letters and dead_letters.arn)
    for group in (TOPOLOGY.schedule_group, TOPOLOGY.trigger_group):
        with _unless_it_exists():
            clients.scheduler.create_schedule_group(Name=PREFIX + group)
    create_bus(clients)
    return queues


def create_bus(clients: Clients) -> None:
    """The event bus."""
    with _unless_it_exists():
        clients.events.create_event_bus(Name=PREFIX + TOPOLOGY.event_bus)


def embedded_queues() -> dict[str, QueueNames]:
    """Names for queues that this process keeps itself."""
    return {
        queue.name: QueueNames(
            f"http://localhost/{ACCOUNT_ID}/{PREFIX}{queue.name}",
            f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{PREFIX}{queue.name}",
        )
        for queue in TOPOLOGY.queues
    }


def settings(
    queues: dict[str, QueueNames],
    *,
    task_modules: tuple[str, ...] = (),
    node_events: bool = False,
) -> Settings:
    """The functions' settings."""

    return Settings(
        log_table=PREFIX + LOG.name,
        records_table=PREFIX + RECORDS.name,
        payload_bucket=PREFIX + TOPOLOGY.payload_bucket,
        work_queue_url=queues[WORK.name].url,
        work_queue_arn=queues[WORK.name].arn,
        timer_dlq_arn=queues[TIMER_DLQ.name].arn,
        schedule_group=PREFIX + TOPOLOGY.schedule_group,
        scheduler_role_arn=f"arn:aws:iam::{ACCOUNT_ID}:role/{PREFIX}scheduler",
        task_token_secret_id=PREFIX + TOPOLOGY.task_token_secret,
        event_bus=EVENT_BUS,
        starts_queue_url=queues[STARTS.name].url,
        starts_queue_arn=queues[STARTS.name].arn,
        starts_dlq_url=queues[STARTS_DLQ.name].url,
        starts_dlq_arn=queues[STARTS_DLQ.name].arn,
        trigger_group=PREFIX + TOPOLOGY.trigger_group,
        trigger_role_arn=f"arn:aws:iam::{ACCOUNT_ID}:role/{PREFIX}triggers",
        task_secrets_prefix=PREFIX + TOPOLOGY.task_secrets,
        task_modules=task_modules,
        node_events=node_events,
        anonymous_allowed=True,
        http_loopback_allowed=True,
    )


def _create_bucket(clients: Clients) -> None:
    region = clients.s3.meta.region_name
    with _unless_it_exists():
        if region == "us-east-1":  # which S3 does not let one name
            clients.s3.create_bucket(Bucket=PREFIX + TOPOLOGY.payload_bucket)
        else:
            clients.s3.create_bucket(
                Bucket=PREFIX + TOPOLOGY.payload_bucket,
                CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]
            )


def _create_queue(clients: Clients, queue: Queue, redrive_to: str | None = None) -> QueueNames:
    """One that exists gets the attributes that it should have."""
    attributes = {
        "VisibilityTimeout": str(RECEIVE_VISIBILITY_SECONDS),
        "MessageRetentionPeriod": str(queue.retention_seconds),
    }
    if redrive_to is not None:
        attributes["RedrivePolicy"] = (
            f'{{"deadLetterTargetArn":"{redrive_to}","maxReceiveCount":{queue.max_receive_count}}}'
        )
    url = clients.sqs.create_queue(QueueName=PREFIX + queue.name)["QueueUrl"]
    clients.sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)  # type: ignore[arg-type]
    answer = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return QueueNames(url, answer["Attributes"]["QueueArn"])


@contextmanager
def _unless_it_exists() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) not in EXISTS:
            raise
