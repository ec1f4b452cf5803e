"""Lists by pages: queries in the order of a sort key, and cursors that name a place in one list.

A cursor holds the sort key of the last item shown and a digest of the list (project, filters). It
is not signed: the list comes from the request, so a forged cursor shows its maker no other list.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from seriatim.adapters.dynamodb.documents import Item
from seriatim.adapters.dynamodb.keys import SORT_KEY_BYTES_MAX
from seriatim.adapters.errors import transient_as_unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CURSOR_CHARACTERS_MAX = 2_048
EXAMINED_ITEMS_MAX = 5_000
"""Items that one page may look at for a filter; a page that found fewer than asked goes on by its
cursor.
"""
FILTERED_PAGE_ITEMS = 500

assert CURSOR_CHARACTERS_MAX >= (SORT_KEY_BYTES_MAX + 64) * 4 / 3


class _Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    list_digest: str
    position: str


_places: msgspec.json.Decoder[_Place] = msgspec.json.Decoder(_Place)


class ListCursors:
    """The cursors of one list, named by all that tells it from others."""

    def __init__(self, *identity: object) -> None:
        named = msgspec.json.encode(identity)
        self._digest = hashlib.sha256(named).hexdigest()[:16]

    def write(self, position: str) -> str:
        """The cursor for what comes after ``position``."""
        body = msgspec.json.encode(_Place(self._digest, position))
        return base64.urlsafe_b64encode(body).rstrip(b"=").decode()

    def read(self, cursor: str) -> str:
        """The position. Raises ``ValueError`` for what is no cursor of this list."""
        try:
            if len(cursor) > CURSOR_CHARACTERS_MAX:
                raise ValueError("too long")
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            place = _places.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
            raise ValueError("The cursor is not one that this service gave.") from error
        is_key = 0 < len(place.position.encode()) <= SORT_KEY_BYTES_MAX
        if place.list_digest != self._digest or not is_key:
            raise ValueError("The cursor is of another list, or of other filters.")
        return place.position


def list_partition(
    client: "DynamoDBClient",
    table: str,
    partition: str,
    cursors: ListCursors,
    limit: int,
    cursor: str | None,
    **more: Any,
) -> tuple[list[Item], str | None]:
    """At most ``limit`` items of a partition in the order of its sort key, and the cursor to go on
    by while more is to come. ``more`` is what else the query says (a filter, the other direction).
    Strongly consistent. Raises ``ValueError`` for what is no cursor of this list.
    """
    values = {":pk": {"S": partition}, **more.pop("ExpressionAttributeValues", {})}
    condition = "pk = :pk"
    if cursor is not None:
        condition += (
            " AND sk > :shown" if more.get("ScanIndexForward", True) else " AND sk < :shown"
        )
        values[":shown"] = {"S": cursors.read(cursor)}
    request = {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
        **more,
    }
    items, position = read_page(client, request, "sk", limit)
    return items, cursors.write(position) if position else None


def answers_to(client: "DynamoDBClient", request: dict[str, Any]) -> Iterator[Any]:
    """DynamoDB's answers to a query, one for each page; a page is read when it is come to."""
    request = dict(request)
    while True:
        with transient_as_unavailable:
            answer = client.query(**request)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def read_page(
    client: "DynamoDBClient",
    request: dict[str, Any],
    sort_key: str,
    limit: int,
    shown: str | None = None,
) -> tuple[list[Item], str | None]:
    """At most ``limit`` items of a query, and the position to go on from while more is to come.

    The query may begin with the item at the position ``shown``; it is left out.
    """
    assert limit >= 1
    is_filtered = "FilterExpression" in request
    request = {**request, "Limit": FILTERED_PAGE_ITEMS if is_filtered else limit + 2}
    found: list[Item] = []
    examined = 0
    while True:
        with transient_as_unavailable:
            answer = client.query(**request)
        found.extend(item for item in answer["Items"] if item[sort_key]["S"] != shown)
        if len(found) > limit:
            return found[:limit], found[limit - 1][sort_key]["S"]
        last = answer.get("LastEvaluatedKey")
        if last is None:
            return found, None
        examined += answer["ScannedCount"]
        if is_filtered and examined >= EXAMINED_ITEMS_MAX:
            return found, last[sort_key]["S"]
        request["ExclusiveStartKey"] = last
