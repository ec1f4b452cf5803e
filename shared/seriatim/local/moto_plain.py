"""Does what a plain call asks of moto's tables, and nothing that cannot matter to it.

Items of ours are texts and integers, with next to nothing else in them. For each, moto looks for
empty sets, keys in maps and numbers out of range, weighs it several times over, and turns the
answer inside out: nine tenths of what a put takes. A call is plain if none of that could find
anything; it goes to where moto keeps its items. All others, and those that would be refused, are
left to moto: it has the words for them.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

from seriatim.adapters.dynamodb.keys import IN_RANGE
from seriatim.local.moto_conditions import parser_of
from seriatim.local.moto_queries import Page, Partition

ITEM_CHARACTERS_MAX: Final = 100_000
"""No item of so many is heavier than DynamoDB allows, whatever they are."""
KEY_CHARACTERS_MAX: Final = 256
"""As many, in the shorter of two keys."""
PAGE_ITEMS_MAX: Final = 64
PAGE_CHARACTERS_MAX: Final = 250_000
"""They are within a page of 1 MB."""

PUT: Final = frozenset(
    {
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "Item",
        "ReturnValues",
        "ReturnValuesOnConditionCheckFailure",
        "TableName",
    }
)
GET: Final = frozenset({"ConsistentRead", "Key", "TableName"})
QUERY: Final = frozenset(
    {
        "ConsistentRead",
        "ExpressionAttributeValues",
        "KeyConditionExpression",
        "Limit",
        "ScanIndexForward",
        "TableName",
    }
)
READ_TYPES: Final = frozenset({"BOOL", "N", "NULL", "S"})
"""Of attributes that are shown as they are stored."""

Answer = dict[str, Any]
_is_integer: Final = re.compile(r"-?[0-9]{1,38}").fullmatch
_new: Final = DynamoType.__new__


class NotPlain(Exception):
    """The call is moto's to answer. Nothing has changed."""


class PlainCalls:
    """Tables of one embedded AWS. Whoever calls has moto's lock."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._methods: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
            "BatchGetItem": self._batch_get,
            "GetItem": self._get,
            "PutItem": self._put,
            "Query": self._query,
        }

    def answer(self, operation: str, params: Mapping[str, Any]) -> Answer:
        """What moto would answer.

        Raises:
            NotPlain: moto is to be asked.
        """
        method = self._methods.get(operation)
        if method is None:
            raise NotPlain
        return method(params)

    def _put(self, params: Mapping[str, Any]) -> Answer:
        if not params.keys() <= PUT:
            raise NotPlain
        table = self._table(params["TableName"])
        attributes = _attributes(table, params["Item"])
        hash_key, range_key = attributes[table.hash_key_attr], attributes[str(table.range_key_attr)]
        there = table.items.get(hash_key, {}).get(range_key)
        _check(params, there)
        answer: Answer = {}
        if _wants_old(params) and there is not None:
            answer["Attributes"] = _shown(there)
        item: Any = Item.__new__(Item)
        item.hash_key, item.range_key = hash_key, range_key
        item.attrs = LimitedSizeDict(attributes)
        table.items[hash_key][range_key] = item
        return answer

    def _get(self, params: Mapping[str, Any]) -> Answer:
        if not params.keys() <= GET:
            raise NotPlain
        found = _found(self._table(params["TableName"]), params["Key"])
        return {} if found is None else {"Item": _shown(found)}

    def _batch_get(self, params: Mapping[str, Any]) -> Answer:
        responses: dict[str, list[Answer]] = {}
        counts = []
        for name, asked in params["RequestItems"].items():
            table, keys = self._table(name), asked["Keys"]
            if not asked.keys() <= {"ConsistentRead", "Keys"} or len(keys) > PAGE_ITEMS_MAX:
                raise NotPlain
            if any(key in keys[:at] for at, key in enumerate(keys)):
                raise NotPlain
            found = (_found(table, key) for key in keys)
            responses[name] = _page([item for item in found if item is not None])
            counts.append({"CapacityUnits": len(keys), "TableName": name})
        if len(responses) != 1:
            raise NotPlain
        return {"ConsumedCapacity": counts, "Responses": responses, "UnprocessedKeys": {}}

    def _query(self, params: Mapping[str, Any]) -> Answer:
        if not params.keys() <= QUERY or params["KeyConditionExpression"] != IN_RANGE:
            raise NotPlain
        table = self._table(params["TableName"])
        values = params["ExpressionAttributeValues"]
        if (table.hash_key_attr, table.range_key_attr) != ("pk", "sk") or len(values) != 3:
            raise NotPlain
        hash_key, first, last = (_typed(values[name]) for name in (":pk", ":first", ":last"))
        if not hash_key.type == first.type == last.type == "S":
            raise NotPlain
        partition = table.items.get(hash_key, Partition())
        limit = params.get("Limit", PAGE_ITEMS_MAX)
        if type(limit) is not int or limit < 1 or not isinstance(partition, Partition):
            raise NotPlain
        is_forward = params.get("ScanIndexForward", True)
        at_most = min(limit, PAGE_ITEMS_MAX)
        page = Page("BETWEEN", (first.value, last.value), None, is_forward, at_most)
        items = partition.reached_by(page, "sk")
        if len(items) == at_most:  # there may be more
            raise NotPlain
        if not is_forward:
            items.reverse()
        return {"Count": len(items), "ScannedCount": len(items), "Items": _page(items)}

    def _table(self, name: str) -> Table:
        table = self._tables.get(name)
        if table is None or table.stream_shard is not None:
            raise NotPlain
        if table.hash_key_type != "S" or table.range_key_type != "S":
            raise NotPlain
        return table


def _typed(attribute: Mapping[str, Any]) -> DynamoType:
    """A text that is not empty, or an integer."""
    for kind, value in attribute.items():
        if type(value) is not str or not value or len(attribute) != 1:
            raise NotPlain
        if kind != "S" and (kind != "N" or not _is_integer(value)):
            raise NotPlain
        value.encode()
        typed: DynamoType = _new(DynamoType)
        typed.type, typed.value = kind, value
        return typed
    raise NotPlain


def _attributes(table: Table, item: Mapping[str, Any]) -> dict[str, DynamoType]:
    attributes = {}
    weight = 0
    for name, value in item.items():
        attributes[name] = typed = _typed(value)
        size = len(typed.value)
        if size > KEY_CHARACTERS_MAX and name in table.attribute_keys:
            raise NotPlain
        weight += len(name) + size
    keys = (table.hash_key_attr, table.range_key_attr)
    if weight > ITEM_CHARACTERS_MAX or any(
        name not in attributes or attributes[name].type != "S" for name in keys
    ):
        raise NotPlain
    return attributes


def _check(params: Mapping[str, Any], there: Item | None) -> None:
    """Whether the put's condition is met."""
    names = params.get("ExpressionAttributeNames", {})
    values = params.get("ExpressionAttributeValues")
    if values is not None and not values:  # refused
        raise NotPlain
    parser = parser_of(params.get("ConditionExpression"), names, values)
    is_met = parser.parse().expr(there)
    if not is_met or any(name not in parser.expr_attr_names_found for name in names):
        raise NotPlain


def _wants_old(params: Mapping[str, Any]) -> bool:
    wanted = params.get("ReturnValues", "NONE")
    if wanted not in ("ALL_OLD", "NONE"):
        raise NotPlain
    return bool(wanted == "ALL_OLD")


def _found(table: Table, key: Mapping[str, Any]) -> Item | None:
    if key.keys() != {table.hash_key_attr, table.range_key_attr}:
        raise NotPlain
    partition = table.items.get(_typed(key[table.hash_key_attr]), {})
    found: Item | None = partition.get(_typed(key[str(table.range_key_attr)]))
    return found


def _page(items: list[Item]) -> list[Answer]:
    shown = [_shown(item) for item in items]
    weight = sum(
        len(str(value)) for one in shown for part in one.values() for value in part.values()
    )
    if weight + sum(map(len, shown)) * KEY_CHARACTERS_MAX > PAGE_CHARACTERS_MAX:
        raise NotPlain
    return shown


def _shown(item: Item) -> Answer:
    """Its attributes, as an answer has them."""
    shown = {}
    for name, typed in item.attrs.items():
        if typed.type not in READ_TYPES:
            raise NotPlain
        shown[name] = {typed.type: typed.value}
    return shown
