"""``BulkKeys`` in DynamoDB: an item per key, which goes by itself."""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from seriatim.adapters.dynamodb.documents import Item
from seriatim.adapters.dynamodb.records import IS_NEW
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.ports.bulk_keys import SettledBulk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_SECONDS: Final = 8 * 86_400


class DynamoDBBulkKeys:
    """A put on condition that the key is new; the loser reads what is there."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def settle(self, project_id: str, key: str, bulk_id: str, now: int) -> SettledBulk:
        """One write unit; a repetition costs another."""
        place: Item = {"pk": {"S": f"B#{project_id}"}, "sk": {"S": f"bulk#{key}"}}
        fields: Item = {
            "bulk": {"S": bulk_id},
            "at": {"N": str(now)},
            "expires_at": {"N": str(now // 1000 + KEPT_SECONDS)},
        }
        with transient_as_unavailable:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={**place, **fields},
                    ConditionExpression=IS_NEW,
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
            else:
                return SettledBulk(bulk_id, now)
            there = self._client.get_item(TableName=self._table, Key=place, ConsistentRead=True)
        if "Item" not in there:
            return SettledBulk(bulk_id, now)
        return SettledBulk(there["Item"]["bulk"]["S"], int(there["Item"]["at"]["N"]))
