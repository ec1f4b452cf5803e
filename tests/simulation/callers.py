"""Whoever is outside: callers of the API, who repeat a call until it is answered; workers that hold
task tokens; pollers of activities.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from seriatim.application.errors import Refused
from seriatim.domain.values import Error, ExecutionKey
from seriatim.ports.errors import NotFound, Unavailable
from seriatim.ports.tasks import Completed, Failed, TaskOutcome, TaskRequest
from tests.simulation.blocks import value_of
from tests.simulation.universe import Process, Universe
from tests.world import PROJECT, Crash

T = TypeVar("T")

CALL_AGAIN_MS: Final = 1_000
CALL_AGAIN_MS_MAX: Final = 16_000
POLL_MS: Final = 3_000
HOLD_MS_MAX: Final = 20_000
IDLE_POLL_MS: Final = 30_000


def called(universe: Universe, call: Callable[[Process], T]) -> T | Refused | NotFound:
    """Call the API until it answers, sooner at first; what it refuses is an answer."""
    again_ms = CALL_AGAIN_MS
    while True:
        process = universe.process("api")
        try:
            answer: T | Refused | NotFound = call(process)
        except Crash:
            universe.hub.pause(again_ms)
            again_ms = min(2 * again_ms, CALL_AGAIN_MS_MAX)
            continue
        except Unavailable:
            universe.release("api", process)
            universe.hub.pause(again_ms)
            again_ms = min(2 * again_ms, CALL_AGAIN_MS_MAX)
            continue
        except (Refused, NotFound) as refused:
            answer = refused
        universe.release("api", process)
        return answer


def outcome_of(request: TaskRequest, fails: int) -> TaskOutcome:
    """What a task of a block makes of an attempt."""
    if request.attempt <= fails:
        return Failed(Error("Oops", f"attempt {request.attempt}"))
    if request.node_id.endswith(("n", "h")):
        return Completed({})
    return Completed({"out": value_of(request.node_id, request.inputs)})


class Holders:
    """Workers outside, who answer with the task token after a while; at times twice."""

    def __init__(self, universe: Universe, outcome: Callable[[TaskRequest], TaskOutcome]) -> None:
        self._universe = universe
        self._outcome = outcome

    def take(self, request: TaskRequest) -> None:
        """An attempt was handed out; whoever has it may die with it."""
        universe = self._universe
        if universe.faults.happens("lost worker"):
            return
        self._answer(request)
        if universe.faults.happens("duplicate"):
            self._answer(request)

    def _answer(self, request: TaskRequest) -> None:
        universe = self._universe
        after = universe.dice.between(10, HOLD_MS_MAX)
        universe.hub.spawn(
            lambda: report(universe, request.task_token, self._outcome(request)), after
        )


def report(universe: Universe, token: str, outcome: TaskOutcome) -> None:
    """Say with a task token how an attempt ended."""

    def call(process: Process) -> object:
        executions = process.wired.executions
        if isinstance(outcome, Completed):
            return executions.task_success(token, outcome.result)
        assert isinstance(outcome, Failed)
        return executions.task_failure(token, outcome.error)

    called(universe, call)


class Poller:
    """A worker that polls one activity list as long as ``is_needed``."""

    def __init__(
        self,
        universe: Universe,
        is_needed: Callable[[], bool],
        outcome: Callable[[str, dict[str, object], int], TaskOutcome],
    ) -> None:
        self._universe = universe
        self._is_needed = is_needed
        self._outcome = outcome

    def work(self) -> None:
        """Poll, answer, poll again; as with ``Holders``, an attempt may die with its worker."""
        universe = self._universe
        while self._is_needed():
            tasks = self._polled() if universe.stores.activities.has_offers else []
            for task in tasks:
                if universe.faults.happens("lost worker"):
                    continue
                outcome = self._outcome(task["nodeId"], task["inputs"], task["attempt"])
                if universe.faults.happens("slow"):
                    universe.hub.pause(HOLD_MS_MAX)
                report(universe, str(task["taskToken"]), outcome)
            universe.hub.pause(POLL_MS if tasks else IDLE_POLL_MS)

    def _polled(self) -> list[dict[str, Any]]:
        tasks = called(self._universe, lambda p: p.wired.polling.poll(PROJECT, "n", "w", 0, 10))
        assert isinstance(tasks, list)
        return tasks


def start(universe: Universe, sequence_id: str, name: str, n: int) -> ExecutionKey:
    """Start an execution; the name makes the repetition harmless."""
    state = called(
        universe,
        lambda p: p.wired.executions.start(PROJECT, sequence_id, variables={"n": n}, name=name),
    )
    assert not isinstance(state, Refused | NotFound), state
    return state.key
