"""``StartCounts`` in DynamoDB: an item per project and minute, which goes by itself."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from seriatim.adapters.dynamodb.keys import counts_partition
from seriatim.adapters.errors import code_of, transient_as_unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_SECONDS = 3_600


class DynamoDBStartCounts:
    """An addition on condition that there is room for it: one write unit, refused or not."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, project_id: str, minute: int, starts_max: int) -> bool:
        """Count one more. One whose answer was lost may be counted twice."""
        has_room = "attribute_not_exists(starts) OR starts < :max"
        with transient_as_unavailable:
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key={
                        "pk": {"S": counts_partition(project_id)},
                        "sk": {"S": f"starts#{minute:012d}"},
                    },
                    UpdateExpression="ADD starts :one SET expires_at = :expires_at",
                    ConditionExpression=has_room,
                    ExpressionAttributeValues={
                        ":one": {"N": "1"},
                        ":max": {"N": str(starts_max)},
                        ":expires_at": {"N": str(minute * 60 + KEPT_SECONDS)},
                    },
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True
