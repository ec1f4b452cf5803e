"""``Triggers`` in DynamoDB: those of a project in one partition, in the order of ids; what came of
their last firings in another, for that is written at every one.
"""

from typing import TYPE_CHECKING, Final

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb.documents import Item, content, stored
from seriatim.adapters.dynamodb.pages import ListCursors, list_partition
from seriatim.adapters.dynamodb.records import IS_NEW, is_at, put_record
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.ports.errors import Conflict, NotFound
from seriatim.ports.pages import Page
from seriatim.ports.payloads import Payloads
from seriatim.ports.triggers import Firing, TriggerRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION: Final = "G#"

_encode = msgspec.json.Encoder().encode
_firings: msgspec.json.Decoder[Firing] = msgspec.json.Decoder(Firing)


class DynamoDBTriggers:
    """Every change is a put on condition of the version that it was made from."""

    def __init__(self, client: "DynamoDBClient", table: str, payloads: Payloads) -> None:
        self._client = client
        self._table = table
        self._payloads = payloads

    def put(self, record: TriggerRecord, expected_version: int) -> None:
        """Store the record if its version still is ``expected_version`` (0: there is none)."""
        item = {
            **_key(record.project_id, record.id),
            "version": {"N": str(record.version)},
            "created_at": {"N": str(record.created_at)},
            "updated_at": {"N": str(record.updated_at)},
            **stored(self._payloads, record.project_id, _encode(record.document)),
        }
        is_new = not expected_version
        condition = {"ConditionExpression": IS_NEW} if is_new else is_at(expected_version)
        try:
            put_record(self._client, self._table, item, condition, _named(record.id))
        except NotFound as error:
            raise Conflict(f"The {_named(record.id)} was deleted meanwhile.") from error

    def get(self, project_id: str, trigger_id: str) -> TriggerRecord:
        """Raises ``NotFound``. Strongly consistent."""
        key = _key(project_id, trigger_id)
        with transient_as_unavailable:
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound(f"There is no {_named(trigger_id)} in this project.")
        return self._record_of(project_id, answer["Item"])

    def delete(self, project_id: str, trigger_id: str) -> None:
        """Take it away, with its last firing; first that, so that a repetition finds the rest."""
        with transient_as_unavailable:
            for key in (_firing_key(project_id, trigger_id), _key(project_id, trigger_id)):
                self._client.delete_item(TableName=self._table, Key=key)

    def list(self, project_id: str, limit: int, cursor: str | None) -> Page[TriggerRecord]:
        """One page by id."""
        items, following = list_partition(
            self._client,
            self._table,
            PARTITION + project_id,
            ListCursors("triggers", project_id, None),
            limit,
            cursor,
        )
        records = each(lambda item: self._record_of(project_id, item), items)
        return Page(tuple(records), following)

    def record_firing(self, project_id: str, trigger_id: str, firing: Firing) -> None:
        """Keep what came of a firing; an older one never replaces a later one."""
        is_first = "attribute_not_exists(pk)"
        is_later = "fired_at <= :at"
        with transient_as_unavailable:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={
                        **_firing_key(project_id, trigger_id),
                        "fired_at": {"N": str(firing.at)},
                        **stored(self._payloads, project_id, _encode(firing)),
                    },
                    ConditionExpression=f"{is_first} OR {is_later}",
                    ExpressionAttributeValues={":at": {"N": str(firing.at)}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def last_firing(self, project_id: str, trigger_id: str) -> Firing | None:
        """What came of the last firing, if there was one."""
        key = _firing_key(project_id, trigger_id)
        with transient_as_unavailable:
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return None
        return _firings.decode(content(self._payloads, project_id, answer["Item"]))

    def _record_of(self, project_id: str, item: Item) -> TriggerRecord:
        return TriggerRecord(
            project_id=project_id,
            id=item["sk"]["S"],
            document=msgspec.json.decode(content(self._payloads, project_id, item)),
            version=int(item["version"]["N"]),
            created_at=int(item["created_at"]["N"]),
            updated_at=int(item["updated_at"]["N"]),
        )


def _key(project_id: str, trigger_id: str) -> Item:
    return {"pk": {"S": PARTITION + project_id}, "sk": {"S": trigger_id}}


def _firing_key(project_id: str, trigger_id: str) -> Item:
    return {"pk": {"S": f"F#{project_id}"}, "sk": {"S": trigger_id}}


def _named(trigger_id: str) -> str:
    return f"trigger {trigger_id!r}"
