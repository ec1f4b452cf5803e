"""``TaskDefinitions`` in DynamoDB: the definitions of a project in one partition, and catalogues of
them, by the hash of their content, in another.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb.batches import get_all
from seriatim.adapters.dynamodb.documents import Item, content, stored
from seriatim.adapters.dynamodb.pages import ListCursors, list_partition
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.ports.errors import NotFound
from seriatim.ports.pages import Page
from seriatim.ports.payloads import Payloads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PINNED_KEPT_MAX = 10_000
"""Catalogues that a process remembers to be stored: it does not store them again."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class DynamoDBTaskDefinitions:
    """Definitions may change; a catalogue never does."""

    def __init__(self, client: "DynamoDBClient", table: str, payloads: Payloads) -> None:
        self._client = client
        self._table = table
        self._payloads = payloads
        self._pinned: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()

    def put(self, project_id: str, definition_id: str, document: Mapping[str, Any]) -> None:
        """Store it, in place of the one before."""
        self._store(_definition_key(project_id, definition_id), project_id, _encode(document))

    def get(self, project_id: str, definition_id: str) -> dict[str, Any]:
        """Raises ``NotFound``. Strongly consistent."""
        return self._read(
            _definition_key(project_id, definition_id),
            project_id,
            f"There is no task definition {definition_id!r} in this project.",
        )

    def delete(self, project_id: str, definition_id: str) -> None:
        """Raises ``NotFound`` if it is not there. Executions that pinned it go on with it."""
        with transient_as_unavailable:
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key=_definition_key(project_id, definition_id),
                    ConditionExpression="attribute_exists(pk)",
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                raise NotFound(
                    f"There is no task definition {definition_id!r} in this project."
                ) from error

    def list(self, project_id: str, limit: int, cursor: str | None) -> Page[dict[str, Any]]:
        """One page by id."""
        items, following = list_partition(
            self._client,
            self._table,
            _definitions_partition(project_id),
            ListCursors("task-definitions", project_id),
            limit,
            cursor,
        )
        documents = each(lambda item: self._document_of(project_id, item), items)
        return Page(tuple(documents), following)

    def known(self, project_id: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The documents of those of ``ids`` that exist. Strongly consistent."""
        keys = [_definition_key(project_id, wanted) for wanted in sorted(set(ids))]
        items = get_all(self._client, self._table, keys)
        documents = each(lambda item: self._document_of(project_id, item), items)
        return {item["sk"]["S"]: document for item, document in zip(items, documents, strict=True)}

    def pin(self, project_id: str, documents: Mapping[str, Any]) -> str:
        """Store a catalogue under the hash of its content, once; returns the hash. Where this
        process has pinned the same before, nothing is written.
        """
        body = _encode(documents)
        version = hashlib.sha256(body).hexdigest()
        with self._lock:
            if (project_id, version) in self._pinned:
                self._pinned.move_to_end((project_id, version))
                return version
        self._store(_catalogue_key(project_id, version), project_id, body)
        with self._lock:
            self._pinned[project_id, version] = None
            if len(self._pinned) > PINNED_KEPT_MAX:
                self._pinned.popitem(last=False)
        return version

    def pinned(self, project_id: str, tasks_version: str) -> dict[str, dict[str, Any]]:
        """The catalogue of that hash. Raises ``NotFound``."""
        return self._read(
            _catalogue_key(project_id, tasks_version),
            project_id,
            f"There is no catalogue of task definitions {tasks_version!r} in this project.",
        )

    def _store(self, key: Item, project_id: str, body: bytes) -> None:
        item = {**key, **stored(self._payloads, project_id, body)}
        with transient_as_unavailable:
            self._client.put_item(TableName=self._table, Item=item)

    def _read(self, key: Item, project_id: str, absent: str) -> dict[str, Any]:
        with transient_as_unavailable:
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound(absent)
        return self._document_of(project_id, answer["Item"])

    def _document_of(self, project_id: str, item: Item) -> dict[str, Any]:
        document: dict[str, Any] = msgspec.json.decode(content(self._payloads, project_id, item))
        return document


def _definitions_partition(project_id: str) -> str:
    return f"T#{project_id}"


def _definition_key(project_id: str, definition_id: str) -> Item:
    return {"pk": {"S": _definitions_partition(project_id)}, "sk": {"S": definition_id}}


def _catalogue_key(project_id: str, version: str) -> Item:
    return {"pk": {"S": f"K#{project_id}"}, "sk": {"S": version}}
