"""What fires triggers on one machine: schedules by the service's clock, patterns on its bus.

Fulfils ``ports.trigger_rules.TriggerRules``. Firings go to the queue of starts, as in the cloud.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from seriatim.adapters.dynamodb.triggers import PARTITION, DynamoDBTriggers
from seriatim.domain.event_patterns import fits
from seriatim.domain.schedules.next_time import next_time
from seriatim.domain.times import to_iso
from seriatim.local.clock import WaitableClock
from seriatim.ports.payloads import Payloads
from seriatim.ports.queue import OutgoingWork
from seriatim.ports.triggers import TriggerRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Place = tuple[str, str]


class LocalTriggerRules:
    """Any thread may call anything; one fires the schedules."""

    def __init__(
        self, clock: WaitableClock, send: Callable[[Sequence[OutgoingWork]], None]
    ) -> None:
        self._clock = clock
        self._send = send
        self._changed = threading.Condition()
        self._records: dict[Place, TriggerRecord] = {}
        self._due: dict[Place, int] = {}
        self._is_stopping = False
        self._thread = threading.Thread(target=self._serve, name="triggers", daemon=True)

    def start(self, records: Iterable[TriggerRecord] = ()) -> None:
        """Begin to fire; ``records`` are triggers that were there before."""
        for record in records:
            self.apply(record)
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Fire no more."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        self._thread.join(seconds)

    # -- the port

    def apply(self, record: TriggerRecord) -> None:
        """Have the trigger fire as its record says. A schedule that stays keeps its next time."""
        place = record.project_id, record.id
        with self._changed:
            before = self._records.get(place)
            self._records[place] = record
            if before is None or before.document != record.document:
                self._plan(place, self._clock.now())
            self._changed.notify_all()

    def remove(self, project_id: str, trigger_id: str) -> None:
        """Have it fire no more."""
        with self._changed:
            self._records.pop((project_id, trigger_id), None)
            self._due.pop((project_id, trigger_id), None)

    # -- what fires

    def take(self, event: dict[str, Any]) -> None:
        """An event came by the bus: fire what its pattern fits."""
        with self._changed:
            records = tuple(self._records.values())
        for record in records:
            pattern = record.document["eventPattern"]
            if pattern is not None and record.document["enabled"] and fits(pattern, event):
                self._fire(record, {"event": event})

    def next_due(self) -> int | None:
        """When the next schedule fires."""
        with self._changed:
            return min(self._due.values(), default=None)

    def before_jump(self, milliseconds: int) -> None:
        """Skipped time is like any other to a schedule."""

    def after_jump(self) -> None:
        """Look at the clock again."""
        with self._changed:
            self._changed.notify_all()

    def _serve(self) -> None:
        with self._changed:
            while not self._is_stopping:
                place = min(self._due, key=lambda one: self._due[one], default=None)
                due = self._due[place] if place is not None else None
                if place is None or due is None or due > self._clock.now():
                    self._clock.wait(self._changed, due)
                    continue
                # The queue has it before the next time is planned: skipped time finds it there.
                self._fire(self._records[place], {"scheduledTime": to_iso(due)})
                self._plan(place, due)

    def _plan(self, place: Place, after: int) -> None:
        record = self._records[place]
        self._due.pop(place, None)
        schedule = record.document["schedule"]
        if schedule is None or not record.document["enabled"]:
            return
        due = next_time(schedule, record.created_at, after)
        if due is not None:
            self._due[place] = due

    def _fire(self, record: TriggerRecord, cause: dict[str, Any]) -> None:
        fire = {"projectId": record.project_id, "triggerId": record.id, **cause}
        self._send([OutgoingWork(record.project_id, msgspec.json.encode(fire))])


def stored_triggers(
    client: "DynamoDBClient", table: str, payloads: Payloads
) -> Iterable[TriggerRecord]:
    """All triggers of all projects in an emulator's table: in the cloud each is known where it
    fires; here a new process looks for them, through everything.
    """
    triggers = DynamoDBTriggers(client, table, payloads)
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(pk, :kind)",
        ExpressionAttributeValues={":kind": {"S": PARTITION}},
    )
    for page in pages:
        for item in page["Items"]:
            project_id = item["pk"]["S"].removeprefix(PARTITION)
            yield triggers.get(project_id, item["sk"]["S"])
