"""What outlives processes: the fakes behind the ports, with monitors at the ones that matter."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from seriatim.application.plans import PlanKey
from seriatim.domain.decision import GlobalWrite
from seriatim.domain.permits.ledger import Ledger, held_units
from seriatim.domain.plan import Plan
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.ledgers import StoredLedger
from seriatim.ports.queue import OutgoingWork
from seriatim.ports.tasks import Completed, HandedOut, TaskOutcome, TaskRequest
from seriatim.tasks.activity import activity_task
from tests.fakes.activities import FakeActivities
from tests.fakes.archive import FakeArchive
from tests.fakes.bulk_keys import FakeBulkKeys
from tests.fakes.day_counts import FakeDayCounts
from tests.fakes.event_bus import FakeEventBus
from tests.fakes.forgetting import FakeForgetting
from tests.fakes.global_variables import FakeGlobalVariables
from tests.fakes.ids import FakeIds
from tests.fakes.ledgers import FakeLedgers
from tests.fakes.log import FakeLog
from tests.fakes.payloads import FakePayloads
from tests.fakes.project_settings import FakeProjectSettings
from tests.fakes.published_marks import FakePublishedMarks
from tests.fakes.start_counts import FakeStartCounts
from tests.fakes.summaries import FakeSummaries
from tests.fakes.task_definitions import FakeTaskDefinitions
from tests.fakes.task_tokens import FakeTokens
from tests.simulation.monitors import Monitors, Violated
from tests.simulation.sharing import ReadOnceSequences
from tests.simulation.versions import Form, LogOf, MixedCodec, QueueOfNext

if TYPE_CHECKING:
    from tests.simulation.universe import Universe


class WatchedLog(FakeLog):
    """Tells the monitors of every step that is new, as it is stored."""

    def __init__(self, payloads: FakePayloads, variables: FakeGlobalVariables) -> None:
        super().__init__(payloads, variables)
        self.codec = self._codec = MixedCodec(payloads)
        self.appended: list[Callable[[ExecutionKey, Step], None]] = []

    def append(
        self, key: ExecutionKey, step: Step, global_writes: Sequence[GlobalWrite] = ()
    ) -> None:
        before = len(self._steps.get(key, []))
        super().append(key, step, global_writes)
        if step.number == before + 1:
            if not self.codec.has_read_all(self._steps[key][:-1]):
                raise Violated(f"V1 {key} was changed by a version that cannot read it")
            self.tell(key, step.number)

    def tell(self, key: ExecutionKey, number: int) -> None:
        """The step of this number is new."""
        (stored,) = self.read(key, number - 1, 1)
        for tell in self.appended:
            tell(key, stored)


class WatchedLedgers(FakeLedgers):
    """Grants no more than there is, whatever happens."""

    def save(self, project_id: str, name: str, ledger: Ledger, based_on: StoredLedger) -> None:
        super().save(project_id, name, ledger, based_on)
        for pool, units in held_units(ledger.grants.values()).items():
            capacity = ledger.pools[pool].capacity
            if capacity is not None and units > capacity:
                raise Violated(f"P1 {units} of {capacity} units of {pool} in {name} are held")


class SimulatedQueue:
    """``WorkQueue``: what is sent is delivered by the universe."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe

    def send(self, work: Sequence[OutgoingWork]) -> None:
        for one in work:
            assert 0 <= one.delay_ms <= 900_000
            self._universe.send(one)

    def extend(self, receipt: str, seconds: int) -> None:
        """Leases are the universe's affair."""


class SimulatedTimers:
    """``Timers``: schedules by execution and instant."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self.armed: dict[tuple[ExecutionKey, int], OutgoingWork] = {}

    def arm(self, key: ExecutionKey, at: int, work: OutgoingWork) -> None:
        if (key, at) not in self.armed:
            self.armed[key, at] = work
            self._universe.ring_at(key, at)

    def disarm(self, key: ExecutionKey, at: int) -> None:
        self.armed.pop((key, at), None)

    def take(self, key: ExecutionKey, at: int) -> OutgoingWork | None:
        """The message of a timer that rings; it is gone then."""
        return self.armed.pop((key, at), None)


Script = Callable[[TaskRequest], TaskOutcome]


class SimulatedTasks:
    """``TaskRunner``: results by script. What is handed out is somebody else's from then on."""

    def __init__(self, universe: "Universe", monitors: Monitors) -> None:
        self._universe = universe
        self._monitors = monitors
        self.script: Script = lambda request: Completed(request.inputs)
        self.handed_out: list[Callable[[TaskRequest], None]] = []

    def check_result(self, definition: Any, result: Any) -> None:
        """Every result will do."""

    def run(self, request: TaskRequest) -> TaskOutcome:
        self._monitors.attempt_begins(request, self._universe.delivery_began())
        self._universe.say(f"runs {request.node_id} {request.number}.{request.attempt}")
        match request.definition["integration"]:
            case "activity":
                self._universe.stores.activities.offer(
                    request.definition["activity"]["name"],
                    activity_task(request, self._universe.hub.now),
                )
                return HandedOut()
            case "sqs":
                for tell in self.handed_out:
                    tell(request)
                return HandedOut()
            case _:
                return self.script(request)


class Stores:
    """All of them."""

    def __init__(self, universe: "Universe") -> None:
        self.payloads = FakePayloads()
        self.global_variables = FakeGlobalVariables()
        self.log = WatchedLog(self.payloads, self.global_variables)
        self.queue = SimulatedQueue(universe)
        self.timers = SimulatedTimers(universe)
        self.summaries = FakeSummaries()
        self.sequences = ReadOnceSequences()
        self.task_definitions = FakeTaskDefinitions()
        self.activities = FakeActivities()
        self.watches = self.summaries
        self.event_bus = FakeEventBus()
        self.published_marks = FakePublishedMarks()
        self.start_counts = FakeStartCounts()
        self.day_counts = FakeDayCounts()
        self.bulk_keys = FakeBulkKeys()
        self.archive = FakeArchive()
        self.forgetting = FakeForgetting(self.log, self.summaries)
        self.ledgers = WatchedLedgers()
        self.project_settings = FakeProjectSettings()
        self.tokens = FakeTokens()
        self.ids = FakeIds()
        self.monitors = Monitors(universe.hub)
        self.plans: dict[PlanKey, Plan] = {}
        """What processes share of them: see ``sharing``."""
        self.tasks = SimulatedTasks(universe, self.monitors)
        self.log.appended.append(self.monitors.step_appended)

    def ports(self, form: Form | None) -> Iterator[tuple[str, Any]]:
        """The ports by the names that the wiring knows, for one of two versions of the code."""
        for name in (
            "payloads",
            "global_variables",
            "log",
            "queue",
            "timers",
            "summaries",
            "sequences",
            "task_definitions",
            "activities",
            "ledgers",
            "project_settings",
            "watches",
            "event_bus",
            "published_marks",
            "start_counts",
            "day_counts",
            "bulk_keys",
            "archive",
            "forgetting",
            "tasks",
        ):
            port = getattr(self, name)
            if name == "log" and form is not None:
                port = LogOf(port, form)
            elif name == "queue" and form is Form.NEXT:
                port = QueueOfNext(port)
            yield name, port

    def check_shared(self) -> None:
        """Raises ``Violated`` if what was read was changed by a reader."""
        self.log.codec.check()
        self.sequences.check()
        for key, plan in self.plans.items():
            if plan.tasks != self.task_definitions.pinned(key[0], key[3]):
                raise Violated(f"S4 the tasks of {key} were changed by their plan")

    def plain(self) -> dict[str, Any]:
        """What is no call to the outside."""
        return {"ids": self.ids, "tokens": self.tokens}
