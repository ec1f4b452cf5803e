"""What a service that was killed must have left in AWS once everything has ended: nothing but logs
that keep every invariant, and lists that say the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from functions.wiring import Wiring
from seriatim.adapters.clients import Clients
from seriatim.adapters.clock import SystemClock
from seriatim.domain.decider.fold import fold
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey, Status
from seriatim.local import environment, resources
from seriatim.local.publishing import PROJECT, load_paths, publish
from seriatim.topology import TOPOLOGY
from tests.simulation.dice import Dice
from tests.simulation.hub import Hub
from tests.simulation.monitors import Monitors

HOUR_MS = 3_600_000
LOOK_MS = 60_000
ITEMS_MAX = 1_000
COUNTED: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class LaterClock(SystemClock):
    """An hour ahead: by then the reconciler has cleared away whatever an end has left."""

    def now(self) -> int:
        """The time in an hour."""
        return super().now() + HOUR_MS


class Left:
    """Looks into the emulator, past the service and the faults."""

    def __init__(self, emulator: str) -> None:
        self._clients = Clients(endpoint_url=emulator)
        resources.create_storage(self._clients, has_streams=True)
        self._queues = resources.create_movement(self._clients)
        self._wired = self._wiring(SystemClock())

    def _wiring(self, clock: SystemClock) -> Wiring:
        settings = resources.settings(self._queues)
        return Wiring(settings, clients=self._clients, clock=clock)

    def publish(self, bundle: Path) -> None:
        """Put definitions there, before the service begins."""
        publish(self._wired, load_paths([bundle]))

    def messages(self) -> dict[str, int]:
        """How many each queue has, if any."""
        found = {}
        for queue_name, queue in self._queues.items():
            answer = self._clients.sqs.get_queue_attributes(
                QueueUrl=queue.url, AttributeNames=["All"]
            )
            found[queue_name] = sum(int(answer["Attributes"][name]) for name in COUNTED)
        return {name: count for name, count in found.items() if count}

    def steps(self, execution_ids: Iterable[str]) -> dict[ExecutionKey, tuple[Step, ...]]:
        """Their logs."""
        keys = [ExecutionKey(PROJECT, execution_id) for execution_id in execution_ids]
        return {key: self._wired.log.read(key) for key in keys}

    def statuses(self) -> dict[str, str]:
        """Of every execution that a list shows."""
        pages = self._clients.dynamodb.get_paginator("scan").paginate(
            TableName=resources.settings(self._queues).log_table, ProjectionExpression="pk"
        )
        ids = {item["pk"]["S"].split("#")[2] for page in pages for item in page["Items"]}
        summaries = {one: self._wired.summaries.get(PROJECT, one) for one in ids}
        return {one: str(found and found.status.value) for one, found in summaries.items()}

    def about_unended(self) -> str:
        """What there is to be known of executions that have not ended, and of what moves them."""
        lines = [f"messages {self.messages()}", f"schedules {len(self.schedules())}"]
        lines += [f"permits {self.permits()}"]
        for key, steps in self.steps(self.statuses()).items():
            state = fold(None, steps)
            if state is None or state.status.is_terminal:
                continue
            lines.append(f"{key.execution_id} {state.sequence_id} is {state.status}")
            lines += [f"  {s.number} {s.time} {s.writer} {s.events} {s.commands}" for s in steps]
        return "\n".join(lines)

    def check_logs(self, shown: Mapping[str, str]) -> None:
        """The monitors of the simulation, on every step of every execution in order of time; and
        that lists, which have ``shown`` these statuses, say what logs do.
        """
        monitors, logs = Monitors(Hub(0, Dice("kill"))), self.steps(shown)
        by_time = [(step.time, step.number, key, step) for key in logs for step in logs[key]]
        for _, _, key, step in sorted(by_time, key=lambda one: one[:3]):
            monitors.step_appended(key, step)
        for key, steps in logs.items():
            state = fold(None, steps)
            assert state is not None
            assert state.status is Status.SUCCEEDED, (key, state.status, state.failure)
            assert shown[key.execution_id] == state.status.value
            assert self._wired.states.fresh(key) == state, f"a snapshot of {key} says otherwise"

    def mended(self) -> list[str]:
        """What a reconciler of an hour later finds to mend. Schedules that outlived their
        execution it deletes, which is no repair.
        """
        wired = self._wiring(LaterClock())
        done = [f"{count} permits" for count in [wired.permit_repair.repair(ITEMS_MAX)] if count]
        deadline = wired.clock.now() + LOOK_MS
        for watched in wired.reconciler.due(deadline):
            found = wired.reconciler.look(watched.key)
            done += [f"{name} of {watched.key.execution_id}" for name in found]
        return done

    def schedules(self) -> list[str]:
        """Those of timers."""
        group = resources.PREFIX + TOPOLOGY.schedule_group
        pages = self._clients.scheduler.get_paginator("list_schedules").paginate(GroupName=group)
        return [schedule["Name"] for page in pages for schedule in page["Schedules"]]

    def permits(self) -> list[str]:
        """Requests that hold or wait for some."""
        found: list[str] = []
        for name in self._wired.ledgers.busy(ITEMS_MAX, None).items:
            ledger = self._wired.ledgers.load(*name).ledger
            found += [f"{name.name}: {one}" for one in (*ledger.grants, *ledger.waiting)]
        return found

    def offered(self, activity: str) -> list[str]:
        """Attempts that are still on an activity list, those counted in that a poll holds whose
        answer may be lost. Whoever polls next finds them.
        """
        pages = self._clients.dynamodb.get_paginator("query").paginate(
            TableName=resources.settings(self._queues).records_table,
            KeyConditionExpression="pk = :list",
            ExpressionAttributeValues={":list": {"S": f"A#{PROJECT}#{activity}"}},
        )
        return [item["sk"]["S"] for page in pages for item in page["Items"]]


@contextmanager
def left_in(emulator: str) -> Iterator[Left]:
    """What is in the emulator."""
    with environment.changed(environment.for_endpoint()):
        yield Left(emulator)
