"""Every port twice: the fake that the other tests rest on, and the adapter, over moto.

A test that passes on the one and fails on the other has found a lie: in the fake, in the adapter,
or in moto (then the test says which real behaviour moto lacks). With ``AWS_ENDPOINT_URL_DYNAMODB``
set the adapters meet what listens there instead of moto: AWS's own DynamoDB Local, say.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import pytest
import requests
from moto import mock_aws

from seriatim.adapters.clients import Clients
from seriatim.adapters.dynamodb.activities import DynamoDBActivities
from seriatim.adapters.dynamodb.bulk_keys import DynamoDBBulkKeys
from seriatim.adapters.dynamodb.day_counts import DynamoDBDayCounts
from seriatim.adapters.dynamodb.global_variables import DynamoDBGlobalVariables
from seriatim.adapters.dynamodb.ledgers import DynamoDBLedgers
from seriatim.adapters.dynamodb.log import DynamoDBLog
from seriatim.adapters.dynamodb.project_settings import DynamoDBProjectSettings
from seriatim.adapters.dynamodb.published_marks import DynamoDBPublishedMarks
from seriatim.adapters.dynamodb.sequences import DynamoDBSequences
from seriatim.adapters.dynamodb.start_counts import DynamoDBStartCounts
from seriatim.adapters.dynamodb.summaries import DynamoDBSummaries
from seriatim.adapters.dynamodb.tables import create_table_request
from seriatim.adapters.dynamodb.task_definitions import DynamoDBTaskDefinitions
from seriatim.adapters.dynamodb.templates import DynamoDBTemplates
from seriatim.adapters.dynamodb.triggers import DynamoDBTriggers
from seriatim.adapters.s3 import S3Payloads
from seriatim.adapters.scheduler import SchedulerTimers
from seriatim.adapters.sqs import SqsWorkQueue
from seriatim.adapters.task_tokens import SignedTaskTokens, SigningKeys, new_secret
from seriatim.adapters.uploads import S3Uploads
from seriatim.local.embedded import serialise_moto
from seriatim.ports.activities import Activities
from seriatim.ports.bulk_keys import BulkKeys
from seriatim.ports.day_counts import DayCounts
from seriatim.ports.global_variables import GlobalVariables
from seriatim.ports.ledgers import Ledgers
from seriatim.ports.log import ExecutionLog
from seriatim.ports.payloads import Payloads
from seriatim.ports.project_settings import ProjectSettings
from seriatim.ports.published_marks import PublishedMarks
from seriatim.ports.queue import WorkQueue
from seriatim.ports.sequences import Sequences
from seriatim.ports.start_counts import StartCounts
from seriatim.ports.summaries import Summaries
from seriatim.ports.task_definitions import TaskDefinitions
from seriatim.ports.task_tokens import TaskTokens
from seriatim.ports.templates import Templates
from seriatim.ports.timers import Timers
from seriatim.ports.triggers import Triggers
from seriatim.ports.uploads import Uploads
from seriatim.ports.watches import Watches
from seriatim.topology import LOG, RECORDS
from tests.fakes.activities import FakeActivities
from tests.fakes.bulk_keys import FakeBulkKeys
from tests.fakes.clock import FakeClock
from tests.fakes.day_counts import FakeDayCounts
from tests.fakes.global_variables import FakeGlobalVariables
from tests.fakes.ledgers import FakeLedgers
from tests.fakes.log import FakeLog
from tests.fakes.payloads import FakePayloads
from tests.fakes.project_settings import FakeProjectSettings
from tests.fakes.published_marks import FakePublishedMarks
from tests.fakes.queue import FakeQueue
from tests.fakes.sequences import FakeSequences
from tests.fakes.start_counts import FakeStartCounts
from tests.fakes.summaries import FakeSummaries
from tests.fakes.task_definitions import FakeTaskDefinitions
from tests.fakes.task_tokens import FakeTokens
from tests.fakes.templates import FakeTemplates
from tests.fakes.timers import FakeTimers
from tests.fakes.triggers import FakeTriggers
from tests.fakes.uploads import FakeUploads

REGION: Literal["eu-central-1"] = "eu-central-1"
BUCKET = "payloads"
GROUP = "timers"
SECRET = "task-token-keys"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:123456789012:work"
_projects = count(1)


@dataclass
class Aws:
    """moto with everything that the adapters need."""

    clients: Clients

    def queue_url(self, name: str) -> str:
        """A queue, made when first asked for."""
        return self.clients.sqs.create_queue(QueueName=name)["QueueUrl"]

    @property
    def payloads(self) -> S3Payloads:
        """A new adapter, as of a new process: it remembers nothing."""
        return S3Payloads(self.clients.s3, BUCKET)

    def timers(self, clock: FakeClock) -> SchedulerTimers:
        return SchedulerTimers(
            self.clients.scheduler,
            clock,
            group=GROUP,
            queue_arn=QUEUE_ARN,
            role_arn="arn:aws:iam::123456789012:role/scheduler",
            dead_letter_queue_arn=QUEUE_ARN,
        )


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    serialise_moto()
    with mock_aws():
        clients = Clients(region=REGION)
        for table in (LOG, RECORDS):
            with suppress(clients.dynamodb.exceptions.ResourceInUseException):
                clients.dynamodb.create_table(**create_table_request(table, table.name))
        clients.s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        clients.scheduler.create_schedule_group(Name=GROUP)
        clients.secrets.create_secret(Name=SECRET, SecretString=new_secret("k1", "s" * 64))
        yield Aws(clients)


@pytest.fixture(params=["fake", "aws"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project() -> str:
    """A project of the test's own: tests share the tables."""
    return f"project-{next(_projects)}"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def _aws(request: pytest.FixtureRequest) -> Aws:
    """Started only for tests that need it."""
    found: Any = request.getfixturevalue("aws")
    assert isinstance(found, Aws)
    return found


@pytest.fixture
def payloads(backend: str, request: pytest.FixtureRequest) -> Payloads:
    return FakePayloads() if backend == "fake" else _aws(request).payloads


@pytest.fixture
def log(backend: str, request: pytest.FixtureRequest, payloads: Payloads) -> ExecutionLog:
    if backend == "fake":
        return FakeLog(payloads)
    return DynamoDBLog(_aws(request).clients.dynamodb, LOG.name, payloads)


@pytest.fixture
def summaries(backend: str, request: pytest.FixtureRequest, payloads: Payloads) -> Summaries:
    if backend == "fake":
        return FakeSummaries()
    return DynamoDBSummaries(_aws(request).clients.dynamodb, RECORDS.name, payloads)


@pytest.fixture
def watches(summaries: Summaries) -> Watches:
    """The other side of the same items."""
    assert isinstance(summaries, FakeSummaries | DynamoDBSummaries)
    return summaries


@pytest.fixture
def sequences(backend: str, request: pytest.FixtureRequest, payloads: Payloads) -> Sequences:
    if backend == "fake":
        return FakeSequences()
    return DynamoDBSequences(_aws(request).clients.dynamodb, RECORDS.name, payloads)


@pytest.fixture
def task_definitions(
    backend: str, request: pytest.FixtureRequest, payloads: Payloads
) -> TaskDefinitions:
    if backend == "fake":
        return FakeTaskDefinitions()
    return DynamoDBTaskDefinitions(_aws(request).clients.dynamodb, RECORDS.name, payloads)


@pytest.fixture
def templates(backend: str, request: pytest.FixtureRequest, payloads: Payloads) -> Templates:
    if backend == "fake":
        return FakeTemplates()
    return DynamoDBTemplates(_aws(request).clients.dynamodb, RECORDS.name, payloads)


@pytest.fixture
def global_variables(
    backend: str, request: pytest.FixtureRequest, payloads: Payloads
) -> GlobalVariables:
    if backend == "fake":
        return FakeGlobalVariables()
    return DynamoDBGlobalVariables(_aws(request).clients.dynamodb, RECORDS.name, payloads)


@pytest.fixture
def project_settings(backend: str, request: pytest.FixtureRequest) -> ProjectSettings:
    if backend == "fake":
        return FakeProjectSettings()
    return DynamoDBProjectSettings(_aws(request).clients.dynamodb, RECORDS.name)


@pytest.fixture
def ledgers(backend: str, request: pytest.FixtureRequest, payloads: Payloads) -> Ledgers:
    if backend == "fake":
        return FakeLedgers()
    return DynamoDBLedgers(_aws(request).clients.dynamodb, RECORDS.name, payloads)


@pytest.fixture
def published_marks(backend: str, request: pytest.FixtureRequest) -> PublishedMarks:
    if backend == "fake":
        return FakePublishedMarks()
    return DynamoDBPublishedMarks(_aws(request).clients.dynamodb, RECORDS.name)


@pytest.fixture
def triggers(backend: str, request: pytest.FixtureRequest, payloads: Payloads) -> Triggers:
    if backend == "fake":
        return FakeTriggers()
    return DynamoDBTriggers(_aws(request).clients.dynamodb, RECORDS.name, payloads)


@pytest.fixture
def bulk_keys(backend: str, request: pytest.FixtureRequest) -> BulkKeys:
    if backend == "fake":
        return FakeBulkKeys()
    return DynamoDBBulkKeys(_aws(request).clients.dynamodb, RECORDS.name)


@pytest.fixture
def start_counts(backend: str, request: pytest.FixtureRequest) -> StartCounts:
    if backend == "fake":
        return FakeStartCounts()
    return DynamoDBStartCounts(_aws(request).clients.dynamodb, RECORDS.name)


@pytest.fixture
def day_counts(backend: str, request: pytest.FixtureRequest) -> DayCounts:
    if backend == "fake":
        return FakeDayCounts()
    return DynamoDBDayCounts(_aws(request).clients.dynamodb, RECORDS.name)


@pytest.fixture
def activities(backend: str, request: pytest.FixtureRequest) -> Activities:
    if backend == "fake":
        return FakeActivities()
    return DynamoDBActivities(_aws(request).clients.dynamodb, RECORDS.name)


@pytest.fixture
def queue(
    backend: str,
    request: pytest.FixtureRequest,
    payloads: Payloads,
    clock: FakeClock,
    project: str,
) -> WorkQueue:
    if backend == "fake":
        return FakeQueue(clock)
    aws = _aws(request)
    return SqsWorkQueue(aws.clients.sqs, aws.queue_url(project), payloads)


@pytest.fixture
def uploads(backend: str, request: pytest.FixtureRequest) -> Uploads:
    if backend == "fake":
        return FakeUploads()
    clients = _aws(request).clients
    return S3Uploads(clients.s3, clients.presigner, BUCKET)


@pytest.fixture
def put(uploads: Uploads) -> Callable[[str, bytes], None]:
    """A client that knows a URL and nothing else."""
    if isinstance(uploads, FakeUploads):
        return uploads.receive

    def put_over_http(url: str, body: bytes) -> None:
        # moto answers these, too.
        requests.put(url, data=body, timeout=5).raise_for_status()

    return put_over_http


@pytest.fixture
def timers(backend: str, request: pytest.FixtureRequest, clock: FakeClock) -> Timers:
    return FakeTimers() if backend == "fake" else _aws(request).timers(clock)


@pytest.fixture
def tokens(backend: str, request: pytest.FixtureRequest) -> TaskTokens:
    if backend == "fake":
        return FakeTokens()
    return SignedTaskTokens(SigningKeys(_aws(request).clients.secrets, SECRET))
