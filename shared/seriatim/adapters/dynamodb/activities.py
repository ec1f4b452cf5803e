"""``Activities`` in DynamoDB: an item per attempt that waits, listed by the priority of its
execution and the time of its offer.

An item is named by its attempt, so a repeated offer finds it; the index gives the order. A claim is
a conditional write on the item, so two pollers never hold the same claim; the index that they look
through may be a moment behind, which costs a failed condition, or the task's being seen a moment
later. An attempt whose time is over costs whoever meets it one delete; what nobody meets expires.
"""

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from seriatim.adapters.dynamodb import keys
from seriatim.adapters.dynamodb.pages import answers_to
from seriatim.adapters.errors import code_of, transient_as_unavailable
from seriatim.domain.limits import PRIORITY_ABS_MAX
from seriatim.ports.activities import ActivityClaim, ActivityPoll, ActivityTask
from seriatim.topology import BY_PROJECT, DAY

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CANDIDATES_MAX = 500
"""Tasks that one claim looks at. Those that others hold are passed over."""
CANDIDATES_PER_READ = 50
"""Most claims want a few: what they do not look at is not paid for."""

OVER_KEPT_SECONDS = DAY
"""How long an attempt whose time is over stays listed where nobody polls."""

POLLER_KEPT_SECONDS = 30 * DAY
"""How long it is remembered that a worker polled."""

POLLERS_LOOKED_AT_MAX = 1_000
"""Workers whose last polls are compared: more have polled one list seldom."""

_encode = msgspec.json.Encoder().encode
_tasks: msgspec.json.Decoder[ActivityTask] = msgspec.json.Decoder(ActivityTask)

IS_FREE = "(attribute_not_exists(leased_until) OR leased_until <= :now)"


class DynamoDBActivities:
    """The receipt of a claim is the key of its item."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def offer(self, name: str, task: ActivityTask) -> None:
        """Put it on the list. An attempt that is offered again keeps its place."""
        partition = _list_partition(task.project_id, name)
        item: dict[str, Any] = {
            "pk": {"S": partition},
            "sk": {"S": _attempt_key(task)},
            "in_project": {"S": partition},
            "position": {"S": _position(task)},
            "body": {"S": _encode(task).decode()},
        }
        if task.over_at is not None:
            item["expires_at"] = {"N": str(task.over_at // 1000 + OVER_KEPT_SECONDS)}
        with transient_as_unavailable:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk)",
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def claim(self, project_id: str, name: str, now: int, lease_ms: int) -> Iterator[ActivityClaim]:
        """Take tasks one by one, the first in order first; unsettled ones are free after the
        lease. What was over before anybody claimed it is taken off.
        """
        for item in self._free(_list_partition(project_id, name), now):
            task = _tasks.decode(item["body"]["S"])
            key = {"pk": item["pk"], "sk": item["sk"]}
            is_over = task.over_at is not None and task.over_at <= now
            if is_over and "leased_until" not in item:
                self._drop(key)
            elif self._lease(key, now, now + lease_ms):
                yield ActivityClaim(task, f"{item['pk']['S']}\n{item['sk']['S']}")

    def _free(self, partition: str, now: int) -> Iterator[dict[str, Any]]:
        """What nobody holds, in order, read as it is asked for."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": BY_PROJECT.name,
            "KeyConditionExpression": "in_project = :list",
            "FilterExpression": IS_FREE,
            "ExpressionAttributeValues": {":list": {"S": partition}, ":now": {"N": str(now)}},
            "Limit": CANDIDATES_PER_READ,
        }
        pages = answers_to(self._client, request)
        for page in islice(pages, CANDIDATES_MAX // CANDIDATES_PER_READ):
            yield from page["Items"]

    def settle(self, claim: ActivityClaim) -> None:
        """Take it off the list for good. Repeating it changes nothing."""
        partition, attempt = claim.receipt.split("\n")
        with transient_as_unavailable:
            self._client.delete_item(
                TableName=self._table, Key={"pk": {"S": partition}, "sk": {"S": attempt}}
            )

    def _drop(self, key: dict[str, Any]) -> None:
        """Take off the list what is over, unless somebody has claimed it, of which the index may
        not know yet: it may have been picked up, and its time begun anew. Who claimed it and heard
        nothing gets it again.
        """
        with transient_as_unavailable:
            try:
                self._client.delete_item(
                    TableName=self._table,
                    Key=key,
                    ConditionExpression="attribute_not_exists(leased_until)",
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    def record_poll(self, project_id: str, name: str, worker_id: str, now: int) -> None:
        """Remember that this worker polled at ``now``."""
        with transient_as_unavailable:
            self._client.put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": _pollers_partition(project_id, name)},
                    # What a worker calls itself may be longer than a key.
                    "sk": {"S": hashlib.sha256(worker_id.encode()).hexdigest()},
                    "worker_id": {"S": worker_id},
                    "polled_at": {"N": str(now)},
                    "expires_at": {"N": str(now // 1000 + POLLER_KEPT_SECONDS)},
                },
            )

    def last_poll(self, project_id: str, name: str) -> ActivityPoll | None:
        """The latest poll of the list that is remembered, of ``POLLERS_LOOKED_AT_MAX`` workers."""
        with transient_as_unavailable:
            items = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :list",
                ExpressionAttributeValues={":list": {"S": _pollers_partition(project_id, name)}},
                ProjectionExpression="worker_id, polled_at",
                Limit=POLLERS_LOOKED_AT_MAX,
            )["Items"]
        polls = [
            ActivityPoll(item["worker_id"]["S"], int(item["polled_at"]["N"])) for item in items
        ]
        return max(polls, key=lambda poll: (poll.at, poll.worker_id), default=None)

    def _lease(self, key: dict[str, Any], now: int, until: int) -> bool:
        is_listed = "attribute_exists(pk)"  # nobody settled it meanwhile
        with transient_as_unavailable:
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=key,
                    UpdateExpression="SET leased_until = :until",
                    ConditionExpression=f"{is_listed} AND {IS_FREE}",
                    ExpressionAttributeValues={
                        ":now": {"N": str(now)},
                        ":until": {"N": str(until)},
                    },
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True


def _pollers_partition(project_id: str, name: str) -> str:
    return f"W#{project_id}#{name}"


def _list_partition(project_id: str, name: str) -> str:
    return f"A#{project_id}#{name}"


def _position(task: ActivityTask) -> str:
    """Sorts by falling priority, then by time."""
    turn = keys.ordered_time(PRIORITY_ABS_MAX - task.priority)
    return f"{turn}#{keys.ordered_time(task.offered_at)}#{_attempt_key(task)}"


def _attempt_key(task: ActivityTask) -> str:
    return f"{task.execution_id}#{task.number}#{task.attempt}"
