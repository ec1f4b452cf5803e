"""A whole service on fakes."""

from dataclasses import dataclass, field

from functions.settings import Settings
from functions.wiring import Wiring
from seriatim.ports import TaskRunner
from tests.fakes.activities import FakeActivities
from tests.fakes.clock import FakeClock
from tests.fakes.ids import FakeIds
from tests.fakes.log import FakeLog
from tests.fakes.payloads import FakePayloads
from tests.fakes.queue import FakeQueue
from tests.fakes.sequences import FakeSequences
from tests.fakes.summaries import FakeSummaries
from tests.fakes.task_definitions import FakeTaskDefinitions
from tests.fakes.timers import FakeTimers
from tests.fakes.tokens import FakeTokens

SETTINGS = Settings(
    log_table="log",
    records_table="records",
    payload_bucket="payloads",
    work_queue_url="https://sqs.example/work",
    work_queue_arn="arn:aws:sqs:eu-central-1:123456789012:work",
    timer_dlq_arn="arn:aws:sqs:eu-central-1:123456789012:timer-dlq",
    schedule_group="timers",
    scheduler_role_arn="arn:aws:iam::123456789012:role/scheduler",
    task_token_secret_id="task-token-keys",
    event_bus="events",
)
"""Names that nothing on fakes looks at."""


@dataclass
class Fakes:
    """One fake of every port. Several wirings on the same fakes are processes of one service."""

    clock: FakeClock = field(default_factory=FakeClock)
    ids: FakeIds = field(default_factory=FakeIds)
    payloads: FakePayloads = field(default_factory=FakePayloads)
    timers: FakeTimers = field(default_factory=FakeTimers)
    summaries: FakeSummaries = field(default_factory=FakeSummaries)
    sequences: FakeSequences = field(default_factory=FakeSequences)
    task_definitions: FakeTaskDefinitions = field(default_factory=FakeTaskDefinitions)
    activities: FakeActivities = field(default_factory=FakeActivities)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    log: FakeLog = field(init=False)
    queue: FakeQueue = field(init=False)

    def __post_init__(self) -> None:
        self.log = FakeLog(self.payloads)
        self.queue = FakeQueue(self.clock)

    def wiring(self, tasks: TaskRunner) -> Wiring:
        """A process that runs on these fakes, with this task runner."""
        return Wiring(
            SETTINGS,
            activities=self.activities,
            clock=self.clock,
            ids=self.ids,
            log=self.log,
            payloads=self.payloads,
            queue=self.queue,
            sequences=self.sequences,
            summaries=self.summaries,
            task_definitions=self.task_definitions,
            tasks=tasks,
            timers=self.timers,
            tokens=self.tokens,
        )
