"""A plain call is answered as moto answers it, and leaves the same items behind."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from bench.shapes import chain_of, publish
from seriatim.adapters.clients import Clients
from seriatim.local.embedded import embedded_aws
from seriatim.local.lambda_context import REGION
from seriatim.local.moto_plain import PlainCalls
from seriatim.local.service import LocalService

RECORDS = "seriatim-records"
PLAIN = ("BatchGetItem", "GetItem", "PutItem", "Query")

Call = tuple[str, dict[str, Any]]

texts = st.sampled_from(["a", "b", "ü" * 300, "x" * 1_025, "y" * 2_049, "z" * 90_000, ""])
numbers = st.sampled_from(
    ["0", "-7", "007", "-0", "-", "12", "1.50", "1e3", " 1", "x", "9" * 39, "٣", "1" + "0" * 130]
)
values = st.one_of(
    texts.map(lambda text: {"S": text}),
    numbers.map(lambda number: {"N": number}),
    st.sampled_from(
        [
            {"BOOL": False},
            {"NULL": True},
            {"NULL": False},
            {"B": b"\x00\xff"},
            {"SS": []},
            {"NS": ["1"]},
            {"L": [{"S": ""}]},
            {"M": {"a": {"N": "1"}}},
            {"S": "a", "N": "1"},
            {"S": 1},
        ]
    ),
)
sort_keys = st.sampled_from(["k1", "k2", "k3", "k4"])
odd_keys: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"pk": {"S": "partition"}},
        {"pk": {"S": "partition"}, "sk": {"S": ""}},
        {"pk": {"S": "partition"}, "sk": {"N": "1"}},
        {"pk": {"N": "1"}, "sk": {"S": "k1"}},
        {"pk": {"S": "partition"}, "sk": {"S": "k1"}, "more": {"S": "a"}},
    ]
)
conditions: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"ConditionExpression": "attribute_not_exists(pk)"},
        {"ConditionExpression": "attribute_exists(pk)"},
        {
            "ConditionExpression": "attribute_not_exists(pk) OR #n < :n",
            "ExpressionAttributeNames": {"#n": "number"},
            "ExpressionAttributeValues": {":n": {"N": "5"}},
        },
        {
            "ConditionExpression": "attribute_not_exists(pk)",
            "ExpressionAttributeNames": {"#unused": "number"},
        },
        {"ConditionExpression": "no condition ("},
        {"ExpressionAttributeValues": {}},
        {"ExpressionAttributeNames": {}},
        {"ExpressionAttributeValues": {":unused": {"N": "5"}}},
        {
            "ConditionExpression": "attribute_not_exists(#n) OR #n IN (:n, :m) OR size(#n) > :m",
            "ExpressionAttributeNames": {"#n": "body"},
            "ExpressionAttributeValues": {":n": {"S": "a"}, ":m": {"N": "1"}},
        },
        {
            "ConditionExpression": "begins_with(body, :b) AND contains(in_project, :b)",
            "ExpressionAttributeValues": {":b": {"S": "a"}},
        },
        {
            "ConditionExpression": "number BETWEEN :low AND :high OR number = :none",
            "ExpressionAttributeValues": {
                ":low": {"N": "-10"},
                ":high": {"N": "1e2"},
                ":none": {"NULL": True},
            },
        },
        {
            "ConditionExpression": "number <> :list OR attribute_type(body, :type)",
            "ExpressionAttributeValues": {":list": {"L": [{"S": "a"}]}, ":type": {"S": "S"}},
        },
        {"Expected": {"pk": {"Exists": False}}},
    ]
)
answers_wanted: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"ReturnValues": "ALL_OLD"},
        {"ReturnValues": "ALL_NEW"},
        {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
        {"ReturnConsumedCapacity": "TOTAL"},
    ]
)
names = st.sampled_from(["number", "body", "in_project", "position", "watch", "sk"])

IF_NEW = {"ConditionExpression": "attribute_not_exists(pk)"}
COUNTED = {
    "UpdateExpression": "SET number = if_not_exists(number, :one) + :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


def key_of(sort_key: str) -> dict[str, Any]:
    return {"pk": {"S": "partition"}, "sk": {"S": sort_key}}


def put_call(sort_key: str, **more: Any) -> Call:
    return "put_item", {"Item": key_of(sort_key), **more}


def query_of(first: dict[str, str], last: dict[str, str]) -> Call:
    given = {":pk": {"S": "partition"}, ":first": first, ":last": last}
    condition = "pk = :pk AND sk BETWEEN :first AND :last"
    return "query", {"KeyConditionExpression": condition, "ExpressionAttributeValues": given}


def put_of(key: dict[str, Any], **more: str) -> dict[str, Any]:
    item = {**key, "body": {"S": "transacted"}}
    return {"Put": {"TableName": RECORDS, "Item": item, **more}}


def checked(sort_key: str) -> dict[str, Any]:
    condition = {"ConditionExpression": "attribute_exists(body)"}
    return {"ConditionCheck": {"TableName": RECORDS, "Key": key_of(sort_key), **condition}}


@st.composite
def puts(draw: st.DrawFn) -> Call:
    more = draw(st.dictionaries(names, values, max_size=3))
    item = {**key_of(draw(sort_keys)), **more}
    return "put_item", {"Item": item, **draw(conditions), **draw(answers_wanted)}


@st.composite
def gets(draw: st.DrawFn) -> Call:
    key = draw(st.one_of(sort_keys.map(key_of), sort_keys.map(key_of), odd_keys))
    more: dict[str, Any] = draw(
        st.sampled_from([{}, {"ConsistentRead": True}, {"ProjectionExpression": "sk"}])
    )
    return "get_item", {"Key": key, **more}


@st.composite
def batches(draw: st.DrawFn) -> Call:
    asked = draw(st.lists(st.one_of(sort_keys.map(key_of), odd_keys), max_size=4))
    more: dict[str, Any] = draw(
        st.sampled_from([{}, {"ConsistentRead": True}, {"ProjectionExpression": "body"}])
    )
    return "batch_get_item", {"RequestItems": {RECORDS: {"Keys": asked, **more}}}


@st.composite
def changes(draw: st.DrawFn) -> Call:
    """What moto does itself, to items that were put past it."""
    key = key_of(draw(sort_keys))
    made: list[Call] = [
        ("delete_item", {"Key": key, "ReturnValues": "ALL_OLD"}),
        ("update_item", {"Key": key, "UpdateExpression": "REMOVE body, watch"}),
        ("update_item", {"Key": key, **COUNTED, "ReturnValues": "ALL_NEW"}),
        ("transact_write_items", {"TransactItems": [put_of(key), checked("k1")]}),
        ("transact_write_items", {"TransactItems": [put_of(key, **IF_NEW)]}),
    ]
    return draw(st.sampled_from(made))


@st.composite
def queries(draw: st.DrawFn) -> Call:
    bounds = st.one_of(sort_keys, sort_keys, st.just("")).map(lambda key: {"S": key})
    _, asked = query_of(draw(bounds), draw(st.one_of(bounds, bounds, st.just({"N": "1"}))))
    for name, some in (
        ("Limit", st.sampled_from([1, 2, 3, 100])),
        ("ScanIndexForward", st.booleans()),
        ("ConsistentRead", st.booleans()),
        ("ExclusiveStartKey", sort_keys.map(key_of)),
        ("Select", st.just("COUNT")),
        ("ProjectionExpression", st.just("sk")),
    ):
        is_usual = name in ("Limit", "ScanIndexForward", "ConsistentRead")
        if draw(st.booleans() if is_usual else st.sampled_from([False, False, False, True])):
            asked[name] = draw(some)
    return "query", asked


calls = st.lists(
    st.one_of(puts(), puts(), gets(), batches(), queries(), changes()), min_size=1, max_size=8
)


@pytest.fixture
def ways() -> Iterator[tuple[Any, Any]]:
    with embedded_aws() as clients:
        yield clients.dynamodb, Clients(REGION).dynamodb


def said(client: Any, call: Call, partition: str) -> Any:
    operation, params = call
    if operation not in ("batch_get_item", "transact_write_items"):
        params = {"TableName": RECORDS, **params}
    try:
        answer = getattr(client, operation)(**renamed(params, "partition", partition))
    except ClientError as error:
        answer = error.response
    except (ArithmeticError, TypeError, ValueError) as error:  # of moto, for odd comparisons
        return type(error).__name__
    told = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    return renamed(told, partition, "partition")


def renamed(value: Any, name: str, wanted: str) -> Any:
    match value:
        case dict():
            return {key: renamed(part, name, wanted) for key, part in value.items()}
        case list():
            return [renamed(part, name, wanted) for part in value]
        case _:
            return wanted if value == name else value


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=calls, number=st.integers(0, 10**9))
@example(made=[put_call("k1", ExpressionAttributeValues={})], number=0)
@example(made=[put_call("k1"), query_of({"N": "1"}, {"S": "k1"})], number=1)
def test_answers_and_items_are_those_of_moto(
    ways: tuple[Any, Any], made: list[Call], number: int
) -> None:
    direct, whole = ways
    for call in made:
        told = said(whole, call, f"whole-{number}")
        assert said(direct, call, f"short-{number}") == told, call
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
    short, long = (items_of(tables[RECORDS], f"{way}-{number}") for way in ("short", "whole"))
    assert short == long


def items_of(table: Any, partition: str) -> Any:
    """As moto keeps them; they are taken away."""
    kept = {key: items for key, items in table.items.items() if key.value == partition}
    for key in kept:
        del table.items[key]
    shown = [
        {
            "keys": [item.hash_key.to_json(), item.range_key.to_json()],
            "attributes": {name: typed.to_regular_json() for name, typed in item.attrs.items()},
        }
        for items in kept.values()
        for item in items.values()
    ]
    return renamed(shown, partition, "partition")


def test_calls_of_an_execution_are_plain() -> None:
    made: list[tuple[str, dict[str, Any]]] = []
    with LocalService() as service:
        clients = service.wiring.clients
        sequence_id = publish(service, chain_of(3))
        clients.dynamodb.meta.events.register(
            "provide-client-params.dynamodb",
            lambda params, model, **_: made.append((model.name, dict(params))),
        )
        service.wiring.executions.start("bench", sequence_id, variables={})
        service.wait_idle()
    assert {name for name, _ in made} >= set(PLAIN) - {"GetItem"}
    with embedded_aws() as clients:
        left_to_moto = list(not_plain(clients, made))
    assert left_to_moto == []


def not_plain(clients: Clients, made: list[tuple[str, dict[str, Any]]]) -> Iterator[Any]:
    tables: Mapping[str, Any] = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
    plain = PlainCalls(tables)
    for name, params in made:
        if name in PLAIN:
            try:
                plain.answer(name, params)
            except Exception:  # noqa: BLE001 - the plain way says so by any
                yield name, params
