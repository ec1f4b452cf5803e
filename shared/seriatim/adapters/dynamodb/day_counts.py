"""``DayCounts`` in DynamoDB: an item per project and day, which goes by itself."""

from typing import TYPE_CHECKING, Final

from seriatim.adapters.dynamodb.documents import Item
from seriatim.adapters.dynamodb.keys import counts_partition
from seriatim.adapters.errors import transient_as_unavailable
from seriatim.domain.times import DAY_MS, to_iso
from seriatim.ports.day_counts import DayCount

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_DAYS: Final = 7


class DynamoDBDayCounts:
    """An addition costs one write unit, a read half a read unit."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, project_id: str, day: int, more: DayCount) -> None:
        """Count so many more. What was counted though the answer was lost may be counted twice."""
        with transient_as_unavailable:
            self._client.update_item(
                TableName=self._table,
                Key=_key(project_id, day),
                UpdateExpression="ADD steps :steps, timers :timers SET expires_at = :expires_at",
                ExpressionAttributeValues={
                    ":steps": {"N": str(more.steps)},
                    ":timers": {"N": str(more.timers)},
                    ":expires_at": {"N": str((day + KEPT_DAYS) * DAY_MS // 1_000)},
                },
            )

    def read(self, project_id: str, day: int) -> DayCount:
        """The count, as some replica has it: a moment more or less is nothing to a day."""
        with transient_as_unavailable:
            answer = self._client.get_item(TableName=self._table, Key=_key(project_id, day))
        item = answer.get("Item")
        if item is None:
            return DayCount()
        return DayCount(steps=int(item["steps"]["N"]), timers=int(item["timers"]["N"]))


def _key(project_id: str, day: int) -> Item:
    date = to_iso(day * DAY_MS)[:10]
    return {"pk": {"S": counts_partition(project_id)}, "sk": {"S": f"day#{date}"}}
