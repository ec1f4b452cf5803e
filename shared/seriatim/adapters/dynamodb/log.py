"""``ExecutionLog`` in DynamoDB: a partition per execution, an item per step, never changed.

The role of whoever runs this may put and query, and is denied updates and deletions.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from seriatim.adapters.dynamodb import keys
from seriatim.adapters.dynamodb.global_variables import conditional_write_item
from seriatim.adapters.dynamodb.pages import answers_to
from seriatim.adapters.dynamodb.step_codec import StepCodec, StepRecord
from seriatim.adapters.errors import TRANSIENT_CODES, code_of, transient_as_unavailable
from seriatim.domain.decision import GlobalWrite
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.errors import Unavailable
from seriatim.ports.global_variables import GlobalMoved
from seriatim.ports.log import LogTail, Snapshot, StepTaken
from seriatim.ports.payloads import Payloads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOADED_ITEMS = 300
"""Items asked for at once on the way back to a snapshot. There is one every few hundred steps; a
page of 1 MB would mostly be paid for in vain.
"""
SNAPSHOT_INLINE_BYTES_MAX = 16 * 1024
"""Compressed state that stays in the log; beyond it an object in S3 is the cheaper write."""
SNAPSHOT_COMPRESSION = 1
"""zlib's quickest: JSON of a state shrinks to a fifth."""

Item = dict[str, Any]


class DynamoDBLog:
    """Appends cost one write each; reads are strongly consistent queries of one partition."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        payloads: Payloads,
        records_table: str = "",
        *,
        follow: Callable[[Item], None] = lambda _: None,
    ) -> None:
        """``records_table`` is where global variables are: for steps that set some. ``follow`` is
        given every new step's item before its append returns: where no stream of the table's does.
        """
        self._follow = follow
        self._client = client
        self._table = table
        self._records_table = records_table
        self._payloads = payloads
        self._codec = StepCodec(payloads)

    def append(
        self, key: ExecutionKey, step: Step, global_writes: Sequence[GlobalWrite] = ()
    ) -> None:
        """Record one step at ``step.number``, if that number is still free.

        A put that was done though its answer was lost is tried again by the client, and then fails
        against itself: the item in the way is our own, so the append succeeded. With
        ``global_writes`` it is one transaction with them (twice the price of its items).

        Raises:
            StepTaken: another writer's step is there, or our own with other words.
            GlobalMoved: a global variable has another version by now.
            Unavailable: whether it was written is unknown until the next read.
        """
        item = _item_of(key, self._codec.encode(key.project_id, step))
        put: Any = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if global_writes:
            self._append_with(key, step, put, global_writes)
        else:
            self._append_alone(key, step, put)
        self._follow(item)

    def _append_alone(self, key: ExecutionKey, step: Step, put: Any) -> None:
        with transient_as_unavailable:
            try:
                self._client.put_item(**put)
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise
                if error.response.get("Item") != put["Item"]:
                    raise StepTaken(f"Step {step.number} of {key} is taken.") from error

    def _append_with(
        self, key: ExecutionKey, step: Step, put: Any, global_writes: Sequence[GlobalWrite]
    ) -> None:
        """The step and the global variables that it sets, all or none."""
        writes: list[Any] = [
            conditional_write_item(
                self._records_table,
                self._payloads,
                key.project_id,
                write.name,
                write.value,
                expected_version=write.expected_version,
                writer=f"{key.execution_id}/{step.number}/{step.writer}",
            )
            for write in global_writes
        ]
        with transient_as_unavailable:
            try:
                self._client.transact_write_items(TransactItems=[{"Put": put}, *writes])
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    raise
                reasons: Any = error.response.get("CancellationReasons", [{}])
                own: dict[str, Any] = reasons[0]
                if own.get("Item") == put["Item"]:
                    return
                if own.get("Code") == "ConditionalCheckFailed":
                    raise StepTaken(f"Step {step.number} of {key} is taken.") from error
                if any(reason.get("Code") in TRANSIENT_CODES for reason in reasons):
                    raise Unavailable(f"The transaction was cancelled: {reasons}") from error
                raise GlobalMoved(f"Step {step.number} of {key} read what has changed.") from error

    def load(self, key: ExecutionKey) -> LogTail:
        """Read newest first, back to the last snapshot."""
        newest_first: list[StepRecord] = []
        snapshot = None
        for item in self._items(key, keys.FIRST_STEP, LOADED_ITEMS, newest_first=True):
            if keys.is_snapshot(item["sk"]["S"]):
                snapshot = self._snapshot_of(key, item)
                break
            newest_first.append(record_of(item))
        steps = self._codec.decode(key.project_id, newest_first[::-1])
        return LogTail(snapshot, steps)

    def read(self, key: ExecutionKey, after: int = 0, limit: int | None = None) -> tuple[Step, ...]:
        """Steps with a number greater than ``after``, ascending, at most ``limit``."""
        records: list[StepRecord] = []
        if limit == 0:
            return ()
        for item in self._items(key, keys.step_key(after + 1), limit):
            if not keys.is_snapshot(item["sk"]["S"]):
                records.append(record_of(item))
            if len(records) == limit:
                break
        return self._codec.decode(key.project_id, records)

    def write_snapshot(self, key: ExecutionKey, snapshot: Snapshot) -> None:
        """Keep the state as of a step; the first snapshot of a step stays."""
        state = zlib.compress(snapshot.body, SNAPSHOT_COMPRESSION)
        item: Item = {
            "pk": {"S": keys.log_partition(key)},
            "sk": {"S": keys.snapshot_key(snapshot.number)},
            "number": {"N": str(snapshot.number)},
        }
        if len(state) <= SNAPSHOT_INLINE_BYTES_MAX:
            item["state"] = {"B": state}
        else:
            item["payload"] = {"S": self._payloads.put(key.project_id, state)}
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

    def _snapshot_of(self, key: ExecutionKey, item: Item) -> Snapshot:
        if "payload" in item:
            state = self._payloads.get(key.project_id, item["payload"]["S"])
        else:
            state = item["state"]["B"]
        return Snapshot(int(item["number"]["N"]), zlib.decompress(state))

    def _items(
        self,
        key: ExecutionKey,
        first: str,
        at_once: int | None,
        *,
        newest_first: bool = False,
    ) -> Iterator[Item]:
        """Items from ``first`` on, in order or in reverse; a page is read when it is come to."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": keys.IN_RANGE,
            "ExpressionAttributeValues": {
                ":pk": {"S": keys.log_partition(key)},
                ":first": {"S": first},
                ":last": {"S": keys.LAST_STEP},
            },
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
        }
        if at_once is not None:
            request["Limit"] = at_once
        for page in answers_to(self._client, request):
            yield from page["Items"]


def _item_of(key: ExecutionKey, record: StepRecord) -> Item:
    item: Item = {
        "pk": {"S": keys.log_partition(key)},
        "sk": {"S": keys.step_key(record.number)},
        "body": {"S": record.body},
        "time": {"N": str(record.time)},
        "first_event": {"N": str(record.first_event)},
        "writer": {"S": record.writer},
        "format": {"N": str(record.format)},
    }
    if record.references is not None:
        item["references"] = {"S": record.references}
    if record.whole is not None:
        item["whole"] = {"S": record.whole}
    if record.status is not None:
        item["status"] = {"S": record.status.value}
    if record.paused is not None:
        item["paused"] = {"S": str(record.paused).lower()}
    if record.tally is not None:
        item["tally"] = {"S": record.tally}
    return item


def record_of(item: Item) -> StepRecord:
    """The record of a step's item."""
    references, whole, status = item.get("references"), item.get("whole"), item.get("status")
    paused, tally = item.get("paused"), item.get("tally")
    return StepRecord(
        number=int(item["sk"]["S"][2:]),
        time=int(item["time"]["N"]),
        first_event=int(item["first_event"]["N"]),
        writer=item["writer"]["S"],
        format=int(item["format"]["N"]),
        body=item["body"]["S"],
        references=references["S"] if references else None,
        whole=whole["S"] if whole else None,
        status=Status(status["S"]) if status else None,
        paused=paused["S"] == "true" if paused else None,
        tally=tally["S"] if tally else None,
    )
