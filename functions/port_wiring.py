"""Which adapter stands behind which port; of those that keep something ``store_wiring`` says it.
Everything is built when first asked for and then kept: a process has one of each.
"""
# ruff: noqa: PLC0415 - imports are inside: a function pays at cold start only for what it uses

from typing import TYPE_CHECKING, TypedDict, Unpack

from functions.building import built_once
from functions.settings import Settings
from functions.store_wiring import StoreWiring

if TYPE_CHECKING:
    from seriatim.adapters.clients import Clients
    from seriatim.application.lanes import Gather
    from seriatim.ports.activities import Activities
    from seriatim.ports.archive import Archive
    from seriatim.ports.bulk_keys import BulkKeys
    from seriatim.ports.clock import Clock
    from seriatim.ports.day_counts import DayCounts
    from seriatim.ports.dead_letters import DeadLetters
    from seriatim.ports.event_bus import EventBus
    from seriatim.ports.forgetting import Forgetting
    from seriatim.ports.global_variables import GlobalVariables
    from seriatim.ports.ids import Ids
    from seriatim.ports.ledgers import Ledgers
    from seriatim.ports.log import ExecutionLog
    from seriatim.ports.payloads import Payloads
    from seriatim.ports.project_settings import ProjectSettings
    from seriatim.ports.published_marks import PublishedMarks
    from seriatim.ports.queue import WorkQueue
    from seriatim.ports.sequences import Sequences
    from seriatim.ports.start_counts import StartCounts
    from seriatim.ports.summaries import Summaries
    from seriatim.ports.task_definitions import TaskDefinitions
    from seriatim.ports.task_tokens import TaskTokens
    from seriatim.ports.tasks import TaskRunner
    from seriatim.ports.templates import Templates
    from seriatim.ports.timers import Timers
    from seriatim.ports.trigger_rules import TriggerRules
    from seriatim.ports.triggers import Triggers
    from seriatim.ports.uploads import Uploads
    from seriatim.ports.watches import Watches
    from seriatim.tasks.aws import Aws
    from seriatim.tasks.runner import Runs

    class Ports(TypedDict, total=False):
        """What may stand in for the cloud's adapters: the local runtime's, or a test's."""

        activities: Activities
        bulk_keys: BulkKeys
        archive: Archive
        clients: Clients
        clock: Clock
        day_counts: DayCounts
        dead_letters: DeadLetters
        event_bus: EventBus
        forgetting: Forgetting
        gather: Gather
        global_variables: GlobalVariables
        ids: Ids
        ledgers: Ledgers
        log: ExecutionLog
        payloads: Payloads
        published_marks: PublishedMarks
        project_settings: ProjectSettings
        queue: WorkQueue
        sequences: Sequences
        start_counts: StartCounts
        start_queue: WorkQueue
        summaries: Summaries
        task_definitions: TaskDefinitions
        tasks: TaskRunner
        templates: Templates
        timers: Timers
        tokens: TaskTokens
        trigger_rules: TriggerRules
        triggers: Triggers
        uploads: Uploads
        watches: Watches


class PortWiring(StoreWiring):
    """The ports of one process. What is handed in stands; the rest is AWS."""

    def __init__(self, settings: Settings, **given: "Unpack[Ports]") -> None:
        super().__init__(settings)
        self.__dict__.update(given)

    @built_once
    def clock(self) -> "Clock":
        """Where the time comes from."""
        from seriatim.adapters.clock import SystemClock

        return SystemClock()

    @built_once
    def ids(self) -> "Ids":
        """Where new ids come from."""
        from seriatim.adapters.ids import SortableIds

        return SortableIds(self.clock)

    @built_once
    def gather(self) -> "Gather":
        """Gives others the time to come along in a lane."""
        from seriatim.application.lanes import take_at_once

        return take_at_once

    @built_once
    def queue(self) -> "WorkQueue":
        """The work queue's sending side."""
        from seriatim.adapters.sqs import SqsWorkQueue

        return SqsWorkQueue(self.clients.sqs, self.settings.work_queue_url, self.payloads)

    @built_once
    def timers(self) -> "Timers":
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
    def event_bus(self) -> "EventBus":
        """Where changes of status are made known."""
        from seriatim.adapters.eventbridge import EventBridgeBus

        return EventBridgeBus(self.clients.events, self.settings.event_bus)

    @built_once
    def start_queue(self) -> "WorkQueue":
        """The queue of starts, as its receiver needs it."""
        from seriatim.adapters.sqs import SqsWorkQueue

        return SqsWorkQueue(self.clients.sqs, self.settings.starts_queue_url, self.payloads)

    @built_once
    def dead_letters(self) -> "DeadLetters":
        """Where starts go that nobody can do."""
        from seriatim.adapters.dead_letters import SqsDeadLetters

        return SqsDeadLetters(self.clients.sqs, self.settings.starts_dlq_url)

    @built_once
    def trigger_rules(self) -> "TriggerRules":
        """What fires triggers."""
        from seriatim.adapters.trigger_rules import AwsTriggerRules

        return AwsTriggerRules(
            self.clients.scheduler,
            self.clients.events,
            group=self.settings.trigger_group,
            bus=self.settings.event_bus,
            queue_arn=self.settings.starts_queue_arn,
            role_arn=self.settings.trigger_role_arn,
            dead_letter_queue_arn=self.settings.starts_dlq_arn,
        )

    @built_once
    def aws(self) -> "Aws":
        """What tasks reach in AWS."""
        from seriatim.adapters.errors import AWS_ERRORS, is_transient
        from seriatim.tasks.aws import Aws

        return Aws(
            clients=self.clients,
            errors=AWS_ERRORS,
            is_transient=is_transient,
            own_queues=(self.settings.work_queue_url, self.settings.starts_queue_url),
        )

    @built_once
    def http_tasks(self) -> "Runs":
        """Sends the requests of tasks: by another function where there is one, else itself."""
        from seriatim.adapters.task_secrets import TaskSecrets
        from seriatim.tasks.http import HttpTasks
        from seriatim.tasks.http_elsewhere import HttpElsewhere

        settings = self.settings
        secrets = TaskSecrets(self.clients.secrets, settings.task_secrets_prefix)
        if settings.http_function:
            return HttpElsewhere(self.clock, self.aws, settings.http_function, secrets)
        loopback = settings.http_loopback_allowed
        return HttpTasks(self.clock, is_loopback_allowed=loopback, secrets=secrets)

    @built_once
    def tokens(self) -> "TaskTokens":
        """Signed task tokens."""
        from seriatim.adapters.task_tokens import SignedTaskTokens, SigningKeys

        keys = SigningKeys(self.clients.secrets, self.settings.task_token_secret_id)
        return SignedTaskTokens(keys)
