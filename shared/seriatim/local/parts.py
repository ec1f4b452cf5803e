"""What a local service is made of: the parts that the AWS behind it decides, and what those stand
on, whichever it is.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import NamedTuple

from functions.settings import Settings
from functions.wiring import Wiring
from seriatim.adapters.clients import Clients
from seriatim.adapters.dynamodb.log import DynamoDBLog
from seriatim.local import resources
from seriatim.local.activity import Activity
from seriatim.local.clock import LocalClock
from seriatim.local.emulator import SqsSource
from seriatim.local.event_source import Handler
from seriatim.local.queue import MemoryQueue
from seriatim.local.stream import stream_to
from seriatim.local.triggers import LocalTriggerRules
from seriatim.local.uploads import LocalUploads
from seriatim.ports.payloads import Payloads
from seriatim.ports.queue import OutgoingWork
from seriatim.ports.triggers import TriggerRecord
from seriatim.topology import NOTIFIER

STOP_SECONDS = 5.0
"""How long running invocations may go on after the service was told to stop."""


class ServiceError(Exception):
    """The service cannot start as it was asked to; the message says why, and what to do."""


class GivenUp(NamedTuple):
    """A dead-letter queue that feeds a function."""

    source: MemoryQueue | SqsSource
    arn: str


@dataclass(frozen=True)
class Parts:
    """What the AWS behind a service decides: see ``embedded_parts`` and ``emulator_parts``."""

    wiring: Wiring
    queue: MemoryQueue | SqsSource
    starts: MemoryQueue | SqsSource
    given_up: tuple[GivenUp, ...]
    triggers: LocalTriggerRules
    uploads: LocalUploads | None = None
    """Takes what is uploaded; None where callers upload to the emulator itself."""


@dataclass(frozen=True)
class Frame:
    """What the parts of a service stand on. Whatever is started here, ``stack`` stops."""

    clock: LocalClock
    activity: Activity
    stack: ExitStack
    handlers: Callable[[str], Handler]
    tasks: tuple[str, ...]
    node_events: bool

    def settings(self, queues: dict[str, resources.QueueNames]) -> Settings:
        """What the functions are told of their environment."""
        return resources.settings(queues, task_modules=self.tasks, node_events=self.node_events)

    def start_log(self, clients: Clients, settings: Settings, payloads: Payloads) -> DynamoDBLog:
        """The log, and what feeds the notifier with what is appended here. An emulator's own
        stream, where it has one, nobody reads.
        """
        stream = stream_to(NOTIFIER, self.handlers(NOTIFIER.handler), self.clock, self.activity)
        stream.start()
        self.stack.callback(stream.stop, STOP_SECONDS)
        tables = settings.log_table, settings.records_table
        return DynamoDBLog(clients.dynamodb, tables[0], payloads, tables[1], follow=stream.take)

    def start_triggers(
        self, send: Callable[[Sequence[OutgoingWork]], None], known: Iterable[TriggerRecord] = ()
    ) -> LocalTriggerRules:
        """What fires triggers; ``known`` are those of an earlier life."""
        triggers = LocalTriggerRules(self.clock, send)
        triggers.start(known)
        self.stack.callback(triggers.stop, STOP_SECONDS)
        return triggers
