"""Makes moto's transactions cost what they write.

moto copies each table that a transaction names, whole and deep, to put it back if that fails: with
some thousand executions in memory a sequence took seconds to activate, and all else waited for it.
Here moto's own transaction runs on tables that have nothing but the items that it names, with all
of its checks; what comes of these is taken over if it succeeds. Tables of another shape than ours
are copied as they were.
"""

import copy
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from seriatim.local.moto_queries import Partition

Key = tuple[DynamoType, DynamoType]
"""Partition and sort key of an item."""


def narrow_transactions() -> None:
    """Patch ``DynamoDBBackend``. Repeating it changes nothing."""
    if getattr(DynamoDBBackend, "is_narrowed", False):
        return
    transact = DynamoDBBackend.transact_write_items

    def narrowed(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        named = _named(backend.tables, transact_items)
        if named is None:
            transact(backend, transact_items)
            return
        whole = {name: backend.tables[name] for name in named}
        for name, table in whole.items():
            backend.tables[name] = _with_only(table, named[name])
        try:
            transact(backend, transact_items)
            for name, table in whole.items():
                _take_over(table, backend.tables[name], named[name])
        finally:
            backend.tables.update(whole)

    DynamoDBBackend.transact_write_items = narrowed  # type: ignore[method-assign, assignment]
    DynamoDBBackend.is_narrowed = True  # type: ignore[attr-defined]


def _named(
    tables: Mapping[str, Table], transact_items: Sequence[Mapping[str, Any]]
) -> dict[str, list[Key]] | None:
    """The keys that a transaction names, by table; none where it is to run as it did."""
    named: dict[str, list[Key]] = {}
    for item in transact_items:
        for operation in item.values():
            table = tables.get(operation.get("TableName"))
            attributes = operation.get("Item") or operation.get("Key") or {}
            if table is None or table.range_key_type != "S" or table.stream_shard is not None:
                return None
            if not {table.hash_key_attr, table.range_key_attr} <= attributes.keys():
                return None
            key = (
                DynamoType(attributes[table.hash_key_attr]),
                DynamoType(attributes[str(table.range_key_attr)]),
            )
            named.setdefault(table.name, []).append(key)
    return named


def _with_only(table: Table, keys: Sequence[Key]) -> Table:
    """A table with no items but these, which are copies: moto changes some in place."""
    narrow = copy.copy(table)
    narrow.items = defaultdict(Partition)
    for partition_key, sort_key in keys:
        item = table.items.get(partition_key, {}).get(sort_key)
        if item is not None:
            narrow.items[partition_key][sort_key] = copy.deepcopy(item)
    return narrow


def _take_over(table: Table, narrow: Table, keys: Sequence[Key]) -> None:
    for partition_key, sort_key in keys:
        item = narrow.items.get(partition_key, {}).get(sort_key)
        if item is not None:
            table.items[partition_key][sort_key] = item
        else:
            table.items.get(partition_key, {}).pop(sort_key, None)
