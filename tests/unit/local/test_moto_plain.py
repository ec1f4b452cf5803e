"""A plain call is answered as moto answers it, and leaves the same items behind."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import HealthCheck, given, settings
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
    ["0", "-7", "12", "1.50", "1e3", " 1", "x", "9" * 39, "٣", "1" + "0" * 130]
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


@st.composite
def puts(draw: st.DrawFn) -> Call:
    more = draw(st.dictionaries(names, values, max_size=3))
    item = {"pk": {"S": "partition"}, "sk": {"S": draw(sort_keys)}, **more}
    return "put_item", {"Item": item, **draw(conditions), **draw(answers_wanted)}


@st.composite
def gets(draw: st.DrawFn) -> Call:
    key = {"pk": {"S": "partition"}, "sk": {"S": draw(sort_keys)}}
    more: dict[str, Any] = draw(
        st.sampled_from(
            [
                {},
                {"ConsistentRead": True},
                {"ProjectionExpression": "sk"},
                {"Key": {"pk": {"S": "partition"}}},
                {"Key": {**key, "more": {"S": "a"}}},
                {"Key": {**key, "sk": {"S": ""}}},
                {"Key": {**key, "sk": {"N": "1"}}},
            ]
        )
    )
    return "get_item", {"Key": key, **more}


@st.composite
def batches(draw: st.DrawFn) -> Call:
    asked = draw(st.lists(sort_keys, min_size=1, max_size=4))
    keys = [{"pk": {"S": "partition"}, "sk": {"S": key}} for key in asked]
    return "batch_get_item", {"RequestItems": {RECORDS: {"Keys": keys, "ConsistentRead": True}}}


@st.composite
def queries(draw: st.DrawFn) -> Call:
    asked: dict[str, Any] = {
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":pk": {"S": "partition"},
            ":first": {"S": draw(sort_keys)},
            ":last": {"S": draw(sort_keys)},
        },
    }
    for name, some in (
        ("Limit", st.sampled_from([1, 2, 3, 100])),
        ("ScanIndexForward", st.booleans()),
        ("ConsistentRead", st.booleans()),
        ("Select", st.just("COUNT")),
    ):
        if draw(st.booleans() if name != "Select" else st.sampled_from([False, False, True])):
            asked[name] = draw(some)
    return "query", asked


calls = st.lists(st.one_of(puts(), puts(), gets(), batches(), queries()), min_size=1, max_size=8)


@pytest.fixture
def ways() -> Iterator[tuple[Any, Any]]:
    with embedded_aws() as clients:
        yield clients.dynamodb, Clients(REGION).dynamodb


def said(client: Any, call: Call, partition: str) -> Any:
    operation, params = call
    if operation != "batch_get_item":
        params = {"TableName": RECORDS, **params}
    try:
        answer = getattr(client, operation)(**renamed(params, "partition", partition))
    except ClientError as error:
        answer = error.response
    except (ParamValidationError, TypeError) as error:  # of botocore; of moto, for odd comparisons
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
