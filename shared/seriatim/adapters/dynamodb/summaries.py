"""``Summaries`` in DynamoDB: one small item per execution, and three indexes that lists are read
by.

Indexes follow the table by a moment. The start time does not change, so an execution keeps its
place in the lists of its project and of its sequence, whatever happens between two pages.
"""

from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb import keys
from seriatim.adapters.dynamodb.documents import Item, content, stored
from seriatim.adapters.dynamodb.pages import ListCursors, read_page
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.ports import Page, Payloads, Summary, SummaryFilter
from seriatim.topology import BY_PROJECT, BY_SEQUENCE, BY_STATUS, Index

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SUMMARY_INLINE_BYTES_MAX = 4 * 1024
"""It is written four times over, once per index: what is big in it (an error's details) lies apart.
"""

_encode = msgspec.json.Encoder().encode
_summaries: msgspec.json.Decoder[Summary] = msgspec.json.Decoder(Summary)


class DynamoDBSummaries:
    """A list is one query of the index that fits best; what that does not know is filtered."""

    def __init__(self, client: "DynamoDBClient", table: str, payloads: Payloads) -> None:
        self._client = client
        self._table = table
        self._payloads = payloads

    def put(self, summary: Summary) -> None:
        """Write it unless one of the same or a later step is there already."""
        is_new = "attribute_not_exists(pk)"
        is_later = "#number < :number"  # of two writers, the one with the longer log is right
        with transient_as_unavailable:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=self._item_of(summary),
                    ConditionExpression=f"{is_new} OR {is_later}",
                    ExpressionAttributeNames={"#number": "number"},
                    ExpressionAttributeValues={":number": {"N": str(summary.number)}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def list(
        self, project_id: str, where: SummaryFilter, limit: int, cursor: str | None
    ) -> Page[Summary]:
        """One page, newest start first; ``started_after`` and ``started_before`` are exclusive."""
        cursors = ListCursors("executions", project_id, where)
        oldest, newest = _bounds(where)
        shown = cursors.read(cursor) if cursor is not None else newest
        newest = min(newest, shown)
        if oldest > newest:
            return Page(())
        request = self._request(project_id, where, oldest, newest)
        items, position = read_page(self._client, request, "position", limit, shown)
        summaries = each(lambda item: self._summary_of(project_id, item), items)
        return Page(tuple(summaries), cursors.write(position) if position else None)

    def _item_of(self, summary: Summary) -> Item:
        project, status = summary.project_id, summary.status.value
        return {
            "pk": {"S": f"X#{project}#{summary.id}"},
            "sk": {"S": "summary"},
            "in_project": {"S": f"X#{project}"},
            "in_status": {"S": f"X#{project}#{status}"},
            "in_sequence": {"S": f"X#{project}#{summary.sequence_id}"},
            "position": {"S": f"{keys.ordered_time(summary.start_time)}#{summary.id}"},
            "status": {"S": status},
            "number": {"N": str(summary.number)},
            **stored(self._payloads, project, _encode(summary), SUMMARY_INLINE_BYTES_MAX),
        }

    def _summary_of(self, project_id: str, item: Item) -> Summary:
        return _summaries.decode(content(self._payloads, project_id, item))

    def _request(
        self, project_id: str, where: SummaryFilter, oldest: str, newest: str
    ) -> dict[str, Any]:
        index, partition = _list_of(project_id, where)
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": index.name,
            "KeyConditionExpression": "#list = :list AND #position BETWEEN :oldest AND :newest",
            "ExpressionAttributeNames": {
                "#list": index.partition_key,
                "#position": index.sort_key,
            },
            "ExpressionAttributeValues": {
                ":list": {"S": partition},
                ":oldest": {"S": oldest},
                ":newest": {"S": newest},
            },
            "ScanIndexForward": False,
        }
        if where.sequence_id is not None and where.status is not None:
            request["FilterExpression"] = "#status = :status"
            request["ExpressionAttributeNames"]["#status"] = "status"
            request["ExpressionAttributeValues"][":status"] = {"S": where.status.value}
        return request


def _list_of(project_id: str, where: SummaryFilter) -> tuple[Index, str]:
    if where.sequence_id is not None:
        return BY_SEQUENCE, f"X#{project_id}#{where.sequence_id}"
    if where.status is not None:
        return BY_STATUS, f"X#{project_id}#{where.status.value}"
    return BY_PROJECT, f"X#{project_id}"


def _bounds(where: SummaryFilter) -> tuple[str, str]:
    """The positions between which all that the list shows lies.

    A position is a time, ``#`` and an id, so a bare time lies before all positions of that instant.
    """
    after = -1 if where.started_after is None else where.started_after
    before = keys.TIME_MAX if where.started_before is None else where.started_before
    oldest = keys.ordered_time(min(max(after + 1, 0), keys.TIME_MAX))
    newest = keys.ordered_time(min(max(before, 0), keys.TIME_MAX))
    return oldest, newest
