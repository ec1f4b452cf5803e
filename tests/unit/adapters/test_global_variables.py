"""Global variables in DynamoDB: writes whose answers were lost, and writes that share a
transaction with others.
"""

from typing import Any

import pytest

from seriatim.adapters.clients import Clients
from seriatim.adapters.dynamodb.global_variables import (
    DynamoDBGlobalVariables,
    conditional_write_item,
    is_written_by,
)
from seriatim.adapters.dynamodb.tables import create_table_request
from seriatim.domain.values import GlobalValue
from seriatim.ports.errors import Conflict, Unavailable
from seriatim.topology import RECORDS
from tests.fakes.payloads import FakePayloads
from tests.unit.adapters.conftest import Disturb

OTHER = {"pk": {"S": "E#p#exec-1"}, "sk": {"S": "S#000000000002"}}


@pytest.fixture
def payloads() -> FakePayloads:
    return FakePayloads()


@pytest.fixture
def variables(clients: Clients, payloads: FakePayloads) -> DynamoDBGlobalVariables:
    clients.dynamodb.create_table(**create_table_request(RECORDS, RECORDS.name))
    return DynamoDBGlobalVariables(clients.dynamodb, RECORDS.name, payloads)


def test_a_conditional_write_that_was_done_without_an_answer_succeeds(
    clients: Clients, variables: DynamoDBGlobalVariables, disturb: Disturb
) -> None:
    requests = disturb(clients.dynamodb, "PutItem", done=True)
    assert variables.write("p", "x", 5, 0) == GlobalValue(5, 1)
    assert len(requests) == 2
    assert variables.read("p", ["x"]) == {"x": GlobalValue(5, 1)}


def test_a_conditional_write_that_lost_the_race_while_it_was_retried_is_refused(
    clients: Clients, variables: DynamoDBGlobalVariables, disturb: Disturb
) -> None:
    """Although what the other has written is the same."""
    variables.write("p", "x", 5, 0)
    disturb(clients.dynamodb, "PutItem")
    with pytest.raises(Conflict):
        variables.write("p", "x", 5, 0)


def test_a_write_of_any_version_whose_answer_was_lost_is_done(
    clients: Clients, variables: DynamoDBGlobalVariables, disturb: Disturb
) -> None:
    disturb(clients.dynamodb, "UpdateItem", done=True)
    written = variables.write("p", "x", 5, None)
    assert variables.read("p", ["x"]) == {"x": written}
    assert written == GlobalValue(5, 2)


@pytest.mark.parametrize(("operation", "expected"), [("PutItem", 0), ("UpdateItem", None)])
def test_a_write_that_aws_refuses_for_now_is_unavailable(
    clients: Clients,
    variables: DynamoDBGlobalVariables,
    disturb: Disturb,
    operation: str,
    expected: int | None,
) -> None:
    disturb(clients.dynamodb, operation, times=100)
    with pytest.raises(Unavailable):
        variables.write("p", "x", 5, expected)
    assert variables.read("p", ["x"]) == {}


def together(payloads: FakePayloads, value: Any, expected_version: int, writer: str) -> Any:
    """A variable's write, and another write that stands for a step of the log."""
    write = conditional_write_item(
        RECORDS.name, payloads, "p", "x", value, expected_version=expected_version, writer=writer
    )
    condition = "attribute_not_exists(pk)"
    other = {"TableName": RECORDS.name, "Item": OTHER, "ConditionExpression": condition}
    return [{"Put": other}, write]


@pytest.mark.parametrize("value", [5, "é" * 100_000], ids=["small", "big"])
def test_a_write_that_shares_a_transaction_is_done_with_the_rest_of_it(
    clients: Clients, variables: DynamoDBGlobalVariables, payloads: FakePayloads, value: Any
) -> None:
    variables.write("p", "x", 4, None)
    clients.dynamodb.transact_write_items(TransactItems=together(payloads, value, 1, "step-2"))
    assert variables.read("p", ["x"]) == {"x": GlobalValue(value, 2)}
    assert "Item" in clients.dynamodb.get_item(TableName=RECORDS.name, Key=OTHER)


def test_a_transaction_on_an_old_version_does_nothing_and_says_whose_write_is_in_the_way(
    clients: Clients, variables: DynamoDBGlobalVariables, payloads: FakePayloads
) -> None:
    variables.write("p", "x", 4, None)
    with pytest.raises(clients.dynamodb.exceptions.TransactionCanceledException) as cancelled:
        clients.dynamodb.transact_write_items(TransactItems=together(payloads, 5, 0, "step-2"))
    other, found = cancelled.value.response["CancellationReasons"]
    assert (other["Code"], found["Code"]) == ("None", "ConditionalCheckFailed")
    assert not is_written_by(found["Item"], "step-2")
    assert variables.read("p", ["x"]) == {"x": GlobalValue(4, 1)}
    assert "Item" not in clients.dynamodb.get_item(TableName=RECORDS.name, Key=OTHER)


def test_a_transaction_that_was_done_before_is_recognised_by_its_writer(
    clients: Clients, variables: DynamoDBGlobalVariables, payloads: FakePayloads
) -> None:
    writes = together(payloads, 5, 0, "step-2")
    clients.dynamodb.transact_write_items(TransactItems=writes)
    with pytest.raises(clients.dynamodb.exceptions.TransactionCanceledException) as cancelled:
        clients.dynamodb.transact_write_items(TransactItems=writes)
    _, found = cancelled.value.response["CancellationReasons"]
    assert is_written_by(found["Item"], "step-2")
    assert variables.read("p", ["x"]) == {"x": GlobalValue(5, 1)}


def test_a_condition_that_failed_on_nothing_is_nobodys_write() -> None:
    assert not is_written_by(None, "step-2")
    assert not is_written_by({}, "step-2")
