"""Another kind of seed: sequences of all node types at random, with whoever may interfere:
signals, variables, cancels, pauses, operators. Nobody knows how these end; that they end, and
leave nothing behind, is what must hold.
"""

from collections.abc import Callable
from typing import Any, Final

from seriatim.domain import messages as m
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.task_tokens import TokenClaims
from seriatim.ports.tasks import Completed, Failed, TaskOutcome, TaskRequest
from tests.builders import ECHO, sequence
from tests.random_sequences import TASKS, random_sequence
from tests.random_waits import random_waits
from tests.simulation import callers
from tests.simulation.blocks import value_of
from tests.simulation.dice import Dice
from tests.simulation.faults import MINUTE_MS
from tests.simulation.scenario import CALM_MS, STORM_MS, begin_sweeps, check_rest, publish
from tests.simulation.universe import Process, Universe
from tests.world import PROJECT

EXECUTIONS: Final = 3
ACTIONS_MAX: Final = 12
AIMED_CALL_MAX: Final = 250
GIVE_MS: Final = 40_000
ACTIONS: Final = ("skip", "complete", "fail", "run-now")


class Wild:
    """See the module's docstring."""

    def __init__(self, seed: int | str, *, has_reconciler: bool = True) -> None:
        """Without a reconciler nothing is purged either: what goes wrong shows by itself."""
        self.seed = seed
        self._has_reconciler = has_reconciler
        self.dice = Dice(f"wild {seed}")
        self.universe = Universe(self.dice)
        self.keys: list[ExecutionKey] = []
        self._expected = EXECUTIONS

    def run(self) -> "Wild":
        """Play it. Raises ``Violated``, or what a bug raises."""
        universe = self.universe
        for definition in (*TASKS.values(), ECHO):
            universe.stores.task_definitions.put(PROJECT, definition["id"], definition)
        publish(universe, "child", sequence("start > a > end", nodes={"a": _child_task()}))
        universe.stores.tasks.script = self._outcome
        holders = callers.Holders(universe, self._outcome)
        universe.stores.tasks.handed_out.append(holders.take)
        for number in range(EXECUTIONS):
            publish(universe, f"s{number}", random_sequence(self.dice.below))
            self._start_later(f"s{number}")
        waits = Dice(f"waits {self.seed}")
        if waits.below(3) == 0:
            publish(universe, "waits", random_waits(waits.below))
            self._start_later("waits")
            self._expected += 1
        self._aim()
        hub = universe.hub
        begin_sweeps(universe, self._is_unfinished, has_reconciler=self._has_reconciler)
        hub.run(until=hub.now + STORM_MS)
        universe.say("the faults are over")
        universe.faults.is_over = True
        hub.spawn(self._give_all)
        poller = callers.Poller(universe, self._is_unfinished, self._polled_outcome)
        hub.spawn(poller.work)
        hub.run(until=hub.now + CALM_MS)
        check_rest(universe)
        return self

    # -- tasks ------------------------------------------------------------------------------------

    def _outcome(self, request: TaskRequest) -> TaskOutcome:
        return self._polled_outcome(request.node_id, dict(request.inputs), request.attempt)

    def _polled_outcome(self, node_id: str, inputs: dict[str, object], attempt: int) -> TaskOutcome:
        drawn = int(value_of(node_id, {"inputs": str(inputs), "attempt": attempt}), 16)
        if drawn % 4 == 0 and not self.universe.faults.is_over:
            return Failed(Error(f"E{drawn % 3}", retryable=drawn % 8 == 0))
        return Completed({"v": drawn % 3})

    # -- the storm --------------------------------------------------------------------------------

    def _start_later(self, sequence_id: str) -> None:
        def body() -> None:
            state = callers.called(
                self.universe,
                lambda p: p.wired.executions.start(
                    PROJECT, sequence_id, variables={}, name=f"run of {sequence_id}"
                ),
            )
            assert isinstance(state, State), state
            self.keys.append(state.key)
            for _ in range(self.dice.below(ACTIONS_MAX)):
                self._interfere_later(state.key, self.dice.below(STORM_MS // 2))

        self.universe.hub.spawn(body, self.dice.below(STORM_MS // 8))

    def _aim(self) -> None:
        """Something is done just when a certain call of a port is made."""
        left = 1 + self.dice.below(AIMED_CALL_MAX)

        def count(_name: str) -> None:
            nonlocal left
            left -= 1
            if left <= 0 and self.keys:
                self.universe.on_call = None
                self._interfere_later(self.dice.pick(self.keys), 0)

        self.universe.on_call = count

    def _interfere_later(self, key: ExecutionKey, after_ms: int) -> None:
        action = self._action(key)
        self.universe.hub.spawn(lambda: self._do(action), after_ms)

    def _do(self, action: Callable[[Process], object]) -> None:
        callers.called(self.universe, action)

    def _action(self, key: ExecutionKey) -> Callable[[Process], object]:
        dice = self.dice
        name, number = f"k{dice.below(1_000_000)}", dice.below(8)
        match dice.below(9):
            case 0 | 1 | 2:
                signal = f"s{number % 2}"
                return lambda p: p.wired.executions.signal(key, signal, idempotency_key=name)
            case 3 | 4:
                values: dict[str, Any] = {"flag": number % 2 == 0, "v": number % 3}
                return lambda p: p.wired.executions.set_variables(key, values)
            case 5 if number < 3:
                return lambda p: p.wired.executions.cancel(key, "enough", None, name)
            case 5 | 6:
                return lambda p: p.wired.executions.pause(key, "a while", None, name)
            case 7:
                return lambda p: p.wired.executions.resume(key, None, name)
            case _:
                return self._order(key, ACTIONS[number % 4], name)

    def _order(self, key: ExecutionKey, action: str, name: str) -> Callable[[Process], object]:
        def call(process: Process) -> object:
            seen = self.universe.stores.monitors.executions[key].state
            runs = sorted(seen.active.keys()) if seen is not None else []
            if seen is None or not runs:
                return None
            node_id = seen.active[runs[0]].node_id
            order = m.NodeOrder(node_id=node_id, action=action, key=name)
            return process.wired.executions.order(key, order)

        return call

    # -- peace: whatever is waited for comes ------------------------------------------------------

    def _is_unfinished(self) -> bool:
        return len(self.keys) < self._expected or bool(self._open_states())

    def _open_states(self) -> list[State]:
        seen = self.universe.stores.monitors.executions.values()
        return [x.state for x in seen if x.state is not None and not x.state.status.is_terminal]

    def _give_all(self) -> None:
        while self._is_unfinished():
            for state in self._open_states():
                if state.pause is not None:
                    self._do(lambda p, k=state.key: p.wired.executions.resume(k))  # type: ignore[misc]
                for _, run in sorted(state.active.items()):
                    if run.retry_at is None:
                        self._give(state.key, run)
            self.universe.hub.pause(GIVE_MS)

    def _give(self, key: ExecutionKey, run: NodeRun) -> None:
        kind = run.wait.kind if run.wait is not None else "attempt"
        match kind:
            case "incident":
                order = m.NodeOrder(node_id=run.node_id, action="skip")
                self._do(lambda p: p.wired.executions.order(key, order))
            case "signal":
                assert run.wait is not None
                name = run.wait.name or ""
                self._do(lambda p: p.wired.executions.signal(key, name))
            case "until":
                values = {"flag": True, "v": 1}
                self._do(lambda p: p.wired.executions.set_variables(key, values))
            case "callback" | "attempt" if run.handed_out or kind == "callback":
                self._complete(TokenClaims(key, run.number, run.attempts))
            case _:
                pass

    def _complete(self, claims: TokenClaims) -> None:
        token = self.universe.stores.tokens.issue(claims)
        callers.report(self.universe, token, Completed({"v": 1}))


def _child_task() -> dict[str, Any]:
    return {"taskDefinitionId": "plain"}


assert STORM_MS > MINUTE_MS
