"""A world: the real application on strict fakes, driven by hand on one thread, with crashes
where a test wants them.

Goal: what the application promises (nothing lost, nothing run after the end) holds whatever
call it dies at. How: every call of a port is counted; at the chosen one the process dies,
before or after the call is done. The next delivery meets a new process: same fakes, nothing
warm.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from functions.settings import Settings
from functions.wiring import Wiring
from seriatim.application.visits import Delivery
from seriatim.application.work import decode
from seriatim.application.worker import StepNotThere
from seriatim.domain.decider.fold import fold
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.state import State
from seriatim.domain.values import ExecutionKey
from seriatim.ports.sequences import SequenceRecord
from seriatim.ports.tasks import Completed, HandedOut, TaskOutcome, TaskRequest
from tests.builders import ACTIVITY, ECHO
from tests.fakes.activities import FakeActivities
from tests.fakes.archive import FakeArchive
from tests.fakes.bulk_keys import FakeBulkKeys
from tests.fakes.clock import FakeClock
from tests.fakes.day_counts import FakeDayCounts
from tests.fakes.dead_letters import FakeDeadLetters
from tests.fakes.event_bus import FakeEventBus
from tests.fakes.forgetting import FakeForgetting
from tests.fakes.global_variables import FakeGlobalVariables
from tests.fakes.ids import FakeIds
from tests.fakes.ledgers import FakeLedgers
from tests.fakes.log import FakeLog
from tests.fakes.payloads import FakePayloads
from tests.fakes.project_settings import FakeProjectSettings
from tests.fakes.published_marks import FakePublishedMarks
from tests.fakes.queue import FakeMessage, FakeQueue
from tests.fakes.sequences import FakeSequences
from tests.fakes.start_counts import FakeStartCounts
from tests.fakes.summaries import FakeSummaries
from tests.fakes.task_definitions import FakeTaskDefinitions
from tests.fakes.task_tokens import FakeTokens
from tests.fakes.templates import FakeTemplates
from tests.fakes.timers import FakeTimers
from tests.fakes.trigger_rules import FakeTriggerRules
from tests.fakes.triggers import FakeTriggers
from tests.fakes.uploads import FakeUploads

T = TypeVar("T")

PROJECT = "p"
PORTS_COUNTED = (
    "log",
    "queue",
    "timers",
    "summaries",
    "watches",
    "tasks",
    "activities",
    "archive",
    "bulk_keys",
    "forgetting",
    "event_bus",
    "ledgers",
    "published_marks",
    "triggers",
    "dead_letters",
)
INVOCATION_MS = 900_000
RECONCILER_MS = 60_000
DELIVERIES_MAX = 5_000

SETTINGS = Settings(
    log_table="log",
    records_table="records",
    payload_bucket="payloads",
    work_queue_url="http://queue",
    work_queue_arn="arn:aws:sqs:x:0:work",
    timer_dlq_arn="arn:aws:sqs:x:0:dlq",
    schedule_group="timers",
    scheduler_role_arn="arn:aws:iam::0:role/x",
    task_token_secret_id="secret",
    event_bus="bus",
    starts_queue_url="http://starts",
    starts_queue_arn="arn:aws:sqs:x:0:starts",
    starts_dlq_url="http://starts-dlq",
    starts_dlq_arn="arn:aws:sqs:x:0:starts-dlq",
    trigger_group="triggers",
    trigger_role_arn="arn:aws:iam::0:role/y",
    anonymous_allowed=True,
)


class Crash(BaseException):
    """The process dies here."""


class Calls:
    """Counts calls of ports, and dies at a chosen one."""

    def __init__(self) -> None:
        self.made = 0
        self.die_at: int | None = None
        self.die_after_it = False
        self.then_after: int | None = None
        """So many calls after its death the process that takes over dies as well."""

    def survive(self) -> None:
        """A new process takes over: no death is in store, or the second one."""
        self.die_at = None if self.then_after is None else self.made + self.then_after
        self.then_after = None

    def through(self, name: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Make one call, or die."""
        self.made += 1
        is_fatal = self.made == self.die_at
        if is_fatal and not self.die_after_it:
            raise Crash(f"before {name}, call {self.made}")
        answer = call(*args, **kwargs)
        if is_fatal:
            raise Crash(f"after {name}, call {self.made}")
        return answer


class Counted:
    """A port whose calls are counted."""

    def __init__(self, port: Any, calls: Calls) -> None:
        self._port = port
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        """The port's method, counted."""
        method = getattr(self._port, name)
        return lambda *args, **kwargs: self._calls.through(
            f"{type(self._port).__name__}.{name}", method, *args, **kwargs
        )


class ScriptedTasks:
    """Runs tasks by script: a function of the request for each node, else the inputs are the
    result.
    """

    def __init__(self) -> None:
        self.scripts: dict[str, Callable[[TaskRequest], TaskOutcome]] = {}
        self.runs: list[tuple[str, int, int]] = []
        self.requests: list[TaskRequest] = []

    def check_result(self, definition: Any, result: Any) -> None:
        """Every result will do."""

    def run(self, request: TaskRequest) -> TaskOutcome:
        """Run one attempt."""
        self.runs.append((request.node_id, request.number, request.attempt))
        self.requests.append(request)
        script = self.scripts.get(request.node_id)
        if script is not None:
            return script(request)
        if request.definition["integration"] == "activity":
            return HandedOut()
        return Completed(request.inputs)


class World:
    """See the module's docstring."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.is_noticed_at_once = False
        """Whether the message of who died comes again with no time lost."""
        self.payloads = FakePayloads()
        self.global_variables = FakeGlobalVariables()
        self.project_settings = FakeProjectSettings()
        self.start_counts = FakeStartCounts()
        self.day_counts = FakeDayCounts()
        self.bulk_keys = FakeBulkKeys()
        self.log = FakeLog(self.payloads, self.global_variables)
        self.queue = FakeQueue(self.clock)
        self.timers = FakeTimers()
        self.sequences = FakeSequences()
        self.summaries = FakeSummaries()
        self.watches = self.summaries
        self.archive = FakeArchive()
        self.forgetting = FakeForgetting(self.log, self.summaries)
        self.task_definitions = FakeTaskDefinitions()
        self.templates = FakeTemplates()
        self.uploads = FakeUploads()
        self.activities = FakeActivities()
        self.ledgers = FakeLedgers()
        self.event_bus = FakeEventBus()
        self.triggers = FakeTriggers()
        self.trigger_rules = FakeTriggerRules()
        self.dead_letters = FakeDeadLetters()
        self.published_marks = FakePublishedMarks()
        self.tokens = FakeTokens()
        self.ids = FakeIds()
        self.tasks = ScriptedTasks()
        self.calls = Calls()
        self.crashes = 0
        for definition in (ECHO, ACTIVITY):
            self.task_definitions.put(PROJECT, str(definition["id"]), definition)
        self.restart()

    def restart(self) -> None:
        """A new process: what was warm is gone."""
        counted: Any = {name: Counted(getattr(self, name), self.calls) for name in PORTS_COUNTED}
        self.wired = Wiring(
            SETTINGS,
            clock=self.clock,
            payloads=self.payloads,
            sequences=self.sequences,
            task_definitions=self.task_definitions,
            templates=self.templates,
            uploads=self.uploads,
            global_variables=self.global_variables,
            project_settings=self.project_settings,
            start_counts=self.start_counts,
            day_counts=self.day_counts,
            tokens=self.tokens,
            ids=self.ids,
            start_queue=self.queue,
            trigger_rules=self.trigger_rules,
            **counted,
        )

    # -- what a test does --

    def publish(self, document: dict[str, Any], sequence_id: str = "s") -> str:
        """Store a sequence as active, revision 1."""
        stored = canonical(TaskSequence.model_validate(document))
        record = SequenceRecord(
            project_id=PROJECT,
            id=sequence_id,
            name=document["name"],
            status="active",
            document=stored,
            revision=1,
            version=1,
            created_at=0,
            updated_at=0,
        )
        self.sequences.create(record)
        published = msgspec.structs.replace(record, version=2)
        self.sequences.update(published, 1, publish=True)
        return sequence_id

    def start(self, sequence_id: str = "s", **given: Any) -> ExecutionKey:
        """Start an execution as a caller would."""
        variables = given.pop("variables", {})
        state = self.wired.executions.start(PROJECT, sequence_id, variables=variables, **given)
        return state.key

    def state(self, key: ExecutionKey) -> State:
        """The execution as the log has it."""
        state = fold(None, self.log.read(key))
        assert state is not None
        return state

    def deliver_next(self) -> bool:
        """Deliver one message that can be received now; after a crash it stays in the queue."""
        for message in self.queue.receive(1):
            self._handle(message)
            return True
        return False

    def deliver_by(self, rank: Callable[[bytes], int]) -> bool:
        """Deliver, of the messages that can be received now, the one whose body ranks lowest."""
        messages = self.queue.receive(1_000, hidden_seconds=0)
        for message in sorted(messages, key=lambda one: rank(one.body))[:1]:
            self._handle(message)
            return True
        return False

    def _handle(self, message: FakeMessage) -> None:
        deadline = self.clock.now() + INVOCATION_MS
        delivery = Delivery(message.message_id, message.receive_count, deadline)
        try:
            self.wired.worker.handle(decode(message.body), delivery)
        except StepNotThere:
            self.queue.extend(message.receipt, 2)
        except Crash:
            self.crashes += 1
            self.calls.survive()
            self.restart()
            if self.is_noticed_at_once:
                self.queue.extend(message.receipt, 0)
        else:
            self.queue.delete(message.receipt)

    def reconcile(self) -> list[str]:
        """One run of the reconciler; what it did."""
        deadline = self.clock.now() + RECONCILER_MS
        done: list[str] = []
        for watched in self.wired.reconciler.due(deadline):
            done += self.wired.reconciler.look(watched.key)
        return done

    def run(self, until_ms: int | None = None) -> None:
        """Deliver all there is, and let time pass to what comes next, until nothing comes any
        more.
        """
        for _ in range(DELIVERIES_MAX):
            if self.deliver_next():
                continue
            hours = [at for at, _ in self.timers.armed()]
            visible = self.queue.next_visible_at()
            hours += [] if visible is None else [visible]
            if not hours or (until_ms is not None and min(hours) > until_ms):
                return
            self.clock.advance(max(0, min(hours) - self.clock.now()))
            for work in self.timers.ring(self.clock.now()):
                self.queue.send([work])
        raise AssertionError("it goes on for ever")


def repeated(world: World, call: Callable[[], T]) -> T:
    """As a caller does who gets no answer: the call again, to a new process."""
    try:
        return call()
    except Crash:
        world.calls.die_at = None
        world.restart()
        return call()
