"""``GlobalVariables`` in DynamoDB: the variables of a project in one partition, an item each."""

import builtins
import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb.batches import get_all
from seriatim.adapters.dynamodb.documents import Item, content, stored
from seriatim.adapters.dynamodb.keys import SORT_KEY_BYTES_MAX
from seriatim.adapters.dynamodb.pages import ListCursors, list_partition
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.domain.limits import NAME_CHARACTERS_MAX
from seriatim.domain.values import GlobalValue
from seriatim.ports.errors import Conflict
from seriatim.ports.pages import Page
from seriatim.ports.payloads import Payloads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

assert 4 * NAME_CHARACTERS_MAX <= SORT_KEY_BYTES_MAX, "a name alone is a sort key"

WRITER_BYTES = 16

_encode = msgspec.json.Encoder().encode


def conditional_write_item(
    table: str,
    payloads: Payloads,
    project_id: str,
    name: str,
    value: Any,
    *,
    expected_version: int,
    writer: str,
) -> dict[str, Any]:
    """The entry of ``TransactWriteItems`` that writes a variable if its version still is
    ``expected_version`` (0: never written), so that the write can share a transaction with others.

    ``writer`` names who writes, unlike every other writer of that version: a condition that failed
    gives the item that is there back, and ``is_written_by`` tells whether the write in the way is
    its own. A value too big for an item is stored as a payload before this returns.
    """
    if expected_version == 0:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
    else:
        condition = {
            "ConditionExpression": "version = :expected",
            "ExpressionAttributeValues": {":expected": {"N": str(expected_version)}},
        }
    item = {
        **_key(project_id, name),
        "version": {"N": str(expected_version + 1)},
        "writer": {"S": writer},
        **stored(payloads, project_id, _encode(value)),
    }
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **condition,
        }
    }


def is_written_by(item: Any, writer: str) -> bool:
    """Whether a variable's item, as a failed condition gives it back, is this writer's."""
    return bool(item and item["writer"]["S"] == writer)


class DynamoDBGlobalVariables:
    """A write is a put on condition of the version that it was made from; one that takes any
    version lets DynamoDB count.
    """

    def __init__(self, client: "DynamoDBClient", table: str, payloads: Payloads) -> None:
        self._client = client
        self._table = table
        self._payloads = payloads

    def read(self, project_id: str, names: Collection[str]) -> dict[str, GlobalValue]:
        """Those of ``names`` that were ever written. Strongly consistent, each by itself."""
        keys = [_key(project_id, name) for name in sorted(set(names))]
        return dict(self._values(project_id, get_all(self._client, self._table, keys)))

    def write(
        self, project_id: str, name: str, value: Any, expected_version: int | None
    ) -> GlobalValue:
        """Give it a value, if its version still is ``expected_version`` (None: whatever it is).

        A put that was done though its answer was lost is tried again by the client, and then fails
        against itself: by the writer's name, drawn for each write, it knows its own item. The value
        would not tell: two who count to the same number must not both succeed.

        Raises:
            Conflict: it has another version.
            Unavailable: whether it was written is unknown until the next read.
        """
        writer = secrets.token_hex(WRITER_BYTES)
        if expected_version is None:
            return GlobalValue(value, self._overwrite(project_id, name, value, writer))
        entry = conditional_write_item(
            self._table,
            self._payloads,
            project_id,
            name,
            value,
            expected_version=expected_version,
            writer=writer,
        )
        with transient_as_unavailable:
            try:
                self._client.put_item(**entry["Put"])
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                if not is_written_by(error.response.get("Item"), writer):
                    text = f"Variable {name!r} has not the version {expected_version}."
                    raise Conflict(text) from error
        return GlobalValue(value, expected_version + 1)

    def list(
        self, project_id: str, limit: int, cursor: str | None
    ) -> Page[tuple[str, GlobalValue]]:
        """One page by name."""
        items, following = list_partition(
            self._client,
            self._table,
            _partition(project_id),
            ListCursors("global variables", project_id),
            limit,
            cursor,
        )
        values = tuple(self._values(project_id, items))
        return Page(values, following)

    def _overwrite(self, project_id: str, name: str, value: Any, writer: str) -> int:
        """Write without a condition; returns the version. Done twice, it takes two versions."""
        body = stored(self._payloads, project_id, _encode(value))
        [(held, text)] = body.items()
        unheld = "body" if held == "payload" else "payload"
        with transient_as_unavailable:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(project_id, name),
                UpdateExpression=f"SET {held} = :held, writer = :writer REMOVE {unheld}"
                " ADD version :one",
                ExpressionAttributeValues={
                    ":held": text,
                    ":writer": {"S": writer},
                    ":one": {"N": "1"},
                },
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["version"]["N"])

    def _values(
        self, project_id: str, items: Collection[Item]
    ) -> builtins.list[tuple[str, GlobalValue]]:
        def value_of(item: Item) -> tuple[str, GlobalValue]:
            value = msgspec.json.decode(content(self._payloads, project_id, item))
            return item["sk"]["S"], GlobalValue(value, int(item["version"]["N"]))

        return each(value_of, items)


def _partition(project_id: str) -> str:
    return f"V#{project_id}"


def _key(project_id: str, name: str) -> Item:
    return {"pk": {"S": _partition(project_id)}, "sk": {"S": name}}
