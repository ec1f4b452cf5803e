"""One seed: some executions of drawn sequences, an adversary, then peace; and what must hold in the
end.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import msgspec

from seriatim.application.errors import Refused
from seriatim.application.executions import Executions
from seriatim.application.redriving import RedriveOrder
from seriatim.domain import events as e
from seriatim.domain.decider.fold import fold
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.permits.pools import set_pool
from seriatim.domain.project_choices import ProjectChoices
from seriatim.domain.state import State
from seriatim.domain.step import Step
from seriatim.domain.values import Error, ExecutionKey, Status
from seriatim.ports.sequences import SequenceRecord
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.tasks import Completed, Failed, TaskRequest
from tests.simulation import callers
from tests.simulation.blocks import CHILD, POOLS, TASKS, Chain, Drawing, value_of
from tests.simulation.dice import Dice
from tests.simulation.documents import document_of, signals_of
from tests.simulation.faults import MINUTE_MS
from tests.simulation.monitors import Violated
from tests.simulation.reference import Expected, expected_of
from tests.simulation.sweeps import Reconciling, Stream, check_events
from tests.simulation.universe import Process, Universe
from tests.world import PROJECT

EXECUTIONS: Final = 3
STORM_MS: Final = 20 * MINUTE_MS
"""So long the adversary is there; then everything must come to its end."""
CALM_MS: Final = 24 * 60 * MINUTE_MS


@dataclass
class Told:
    """An execution that a caller started, and what must come of it."""

    key: ExecutionKey
    expected: Expected


class Scenario:
    """See the module's docstring."""

    DEPTH: ClassVar = 2
    """How deep blocks are drawn in blocks."""
    CHAIN_MAX: ClassVar = 3

    def __init__(self, seed: int | str, *, has_reconciler: bool = True) -> None:
        """Without a reconciler nothing is purged either: what goes wrong shows by itself."""
        self.seed = seed
        self._has_reconciler = has_reconciler
        self.dice = Dice(f"{seed}")
        self.universe = Universe(self.dice)
        self.told: list[Told] = []
        self._starts_left = 0
        self._is_disturbed = self.dice.chance(0.3)
        """Whether somebody pauses executions, or cancels and redrives them."""
        self._disturbances_left = 0
        self._fails: dict[str, int] = {}

    def run(self) -> "Scenario":
        """Play it. Raises ``Violated``, or what a bug raises."""
        child = self._publish(
            CHILD, Drawing(self.dice, with_children=False, in_loop=True, is_locked=True).chain(1)
        )
        for definition in TASKS.values():
            self.universe.stores.task_definitions.put(PROJECT, definition["id"], definition)
        give_pools(self.universe)
        if self.dice.chance(0.3):
            limit = ProjectChoices(max_concurrent_executions=1 + self.dice.below(2))
            self.universe.stores.project_settings.put(PROJECT, limit, 0)
        self.universe.stores.tasks.script = self._outcome
        holders = callers.Holders(self.universe, self._outcome)
        self.universe.stores.tasks.handed_out.append(holders.take)
        for number in range(EXECUTIONS):
            drawing = Drawing(self.dice, count=1000 * (number + 1), chain_max=self.CHAIN_MAX)
            chain = self._publish(f"s{number}", drawing.chain(self.DEPTH))
            self._start_later(f"s{number}", chain, child, self.dice.below(15))
        poller = callers.Poller(self.universe, self._is_unfinished, self._polled_outcome)
        self.universe.hub.spawn(poller.work)
        hub = self.universe.hub
        begin_sweeps(self.universe, self._is_unfinished, has_reconciler=self._has_reconciler)
        hub.run(until=hub.now + STORM_MS)
        self.universe.say("the faults are over")
        self.universe.faults.is_over = True
        hub.run(until=hub.now + CALM_MS)
        self._check()
        return self

    def _publish(self, sequence_id: str, chain: Chain) -> Chain:
        limit = {"maxConcurrentExecutions": 1} if self.dice.chance(0.2) else {}
        document = document_of(chain, sequence_id, **limit)
        self._fails |= {
            node["id"]: node["metadata"]["fails"]
            for node in document["nodes"]
            if "metadata" in node
        }
        publish(self.universe, sequence_id, document)
        return chain

    def _outcome(self, request: TaskRequest) -> Any:
        return callers.outcome_of(request, self._fails.get(request.node_id, 0))

    def _polled_outcome(self, node_id: str, inputs: dict[str, object], attempt: int) -> Any:
        if attempt <= self._fails.get(node_id, 0):
            return Failed(Error("Oops"))
        return Completed({"out": value_of(node_id, inputs)})

    def _start_later(self, sequence_id: str, chain: Chain, child: Chain, n: int) -> None:
        self._starts_left += 1
        record = self.universe.stores.sequences.get(PROJECT, sequence_id)

        def body() -> None:
            key = callers.start(self.universe, sequence_id, f"run of {sequence_id}", n)
            if not self.universe.stores.log.read(key):
                raise Violated(f"S17 {key} was acknowledged and is not there")
            self.told.append(Told(key, expected_of(chain, child, n)))
            self._starts_left -= 1
            for name in signals_of(record.document):
                self._signal_later(key, name)
            if self._is_disturbed:
                self._disturb_later(key)

        self.universe.hub.spawn(body, self.dice.below(STORM_MS // 4))

    def _signal_later(self, key: ExecutionKey, name: str) -> None:
        universe = self.universe

        def body() -> None:
            for _ in range(1 + self.dice.below(2)):  # said twice, it counts once
                can_come_back = True
                while can_come_back:
                    can_come_back = self._disturbances_left > 0
                    if not isinstance(callers.called(universe, call), Refused):
                        break
                    universe.hub.pause(MINUTE_MS)  # it is over, until it is redriven

        def call(process: Process) -> object:
            return process.wired.executions.signal(key, name, idempotency_key=f"k-{name}")

        universe.hub.spawn(body, self.dice.below(STORM_MS // 2))

    def _disturb_later(self, key: ExecutionKey) -> None:
        """Somebody pauses it for a while; or cancels it, and lets it go on later."""
        universe, dice = self.universe, self.dice
        is_cancelled = dice.chance(0.5)
        at, pause_ms = dice.below(STORM_MS // 4), dice.below(STORM_MS // 8)
        self._disturbances_left += 1

        def body() -> None:
            def say(call: Callable[[Executions], object]) -> None:
                callers.called(universe, lambda p: call(p.wired.executions))

            if is_cancelled:
                say(lambda x: x.cancel(key, idempotency_key="c"))
                universe.hub.pause(pause_ms)
                say(lambda x: x.redrive(key, RedriveOrder(key="r")))
            else:
                say(lambda x: x.pause(key, idempotency_key="p"))
                universe.hub.pause(pause_ms)
                say(lambda x: x.resume(key, idempotency_key="r"))
            self._disturbances_left -= 1

        universe.hub.spawn(body, at)

    def _is_unfinished(self) -> bool:
        states = [seen.state for seen in self.universe.stores.monitors.executions.values()]
        has_open = any(s is not None and not s.status.is_terminal for s in states)
        left = self._starts_left + self._disturbances_left
        return bool(left) or has_open or len(self.told) < EXECUTIONS

    # -- what must hold in the end ----------------------------------------------------------------

    def _check(self) -> None:
        end = check_rest(self.universe)
        states = end.states
        for told in self.told:
            state = states[told.key]
            if state.status is not Status.SUCCEEDED:
                raise Violated(f"L1 {told.key} is {state.status}: {state.errors}, {state.failure}")
            if state.outputs != told.expected.outputs:
                raise Violated(f"R1 {told.key}: {state.outputs}, not {told.expected.outputs}")
            done = end.successes(told.key)
            if done != told.expected.successes:
                wanted = told.expected.successes
                raise Violated(f"R2 too much: {done - wanted}, too little: {wanted - done}")
        if not self._is_disturbed:
            self._check_children(end)

    def _check_children(self, end: "End") -> None:
        """Those that were called for, and no other, each with what it had to do."""
        wanted: Counter[str] = Counter()
        count = len(self.told)
        open_ones = [told.expected for told in self.told]
        while open_ones:
            one = open_ones.pop()
            wanted += one.successes
            open_ones += one.children
            count += len(one.children)
        done: Counter[str] = Counter()
        for key in end.states:
            done += end.successes(key)
        if done != wanted:
            raise Violated(f"R2 too much: {done - wanted}, too little: {wanted - done}")
        if count != len(end.states):
            raise Violated(f"R3 {len(end.states)} executions, not {count}")


class Small(Scenario):
    """The same with few blocks, for volume: races want other orders, not more nodes."""

    DEPTH: ClassVar = 1
    CHAIN_MAX: ClassVar = 2


def publish(universe: Universe, sequence_id: str, document: dict[str, Any]) -> None:
    """Store a sequence as active, revision 1."""
    record = SequenceRecord(
        project_id=PROJECT,
        id=sequence_id,
        name=document["name"],
        status="active",
        document=canonical(TaskSequence.model_validate(document)),
        revision=1,
        version=1,
        created_at=0,
        updated_at=0,
    )
    universe.stores.sequences.create(record)
    published = msgspec.structs.replace(record, version=2)
    universe.stores.sequences.update(published, 1, publish=True)


def begin_sweeps(
    universe: Universe, is_needed: Callable[[], bool], *, has_reconciler: bool = True
) -> None:
    """Let the notifier, and the reconciler, run beside the worker."""
    universe.stores.log.appended.append(Stream(universe).appended)
    if has_reconciler:
        universe.hub.spawn(Reconciling(universe, is_needed).work)
    else:
        universe.faults.rates["purge"] = 0.0


def give_pools(universe: Universe) -> None:
    """The pools of the project."""
    ledgers = universe.stores.ledgers
    for name, capacity in POOLS.items():
        based_on = ledgers.load(PROJECT, "pools")
        ledger, _ = set_pool(based_on.ledger, name, capacity, universe.hub.now)
        ledgers.save(PROJECT, "pools", ledger, based_on)


@dataclass(frozen=True)
class End:
    """Every execution as its log has it in the end, held against what the monitors folded."""

    logs: dict[ExecutionKey, tuple[Step, ...]]
    states: dict[ExecutionKey, State]

    def successes(self, key: ExecutionKey) -> Counter[str]:
        """How often each node has succeeded in an execution."""
        events = [x for step in self.logs[key] for x in step.events]
        return Counter(x.node_id for x in events if isinstance(x, e.NodeSucceeded))


def end_of(universe: Universe) -> End:
    """Read every log once."""
    log, monitors = universe.stores.log, universe.stores.monitors
    end = End({key: log.read(key) for key in log.keys()}, {})  # noqa: SIM118 - no mapping
    for key, steps in end.logs.items():
        state = fold(None, steps)
        assert state is not None
        if state != monitors.executions[key].state:
            raise Violated(f"S3 the log of {key} folds to another state than step by step")
        end.states[key] = state
    universe.stores.check_shared()
    return end


def check_rest(universe: Universe) -> End:
    """Nothing is left that could still move, and lists and the bus show what is."""
    end = end_of(universe)
    if universe.open_messages or universe.dead_letters:
        left = [m.body for m in (*universe.open_messages.values(), *universe.dead_letters)]
        raise Violated(f"L3 messages are left: {left[:3]}")
    if universe.stores.timers.armed:
        raise Violated(f"L2 timers are left: {list(universe.stores.timers.armed)[:3]}")
    for key, state in end.states.items():
        if not state.status.is_terminal:
            waits = [(r.node_id, r.wait) for r in state.active.values()]
            raise Violated(f"L1 {key} is {state.status} and nothing moves it: {waits}")
    check_events(universe, end.logs)
    for project, name in universe.stores.ledgers.busy(1_000, None).items:
        ledger = universe.stores.ledgers.load(project, name).ledger
        if not ledger.is_idle:
            raise Violated(f"P2 the ledger {name} has {ledger.grants} and {ledger.waiting}")
    page = universe.stores.summaries.list(PROJECT, SummaryFilter(), 1_000, None)
    listed = {s.id: s.status for s in page.items}
    if listed != {key.execution_id: state.status for key, state in end.states.items()}:
        raise Violated(f"L4 lists show {listed}")
    return end
