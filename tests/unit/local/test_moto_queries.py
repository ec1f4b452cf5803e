"""A narrowed moto gives what DynamoDB's rules say; a plain filter, sort and slice is the oracle."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seriatim.adapters.clients import Clients
from seriatim.adapters.dynamodb.tables import create_table_request
from seriatim.local.embedded import embedded_aws
from seriatim.topology import Index, Table

TABLE = Table(name="t", indexes=(Index(name="by", partition_key="ipk", sort_key="isk"),))
KEYS = st.sampled_from(["a", "a#1", "a#10", "a#2", "b", "b#ü", "c", "文"])
ITEM = st.fixed_dictionaries(
    {"pk": st.sampled_from(["p", "q"]), "sk": KEYS},
    optional={"ipk": st.sampled_from(["i", "j"]), "isk": KEYS},
)
CONDITION = st.one_of(
    st.just(("", ())),
    st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), KEYS).map(lambda c: (c[0], (c[1],))),
    st.tuples(KEYS, KEYS).map(lambda k: ("BETWEEN", tuple(sorted(k)))),
    KEYS.map(lambda key: ("begins_with", (key,))),
)

Plain = dict[str, str]


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with embedded_aws() as clients:
        yield clients


def meets(value: str, operator: str, operands: tuple[str, ...]) -> bool:
    match operator:
        case "BETWEEN":
            return operands[0] <= value <= operands[1]
        case "begins_with":
            return value.startswith(operands[0])
        case "=":
            return value == operands[0]
        case "<" | "<=":
            return value < operands[0] or (operator == "<=" and value == operands[0])
        case ">" | ">=":
            return value > operands[0] or (operator == ">=" and value == operands[0])
        case _:
            return True


def condition_text(sort_key: str, operator: str) -> str:
    match operator:
        case "":
            return ""
        case "BETWEEN":
            return f" AND {sort_key} BETWEEN :o0 AND :o1"
        case "begins_with":
            return f" AND begins_with({sort_key}, :o0)"
        case _:
            return f" AND {sort_key} {operator} :o0"


def pages(clients: Clients, **request: Any) -> list[Plain]:
    found: list[Plain] = []
    while True:
        answer = clients.dynamodb.query(**request)
        found += [{k: v["S"] for k, v in item.items()} for item in answer["Items"]]
        assert len(answer["Items"]) <= request.get("Limit", 1000)
        if "LastEvaluatedKey" not in answer:
            return found
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def fail_transaction(clients: Clients) -> None:
    """moto then puts a copy of the table in its place."""
    put = {"TableName": "t", "Item": {"pk": {"S": "p"}, "sk": {"S": "never"}}}
    wrong = put | {"ConditionExpression": "attribute_exists(pk)"}
    with pytest.raises(clients.dynamodb.exceptions.TransactionCanceledException):
        clients.dynamodb.transact_write_items(TransactItems=[{"Put": wrong}])  # type: ignore[typeddict-item]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(ITEM, max_size=25),
    deleted=st.lists(st.tuples(st.sampled_from(["p", "q"]), KEYS), max_size=4),
    condition=CONDITION,
    has_failed=st.booleans(),
    by_index=st.booleans(),
    is_forward=st.booleans(),
    limit=st.sampled_from([None, 1, 2, 3]),
)
def test_query_gives_the_matching_items_in_order_page_by_page(
    clients: Clients,
    items: list[Plain],
    deleted: list[tuple[str, str]],
    condition: tuple[str, tuple[str, ...]],
    has_failed: bool,
    by_index: bool,
    is_forward: bool,
    limit: int | None,
) -> None:
    clients.dynamodb.create_table(**create_table_request(TABLE, "t"))
    stored: dict[tuple[str, str], Plain] = {}
    for number, drawn in enumerate(items):
        item = {**drawn, "n": str(number)}
        stored[item["pk"], item["sk"]] = item
        clients.dynamodb.put_item(TableName="t", Item={k: {"S": v} for k, v in item.items()})
    if has_failed:
        fail_transaction(clients)
    for pk, sk in deleted:
        stored.pop((pk, sk), None)
        clients.dynamodb.delete_item(TableName="t", Key={"pk": {"S": pk}, "sk": {"S": sk}})
    operator, operands = condition
    partition_key, sort_key, wanted = ("ipk", "isk", "i") if by_index else ("pk", "sk", "p")
    request: dict[str, Any] = {
        "TableName": "t",
        "KeyConditionExpression": f"{partition_key} = :p" + condition_text(sort_key, operator),
        "ExpressionAttributeValues": {
            ":p": {"S": wanted},
            **{f":o{n}": {"S": operand} for n, operand in enumerate(operands)},
        },
        "ScanIndexForward": is_forward,
    }
    if by_index:
        request["IndexName"] = "by"
    if limit is not None:
        request["Limit"] = limit
    found = pages(clients, **request)
    clients.dynamodb.delete_table(TableName="t")
    expected = sorted(
        (
            item
            for item in stored.values()
            if item.get(partition_key) == wanted
            and sort_key in item
            and meets(item[sort_key], operator, operands)
        ),
        key=lambda item: (item[sort_key], item["pk"], item["sk"]),
        reverse=not is_forward,
    )
    assert found == expected


def test_a_transaction_that_fails_changes_nothing(clients: Clients) -> None:
    clients.dynamodb.create_table(**create_table_request(TABLE, "t"))
    for key in ("a", "b"):
        clients.dynamodb.put_item(TableName="t", Item={"pk": {"S": "p"}, "sk": {"S": key}})
    fail_transaction(clients)
    query: Any = {
        "TableName": "t",
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "p"}},
    }
    assert [item["sk"] for item in pages(clients, **query)] == ["a", "b"]
    clients.dynamodb.delete_item(TableName="t", Key={"pk": {"S": "p"}, "sk": {"S": "a"}})
    assert [item["sk"] for item in pages(clients, **query)] == ["b"]
    clients.dynamodb.delete_table(TableName="t")


def test_reading_a_tail_does_not_depend_on_what_else_there_is(clients: Clients) -> None:
    def put(pk: str, number: int) -> None:
        clients.dynamodb.put_item(
            TableName="seriatim-log", Item={"pk": {"S": pk}, "sk": {"S": f"{number:06d}"}}
        )

    for number in range(1_500):
        put(f"e{number % 3}", number)
    began = time.perf_counter()
    for _ in range(20):
        answer = clients.dynamodb.query(
            TableName="seriatim-log",
            KeyConditionExpression="pk = :p AND sk > :s",
            ExpressionAttributeValues={":p": {"S": "e0"}, ":s": {"S": "001490"}},
        )
    assert answer["Count"] == 3
    assert time.perf_counter() - began < 1, "moto alone takes two seconds"
