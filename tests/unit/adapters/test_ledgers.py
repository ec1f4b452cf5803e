"""Ledgers in DynamoDB: writes whose answers were lost, and entries that a slower writer or an older
delete must leave.
"""

import pytest

from seriatim.adapters.clients import Clients
from seriatim.adapters.dynamodb.ledgers import LEDGER_INLINE_BYTES_MAX, DynamoDBLedgers
from seriatim.adapters.dynamodb.tables import create_table_request
from seriatim.domain.permits.ledger import Burst, Ledger
from seriatim.domain.permits.values import POOLS
from seriatim.ports.errors import Conflict, Unavailable
from seriatim.ports.ledgers import LedgerName, StoredLedger
from seriatim.topology import RECORDS
from tests.fakes.payloads import FakePayloads
from tests.permit_requests import after_requests, asked, pools
from tests.unit.adapters.conftest import Disturb

NAME = LedgerName("p", POOLS)
IDLE = pools(db=1)
BUSY = after_requests(IDLE, asked("e1/1/1", {"db": 1}))


@pytest.fixture
def payloads() -> FakePayloads:
    return FakePayloads()


@pytest.fixture
def ledgers(clients: Clients, payloads: FakePayloads) -> DynamoDBLedgers:
    clients.dynamodb.create_table(**create_table_request(RECORDS, RECORDS.name))
    return DynamoDBLedgers(clients.dynamodb, RECORDS.name, payloads)


def test_a_write_that_was_done_without_an_answer_succeeds(
    clients: Clients, ledgers: DynamoDBLedgers, disturb: Disturb
) -> None:
    requests = disturb(clients.dynamodb, "PutItem", done=True)
    ledgers.save(*NAME, IDLE, ledgers.load(*NAME))
    assert len(requests) == 2
    assert ledgers.load(*NAME) == StoredLedger(IDLE, 1)


def test_a_write_that_lost_the_race_while_it_was_retried_is_refused(
    clients: Clients, ledgers: DynamoDBLedgers, disturb: Disturb
) -> None:
    """Although what the other has written is the same."""
    before = ledgers.load(*NAME)
    ledgers.save(*NAME, IDLE, before)
    disturb(clients.dynamodb, "PutItem")
    with pytest.raises(Conflict):
        ledgers.save(*NAME, IDLE, before)


def test_a_write_that_aws_refuses_for_now_is_unavailable(
    clients: Clients, ledgers: DynamoDBLedgers, disturb: Disturb
) -> None:
    disturb(clients.dynamodb, "PutItem", times=100)
    with pytest.raises(Unavailable):
        ledgers.save(*NAME, BUSY, StoredLedger(Ledger(), 0))
    assert ledgers.load(*NAME).version == 0


def test_a_ledger_that_is_busy_is_written_twice_only_the_first_time(
    clients: Clients, ledgers: DynamoDBLedgers, disturb: Disturb
) -> None:
    requests = disturb(clients.dynamodb, "PutItem", times=0)
    for ledger, writes in ((BUSY, 2), (IDLE, 3), (BUSY, 4)):
        ledgers.save(*NAME, ledger, ledgers.load(*NAME))
        assert len(requests) == writes


def test_an_older_delete_leaves_the_entry_of_who_made_it_busy_meanwhile(
    ledgers: DynamoDBLedgers,
) -> None:
    ledgers.save(*NAME, IDLE, ledgers.load(*NAME))
    idle = ledgers.load(*NAME)
    ledgers.save(*NAME, BUSY, idle)
    ledgers.unlist(*NAME, idle)
    assert ledgers.busy(10, None).items == (NAME,)


def test_a_slower_writer_leaves_the_entry_of_a_later_version(ledgers: DynamoDBLedgers) -> None:
    slow = ledgers.load(*NAME)
    for ledger in (IDLE, BUSY):
        ledgers.save(*NAME, ledger, ledgers.load(*NAME))
    with pytest.raises(Conflict):
        ledgers.save(*NAME, BUSY, slow)
    ledgers.unlist(*NAME, StoredLedger(IDLE, 1))
    assert ledgers.busy(10, None).items == (NAME,), "its version is still the later one"


def test_only_a_large_ledger_goes_to_the_payloads(
    clients: Clients, ledgers: DynamoDBLedgers
) -> None:
    for count, attribute in ((10, "body"), (LEDGER_INLINE_BYTES_MAX // 4, "payload")):
        ledger = Ledger(bursts=tuple(Burst(n, 1) for n in range(count)))
        ledgers.save(*NAME, ledger, ledgers.load(*NAME))
        [item] = clients.dynamodb.scan(TableName=RECORDS.name)["Items"]
        assert attribute in item
        assert ledgers.load(*NAME).ledger == ledger
