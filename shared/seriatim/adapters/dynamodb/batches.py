"""Reading many items of a table at once, by their keys."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb.documents import Item
from seriatim.adapters.errors import transient_as_unavailable
from seriatim.ports.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH_MAX = 100
BATCH_ATTEMPTS_MAX = 4
"""What did not fit into an answer, or was throttled, is asked for again."""


def get_all(client: "DynamoDBClient", table: str, keys: Sequence[Item]) -> list[Item]:
    """The items of those of ``keys`` (no two alike) that exist, in any order. Strongly
    consistent.

    Raises:
        Unavailable: DynamoDB did not read all of them.
    """
    batches = [keys[at : at + BATCH_MAX] for at in range(0, len(keys), BATCH_MAX)]
    found = each(lambda batch: _get_batch(client, table, batch), batches)
    return [item for batch in found for item in batch]


def _get_batch(client: "DynamoDBClient", table: str, keys: Sequence[Item]) -> list[Item]:
    missing: Any = {table: {"Keys": list(keys), "ConsistentRead": True}}
    items: list[Item] = []
    for _ in range(BATCH_ATTEMPTS_MAX):
        with transient_as_unavailable:
            answer = client.batch_get_item(RequestItems=missing)
        items.extend(answer["Responses"].get(table, []))
        missing = answer.get("UnprocessedKeys")
        if not missing:
            return items
    raise Unavailable("DynamoDB did not read all that was asked for.")
