"""Plays a case through the decider alone: executions and their children as plain drivers."""

from typing import Any

from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider.children import child_variables
from seriatim.domain.decider.subprocesses import child_id_of
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.state import NodeRun
from seriatim.domain.values import ChildOutcome, Error
from tests.builders import Driver
from tests.patterns.pattern import WORK, Case, Document, Pattern


class Child:
    """A child execution, and the node run that it reports to."""

    def __init__(self, run: "Run", number: int, index: int | None) -> None:
        self.run = run
        self.number = number
        self.index = index
        self.has_reported = False


class Run:
    """One execution with its children."""

    def __init__(self, pattern: Pattern, document: Document, variables: Document) -> None:
        self._pattern = pattern
        stored = canonical(TaskSequence.model_validate(document))
        self.driver = Driver(stored, variables, {"work": WORK})
        self._children: dict[str, Child] = {}
        self._carried = 0
        self.carry()

    def send(self, message: m.AnyMessage) -> None:
        """Deliver a message, and carry what it calls for."""
        self.driver.send(message)
        assert self.driver.refusal is None, self.driver.refusal
        self.carry()

    def carry(self) -> None:
        """Start, cancel and report children until nothing is left to do."""
        while self._carried < len(self.driver.commands):
            command = self.driver.commands[self._carried]
            self._carried += 1
            self._carry(command)
        for child_id, child in self._children.items():
            state = child.run.driver.current
            if state.status.is_terminal and not child.has_reported:
                child.has_reported = True
                outcome = ChildOutcome(state.status, state.outputs, state.failure)
                report = m.ChildResult(
                    number=child.number, child_id=child_id, outcome=outcome, index=child.index
                )
                self.driver.send(report)
                self.carry()
                return

    def _carry(self, command: c.AnyCommand) -> None:
        match command:
            case c.StartChild():
                document = self._pattern.children[command.sequence_id]
                child = Run(self._pattern, document, command.variables)
                self._children[command.child_id] = Child(child, command.parent.number, None)
            case c.StartChildren():
                for index in range(command.first, command.first + command.count):
                    self._start_item(command.number, index)
            case c.CancelChild():
                self._cancel(command.child_id)
            case c.CancelChildren():
                for index in command.indexes:
                    ids = ("exec-1", command.number, command.attempt, index)
                    self._cancel(child_id_of(*ids))
            case _:
                pass

    def _start_item(self, number: int, index: int) -> None:
        state = self.driver.current
        family = state.families[number]
        variables = child_variables(self.driver.plan, state, number, index)
        child = Run(self._pattern, self._pattern.children[family.sequence_id], variables)
        child_id = child_id_of("exec-1", number, family.attempt, index)
        self._children[child_id] = Child(child, number, index)

    def _cancel(self, child_id: str) -> None:
        run = self._children[child_id].run
        if not run.driver.current.status.is_terminal:
            run.send(m.CancelRequest())

    def report(self, node_id: str, message: "Report", *, in_child: bool) -> bool:
        """Report on the oldest active run of a node here, or in the oldest child that has one."""
        if not in_child:
            runs = self.driver.current.active
            for number in sorted(runs.keys()):
                if runs[number].node_id == node_id and runs[number].attempts:
                    self.send(message(runs[number]))
                    return True
            return False
        for child in self._children.values():
            run = child.run
            found = run.report(node_id, message, in_child=False)
            if found or run.report(node_id, message, in_child=True):
                self.carry()
                return True
        return False


class Report:
    """What is reported of an attempt."""

    def __init__(self, event: Document) -> None:
        self._event = event

    def __call__(self, run: NodeRun) -> m.AnyMessage:
        """The message about this run."""
        if "fail" in self._event:
            error = Error("Oops", "as the case says")
            return m.TaskFailure(number=run.number, attempt=run.attempts, error=error)
        result = self._event.get("result", {})
        return m.TaskSuccess(number=run.number, attempt=run.attempts, result=result)


def play(pattern: Pattern, case: Case) -> tuple[str, list[str], list[str], Any]:
    """Status, order of node runs, cancelled nodes and outputs after the case's events."""
    main = Run(pattern, pattern.sequence, case.variables)
    for event in case.events:
        _happen(main, event)
    state = main.driver.current
    latest = {
        run.node_id: run for _, run in sorted(state.latest.items(), key=lambda x: x[1].number)
    }
    cancelled = sorted(node for node, run in latest.items() if run.status == "cancelled")
    return state.status.value, main.driver.order(), cancelled, state.outputs


def _happen(main: Run, event: Document) -> None:
    if "complete" in event or "fail" in event:
        node_id = event.get("complete") or event["fail"]
        done = main.report(node_id, Report(event), in_child="child" in event)
        assert done, f"{node_id} is not active; active are {main.driver.active()}"
    elif "signal" in event:
        main.send(m.Signal(name=event["signal"], payload=event.get("payload")))
    elif "time" in event:
        main.driver.pass_time(event["time"] * 1000)
        main.carry()
    elif "set" in event:
        main.send(m.VariablesUpdate(values=event["set"]))
    elif "order" in event:
        main.send(m.NodeOrder(node_id=event["node"], action=event["order"]))
    else:
        main.send(m.CancelRequest(reason=event["cancel"]))
