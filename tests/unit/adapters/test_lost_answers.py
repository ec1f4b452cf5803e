"""Calls that AWS did, or did not do, without saying so.

Goal: a write whose answer was lost succeeds when it is repeated, one that AWS refuses for now is
``Unavailable``, and everything else crashes. How: requests are disturbed between botocore and moto.
"""

import msgspec
import pytest
from botocore.exceptions import ClientError

from seriatim.adapters.clients import ATTEMPTS_MAX, Clients
from seriatim.adapters.dynamodb.log import DynamoDBLog
from seriatim.adapters.dynamodb.sequences import DynamoDBSequences
from seriatim.adapters.dynamodb.tables import create_table_request
from seriatim.domain.events import VariablesSet
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import Unavailable
from seriatim.ports.log import StepTaken
from seriatim.ports.sequences import SequenceRecord
from seriatim.topology import LOG, RECORDS
from tests.fakes.payloads import FakePayloads
from tests.unit.adapters.conftest import Disturb

KEY = ExecutionKey("project", "exec-1")
STEP = Step(number=1, time=5, first_event=1, writer="ours", events=(VariablesSet(values={"x": 1}),))


@pytest.fixture
def log(clients: Clients) -> DynamoDBLog:
    clients.dynamodb.create_table(**create_table_request(LOG, LOG.name))
    return DynamoDBLog(clients.dynamodb, LOG.name, FakePayloads())


@pytest.fixture
def sequences(clients: Clients) -> DynamoDBSequences:
    clients.dynamodb.create_table(**create_table_request(RECORDS, RECORDS.name))
    return DynamoDBSequences(clients.dynamodb, RECORDS.name, FakePayloads())


def test_an_append_that_was_done_without_an_answer_succeeds(
    clients: Clients, log: DynamoDBLog, disturb: Disturb
) -> None:
    """The client tries again and fails on the condition: against its own item."""
    requests = disturb(clients.dynamodb, "PutItem", done=True)
    log.append(KEY, STEP)
    assert len(requests) == 2
    assert log.read(KEY) == (STEP,)


def test_an_append_that_lost_the_race_while_it_was_retried_is_refused(
    clients: Clients, log: DynamoDBLog, disturb: Disturb
) -> None:
    theirs = msgspec.structs.replace(STEP, writer="theirs")
    log.append(KEY, theirs)
    disturb(clients.dynamodb, "PutItem")
    with pytest.raises(StepTaken):
        log.append(KEY, STEP)
    assert log.read(KEY) == (theirs,)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
        (400, "ThrottlingException"),
        (400, "ProvisionedThroughputExceededException"),
        (400, "TransactionConflictException"),
    ],
)
def test_an_append_that_aws_refuses_for_now_is_unavailable(
    clients: Clients, log: DynamoDBLog, disturb: Disturb, status: int, code: str
) -> None:
    requests = disturb(clients.dynamodb, "PutItem", times=100, status=status, code=code)
    with pytest.raises(Unavailable, match="disturbed"):
        log.append(KEY, STEP)
    assert 1 <= len(requests) <= ATTEMPTS_MAX


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "AccessDeniedException"),
        (400, "ResourceNotFoundException"),
        (400, "ValidationException"),
    ],
)
def test_an_append_that_aws_refuses_for_good_crashes(
    clients: Clients, log: DynamoDBLog, disturb: Disturb, status: int, code: str
) -> None:
    disturb(clients.dynamodb, "PutItem", times=100, status=status, code=code)
    with pytest.raises(ClientError, match=code):
        log.append(KEY, STEP)


def test_a_read_that_aws_refuses_for_now_is_unavailable(
    clients: Clients, log: DynamoDBLog, disturb: Disturb
) -> None:
    disturb(clients.dynamodb, "Query", times=100)
    with pytest.raises(Unavailable):
        log.load(KEY)
    with pytest.raises(Unavailable):
        log.read(KEY)


def test_a_publication_that_was_done_without_an_answer_succeeds(
    clients: Clients, sequences: DynamoDBSequences, disturb: Disturb
) -> None:
    draft = SequenceRecord(
        project_id="project",
        id="seq-1",
        name="n",
        status="draft",
        document={"nodes": []},
        revision=0,
        version=1,
        created_at=1,
        updated_at=1,
    )
    sequences.create(draft)
    active = msgspec.structs.replace(draft, status="active", revision=1, version=2)
    requests = disturb(clients.dynamodb, "TransactWriteItems", done=True)
    sequences.update(active, 1, publish=True)
    assert len(requests) == 2
    assert sequences.get("project", "seq-1") == active
