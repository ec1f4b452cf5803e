"""``Summaries`` and ``Watches`` in DynamoDB: one small item per execution, three indexes that lists
are read by, and one that has only what the reconciler is to look at.

Indexes follow the table by a moment. The start time does not change, so an execution keeps its
place in the lists of its project and of its sequence, whatever happens between two pages.
"""

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb import keys
from seriatim.adapters.dynamodb.documents import Item, content, stored
from seriatim.adapters.dynamodb.pages import ListCursors, read_page
from seriatim.adapters.dynamodb.searching import Entries, found_among, pages_of
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.domain.values import ExecutionKey
from seriatim.ports.pages import Page
from seriatim.ports.payloads import Payloads
from seriatim.ports.summaries import SearchKey, Summary, SummaryFilter
from seriatim.ports.watches import SHARDS, Watched
from seriatim.topology import BY_PROJECT, BY_SEQUENCE, BY_STATUS, BY_WATCH, Index

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SUMMARY_INLINE_BYTES_MAX = 4 * 1024
"""It is written four times over, once per index: what is big in it (an error's details) lies apart.
"""

IS_LATER = "#number < :number"
"""Of two writers, the one with the longer log is right."""

_encode = msgspec.json.Encoder().encode
_summaries: msgspec.json.Decoder[Summary] = msgspec.json.Decoder(Summary)


class DynamoDBSummaries:
    """A list is one query of the index that fits best; what that does not know is filtered."""

    def __init__(self, client: "DynamoDBClient", table: str, payloads: Payloads) -> None:
        self._client = client
        self._table = table
        self._payloads = payloads
        self._entries = Entries(client, table)

    def put(self, summary: Summary, found_by: Sequence[str] = ()) -> None:
        """Write it unless one of the same or a later step is there already.

        Entries go before the first summary, which is that of the first step unless that one was
        lost: an entry without a summary shows nothing, and is made good by the repetition.
        """
        position = position_of(summary)
        if summary.number == 1:
            self._entries.write(summary, position, found_by)
        was_there = self._put_if(IS_LATER, summary)
        if not was_there and summary.number > 1:
            self._entries.write(summary, position, found_by)

    def repair(self, summary: Summary, found_by: Sequence[str] = ()) -> None:
        """As ``put``; a look that finds it there costs a fraction of a write that is refused."""
        key = summary_key(summary.project_id, summary.id)
        with transient_as_unavailable:
            answer = self._client.get_item(
                TableName=self._table,
                Key=key,
                ConsistentRead=True,
                ProjectionExpression="#number",
                ExpressionAttributeNames={"#number": "number"},
            )
        if "Item" not in answer:
            self._entries.write(summary, position_of(summary), found_by)
        elif int(answer["Item"]["number"]["N"]) >= summary.number:
            return
        self._put_if(IS_LATER, summary)

    def get(self, project_id: str, execution_id: str) -> Summary | None:
        """The summary of one execution. Strongly consistent."""
        with transient_as_unavailable:
            answer = self._client.get_item(
                TableName=self._table,
                Key=summary_key(project_id, execution_id),
                ConsistentRead=True,
            )
        item = answer.get("Item")
        is_retired = item is not None and "position" not in item
        return None if item is None or is_retired else self._summary_of(project_id, item)

    def keep(self, summary: Summary) -> None:
        """Write it unless one of a later step is there: that one has its own watch."""
        self._put_if("#number <= :number", summary)

    def due(self, shard: int, now: int, limit: int, cursor: str | None) -> Page[Watched]:
        """One page of what is to be looked at by ``now``, the longest overdue first."""
        cursors = ListCursors("watches", shard)
        shown = cursors.read(cursor) if cursor is not None else None
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": BY_WATCH.name,
            "KeyConditionExpression": "#watch = :shard AND #at BETWEEN :first AND :now",
            "ExpressionAttributeNames": {
                "#watch": BY_WATCH.partition_key,
                "#at": BY_WATCH.sort_key,
            },
            "ExpressionAttributeValues": {
                ":shard": {"S": _shard(shard)},
                ":first": {"S": shown or keys.ordered_time(0)},
                ":now": {"S": keys.ordered_time(now + 1)},
            },
        }
        items, position = read_page(self._client, request, BY_WATCH.sort_key, limit, shown)
        watched = tuple(_watched(item) for item in items)
        return Page(watched, cursors.write(position) if position else None)

    def _put_if(self, condition: str, summary: Summary) -> bool:
        """Write it; whether there was one before."""
        is_new = "attribute_not_exists(pk)"
        with transient_as_unavailable:
            try:
                answer = self._client.put_item(
                    TableName=self._table,
                    Item=self._item_of(summary),
                    ReturnValues="ALL_OLD",
                    ConditionExpression=f"{is_new} OR {condition}",
                    ExpressionAttributeNames={"#number": "number"},
                    ExpressionAttributeValues={":number": {"N": str(summary.number)}},
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                return True
        return bool(answer.get("Attributes"))

    def list(
        self,
        project_id: str,
        where: SummaryFilter,
        limit: int,
        cursor: str | None,
        by: SearchKey | None = None,
    ) -> Page[Summary]:
        """One page, newest start first; ``started_after`` and ``started_before`` are exclusive."""
        cursors = ListCursors("executions", project_id, where)
        oldest, newest = _bounds(where)
        shown = cursors.read(cursor) if cursor is not None else newest
        newest = min(newest, shown)
        if oldest > newest:
            return Page(())
        if where.name is not None or where.metadata:
            return self._search(project_id, where, limit, cursors, (oldest, newest, shown), by)
        request = self._request(project_id, where, oldest, newest)
        items, position = read_page(self._client, request, "position", limit, shown)
        summaries = each(lambda item: self._summary_of(project_id, item), items)
        return Page(tuple(summaries), cursors.write(position) if position else None)

    def _search(
        self,
        project_id: str,
        where: SummaryFilter,
        limit: int,
        cursors: ListCursors,
        bounds: tuple[str, str, str],
        by: SearchKey | None,
    ) -> Page[Summary]:
        """A page of what has a name or metadata: newer executions by entries, as far back as there
        are any, older ones by looking at each.
        """
        oldest, newest, shown = bounds
        since = keys.ordered_time(min(max(by.since, 0), keys.TIME_MAX)) if by else newest
        pages: list[Any] = []
        if by is not None and newest >= since:
            text = dict(where.metadata)[by.key]
            listed = self._entries.pages(project_id, (by.key, text), max(oldest, since), newest)
            pages.append(listed)
        if oldest < since:
            request = self._request(project_id, where, oldest, min(newest, since))
            pages.append(pages_of(self._client, request))
        found, position = found_among(
            pages,
            lambda items: each(lambda item: self._summary_of(project_id, item), items),
            where,
            limit,
            shown,
        )
        return Page(found, cursors.write(position) if position else None)

    def _item_of(self, summary: Summary) -> Item:
        project, status = summary.project_id, summary.status.value
        body = _encode(msgspec.structs.replace(summary, watch_at=None))
        return {
            **_watch_of(summary),
            **summary_key(project, summary.id),
            "in_project": {"S": f"X#{project}"},
            "in_status": {"S": f"X#{project}#{status}"},
            "in_sequence": {"S": f"X#{project}#{summary.sequence_id}"},
            "position": {"S": position_of(summary)},
            "status": {"S": status},
            "number": {"N": str(summary.number)},
            **stored(self._payloads, project, body, SUMMARY_INLINE_BYTES_MAX),
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


def summary_key(project_id: str, execution_id: str) -> Item:
    """The key of a summary."""
    return {"pk": {"S": f"X#{project_id}#{execution_id}"}, "sk": {"S": "summary"}}


def position_of(summary: Summary) -> str:
    """Where an execution is in lists: by its start, then by its id."""
    return f"{keys.ordered_time(summary.start_time)}#{summary.id}"


def _watch_of(summary: Summary) -> Item:
    """The keys of the index of watches; an item without them is not in it."""
    if summary.watch_at is None:
        return {}
    at = f"{keys.ordered_time(summary.watch_at)}#{summary.id}"
    shard = zlib.crc32(summary.id.encode()) % SHARDS
    return {BY_WATCH.partition_key: {"S": _shard(shard)}, BY_WATCH.sort_key: {"S": at}}


def _shard(number: int) -> str:
    """The one key that does not begin with the project: who watches watches all of them."""
    return f"W#{number:02d}"


def _watched(item: Item) -> Watched:
    _, project_id, execution_id = item["pk"]["S"].split("#")
    at, _, _ = item[BY_WATCH.sort_key]["S"].partition("#")
    return Watched(ExecutionKey(project_id, execution_id), int(at))


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
