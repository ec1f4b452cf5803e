"""Builders: definitions in a line or two, and an execution driven by hand. No store, no queue, no
clock.
"""

from typing import Any

import msgspec

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider.decide import decide
from seriatim.domain.decider.fold import fold
from seriatim.domain.decision import Refusal
from seriatim.domain.plan import Plan, compile_plan
from seriatim.domain.state import NodeRun, State
from seriatim.domain.step import Step
from seriatim.domain.values import Error

START_TIME = 1_800_000_000_000

PREFIXES = {
    "start": "start",
    "end": "end",
    "fork": "fork",
    "join": "join",
    "decide": "decision",
    "timer": "timer",
    "signal": "signal",
    "wait": "wait",
    "sub": "subprocess",
}


def node_type(node_id: str) -> str:
    """A node's type by the beginning of its id; whatever has no such beginning is a task."""
    for prefix, kind in PREFIXES.items():
        if node_id.startswith(prefix):
            return kind
    return "task"


def sequence(*paths: str, nodes: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A definition from paths such as ``"start > a > end"``.

    An edge may carry a condition, ``"decide >[x > 1]> b"``, or a trigger, ``"a >!error> c"``.
    Transition ids are ``source-target`` (with ``'`` appended for parallel edges); node documents
    in ``nodes`` are merged in.
    """
    documents: dict[str, dict[str, Any]] = {}
    transitions: list[dict[str, Any]] = []
    for path in paths:
        words = path.split()
        source: str | None = None
        arrow = ">"
        for word in _joined(words):
            if word.startswith(">"):
                arrow = word
                continue
            documents.setdefault(word, _node(word))
            if source is not None:
                transitions.append(_edge(source, word, arrow, transitions))
            source = word
    for node_id, extra in (nodes or {}).items():
        documents.setdefault(node_id, _node(node_id)).update(extra)
    return {"name": "test", "nodes": list(documents.values()), "transitions": transitions, **fields}


def _joined(words: list[str]) -> list[str]:
    """Put conditions that contain blanks together again."""
    joined: list[str] = []
    open_word: list[str] = []
    for word in words:
        if open_word or (word.startswith(">[") and not word.endswith("]>")):
            open_word.append(word)
            if word.endswith("]>"):
                joined.append(" ".join(open_word))
                open_word = []
        else:
            joined.append(word)
    return joined


def _node(node_id: str) -> dict[str, Any]:
    kind = node_type(node_id)
    return {"id": node_id, "type": kind} | ({"taskDefinitionId": "echo"} if kind == "task" else {})


def _edge(source: str, target: str, arrow: str, others: list[dict[str, Any]]) -> dict[str, Any]:
    edge_id = f"{source}-{target}"
    while any(t["id"] == edge_id for t in others):
        edge_id += "'"
    edge: dict[str, Any] = {"id": edge_id, "sourceNodeId": source, "targetNodeId": target}
    if arrow.startswith(">["):
        edge["condition"] = arrow[2:-2]
    elif arrow.startswith(">!"):
        edge["trigger"] = arrow[2:-1]
    return edge


ECHO = {"id": "echo", "integration": "python", "python": {"function": "builtin.echo"}}
ACTIVITY = {"id": "outside", "integration": "activity", "activity": {"name": "outside"}}
TASKS: dict[str, Any] = {"echo": ECHO, "outside": ACTIVITY}


class Driver:
    """One execution, driven message by message; checks after each step that the log folds to the
    state kept.
    """

    def __init__(
        self,
        document: dict[str, Any],
        variables: dict[str, Any] | None = None,
        tasks: dict[str, Any] | None = None,
        **request: Any,
    ) -> None:
        self.plan: Plan = compile_plan(document, TASKS | (tasks or {}))
        self.state: State | None = None
        self.now = START_TIME
        self.steps: list[Step] = []
        self.events: list[e.AnyEvent] = []
        self.commands: list[c.AnyCommand] = []
        self.open_tasks: list[c.RunTask] = []
        self.refusal: Refusal | None = None
        self.send(
            m.StartRequest(
                execution_id="exec-1",
                project_id="p",
                sequence_id="s",
                revision=1,
                tasks_version="t",
                variables=variables or {},
                **request,
            )
        )

    def send(self, message: m.AnyMessage) -> tuple[e.AnyEvent, ...]:
        """Decide one message and record the step; continuations follow at once."""
        decision = decide(self.plan, self.state, message, self.now)
        self.refusal = decision.refusal
        if decision.events:
            number = len(self.steps) + 1
            step = Step(
                number=number,
                time=decision.state.time if decision.state else self.now,
                first_event=len(self.events) + 1,
                writer="w",
                events=decision.events,
                commands=decision.commands,
            )
            self.steps.append(step)
            self.events += decision.events
            self.commands += decision.commands
            self.state = fold(self.state, [step])
            self._check(decision.state)
            self.open_tasks += [x for x in decision.commands if isinstance(x, c.RunTask)]
            if any(isinstance(x, c.Continue) for x in decision.commands):
                return decision.events + self.send(m.Continuation())
        return decision.events

    def _check(self, kept: State | None) -> None:
        assert kept is not None
        assert self.state is not None
        ignored: dict[str, Any] = {"steps": 0, "blocked": None}
        assert msgspec.structs.replace(kept, **ignored) == msgspec.structs.replace(
            self.state, **ignored
        ), "the log folds to another state than the decider kept"
        assert fold(None, self.steps) == self.state

    # -- what tests ask and do --

    @property
    def current(self) -> State:
        """The state, which is there once the start was accepted."""
        assert self.state is not None
        return self.state

    @property
    def status(self) -> str:
        """Status of the execution."""
        return self.current.status.value

    def active(self) -> list[str]:
        """Nodes with an active run, in order of start."""
        return [run.node_id for _, run in sorted(self.current.active.items())]

    def run_of(self, node_id: str) -> NodeRun:
        """The oldest active run of a node."""
        runs = [r for _, r in sorted(self.current.active.items()) if r.node_id == node_id]
        assert runs, f"{node_id} is not active; active are {self.active()}"
        return runs[0]

    def done(self, *node_ids: str, result: Any = None) -> None:
        """Complete the oldest active task run of each node."""
        for node_id in node_ids:
            run = self.run_of(node_id)
            self.send(m.TaskSuccess(number=run.number, attempt=run.attempts, result=result or {}))
            assert self.refusal is None, self.refusal

    def fails(self, node_id: str, code: str = "Oops", *, retryable: bool = False) -> None:
        """Fail the oldest active task run of a node."""
        run = self.run_of(node_id)
        error = Error(code, "it went wrong", retryable=retryable)
        self.send(m.TaskFailure(number=run.number, attempt=run.attempts, error=error))

    def finish(self, **results: Any) -> None:
        """Complete tasks, oldest first, until nothing runs."""
        while self.current.busy:
            run = min(
                (r for r in self.current.active.values() if r.status == "running"),
                key=lambda r: r.number,
            )
            result = results.get(run.node_id, {})
            self.send(m.TaskSuccess(number=run.number, attempt=run.attempts, result=result))

    def pass_time(self, milliseconds: int) -> None:
        """Let time pass; the armed timer rings if it is due."""
        self.now += milliseconds
        armed = self.current.armed_at
        if armed is not None and armed <= self.now:
            self.send(m.TimerDue(at=armed))

    def order(self) -> list[str]:
        """Nodes in the order in which their runs began."""
        return [x.node_id for x in self.events if isinstance(x, e.NodeStarted)]
