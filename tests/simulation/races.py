"""Many executions of one project that want the same few permits, and callers who start, cancel,
pause, resume and redrive them in the same minutes: none may be left without a next cause, and
nothing of theirs may be left behind.
"""

from typing import Any, Final

from seriatim.application.executions import Executions
from seriatim.application.redriving import RedriveOrder
from seriatim.domain.values import ExecutionKey
from tests.builders import sequence
from tests.simulation import callers
from tests.simulation.blocks import TASKS
from tests.simulation.callers import outcome_of
from tests.simulation.dice import Dice
from tests.simulation.faults import MINUTE_MS
from tests.simulation.scenario import (
    CALM_MS,
    STORM_MS,
    begin_sweeps,
    check_rest,
    give_pools,
    publish,
)
from tests.simulation.universe import Universe
from tests.world import PROJECT

EXECUTIONS: Final = 50
MINUTES: Final = 4
ACTIONS_MAX: Final = 4


def contended() -> dict[str, Any]:
    """A lock, a pool, a limited task, and a timer that is the scheduler's."""
    return sequence(
        "start > fork > decide1 > a > decide2 > join > end",
        "fork > b > timer > join",
        nodes={
            "decide1": {"acquire": {"lock": 1}},
            "a": {"taskDefinitionId": "plain", "resources": {"pool": 2}},
            "decide2": {"release": {"lock": 1}},
            "b": {"taskDefinitionId": "limited"},
            "timer": {"parameters": {"durationSeconds": 2_000}},
        },
        maxConcurrentExecutions=20,
    )


class Races:
    """See the module's docstring."""

    def __init__(self, seed: int | str) -> None:
        self.seed = seed
        self.dice = Dice(f"races {seed}")
        self.universe = Universe(self.dice)
        self.keys: list[ExecutionKey] = []
        self._callers = 0

    def run(self) -> "Races":
        """Play it. Raises ``Violated``, or what a bug raises."""
        universe, hub = self.universe, self.universe.hub
        for definition in TASKS.values():
            universe.stores.task_definitions.put(PROJECT, definition["id"], definition)
        give_pools(universe)
        publish(universe, "s", contended())
        universe.stores.tasks.script = lambda request: outcome_of(request, 0)
        for number in range(EXECUTIONS):
            self._start_later(number)
        begin_sweeps(universe, self._is_unfinished)
        hub.run(until=hub.now + STORM_MS)
        universe.faults.is_over = True
        hub.run(until=hub.now + CALM_MS)
        check_rest(universe)
        return self

    def _start_later(self, number: int) -> None:
        def body() -> None:
            key = callers.start(self.universe, "s", f"number {number}", number)
            self.keys.append(key)
            for count in range(self.dice.below(ACTIONS_MAX + 1)):
                self._act_later(key, f"{number}-{count}")
            self._callers -= 1

        self._callers += 1
        self.universe.hub.spawn(body, self.dice.below(MINUTES * MINUTE_MS))

    def _act_later(self, key: ExecutionKey, name: str) -> None:
        what = self.dice.below(3)

        def act(executions: Executions) -> object:
            match what:
                case 0:
                    return executions.cancel(key, idempotency_key=f"c{name}")
                case 1:
                    return executions.pause(key, idempotency_key=f"p{name}")
                case _:
                    return executions.redrive(key, RedriveOrder(key=f"r{name}"))

        def body() -> None:
            callers.called(self.universe, lambda p: act(p.wired.executions))
            if what == 1:
                self.universe.hub.pause(self.dice.below(2 * MINUTE_MS))
                callers.called(self.universe, lambda p: p.wired.executions.resume(key))
            self._callers -= 1

        self._callers += 1
        self.universe.hub.spawn(body, self.dice.below(2 * MINUTE_MS))

    def _is_unfinished(self) -> bool:
        seen = self.universe.stores.monitors.executions.values()
        is_open = any(x.state is not None and not x.state.status.is_terminal for x in seen)
        return bool(self._callers) or is_open or len(self.keys) < EXECUTIONS
