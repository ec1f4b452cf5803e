"""Searching executions: entries by which metadata is found, and looking at executions one by one.

An entry is an item that says which execution has a value of a key, at the execution's position in
lists. It is written once, for metadata does not change, and is in no index: one write unit.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from seriatim.adapters.concurrently import each
from seriatim.adapters.dynamodb.batches import get_all
from seriatim.adapters.dynamodb.documents import Item
from seriatim.adapters.dynamodb.pages import EXAMINED_ITEMS_MAX, FILTERED_PAGE_ITEMS, answers_to
from seriatim.adapters.errors import transient_as_unavailable
from seriatim.ports.summaries import Summary, SummaryFilter, search_text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ENTRIES_PER_PAGE: Final = 200
"""Entries looked at together: their summaries are two batches."""


class Looked(NamedTuple):
    """Items of summaries, newest first; how many were looked at for them; the last one's place."""

    items: list[Item]
    examined: int
    last: str


class Entries:
    """Entries of metadata, in the table of the summaries."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def write(self, summary: Summary, position: str, found_by: Sequence[str]) -> None:
        """One entry for each of these keys. Repeated, it changes nothing."""
        texts = [(key, search_text(summary.metadata.get(key))) for key in found_by]
        each(
            lambda found: self._put(summary, position, *found),
            [(key, text) for key, text in texts if text is not None],
        )

    def _put(self, summary: Summary, position: str, key: str, text: str) -> None:
        with transient_as_unavailable:
            self._client.put_item(
                TableName=self._table,
                Item=entry_of(summary, position, key, text),
            )

    def pages(
        self, project_id: str, wanted: tuple[str, str], oldest: str, newest: str
    ) -> Iterator[Looked]:
        """The summaries of what has this value of this key, newest first, a page at a time."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :oldest AND :newest",
            "ExpressionAttributeValues": {
                ":pk": {"S": entry_partition(project_id, *wanted)},
                ":oldest": {"S": oldest},
                ":newest": {"S": newest},
            },
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }
        for page in pages_of(self._client, request, ENTRIES_PER_PAGE, "sk"):
            places = [{"pk": entry["execution"], "sk": {"S": "summary"}} for entry in page.items]
            found = get_all(self._client, self._table, places)
            found = [item for item in found if "position" in item]
            found.sort(key=lambda item: str(item["position"]["S"]), reverse=True)
            yield Looked(found, page.examined, page.last)


def entry_of(summary: Summary, position: str, key: str, text: str) -> Item:
    """The item by which an execution is found for a value of its metadata."""
    return {
        "pk": {"S": entry_partition(summary.project_id, key, text)},
        "sk": {"S": position},
        "execution": {"S": f"X#{summary.project_id}#{summary.id}"},
    }


def entry_partition(project_id: str, key: str, text: str) -> str:
    """The entries of one value of one key. Both are users' and may be long: they are hashed."""
    digest = hashlib.sha256(f"{len(key)}#{key}{text}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"M#{project_id}#{digest}"


def pages_of(
    client: "DynamoDBClient",
    request: dict[str, Any],
    at_once: int = FILTERED_PAGE_ITEMS,
    sort_key: str = "position",
) -> Iterator[Looked]:
    """The items of a query by pages; a page is read when it is come to."""
    for answer in answers_to(client, {**request, "Limit": at_once}):
        items = answer["Items"]
        if items:
            yield Looked(items, len(items), items[-1][sort_key]["S"])


def found_among(
    lists: Iterable[Iterator[Looked]],
    summaries_of: Callable[[list[Item]], Sequence[Summary]],
    where: SummaryFilter,
    limit: int,
    shown: str,
) -> tuple[tuple[Summary, ...], str | None]:
    """At most ``limit`` summaries that the list shows, and the position to go on from while more
    may come: after the last one found, or after the last one looked at, once that were enough.
    """
    found: list[tuple[str, Summary]] = []
    examined, last = 0, shown
    for page in chain.from_iterable(lists):
        if examined >= EXAMINED_ITEMS_MAX:
            return tuple(one for _, one in found), last
        for item, summary in zip(page.items, summaries_of(page.items), strict=True):
            position = item["position"]["S"]
            if position == shown or not where.has(summary):
                continue
            if len(found) == limit:
                return tuple(one for _, one in found), found[-1][0]
            found.append((position, summary))
        examined, last = examined + page.examined, page.last
    return tuple(one for _, one in found), None
