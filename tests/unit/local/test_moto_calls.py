"""A call that is handed to moto's method directly is answered as one that goes the whole way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from seriatim.adapters.clients import Clients
from seriatim.local.embedded import embedded_aws
from seriatim.local.lambda_context import REGION
from seriatim.local.resources import EVENT_BUS

LOG = "seriatim-log"


class Ways(NamedTuple):
    """Two clients of the same embedded AWS."""

    short: Any
    whole: Any
    short_bus: Any
    whole_bus: Any


@pytest.fixture(scope="module", params=["unheard", "heard"])
def ways(request: pytest.FixtureRequest) -> Iterator[Ways]:
    with embedded_aws() as clients:
        if request.param == "heard":
            clients.dynamodb.meta.events.register("after-call.dynamodb", lambda **_: None)
        whole = Clients(REGION)
        yield Ways(clients.dynamodb, whole.dynamodb, clients.events, whole.events)


def item(partition: str, number: int, **more: Any) -> dict[str, Any]:
    key = {"pk": {"S": partition}, "sk": {"S": f"S#{number}"}}
    return {**key, "list": {"L": [{"N": "1.50"}, {"M": {"ü": {"NULL": True}}}]}, **more}


def put(partition: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "Item": item(partition, number),
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **more,
    }


def said(client: Any, operation: str, params: dict[str, Any]) -> Any:
    """The answer or the error, without what is a client's own."""
    try:
        answer = getattr(client, operation)(**params)
    except ClientError as error:
        answer = error.response
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def both(ways: Ways, operation: str, **params: Any) -> Any:
    """What the short way says; the whole way says the same in a partition of its own."""
    short, whole = (
        said(client, operation, {"TableName": LOG, **replaced(params, name)})
        for client, name in ((ways.short, "short"), (ways.whole, "whole"))
    )
    assert replaced(whole, "short", "whole") == short
    return short


def replaced(value: Any, name: str, wanted: str = "partition") -> Any:
    match value:
        case dict():
            return {key: replaced(part, name, wanted) for key, part in value.items()}
        case list():
            return [replaced(part, name, wanted) for part in value]
        case _:
            return name if value == wanted else value


def test_items_are_written_once_and_read_back(ways: Ways) -> None:
    for number in range(1, 4):
        assert both(ways, "put_item", **put("partition", number)) == {}
    lost = both(ways, "put_item", **put("partition", 2))
    assert lost["Error"]["Code"] == "ConditionalCheckFailedException"
    assert lost["Item"] == item("short", 2)
    key = {"pk": {"S": "partition"}, "sk": {"S": "S#2"}}
    assert both(ways, "get_item", Key=key, ConsistentRead=True)["Item"] == item("short", 2)
    assert both(ways, "get_item", Key={**key, "sk": {"S": "none"}}) == {}


def test_pages_are_the_same(ways: Ways) -> None:
    for number in range(1, 4):
        both(ways, "put_item", **put("partition", number))
    page = both(
        ways,
        "query",
        KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues={
            ":pk": {"S": "partition"},
            ":first": {"S": "S#1"},
            ":last": {"S": "S#9"},
        },
        ScanIndexForward=False,
        Limit=2,
    )
    assert [one["sk"]["S"] for one in page["Items"]] == ["S#3", "S#2"]
    assert page["LastEvaluatedKey"]["sk"]["S"] == "S#2"


def test_conditions_with_values_and_updates_are_the_same(ways: Ways) -> None:
    later = {
        "ConditionExpression": "attribute_not_exists(pk) OR #number < :number",
        "ExpressionAttributeNames": {"#number": "number"},
    }
    key = {"pk": {"S": "partition"}, "sk": {"S": "mark"}}
    for number, is_taken in ((2, True), (1, False), (3, True)):
        given = {":number": {"N": f"{number}"}}
        answer = both(
            ways,
            "update_item",
            Key=key,
            UpdateExpression="SET #number = :number",
            ReturnValues="ALL_NEW",
            ExpressionAttributeValues=given,
            **later,
        )
        assert ("Attributes" in answer) == is_taken
    old = both(
        ways,
        "put_item",
        Item={**key, "number": {"N": "4"}},
        ReturnValues="ALL_OLD",
        ExpressionAttributeValues={":number": {"N": "4"}},
        **later,
    )
    assert old["Attributes"]["number"] == {"N": "3"}


def test_names_that_one_call_uses_are_not_those_of_the_next(ways: Ways) -> None:
    both(ways, "put_item", **put("partition", 1))
    asked = {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeNames": {"#n": "number"},
        "ExpressionAttributeValues": {":pk": {"S": "partition"}},
    }
    for projection, is_refused in (("#n", False), ("sk", True), ("#n", False)):
        answer = both(ways, "query", ProjectionExpression=projection, **asked)
        assert ("Error" in answer) == is_refused


def test_a_condition_that_is_known_means_what_its_names_and_values_say(ways: Ways) -> None:
    known: list[tuple[dict[str, str], dict[str, Any], bool]] = [
        ({"#what": "number"}, {"N": "5"}, True),
        ({"#what": "number"}, {"S": "5"}, False),
        ({"#what": "number"}, {"N": "6"}, False),
        ({"#what": "text"}, {"S": "5"}, True),
        ({"#what": "list"}, {"L": [{"N": "5"}]}, True),
        ({"#what": "list"}, {"L": [{"N": "6"}]}, False),
        ({"#what": "number"}, {"N": "5"}, True),
    ]
    more = {"number": {"N": "5"}, "text": {"S": "5"}, "list": {"L": [{"N": "5"}]}}
    there = {**item("partition", 8), **more}
    both(ways, "put_item", Item=there)
    for names, value, is_met in known:
        answer = both(
            ways,
            "put_item",
            Item=there,
            ConditionExpression="#what = :value",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":value": value},
        )
        assert ("Error" not in answer) == is_met


def test_events_are_taken_or_refused_as_they_are_the_whole_way(ways: Ways) -> None:
    good = {"Source": "test", "DetailType": "Test", "Detail": "{}", "EventBusName": EVENT_BUS}
    entries = [good, {**good, "Detail": "{"}, {**good, "Time": datetime(2026, 1, 2, tzinfo=UTC)}]
    answers = [
        said(client, "put_events", {"Entries": given})
        for given in (entries, [{**good, "EventBusName": "none"}], [good] * 11)
        for client in (ways.short_bus, ways.whole_bus)
    ]
    for answer in answers:
        for taken in answer.get("Entries", ()):
            if "EventId" in taken:
                taken["EventId"] = "a random one"
    assert answers[0::2] == answers[1::2]
    assert answers[0]["FailedEntryCount"] == 1
    assert [answer["Error"]["Code"] for answer in answers[2::2]] == [
        "ResourceNotFoundException",
        "ValidationException",
    ]


@pytest.mark.parametrize("wrong", [{"EventBusName": ""}, {"Source": 1}, {"Unknown": "a"}])
def test_events_that_botocore_would_not_send_are_refused(ways: Ways, wrong: dict[str, Any]) -> None:
    entry = {"EventBusName": EVENT_BUS, "Source": "a", "DetailType": "b", "Detail": "{}", **wrong}
    for bus in (ways.short_bus, ways.whole_bus):
        with pytest.raises(ParamValidationError):
            bus.put_events(Entries=[entry])


def test_bytes_come_back_as_bytes(ways: Ways) -> None:
    key = {"pk": {"S": "partition"}, "sk": {"S": "bytes"}}
    both(ways, "put_item", Item={**key, "state": {"B": b"\x00\xff"}})
    found = both(ways, "get_item", Key=key)
    assert found["Item"]["state"] == {"B": b"\x00\xff"}


def test_what_moto_refuses_is_told_by_its_own_words(ways: Ways) -> None:
    nowhere = both(ways, "put_item", **{**put("partition", 1), "TableName": "none"})
    assert nowhere["Error"]["Code"] == "ResourceNotFoundException"


def test_what_was_read_is_not_what_is_stored(ways: Ways) -> None:
    both(ways, "put_item", **put("partition", 7))
    key = {"pk": {"S": "short"}, "sk": {"S": "S#7"}}
    ways.short.get_item(TableName=LOG, Key=key)["Item"]["list"]["L"].clear()
    assert ways.short.get_item(TableName=LOG, Key=key)["Item"] == item("short", 7)


def test_item_that_is_too_heavy_is_refused(ways: Ways) -> None:
    def answer(characters: int) -> Any:
        body = {"S": "x" * characters}
        return both(ways, "put_item", Item={**item("partition", 9), "body": body, "n": body})

    assert "Error" not in answer(200_000)
    assert answer(205_000)["Error"]["Code"] == "ValidationException"
