"""What runs beside the worker: the reconciler, once a minute; and the notifier, fed with what is
appended.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from seriatim.domain.events import ExecutionEnded, ExecutionStarted, ExecutionStatusChanged
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey
from seriatim.ports.errors import NotFound, Unavailable
from tests.simulation.faults import MINUTE_MS
from tests.simulation.monitors import Violated
from tests.simulation.universe import Process, Universe
from tests.simulation.versions import LogOf
from tests.world import Crash

LATER_MS: Final = 60 * MINUTE_MS
"""By then whatever an execution has left behind is cleared away."""
STREAM_AGAIN_MS: Final = 1_000
LEDGERS_MAX: Final = 1_000

STATUS_EVENTS = (ExecutionStarted, ExecutionStatusChanged, ExecutionEnded)


class Reconciling:
    """Runs the reconciler as its function does, as long as ``is_needed`` and a while longer."""

    def __init__(self, universe: Universe, is_needed: Callable[[], bool]) -> None:
        self._universe = universe
        self._is_needed = is_needed

    def work(self) -> None:
        """Once a minute; in the end, when nothing is left to be mended, once more."""
        hub = self._universe.hub
        while self._is_needed():
            self._run()
            hub.pause(MINUTE_MS)
        for pause_ms in (MINUTE_MS, 5 * MINUTE_MS, LATER_MS):
            hub.pause(pause_ms)
            self._run()
        hub.pause(LATER_MS)
        if repairs := self._run():
            raise Violated(f"L4 the reconciler mends what is whole: {repairs}")

    def _run(self) -> list[str]:
        universe = self._universe
        process = universe.process("reconciler")
        done: list[str] = []
        try:
            done = self._look(process)
        except (Crash, Unavailable) as problem:
            universe.say(f"the reconciler stops: {problem}")
        universe.release("reconciler", process)
        return done

    def _look(self, process: Process) -> list[str]:
        """As the function does it; what would find nothing to be looked at is left out."""
        done: list[str] = []
        wired = process.wired
        stores = self._universe.stores
        if stores.ledgers.busy(1, None).items:
            mended = wired.permit_repair.repair(LEDGERS_MAX)
            if mended:
                done.append(f"{mended} permits")
        if not stores.summaries.is_any_due(process.clock.now()):
            return done
        deadline = process.clock.now() + MINUTE_MS
        for watched in wired.reconciler.due(deadline):
            try:
                found = wired.reconciler.look(watched.key)
            except (NotFound, Unavailable) as problem:
                self._universe.say(f"not looked at: {problem}")
                continue
            done += [f"{name} of {watched.key.execution_id}" for name in found]
        if done:
            self._universe.say(f"repaired: {done}")
        return done


class Stream:
    """The log's stream: steps of one execution in order, again and again until they are taken."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._waiting: dict[ExecutionKey, list[Step]] = defaultdict(list)

    def appended(self, key: ExecutionKey, step: Step) -> None:
        """A step is on its way to the notifier."""
        waiting = self._waiting[key]
        waiting.append(step)
        if len(waiting) == 1:
            self._universe.hub.spawn(lambda: self._feed(key), self._universe.dice.below(500))

    def _feed(self, key: ExecutionKey) -> None:
        waiting = self._waiting[key]
        while waiting:
            batch = list(waiting)
            if self._publish([(key, step) for step in batch]):
                del waiting[: len(batch)]
            else:
                self._universe.hub.pause(STREAM_AGAIN_MS)

    def _publish(self, steps: Any) -> bool:
        process = self._universe.process("notifier")
        log = LogOf(self._universe.stores.log, process.form)
        try:
            steps = [(key, *log.read(key, step.number - 1, 1)) for key, step in steps]
            process.wired.event_publishing.publish(steps)
        except (Crash, Unavailable):
            return False
        finally:
            self._universe.release("notifier", process)
        return True


def check_events(universe: Universe, logs: Mapping[ExecutionKey, Sequence[Step]]) -> None:
    """The bus has every change of status of every execution, each by its number."""
    told: dict[str, dict[int, str]] = defaultdict(dict)
    for detail in universe.stores.event_bus.details:
        told[detail["executionId"]][detail["sequenceNumber"]] = detail["status"]
    for key, seen in universe.stores.monitors.executions.items():
        said = told[key.execution_id]
        last: str | None = None
        for step, state in zip(logs[key], seen.states, strict=True):
            for number, event in enumerate(step.events, step.first_event):
                if isinstance(event, STATUS_EVENTS) and number not in said:
                    raise Violated(f"E1 the bus was not told of event {number} of {key}")
                last = said.get(number, last)
            if last != state.status.value:
                text = f"E2 after step {step.number} of {key} the bus says {last}"
                raise Violated(f"{text}, and the log {state.status}")
