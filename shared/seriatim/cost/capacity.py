"""What DynamoDB charges for a request, computed from the request and its answer: an emulator's own
figures are not to be relied on.

A write costs a unit per KB of the item, and as much again for each index that it has an entry in; a
read a unit per 4 KB, half of it where it need not be consistent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

WRITE_UNIT_BYTES: Final = 1024
READ_UNIT_BYTES: Final = 4096
TRANSACTION_FACTOR: Final = 2

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Indexed:
    """A table as far as writes to it cost: its key, and its indexes by their key attributes."""

    key: tuple[str, str]
    indexes: tuple[tuple[str, str], ...]


def size_of(item: Item) -> int:
    """An item's size as DynamoDB counts it: names and values, in bytes."""
    return sum(len(name.encode()) + _size_of_value(value) for name, value in item.items())


def _size_of_value(value: Any) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return len(content) // 2 + 1
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _size_of_value(each) for each in content)
        case "M":
            return 3 + size_of(content) + len(content)
        case _:
            return sum(len(str(each)) for each in content)


def write_units(item: Item) -> int:
    """For an item of that size, once."""
    return max(1, ceil(size_of(item) / WRITE_UNIT_BYTES))


def put_units(table: Indexed, item: Item, before: Item | None) -> int:
    """To put an item in the place of the one that was there ``before``, indexes included: an entry
    that moves is taken away and written anew.
    """
    units = max(write_units(item), write_units(before) if before else 1)
    for index in table.indexes:
        new = _entry(index, item)
        old = _entry(index, before) if before else None
        if new is not None:
            units += write_units(item)
        if old is not None and before is not None and old != new:
            units += write_units(before)
    return units


def read_units(size: int, *, is_consistent: bool) -> float:
    """To read so many bytes in one item or one query."""
    return max(1, ceil(size / READ_UNIT_BYTES)) * (1.0 if is_consistent else 0.5)


def _entry(index: tuple[str, str], item: Item) -> tuple[Any, ...] | None:
    if any(attribute not in item for attribute in index):
        return None
    return tuple(str(item[attribute]) for attribute in index)
