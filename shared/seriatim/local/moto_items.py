"""Makes moto's writes cost what they write: moto weighs all of an item again for each attribute
that it has.
"""

from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict


def weigh_items_once() -> None:
    """Patch ``Item``. Repeating this changes nothing."""
    Item.__init__ = _build  # type: ignore[method-assign, assignment]


def _build(
    item: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]
) -> None:
    item.hash_key = hash_key
    item.range_key = range_key
    typed = [(name, DynamoType(value)) for name, value in attrs.items()]
    item.attrs = LimitedSizeDict(typed[:-1])
    for name, value in typed[-1:]:
        item.attrs[name] = value  # this weighs all of them, and refuses what is too heavy
