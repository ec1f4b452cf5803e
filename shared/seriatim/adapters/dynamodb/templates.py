"""``Templates`` in DynamoDB: the templates of a project in one partition, in the order of ids."""

from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb.documents import Item, content, stored
from seriatim.adapters.dynamodb.pages import ListCursors, list_partition
from seriatim.adapters.dynamodb.records import IS_NEW, explain, is_at, only_with, put_record
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.ports.errors import NotFound
from seriatim.ports.pages import Page
from seriatim.ports.payloads import Payloads
from seriatim.ports.templates import TemplateRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_encode = msgspec.json.Encoder().encode


class DynamoDBTemplates:
    """Every change is a put on condition of the version that it was made from."""

    def __init__(self, client: "DynamoDBClient", table: str, payloads: Payloads) -> None:
        self._client = client
        self._table = table
        self._payloads = payloads

    def create(self, record: TemplateRecord) -> None:
        """Store a new record. Raises ``Conflict`` if another record has the id."""
        self._put(record, {"ConditionExpression": IS_NEW})

    def update(self, record: TemplateRecord, expected_version: int) -> None:
        """Replace the record if its version still is ``expected_version``. Repeated, it changes
        nothing: a change that is there already, word for word, is taken for our own.
        """
        self._put(record, is_at(expected_version))

    def get(self, project_id: str, template_id: str) -> TemplateRecord:
        """Raises ``NotFound``. Strongly consistent."""
        key = _key(project_id, template_id)
        with transient_as_unavailable:
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound(f"There is no {_named(template_id)} in this project.")
        return self._record_of(project_id, answer["Item"])

    def delete(self, project_id: str, template_id: str, expected_version: int) -> None:
        """Take it away if its version still is ``expected_version``. Raises ``Conflict``,
        ``NotFound``: the latter also where the answer to the first try was lost.
        """
        key = _key(project_id, template_id)
        with transient_as_unavailable:
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key=key,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **is_at(expected_version),
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                explain(key, error.response.get("Item"), error, _named(template_id))

    def list(
        self, project_id: str, *, name: str | None, limit: int, cursor: str | None
    ) -> Page[TemplateRecord]:
        """One page by id. ``name`` matches exactly."""
        items, following = list_partition(
            self._client,
            self._table,
            _partition(project_id),
            ListCursors("templates", project_id, name),
            limit,
            cursor,
            **only_with({"name": name}),
        )
        records = each(lambda item: self._record_of(project_id, item), items)
        return Page(tuple(records), following)

    def _put(self, record: TemplateRecord, condition: dict[str, Any]) -> None:
        item = {
            **_key(record.project_id, record.id),
            "name": {"S": record.name},
            "version": {"N": str(record.version)},
            "created_at": {"N": str(record.created_at)},
            "updated_at": {"N": str(record.updated_at)},
            **stored(self._payloads, record.project_id, _encode(record.document)),
        }
        put_record(self._client, self._table, item, condition, _named(record.id))

    def _record_of(self, project_id: str, item: Item) -> TemplateRecord:
        return TemplateRecord(
            project_id=project_id,
            id=item["sk"]["S"],
            name=item["name"]["S"],
            document=msgspec.json.decode(content(self._payloads, project_id, item)),
            version=int(item["version"]["N"]),
            created_at=int(item["created_at"]["N"]),
            updated_at=int(item["updated_at"]["N"]),
        )


def _partition(project_id: str) -> str:
    return f"P#{project_id}"


def _key(project_id: str, template_id: str) -> Item:
    return {"pk": {"S": _partition(project_id)}, "sk": {"S": template_id}}


def _named(template_id: str) -> str:
    return f"template {template_id!r}"
