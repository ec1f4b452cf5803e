"""A narrowed transaction does all of what it says or nothing, and looks at nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from seriatim.adapters.clients import Clients
from seriatim.adapters.dynamodb.tables import create_table_request
from seriatim.local.embedded import embedded_aws
from seriatim.local.lambda_context import REGION
from seriatim.topology import Table

TABLES = ("one", "two")

Request = dict[str, Any]


@pytest.fixture
def clients() -> Iterator[Clients]:
    with embedded_aws() as clients:
        for name in TABLES:
            clients.dynamodb.create_table(**create_table_request(Table(name=name), name))
            for value in ("a", "b"):
                clients.dynamodb.put_item(TableName=name, Item=item(value, "old"))
        yield clients


def key(value: str) -> Request:
    return {"pk": {"S": "p"}, "sk": {"S": value}}


def item(value: str, text: str) -> Request:
    return {**key(value), "text": {"S": text}}


def put(table: str, value: str, **more: Any) -> Request:
    return {"Put": {"TableName": table, "Item": item(value, "new"), **more}}


def update(table: str, value: str, text: str = "new") -> Request:
    changed = {"UpdateExpression": "SET #t = :t", "ExpressionAttributeNames": {"#t": "text"}}
    changed["ExpressionAttributeValues"] = {":t": {"S": text}}
    return {"Update": {"TableName": table, "Key": key(value), **changed}}


def delete(table: str, value: str) -> Request:
    return {"Delete": {"TableName": table, "Key": key(value)}}


def transact(clients: Clients, *requests: Request) -> None:
    clients.dynamodb.transact_write_items(TransactItems=requests)  # type: ignore[arg-type]


def texts(clients: Clients, table: str) -> dict[str, str]:
    query: Request = {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "p"}},
    }
    found = clients.dynamodb.query(TableName=table, **query)["Items"]
    return {one["sk"]["S"]: one["text"]["S"] for one in found}


def test_all_of_it_is_done(clients: Clients) -> None:
    transact(clients, put("one", "c"), update("one", "a"), delete("one", "b"), update("two", "c"))
    assert texts(clients, "one") == {"a": "new", "c": "new"}
    assert texts(clients, "two") == {"a": "old", "b": "old", "c": "new"}


@pytest.mark.parametrize(
    "refused",
    [
        put("two", "a", ConditionExpression="attribute_not_exists(pk)"),
        put("two", "z", ConditionExpression="attribute_exists(pk)"),
    ],
)
def test_what_is_refused_changes_nothing(clients: Clients, refused: Request) -> None:
    with pytest.raises(clients.dynamodb.exceptions.TransactionCanceledException):
        transact(clients, put("one", "c"), update("one", "a"), delete("one", "b"), refused)
    for table in TABLES:
        assert texts(clients, table) == {"a": "old", "b": "old"}
    transact(clients, update("one", "a"))
    assert texts(clients, "one") == {"a": "new", "b": "old"}


def test_an_item_that_it_does_not_name_is_not_copied(clients: Clients) -> None:
    class Uncopied(Item):
        def __deepcopy__(self, _: Any) -> "Uncopied":
            raise AssertionError("it was copied")

    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables["one"]
    partition: Any = table.items[DynamoType({"S": "p"})]
    partition[DynamoType({"S": "b"})].__class__ = Uncopied
    transact(clients, put("one", "a"), put("one", "c"))
    assert clients.dynamodb.get_item(TableName="one", Key=key("c"))["Item"] == item("c", "new")
