"""Plays a case with a process that dies at one call of a port. The caller who gets no answer calls
again; the message comes again at once.
"""

from collections.abc import Callable
from typing import Any

from seriatim.application.errors import WrongState
from seriatim.domain.events import NodeStarted
from seriatim.domain.messages import NodeOrder
from seriatim.domain.state import State
from seriatim.domain.values import Error
from seriatim.ports.tasks import TaskRequest
from tests.patterns.pattern import WORK, Case, Document, Pattern
from tests.world import PROJECT, Crash, World


class Player:
    """One execution, and at most one death."""

    def __init__(self, pattern: Pattern, die_at: int | None, *, after: bool) -> None:
        self.world = World()
        self.world.is_noticed_at_once = True
        self.world.task_definitions.put(PROJECT, "work", WORK)
        for sequence_id, document in {**pattern.children, "main": pattern.sequence}.items():
            self.world.publish(document, sequence_id)
        self.world.calls.die_at, self.world.calls.die_after_it = die_at, after
        self._reported: set[tuple[str, int, int]] = set()

    def play(self, case: Case) -> State:
        """The execution after the case's events."""
        started = self._called(
            lambda: self.world.wired.executions.start(
                PROJECT, "main", variables=case.variables, name="one"
            )
        )
        self.key = started.key
        self._settle()
        for number, event in enumerate(case.events):
            self._happen(event, f"event {number}")
            self._settle()
        return self.world.state(self.key)

    def _settle(self) -> None:
        self.world.run(until_ms=self.world.clock.now())

    def _called(self, call: Callable[[], Any]) -> Any:
        """The answer; where the process died, that to the repetition."""
        try:
            return call()
        except Crash:
            self.world.calls.die_at = None
            self.world.restart()
        try:
            return call()
        except WrongState:
            return None  # it was done the first time, and nobody heard

    def _happen(self, event: Document, key: str) -> None:
        def executions() -> Any:
            return self.world.wired.executions

        if "complete" in event or "fail" in event:
            self._report(event)
        elif "signal" in event:
            payload = event.get("payload")
            self._called(lambda: executions().signal(self.key, event["signal"], payload, key))
        elif "time" in event:
            self.world.run(until_ms=self.world.clock.now() + event["time"] * 1000)
        elif "set" in event:
            self._called(lambda: executions().set_variables(self.key, event["set"]))
        elif "order" in event:
            order = NodeOrder(node_id=event["node"], action=event["order"], key=key)
            self._called(lambda: executions().order(self.key, order))
        else:
            self._called(lambda: executions().cancel(self.key, event["cancel"], None, key))

    def _report(self, event: Document) -> None:
        node_id = event.get("complete") or event["fail"]
        request = self._open_request(node_id, is_child="child" in event)
        self._reported.add(_place(request))
        if "fail" in event:
            error = Error("Oops", "as the case says")
            self._called(
                lambda: self.world.wired.executions.task_failure(request.task_token, error)
            )
        else:
            result = event.get("result", {})
            self._called(
                lambda: self.world.wired.executions.task_success(request.task_token, result)
            )

    def _open_request(self, node_id: str, *, is_child: bool) -> TaskRequest:
        for request in self.world.tasks.requests:
            is_meant = request.node_id == node_id and (request.key != self.key) is is_child
            if is_meant and _place(request) not in self._reported and self._is_open(request):
                return request
        raise AssertionError(f"{node_id} was not handed out")

    def _is_open(self, request: TaskRequest) -> bool:
        run = self.world.state(request.key).active.get(request.number)
        return run is not None and run.is_attempt_open(request.attempt)


def _place(request: TaskRequest) -> tuple[str, int, int]:
    return (request.key.execution_id, request.number, request.attempt)


def outcome(player: Player, state: State) -> tuple[str, list[str]]:
    """Status, and the order in which node runs began."""
    steps = player.world.log.read(player.key)
    events = [event for step in steps for event in step.events]
    return state.status.value, [x.node_id for x in events if isinstance(x, NodeStarted)]
