"""Makes moto's queries cost what they read.

moto sorts and copies the whole table for each query: after a few thousand steps one read of a log's
tail takes half a second, and all others wait for it. Here partitions keep their sort keys in order,
and a table is narrowed to the items that a query can reach; then moto's own query runs on those,
with all of its checks. Queries of another shape than ours run as they did.
"""

import copy
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from moto.dynamodb.comparisons import get_comparison_func
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import SecondaryIndex, Table


@dataclass(frozen=True)
class Page:
    """What a query asks of a partition: a condition on the sort key, and where the page begins."""

    comparison: str | None
    operands: tuple[str, ...]
    start: Mapping[str, Any] | None
    is_forward: bool
    items_max: int | None


class Partition(dict[DynamoType, Item]):
    """The items of one partition key, by sort key; remembers their order."""

    def __init__(self) -> None:
        super().__init__()
        self._order: list[str] = []
        self._by_value: dict[str, Item] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy is filled anew: moto puts one in place when a transaction fails."""
        return Partition, (), None, None, iter(self.items())

    def __setitem__(self, key: DynamoType, item: Item) -> None:
        """Put an item, perhaps in another one's place."""
        if key not in self:
            insort(self._order, key.value)
        self._by_value[key.value] = item
        super().__setitem__(key, item)

    def __delitem__(self, key: DynamoType) -> None:
        """Remove an item."""
        super().__delitem__(key)
        self._forget(key.value)

    def pop(self, key: DynamoType, *default: Any) -> Any:
        """Remove an item and return it."""
        if key in self:
            self._forget(key.value)
        return super().pop(key, *default)

    def _forget(self, value: str) -> None:
        del self._by_value[value]
        del self._order[bisect_left(self._order, value)]

    def reached_by(self, page: Page, sort_key: str) -> list[Item]:
        """The items that the page can hold."""
        low, high = _bounds(self._order, page.comparison, page.operands)
        if page.start is not None:
            value = page.start[sort_key]["S"]
            if page.is_forward:
                low = max(low, bisect_right(self._order, value))
            else:
                high = min(high, bisect_left(self._order, value))
        if page.items_max is not None:
            if page.is_forward:
                high = min(high, low + page.items_max)
            else:
                low = max(low, high - page.items_max)
        return [self._by_value[value] for value in self._order[low:high]]


def narrow_queries() -> None:
    """Patch ``Table``. Repeating it changes nothing."""
    if getattr(Table, "is_narrowed", False):
        return
    build, query = Table.__init__, Table.query

    def build_with_partitions(table: Table, *arguments: Any, **named: Any) -> None:
        build(table, *arguments, **named)
        if table.range_key_type == "S":
            table.items = defaultdict(Partition)

    def narrowed_query(
        table: Table,
        hash_key: DynamoType | None,
        range_comparison: str | None,
        range_objs: list[DynamoType],
        limit: Any,
        exclusive_start_key: Any,
        scan_index_forward: bool,
        *others: Any,
        **named: Any,
    ) -> Any:
        page = Page(
            range_comparison,
            tuple(operand.value for operand in range_objs),
            exclusive_start_key,
            scan_index_forward,
            None if limit is None else limit + 1,  # by the one more moto sees that there is more
        )
        index_name = others[1] if len(others) > 1 else named.get("index_name")
        return query(
            _narrowed(table, hash_key, index_name, page),
            hash_key,
            range_comparison,
            range_objs,
            limit,
            exclusive_start_key,
            scan_index_forward,
            *others,
            **named,
        )

    Table.__init__ = build_with_partitions  # type: ignore[method-assign, assignment]
    Table.query = narrowed_query  # type: ignore[method-assign, assignment]
    Table.is_narrowed = True  # type: ignore[attr-defined]


def _narrowed(
    table: Table, hash_key: DynamoType | None, index_name: str | None, page: Page
) -> Table:
    """The table with only the items that the query can reach; as it is for another shape."""
    if hash_key is None or table.range_key_attr is None or table.range_key_type != "S":
        return table
    if index_name is None:
        partition = table.items.get(hash_key, Partition())
        if not isinstance(partition, Partition):  # built before the patch
            return table
        items = partition.reached_by(page, table.range_key_attr)
    else:
        index = next((one for one in table.all_indexes() if one.name == index_name), None)
        if index is None or len(index.schema) != 2:
            return table
        items = _reached_in_index(table, index, hash_key, page)
    narrowed = copy.copy(table)
    narrowed.items = defaultdict(dict, {None: dict(enumerate(items))})
    return narrowed


def _reached_in_index(
    table: Table, index: SecondaryIndex, hash_key: DynamoType, page: Page
) -> list[Item]:
    """Looks at every item of the table, but only at its strings."""
    (hash_attr,) = (key["AttributeName"] for key in index.schema if key["KeyType"] == "HASH")
    (range_attr,) = (key["AttributeName"] for key in index.schema if key["KeyType"] == "RANGE")
    keys = (range_attr, table.hash_key_attr, str(table.range_key_attr))
    is_met = get_comparison_func(page.comparison or "NOT_NULL")
    rows = [
        (tuple(item.attrs[key].value for key in keys), item)
        for partition in table.items.values()
        for item in partition.values()
        if hash_attr in item.attrs
        and item.attrs[hash_attr] == hash_key
        and range_attr in item.attrs
        and is_met(item.attrs[range_attr].value, *page.operands)
    ]
    if page.start is not None:
        start = tuple(page.start[key]["S"] for key in keys)
        rows = [row for row in rows if (row[0] > start if page.is_forward else row[0] < start)]
    rows.sort(key=itemgetter(0), reverse=not page.is_forward)
    return [item for _, item in rows[: page.items_max]]


def _bounds(order: list[str], comparison: str | None, operands: tuple[str, ...]) -> tuple[int, int]:
    """Where in the order the sort keys lie that meet a condition."""
    match comparison, operands:
        case "=", (value,):
            return bisect_left(order, value), bisect_right(order, value)
        case "<", (value,):
            return 0, bisect_left(order, value)
        case "<=", (value,):
            return 0, bisect_right(order, value)
        case ">", (value,):
            return bisect_right(order, value), len(order)
        case ">=", (value,):
            return bisect_left(order, value), len(order)
        case "BETWEEN", (first, last):
            return bisect_left(order, first), bisect_right(order, last)
        case "BEGINS_WITH", (prefix,):
            size = len(prefix)
            past = bisect_right(order, prefix, key=lambda value: value[:size])
            return bisect_left(order, prefix), past
        case _:
            return 0, len(order)
