"""The real application on strict fakes, in virtual time, with an adversary at every call of a port.

A *process* is a Lambda environment: its own wiring (so its own warm states), its own clock. It
handles one thing at a time, and may die at any call. Messages are delivered at least once, in any
order, late, twice, and again while the first delivery still runs.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from greenlet import getcurrent

from functions.building import built_once
from functions.wiring import Wiring
from seriatim.application.plans import Plans
from seriatim.application.states import States
from seriatim.application.visits import Delivery
from seriatim.application.work import RunAttempt, decode
from seriatim.application.worker import StepNotThere
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import Unavailable
from seriatim.ports.queue import OutgoingWork
from seriatim.topology import (
    API,
    NOTIFIER,
    RECONCILER,
    WORK,
    WORK_LEASE_SECONDS,
    WORKER,
    retry_seconds,
)
from tests.fakes.clock import EPOCH
from tests.simulation.dice import Dice
from tests.simulation.faults import MINUTE_MS, Fate, Faults
from tests.simulation.hub import Hub
from tests.simulation.sharing import FoldedStates, SharedPlans
from tests.simulation.stores import Stores
from tests.simulation.versions import ColdStates, Form, Rollout
from tests.world import SETTINGS, Crash

INVOCATION_MS: Final = {
    "worker": 1000 * WORKER.timeout_seconds,
    "api": 1000 * API.timeout_seconds,
    "reconciler": 1000 * RECONCILER.timeout_seconds,
    "notifier": 1000 * NOTIFIER.timeout_seconds,
}
PROCESSES_MAX: Final = 6
WARM_MAX: Final = 3
"""Of each kind: who has not been used for a while is behind, who is new knows nothing."""
SNAPSHOT_EVERY: Final = (0, 0, 5, 12)
"""So many steps; 0 is never."""
NEW_RATE: Final = 0.05
"""How often an invocation meets a new process, though a warm one is free."""
DELIVERIES_DUE_MAX: Final = 2
LEASE_MS: Final = WORK_LEASE_SECONDS * 1000
TIMER_LATE_MS_MAX: Final = MINUTE_MS
REFUSING: Final = frozenset(
    {
        "event_bus",
        "ledgers",
        "log",
        "payloads",
        "published_marks",
        "queue",
        "sequences",
        "summaries",
        "task_definitions",
        "timers",
        "watches",
    }
)
"""Ports that say ``Unavailable``. Tasks do not: what a task does is an outcome."""


@dataclass
class Message:
    """One message of the work queue."""

    id: str
    body: bytes
    receive_count: int = 0
    lease: int = 0
    """Counts receives: a delivery whose lease is an older one has lost the message."""
    deliveries_due: int = 0
    """A message has one visibility timeout; a copy of it has one more, and there are no more."""


class ProcessClock:
    """A process's idea of the time, and its way to wait."""

    def __init__(self, universe: "Universe", skew_ms: int) -> None:
        self._universe = universe
        self._skew_ms = skew_ms

    def now(self) -> int:
        return self._universe.hub.now + self._skew_ms

    def sleep(self, milliseconds: int) -> None:
        self._universe.hub.pause(milliseconds)


class SimulatedWiring(Wiring):
    """What is deployed, but for what processes share: see ``sharing``."""

    def __init__(self, universe: "Universe", form: Form, **given: Any) -> None:
        super().__init__(SETTINGS, **given)
        self._universe, self._form = universe, form

    @built_once
    def states(self) -> States:
        if self._form is Form.FIRST:
            return ColdStates(self.log)
        universe = self._universe
        return FoldedStates(self.log, universe.stores.monitors, universe.snapshot_every)

    @built_once
    def plans(self) -> Plans:
        shared = self._universe.stores.plans
        return SharedPlans(self.sequences, self.task_definitions, shared)


class Process:
    """See the module's docstring."""

    def __init__(self, universe: "Universe", number: int) -> None:
        self.number = number
        self.is_dead = False
        self.dies_at = 0
        """When Lambda ends the invocation that it handles."""
        self._universe = universe
        self.clock = ProcessClock(universe, universe.faults.skew_ms())
        self.form = universe.rollout.form(universe.dice, universe.hub.now)
        form = self.form if universe.rollout.is_mixed else None
        if form is not None:
            universe.say(f"process {number} is of the version {form}")
        ports: Any = {
            name: _Port(port, name, self, universe) for name, port in universe.stores.ports(form)
        }
        plain = universe.stores.plain()
        self.wired = SimulatedWiring(universe, self.form, clock=self.clock, **plain, **ports)

    def die(self, why: str) -> None:
        """Whatever it was doing ends here."""
        self.is_dead = True
        self._universe.say(f"process {self.number} dies {why}")
        raise Crash(why)


class _Port:
    """A port as a process sees it: every call gives way, and may not come back."""

    def __init__(self, port: Any, name: str, process: Process, universe: "Universe") -> None:
        self._port, self._name, self._process, self._universe = port, name, process, universe

    def __getattr__(self, method_name: str) -> Callable[..., Any]:
        method = getattr(self._port, method_name)
        name = f"{self._name}.{method_name}"
        call = partial(self._universe.call, self._process, self._name, name, method)
        setattr(self, method_name, call)
        return call


class Universe:
    """One run of the simulation."""

    def __init__(self, dice: Dice, faults: Faults | None = None) -> None:
        self.dice = dice
        self.hub = Hub(EPOCH, dice)
        self.faults = faults or Faults.drawn(dice, EPOCH)
        self.rollout = Rollout.drawn(dice, EPOCH)
        self.snapshot_every = dice.pick(SNAPSHOT_EVERY)
        self.stores = Stores(self)
        self.stores.monitors.do_all_tell = self.rollout.old is not Form.FIRST
        self.trace: list[str] = []
        self.calls: Counter[str] = Counter()
        self.dead_letters: list[Message] = []
        self.open_messages: dict[str, Message] = {}
        self._messages = 0
        self._processes = 0
        self._idle: dict[str, list[Process]] = {kind: [] for kind in INVOCATION_MS}
        self._busy = 0
        self._began: dict[Any, int] = {}
        self.on_call: Callable[[str], None] | None = None
        """Called at every call of a port: what is aimed at a certain call happens there."""

    def close(self) -> None:
        """It was played: let go what it holds, so that nobody has to look for it as garbage. What
        was noted stays.
        """
        for process in (process for kind in self._idle.values() for process in kind):
            process.wired.__dict__.clear()
        self._idle.clear()
        self.stores.__dict__.clear()

    def say(self, line: str) -> None:
        """Note what happens, for whoever looks at a seed that fails."""
        self.trace.append(f"{self.hub.now - EPOCH:>9} {line}")

    # -- calls of ports ---------------------------------------------------------------------------

    def call(
        self,
        process: Process,
        service: str,
        name: str,
        method: Callable[..., Any],
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Make one call as the adversary likes it."""
        self.calls[name] += 1
        if self.on_call is not None:
            self.on_call(name)
        fate = self.faults.fate(service, self.hub.now, can_refuse=service in REFUSING)
        if fate is Fate.CRASH_BEFORE:
            process.die(f"before {name}")
        self.hub.pause(self.faults.call_ms(is_task=service == "tasks"))
        if self.hub.now > process.dies_at:
            process.die(f"in {name}: its time is over")
        if fate is Fate.REFUSED:
            raise Unavailable(f"{name} was refused")
        answer = method(*args, **kwargs)
        if fate is Fate.CRASH_AFTER:
            process.die(f"after {name}")
        if fate is Fate.ANSWER_LOST:
            raise Unavailable(f"the answer of {name} was lost")
        return answer

    # -- processes --------------------------------------------------------------------------------

    def process(self, kind: str) -> Process:
        """One that is free, for one invocation: a warm one, or a new one."""
        process = self._free(kind)
        process.dies_at = self.hub.now + INVOCATION_MS[kind]
        return process

    def _free(self, kind: str) -> Process:
        idle = self._idle[kind]
        if self.rollout.is_mixed:
            idle[:] = [x for x in idle if not self.rollout.is_out(x.form, self.hub.now)]
        if self.faults.happens("deploy"):
            self.say("deployed anew")
            for other in self._idle.values():
                other.clear()
        if idle and not self.dice.chance(NEW_RATE):
            return idle.pop(self.dice.below(len(idle)))
        self._processes += 1
        return Process(self, self._processes)

    def release(self, kind: str, process: Process) -> None:
        """Keep it warm, unless it is dead; so many of a kind are kept."""
        if not process.is_dead:
            idle = self._idle[kind]
            idle.append(process)
            del idle[:-WARM_MAX]

    # -- the queue --------------------------------------------------------------------------------

    def send(self, work: OutgoingWork) -> None:
        """A message goes into the queue; it may come twice."""
        self._messages += 1
        message = Message(f"m-{self._messages}", bytes(work.body))
        if self.faults.happens("purge"):
            self.say(f"{message.id} is lost")
            return
        self.open_messages[message.id] = message
        visible_at = self.hub.now + -(-work.delay_ms // 1000) * 1000
        self._deliver_at(message, visible_at)
        if self.faults.happens("duplicate"):
            self._deliver_at(message, visible_at)

    def _deliver_at(self, message: Message, at: int) -> None:
        if message.deliveries_due == DELIVERIES_DUE_MAX:
            return
        message.deliveries_due += 1
        late = self.dice.between(0, 50)
        if self.faults.happens("delay"):
            late += self.dice.between(0, 10 * MINUTE_MS)
        self.hub.at(at + late, lambda: self._deliver(message))

    def _deliver(self, message: Message) -> None:
        message.deliveries_due -= 1
        if message.id not in self.open_messages:
            return
        if self._busy >= PROCESSES_MAX:
            self._deliver_at(message, self.hub.now + 20)
            return
        assert WORK.max_receive_count is not None
        if message.receive_count >= WORK.max_receive_count:
            self.dead_letters.append(self.open_messages.pop(message.id))
            return
        message.receive_count += 1
        message.lease += 1
        lease = message.lease
        self._busy += 1
        if self.faults.happens("lease"):
            # The extension of the lease is lost: it is delivered again while this one runs.
            self._deliver_at(message, self.hub.now + LEASE_MS)
        self.hub.spawn(lambda: self._invoke(message, lease))

    def _invoke(self, message: Message, lease: int) -> None:
        process = self.process("worker")
        deadline = process.clock.now() + INVOCATION_MS["worker"]
        delivery = Delivery(message.id, message.receive_count, deadline)
        self._began[getcurrent()] = self.hub.now
        work = decode(message.body)
        name = type(work).__name__
        if isinstance(work, RunAttempt):
            name += f" {work.number}.{work.attempt}"
        self.say(f"{message.id} receipt {message.receive_count} to {process.number}: {name}")
        try:
            process.wired.worker.handle(work, delivery)
        except Crash:
            self._deliver_at(message, self.hub.now + LEASE_MS)
        except (StepNotThere, Unavailable) as problem:
            self.say(f"{message.id} comes again: {problem}")
            again = self.hub.now + 1000 * retry_seconds(message.receive_count)
            self._deliver_at(message, again)
        else:
            if lease != message.lease:
                pass  # an old receipt deletes nothing
            elif self.faults.happens("lost delete"):
                self._deliver_at(message, self.hub.now + LEASE_MS)
            else:
                self.open_messages.pop(message.id, None)
        self._busy -= 1
        del self._began[getcurrent()]
        self.release("worker", process)

    def delivery_began(self) -> int:
        """When the delivery began that is being handled."""
        return self._began[getcurrent()]

    # -- timers -----------------------------------------------------------------------------------

    def ring_at(self, key: ExecutionKey, at: int) -> None:
        """The scheduler rings up to a minute late; at times twice."""
        late = 0 if self.faults.is_over else self.dice.below(TIMER_LATE_MS_MAX)
        self.hub.at(at + late, lambda: self._ring(key, at))

    def _ring(self, key: ExecutionKey, at: int) -> None:
        work = self.stores.timers.take(key, at)
        if work is None:
            return
        self.send(work)
        if self.faults.happens("duplicate"):
            self.send(work)
