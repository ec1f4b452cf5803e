"""``Sequences`` in DynamoDB: the records of a project in one partition, in the order of their ids,
and the revisions of each sequence in another. Definitions change seldom, so neither gets hot.
"""

from typing import TYPE_CHECKING, Any, cast

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb import keys
from seriatim.adapters.dynamodb.documents import Item, content, stored
from seriatim.adapters.dynamodb.pages import ListCursors, list_partition
from seriatim.adapters.dynamodb.records import IS_NEW, explain, is_at, only_with, put_record
from seriatim.adapters.errors import TRANSIENT_CODES, code_of, transient_as_unavailable
from seriatim.ports.errors import Conflict, NotFound, Unavailable
from seriatim.ports.pages import Page
from seriatim.ports.payloads import Payloads
from seriatim.ports.sequences import RevisionRecord, SequenceRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_encode = msgspec.json.Encoder().encode
_records: msgspec.json.Decoder[SequenceRecord] = msgspec.json.Decoder(SequenceRecord)


class DynamoDBSequences:
    """Every change is a put on condition of the version that it was made from."""

    def __init__(self, client: "DynamoDBClient", table: str, payloads: Payloads) -> None:
        self._client = client
        self._table = table
        self._payloads = payloads

    def create(self, record: SequenceRecord) -> None:
        """Store a new record. Raises ``Conflict`` if another record has the id."""
        self._put(self._item_of(record), {"ConditionExpression": IS_NEW})

    def update(self, record: SequenceRecord, expected_version: int, *, publish: bool) -> None:
        """Replace the record if its version still is ``expected_version``; with ``publish`` its
        document also becomes revision ``record.revision``. Repeated, it changes nothing: a change
        that is there already, word for word, is taken for our own.
        """
        item = self._item_of(record)
        condition = is_at(expected_version)
        if publish:
            self._publish(record, item, condition)
        else:
            self._put(item, condition)

    def get(self, project_id: str, sequence_id: str) -> SequenceRecord:
        """Raises ``NotFound``. Strongly consistent."""
        key = {"pk": {"S": _records_partition(project_id)}, "sk": {"S": sequence_id}}
        item = self._get(key, f"There is no sequence {sequence_id!r} in this project.")
        return self._record_of(project_id, item)

    def get_revision(self, project_id: str, sequence_id: str, revision: int) -> dict[str, Any]:
        """The immutable document of a revision. Raises ``NotFound``."""
        key = _revision_key(project_id, sequence_id, revision)
        item = self._get(key, f"Sequence {sequence_id!r} has no revision {revision}.")
        document: dict[str, Any] = msgspec.json.decode(content(self._payloads, project_id, item))
        return document

    def list_revisions(
        self, project_id: str, sequence_id: str, limit: int, cursor: str | None
    ) -> Page[RevisionRecord]:
        """One page, the newest first. No document is read."""
        items, following = list_partition(
            self._client,
            self._table,
            _revisions(project_id, sequence_id),
            ListCursors("revisions", project_id, sequence_id),
            limit,
            cursor,
            ExpressionAttributeNames={"#label": "label", "#nodes": "nodes"},
            ProjectionExpression="sk, #label, published_at, #nodes, transitions",
            ScanIndexForward=False,
        )
        records = tuple(_revision_of(item) for item in items)
        return Page(records, following)

    def list(
        self,
        project_id: str,
        *,
        status: str | None,
        name: str | None,
        limit: int,
        cursor: str | None,
    ) -> Page[SequenceRecord]:
        """One page by id. ``name`` matches exactly."""
        items, following = list_partition(
            self._client,
            self._table,
            _records_partition(project_id),
            ListCursors("sequences", project_id, status, name),
            limit,
            cursor,
            **only_with({"status": status, "name": name}),
        )
        records = each(lambda item: self._record_of(project_id, item), items)
        return Page(tuple(records), following)

    def _get(self, key: Item, absent: str) -> Item:
        with transient_as_unavailable:
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound(absent)
        return answer["Item"]

    def _put(self, item: Item, condition: dict[str, Any]) -> None:
        put_record(self._client, self._table, item, condition, _named(item))

    def _publish(self, record: SequenceRecord, item: Item, condition: dict[str, Any]) -> None:
        revision: Item = {
            **_revision_key(record.project_id, record.id, record.revision),
            "label": {"S": str(record.document.get("version", ""))},
            "published_at": {"N": str(record.updated_at)},
            "nodes": {"N": str(len(record.document.get("nodes", ())))},
            "transitions": {"N": str(len(record.document.get("transitions", ())))},
            **_document_of(item),
        }
        puts = [
            self._conditional_put(item, condition),
            self._conditional_put(revision, {"ConditionExpression": IS_NEW}),
        ]
        with transient_as_unavailable:
            try:
                self._client.transact_write_items(TransactItems=puts)  # type: ignore[arg-type]
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    raise
                reasons = cast("dict[str, Any]", error.response)["CancellationReasons"]
                if any(reason["Code"] in TRANSIENT_CODES for reason in reasons):
                    raise Unavailable(f"The transaction was cancelled: {reasons}") from error
                if reasons[0]["Code"] != "ConditionalCheckFailed":
                    raise Conflict(f"Revision {record.revision} is there already.") from error
                explain(item, reasons[0].get("Item"), error, _named(item))

    def _conditional_put(self, item: Item, condition: dict[str, Any]) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **condition,
            }
        }

    def _item_of(self, record: SequenceRecord) -> Item:
        return {
            "pk": {"S": _records_partition(record.project_id)},
            "sk": {"S": record.id},
            "name": {"S": record.name},
            "status": {"S": record.status},
            "revision": {"N": str(record.revision)},
            "version": {"N": str(record.version)},
            "created_at": {"N": str(record.created_at)},
            "updated_at": {"N": str(record.updated_at)},
            **stored(self._payloads, record.project_id, _encode(record.document)),
        }

    def _record_of(self, project_id: str, item: Item) -> SequenceRecord:
        return SequenceRecord(
            project_id=project_id,
            id=item["sk"]["S"],
            name=item["name"]["S"],
            status=item["status"]["S"],
            document=msgspec.json.decode(content(self._payloads, project_id, item)),
            revision=int(item["revision"]["N"]),
            version=int(item["version"]["N"]),
            created_at=int(item["created_at"]["N"]),
            updated_at=int(item["updated_at"]["N"]),
        )


def _records_partition(project_id: str) -> str:
    return f"Q#{project_id}"


def _revisions(project_id: str, sequence_id: str) -> str:
    return f"R#{project_id}#{sequence_id}"


def _revision_of(item: Item) -> RevisionRecord:
    return RevisionRecord(
        revision=int(item["sk"]["S"]),
        label=item["label"]["S"],
        published_at=int(item["published_at"]["N"]),
        nodes=int(item["nodes"]["N"]),
        transitions=int(item["transitions"]["N"]),
    )


def _revision_key(project_id: str, sequence_id: str, revision: int) -> Item:
    return {
        "pk": {"S": _revisions(project_id, sequence_id)},
        "sk": {"S": f"{revision:0{keys.NUMBER_DIGITS}d}"},
    }


def _document_of(item: Item) -> Item:
    return {name: item[name] for name in ("body", "payload") if name in item}


def _named(item: Item) -> str:
    return f"sequence {item['sk']['S']!r}"
