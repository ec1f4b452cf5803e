"""``PublishedMarks`` in DynamoDB: a small item beside the summary, which would be written four
times over, once per index.
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from seriatim.adapters.dynamodb.documents import Item
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.domain.values import ExecutionKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBPublishedMarks:
    """One conditional put makes a mark: nearly every execution ends once. A further end raises it
    by an update, which leaves alone what else the item has: the time at which it is deleted.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, key: ExecutionKey) -> int:
        """All up to this step is on the bus; 0 where nothing is."""
        with transient_as_unavailable:
            answer = self._client.get_item(
                TableName=self._table, Key=mark_key(key), ConsistentRead=True
            )
        return int(answer["Item"]["number"]["N"]) if "Item" in answer else 0

    def raise_to(self, key: ExecutionKey, number: int) -> None:
        """Note that all up to this step is on the bus; where more is noted, nothing happens."""
        with transient_as_unavailable:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item={**mark_key(key), "number": {"N": str(number)}},
                    ConditionExpression="attribute_not_exists(pk)",
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
            else:
                return
            self._update(key, number)

    def _update(self, key: ExecutionKey, number: int) -> None:
        """Of two publishers, the one that got further is right."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=mark_key(key),
                UpdateExpression="SET #number = :number",
                ConditionExpression="attribute_not_exists(pk) OR #number < :number",
                ExpressionAttributeNames={"#number": "number"},
                ExpressionAttributeValues={":number": {"N": str(number)}},
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise


def mark_key(key: ExecutionKey) -> Item:
    """The key of an execution's mark."""
    return {"pk": {"S": f"X#{key.project_id}#{key.execution_id}"}, "sk": {"S": "published"}}
