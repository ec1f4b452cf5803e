"""``Ledgers`` in DynamoDB: an item each, and an entry in one partition for each that is busy.

The entry is written when a ledger that is not listed is saved with something in it: once, however
often it is idle between. An index would show the same, at twice the price of every write.
"""

import hashlib
import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.dynamodb.documents import Item, content, stored
from seriatim.adapters.dynamodb.pages import ListCursors, list_partition
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.domain.permits.ledger import Ledger
from seriatim.ports.errors import Conflict
from seriatim.ports.ledgers import LedgerName, StoredLedger
from seriatim.ports.pages import Page
from seriatim.ports.payloads import Payloads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITER_BYTES: Final = 16
LEDGER_INLINE_BYTES_MAX: Final = 350 * 1024
"""An item has at most 400 KB. A ledger is written far too often to leave every version in S3."""
BUSY: Final = "busy-ledgers"

_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Ledger] = msgspec.json.Decoder(Ledger)


class DynamoDBLedgers:
    """Every write is a put on condition of the version that it was made from."""

    def __init__(self, client: "DynamoDBClient", table: str, payloads: Payloads) -> None:
        self._client = client
        self._table = table
        self._payloads = payloads

    def load(self, project_id: str, name: str) -> StoredLedger:
        """The ledger as it is; empty where nobody has written it."""
        key = _key(project_id, name)
        with transient_as_unavailable:
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        if item is None:
            return StoredLedger(Ledger(), 0)
        ledger = _decoder.decode(content(self._payloads, project_id, item))
        return StoredLedger(ledger, int(item["version"]["N"]), item["is_listed"]["BOOL"])

    def save(self, project_id: str, name: str, ledger: Ledger, based_on: StoredLedger) -> None:
        """Write it if its version still is that of ``based_on``. The entry is written first: a
        ledger that is busy is never missed, one that was not written after all is found idle.
        """
        is_listed = based_on.is_listed
        if not is_listed and not ledger.is_idle:
            self._list(project_id, name, based_on.version + 1)
            is_listed = True
        self._put(project_id, name, ledger, based_on.version, is_listed=is_listed)

    def busy(self, limit: int, cursor: str | None) -> Page[LedgerName]:
        """One page, in no order that means anything."""
        items, following = list_partition(
            self._client,
            self._table,
            BUSY,
            ListCursors(BUSY),
            limit,
            cursor,
        )
        names = tuple(LedgerName(item["project_id"]["S"], item["name"]["S"]) for item in items)
        return Page(names, following)

    def unlist(self, project_id: str, name: str, based_on: StoredLedger) -> None:
        """Take the entry away. That the ledger is not listed is written first, on condition that
        it has not changed; whoever makes it busy after that writes an entry with a higher version,
        which the delete leaves.
        """
        version = based_on.version
        if version and based_on.is_listed:
            self._put(project_id, name, based_on.ledger, version, is_listed=False)
            version += 1
        is_not_newer = "version <= :version"
        with transient_as_unavailable:
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key=_entry_key(project_id, name),
                    ConditionExpression=is_not_newer,
                    ExpressionAttributeValues={":version": {"N": str(version)}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def _list(self, project_id: str, name: str, version: int) -> None:
        """A slower writer leaves the entry of a later version: it loses its write of the ledger
        anyway, and must not open the entry to a delete that is on its way.
        """
        is_new_or_older = "attribute_not_exists(pk) OR version < :version"
        with transient_as_unavailable:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={
                        **_entry_key(project_id, name),
                        "project_id": {"S": project_id},
                        "name": {"S": name},
                        "version": {"N": str(version)},
                    },
                    ConditionExpression=is_new_or_older,
                    ExpressionAttributeValues={":version": {"N": str(version)}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def _put(
        self, project_id: str, name: str, ledger: Ledger, expected: int, *, is_listed: bool
    ) -> None:
        """A put that was done though its answer was lost is tried again by the client, and then
        fails against itself: by the writer's name, drawn for each write, it knows its own item.
        """
        writer = secrets.token_hex(WRITER_BYTES)
        is_new = {"ConditionExpression": "attribute_not_exists(pk)"}
        is_as_read = {
            "ConditionExpression": "version = :expected",
            "ExpressionAttributeValues": {":expected": {"N": str(expected)}},
        }
        condition: dict[str, Any] = is_as_read if expected else is_new
        item = {
            **_key(project_id, name),
            "version": {"N": str(expected + 1)},
            "writer": {"S": writer},
            "is_listed": {"BOOL": is_listed},
            **stored(self._payloads, project_id, _encode(ledger), LEDGER_INLINE_BYTES_MAX),
        }
        with transient_as_unavailable:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                found: Any = error.response.get("Item")
                if not found or found["writer"]["S"] != writer:
                    text = f"The ledger {name!r} was written meanwhile."
                    raise Conflict(text) from error


def _key(project_id: str, name: str) -> Item:
    return {"pk": {"S": f"L#{project_id}#{name}"}, "sk": {"S": "ledger"}}


def _entry_key(project_id: str, name: str) -> Item:
    named = hashlib.sha256(f"{project_id}#{name}".encode()).hexdigest()
    return {"pk": {"S": BUSY}, "sk": {"S": named}}
