"""Which adapter stands behind which port, in one place. Everything is built when first asked for
and then kept: a process has one of each.
"""
# ruff: noqa: PLC0415 - imports are inside: a function pays at cold start only for what it uses

import os
from collections.abc import Callable
from threading import Lock, RLock
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar, Unpack, overload

from functions import observability
from functions import settings as environment
from functions.settings import Settings
from seriatim import ports, project_ports

if TYPE_CHECKING:
    from seriatim.adapters.clients import Clients
    from seriatim.application.advancing import Advancer
    from seriatim.application.definitions import Definitions
    from seriatim.application.executions import Executions
    from seriatim.application.global_variables import ProjectVariables
    from seriatim.application.handing_over import HandOver
    from seriatim.application.plans import Plans
    from seriatim.application.polling import Polling
    from seriatim.application.reading import Reading
    from seriatim.application.starting import Starter
    from seriatim.application.states import States
    from seriatim.application.templates import Templating
    from seriatim.application.uploads import Uploading
    from seriatim.application.worker import Worker

T = TypeVar("T")


class Ports(TypedDict, total=False):
    """What may stand in for the cloud's adapters: the local runtime's, or a test's."""

    activities: ports.Activities
    clients: "Clients"
    clock: ports.Clock
    global_variables: project_ports.GlobalVariables
    ids: ports.Ids
    log: ports.ExecutionLog
    payloads: ports.Payloads
    queue: ports.WorkQueue
    sequences: ports.Sequences
    summaries: ports.Summaries
    task_definitions: ports.TaskDefinitions
    tasks: ports.TaskRunner
    templates: project_ports.Templates
    timers: ports.Timers
    tokens: ports.TaskTokens
    uploads: project_ports.Uploads


class built_once(Generic[T]):  # noqa: N801 - reads as what it is, a decorator
    """A property that is computed at first use and kept, also when threads ask at the same time."""

    def __init__(self, build: Callable[["Wiring"], T]) -> None:
        self._build = build
        self._name = build.__name__
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, wiring: None, owner: type["Wiring"]) -> "built_once[T]": ...

    @overload
    def __get__(self, wiring: "Wiring", owner: type["Wiring"]) -> T: ...

    def __get__(self, wiring: "Wiring | None", owner: type["Wiring"]) -> "built_once[T] | T":
        """Only reached while the instance has no value of this name."""
        if wiring is None:
            return self
        with wiring.building:
            if self._name not in wiring.__dict__:
                wiring.__dict__[self._name] = self._build(wiring)
            value: T = wiring.__dict__[self._name]
            return value


class Wiring:
    """The ports and use cases of one process. What is handed in stands; the rest is AWS."""

    def __init__(self, settings: Settings, **given: Unpack[Ports]) -> None:
        self.settings = settings
        self.building = RLock()
        self.__dict__.update(given)

    @built_once
    def clients(self) -> "Clients":
        """The AWS clients."""
        from seriatim.adapters.clients import Clients

        return Clients()

    @built_once
    def clock(self) -> ports.Clock:
        """Where the time comes from."""
        from seriatim.adapters.clock import SystemClock

        return SystemClock()

    @built_once
    def ids(self) -> ports.Ids:
        """Where new ids come from."""
        from seriatim.adapters.ids import SortableIds

        return SortableIds(self.clock)

    @built_once
    def payloads(self) -> ports.Payloads:
        """Big values."""
        from seriatim.adapters.s3 import S3Payloads

        return S3Payloads(self.clients.s3, self.settings.payload_bucket)

    @built_once
    def log(self) -> ports.ExecutionLog:
        """The steps of executions."""
        from seriatim.adapters.dynamodb.log import DynamoDBLog

        return DynamoDBLog(
            self.clients.dynamodb,
            self.settings.log_table,
            self.payloads,
            self.settings.records_table,
        )

    @built_once
    def queue(self) -> ports.WorkQueue:
        """The work queue's sending side."""
        from seriatim.adapters.sqs import SqsWorkQueue

        return SqsWorkQueue(self.clients.sqs, self.settings.work_queue_url, self.payloads)

    @built_once
    def timers(self) -> ports.Timers:
        """Timers that a delayed message cannot hold."""
        from seriatim.adapters.scheduler import SchedulerTimers

        return SchedulerTimers(
            self.clients.scheduler,
            self.clock,
            group=self.settings.schedule_group,
            queue_arn=self.settings.work_queue_arn,
            role_arn=self.settings.scheduler_role_arn,
            dead_letter_queue_arn=self.settings.timer_dlq_arn,
        )

    @built_once
    def summaries(self) -> ports.Summaries:
        """What lists of executions are made of."""
        from seriatim.adapters.dynamodb.summaries import DynamoDBSummaries

        table = self.settings.records_table
        return DynamoDBSummaries(self.clients.dynamodb, table, self.payloads)

    @built_once
    def sequences(self) -> ports.Sequences:
        """Definitions and their revisions."""
        from seriatim.adapters.dynamodb.sequences import DynamoDBSequences

        table = self.settings.records_table
        return DynamoDBSequences(self.clients.dynamodb, table, self.payloads)

    @built_once
    def task_definitions(self) -> ports.TaskDefinitions:
        """Task definitions and catalogues of them."""
        from seriatim.adapters.dynamodb.task_definitions import DynamoDBTaskDefinitions

        table = self.settings.records_table
        return DynamoDBTaskDefinitions(self.clients.dynamodb, table, self.payloads)

    @built_once
    def global_variables(self) -> "project_ports.GlobalVariables":
        """Variables that all executions of a project share."""
        from seriatim.adapters.dynamodb.global_variables import DynamoDBGlobalVariables

        return DynamoDBGlobalVariables(
            self.clients.dynamodb, self.settings.records_table, self.payloads
        )

    @built_once
    def templates(self) -> project_ports.Templates:
        """Sequences with parameters."""
        from seriatim.adapters.dynamodb.templates import DynamoDBTemplates

        table = self.settings.records_table
        return DynamoDBTemplates(self.clients.dynamodb, table, self.payloads)

    @built_once
    def uploads(self) -> project_ports.Uploads:
        """Documents too large for a body."""
        from seriatim.adapters.uploads import S3Uploads

        clients = self.clients
        return S3Uploads(clients.s3, clients.presigner, self.settings.payload_bucket)

    @built_once
    def activities(self) -> ports.Activities:
        """Lists of attempts that wait for outside workers."""
        from seriatim.adapters.dynamodb.activities import DynamoDBActivities

        return DynamoDBActivities(self.clients.dynamodb, self.settings.records_table)

    @built_once
    def tokens(self) -> ports.TaskTokens:
        """Signed task tokens."""
        from seriatim.adapters.task_tokens import SignedTaskTokens, SigningKeys

        keys = SigningKeys(self.clients.secrets, self.settings.task_token_secret_id)
        return SignedTaskTokens(keys)

    @built_once
    def tasks(self) -> ports.TaskRunner:
        """Runs attempts."""
        from seriatim.adapters.errors import AWS_ERRORS, is_transient
        from seriatim.tasks.aws import Aws
        from seriatim.tasks.http import HttpTasks
        from seriatim.tasks.modules import TaskFunctions
        from seriatim.tasks.runner import IntegrationRunner

        return IntegrationRunner(
            clock=self.clock,
            activities=self.activities,
            aws=Aws(clients=self.clients, errors=AWS_ERRORS, is_transient=is_transient),
            functions=TaskFunctions(self.settings.task_modules),
            send_heartbeat=self._is_still_wanted,
            http=HttpTasks(self.clock, is_loopback_allowed=self.settings.http_loopback_allowed),
        )

    def _is_still_wanted(self, token: str) -> bool:
        """Record a sign of life; false if the attempt is over. One that was lost is not the end:
        the next one follows.
        """
        from seriatim.application.errors import WrongState

        try:
            self.executions.task_heartbeat(token)
        except (WrongState, ports.NotFound):
            return False
        except ports.Unavailable:
            return True
        return True

    # -- use cases, and what they share -----------------------------------------------------------

    @built_once
    def states(self) -> "States":
        """The warm states of this process."""
        from seriatim.application.states import States

        return States(self.log)

    @built_once
    def plans(self) -> "Plans":
        """The compiled plans of this process."""
        from seriatim.application.plans import Plans

        return Plans(self.sequences, self.task_definitions)

    @built_once
    def advancer(self) -> "Advancer":
        """The one place that appends."""
        from seriatim.application.advancing import Advancer

        return Advancer(self.log, self.states, self.plans, self.global_variables, self.clock)

    @built_once
    def starter(self) -> "Starter":
        """Turns a start into a first step."""
        from seriatim.application.starting import Starter

        return Starter(self.advancer, self.plans, self.sequences, self.task_definitions, self.ids)

    @built_once
    def hand_over(self) -> "HandOver":
        """Carries commands outside."""
        from seriatim.application.handing_over import HandOver

        return HandOver(
            self.queue, self.timers, self.summaries, self.plans, self.starter, self.clock
        )

    @built_once
    def executions(self) -> "Executions":
        """What callers do with executions."""
        from seriatim.application.executions import Executions

        return Executions(
            advancer=self.advancer,
            starter=self.starter,
            states=self.states,
            hand_over=self.hand_over,
            plans=self.plans,
            tasks=self.tasks,
            queue=self.queue,
            tokens=self.tokens,
            ids=self.ids,
        )

    @built_once
    def definitions(self) -> "Definitions":
        """What authors do with sequences and task definitions."""
        # The worker never gets here, and so never imports pydantic.
        from seriatim.application.definitions import Definitions

        return Definitions(self.sequences, self.task_definitions, self.ids, self.clock)

    @built_once
    def templating(self) -> "Templating":
        """What authors do with templates."""
        from seriatim.application.templates import Templating

        return Templating(self.templates, self.definitions, self.ids, self.clock)

    @built_once
    def uploading(self) -> "Uploading":
        """What callers do with uploads."""
        from seriatim.application.uploads import Uploading

        return Uploading(self.uploads, self.ids)

    @built_once
    def project_variables(self) -> "ProjectVariables":
        """What callers do with global variables."""
        from seriatim.application.global_variables import ProjectVariables

        return ProjectVariables(self.global_variables)

    @built_once
    def polling(self) -> "Polling":
        """What outside workers do."""
        from seriatim.application.polling import Polling

        return Polling(self.executions, self.plans, self.activities, self.tokens, self.clock)

    @built_once
    def reading(self) -> "Reading":
        """Executions as callers see them."""
        from seriatim.application.reading import Reading

        return Reading(self.executions, self.log, self.summaries, self.tokens)

    @built_once
    def worker(self) -> "Worker":
        """What the work queue feeds."""
        from seriatim.application.worker import Worker

        return Worker(
            self.advancer,
            self.starter,
            self.states,
            self.plans,
            self.hand_over,
            self.tasks,
            self.tokens,
            self.clock,
        )

    def received(self, body: str) -> bytes:
        """The work that a queue message's body stands for (see ``adapters.sqs.opened``)."""
        from seriatim.adapters.sqs import opened

        return opened(body, self.payloads)


_current: Wiring | None = None
_lock = Lock()


def current() -> Wiring:
    """The process's wiring: the one in use, or else one of the environment's (in Lambda)."""
    global _current  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _current is None:
            observability.configure()
            _current = Wiring(environment.load(os.environ))
        return _current


def use(wiring: Wiring) -> None:
    """Have ``current`` answer this one from now on (the local runtime and tests)."""
    global _current  # noqa: PLW0603
    with _lock:
        _current = wiring
