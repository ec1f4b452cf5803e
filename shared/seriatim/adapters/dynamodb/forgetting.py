"""``Forgetting`` in DynamoDB: items are put again, as they are, with the time from which DynamoDB
deletes them. It does so in any order, some days later, in its own name: nobody here may.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb import keys
from seriatim.adapters.dynamodb.documents import Item
from seriatim.adapters.dynamodb.pages import answers_to
from seriatim.adapters.dynamodb.published_marks import mark_key
from seriatim.adapters.dynamodb.searching import entry_of
from seriatim.adapters.dynamodb.summaries import position_of, summary_key
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.domain.values import ExecutionKey
from seriatim.ports.summaries import Summary, search_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IS_THERE = "attribute_exists(pk)"
"""What is gone already does not come back."""


class DynamoDBForgetting:
    """See the module's docstring."""

    def __init__(self, client: "DynamoDBClient", log_table: str, records_table: str) -> None:
        self._client = client
        self._log_table = log_table
        self._records_table = records_table

    def forget_log(self, key: ExecutionKey, last: int, at: int, last_at: int) -> None:
        """One write for each item that has no time yet, page by page."""
        request: dict[str, Any] = {
            "TableName": self._log_table,
            "KeyConditionExpression": "pk = :pk",
            "FilterExpression": "attribute_not_exists(expires_at)",
            "ExpressionAttributeValues": {":pk": {"S": keys.log_partition(key)}},
            "ConsistentRead": True,
        }
        last_key = keys.step_key(last)
        for page in answers_to(self._client, request):
            each(
                lambda item: self._put_again(
                    self._log_table, item, last_at if item["sk"]["S"] == last_key else at
                ),
                page["Items"],
            )

    def forget_summary(self, summary: Summary, found_by: Sequence[str], at: int) -> None:
        """What is left of a summary is its number, so that none of an earlier step comes back;
        without the keys of the indexes it is in no list.
        """
        texts = [(key, search_text(summary.metadata.get(key))) for key in found_by]
        for key, text in texts:
            if text is not None:
                entry = entry_of(summary, position_of(summary), key, text)
                self._put_again(self._records_table, entry, at)
        number = {"number": {"N": str(summary.number)}}
        mark = mark_key(ExecutionKey(summary.project_id, summary.id))
        self._put_again(self._records_table, {**mark, **number}, at)
        left = {**summary_key(summary.project_id, summary.id), **number}
        with transient_as_unavailable:
            self._client.put_item(TableName=self._records_table, Item=_expiring(left, at))

    def _put_again(self, table: str, item: Item, at: int) -> None:
        with transient_as_unavailable:
            try:
                self._client.put_item(
                    TableName=table, Item=_expiring(item, at), ConditionExpression=IS_THERE
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise


def _expiring(item: Item, at: int) -> Item:
    return {**item, "expires_at": {"N": str(at // 1_000)}}
