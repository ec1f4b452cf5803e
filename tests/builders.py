"""Builders: definitions in a line or two, and an execution driven by hand. No store, no queue, no
clock.
"""

from typing import Any, TypeVar

import msgspec

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain import snapshot
from seriatim.domain.control_events import ExecutionMoved
from seriatim.domain.decider.causes import is_settled
from seriatim.domain.decider.claims import waited_for
from seriatim.domain.decider.decide import decide
from seriatim.domain.decider.fold import fold
from seriatim.domain.decider.waits import due_times
from seriatim.domain.decision import Decision, Refusal
from seriatim.domain.plan import Plan, compile_plan
from seriatim.domain.state import NodeRun, State
from seriatim.domain.step import Step
from seriatim.domain.values import Error

START_TIME = 1_800_000_000_000

FULL_CHECKS = 50
"""Up to this step the whole log is folded anew each time; later, at powers of 2."""

Command = TypeVar("Command", bound=c.Command)

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
    """One execution, driven message by message.

    Every step is checked: the log, as it is stored, folds to the state that the decider kept; a
    state that comes from the log or from a snapshot decides like one kept warm, and like one that
    is kept warm and catches up with what others append; what is due has a timer.
    """

    def __init__(
        self,
        document: dict[str, Any],
        variables: dict[str, Any] | None = None,
        tasks: dict[str, Any] | None = None,
        **request: Any,
    ) -> None:
        self.plan: Plan = compile_plan(document, TASKS | (tasks or {}))
        self.next_plan: Plan | None = None
        self.state: State | None = None
        self.warm: State | None = None
        self.follower: State | None = None
        self.now = START_TIME
        self.steps: list[Step] = []
        self.events: list[e.AnyEvent] = []
        self.commands: list[c.AnyCommand] = []
        self.open_tasks: list[c.RunTask] = []
        self.promised: set[int] = set()
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
        events = self.send_once(message)
        while events and self.must_continue:
            events += self.send_once(m.Continuation())
        return events

    def send_once(self, message: m.AnyMessage) -> tuple[e.AnyEvent, ...]:
        """Decide one message and record the step; a continuation is left to the caller."""
        decision = decide(self.plan, self.state, message, self.now, next_plan=self.next_plan)
        self._check_warm(message, decision)
        if any(isinstance(event, ExecutionMoved) for event in decision.events):
            assert self.next_plan is not None
            self.plan = self.next_plan
        self.refusal = decision.refusal
        if decision.refusal is not None or not decision.events:
            assert decision.commands == ()
            assert self.state is None or _as_folded(decision.state) == _as_folded(self.state)
            if isinstance(message, m.TimerDue):
                self.promised.discard(message.at)
            return ()
        assert decision.state is not None
        step = Step(
            number=len(self.steps) + 1,
            time=decision.state.time,
            first_event=len(self.events) + 1,
            writer="w",
            events=decision.events,
            commands=decision.commands,
        )
        step = msgspec.json.decode(msgspec.json.encode(step), type=Step)
        assert (step.events, step.commands) == (decision.events, decision.commands)
        self.steps.append(step)
        self.events += step.events
        self.commands += step.commands
        self.state = fold(self.state, [step])
        self._follow(step)
        self.open_tasks += [x for x in step.commands if isinstance(x, c.RunTask)]
        if isinstance(message, m.TimerDue):
            self.promised.discard(message.at)
        self.promised |= {x.at for x in step.commands if isinstance(x, c.ArmTimer)}
        self._check(decision.state)
        return step.events

    def _check_warm(self, message: m.AnyMessage, cold: Decision) -> None:
        decision = decide(self.plan, self.warm, message, self.now, next_plan=self.next_plan)
        assert decision.events == cold.events, "a warm state decides otherwise"
        assert decision.commands == cold.commands
        assert decision.refusal == cold.refusal
        assert self.follower is None or self.follower.steps == len(self.steps)
        behind = decide(self.plan, self.follower, message, self.now, next_plan=self.next_plan)
        assert behind.events == cold.events, "a state that caught up decides otherwise"
        assert behind.commands == cold.commands
        self.behind = behind
        self.warm = decision.state
        if decision.state is not None and decision.events:
            self.warm = msgspec.structs.replace(decision.state, steps=len(self.steps) + 1)

    def _follow(self, step: Step) -> None:
        """Another worker takes its turn at two steps of five, and catches up with the others."""
        if step.number % 5 < 2 and self.behind.state is not None:
            self.follower = msgspec.structs.replace(self.behind.state, steps=step.number)
        else:
            self.follower = fold(self.follower, [step])

    def _check(self, kept: State) -> None:
        assert self.state is not None
        assert self.current.event_count == len(self.events)
        count = len(self.steps)
        if count > FULL_CHECKS and count & (count - 1):
            return
        assert _as_folded(kept) == _as_folded(self.state), "the log folds to another state"
        assert fold(None, self.steps) == self.state
        restored = snapshot.decode(snapshot.encode(self.state))
        assert restored == self.state
        self.state = restored
        if not self.current.status.is_terminal:
            if not self.must_continue:
                assert is_settled(self.plan, self.current, self.now), "it could move on"
            # What comes due in a pause waits for the resumption, not for a timer.
            is_paused = self.current.pause is not None
            due = [
                time
                for run in self.current.active.values()
                for time in due_times(self.plan.node(run.node_id), run)
                if not (is_paused and (time == run.retry_at or run.awaits_permits))
            ]
            if self.current.deadline is not None:
                due.append(self.current.deadline)
            if due:
                assert self.promised, "nothing rings"
                assert min(self.promised) <= max(min(due), self.current.time), "it rings too late"

    # -- what tests ask and do --

    @property
    def must_continue(self) -> bool:
        """Whether the last step asked for a continuation."""
        return any(isinstance(x, c.Continue) for x in self.steps[-1].commands)

    @property
    def current(self) -> State:
        """The state, which is there once the start was accepted."""
        assert self.state is not None
        return self.state

    @property
    def refused(self) -> str | None:
        """The code with which the last message was refused, if it was."""
        return self.refusal.code if self.refusal is not None else None

    @property
    def status(self) -> str:
        """Status of the execution."""
        return self.current.status.value

    @property
    def ended(self) -> e.ExecutionEnded:
        """The last event of an execution that is over."""
        last = self.events[-1]
        assert isinstance(last, e.ExecutionEnded), f"not over; active are {self.active()}"
        return last

    @property
    def error_code(self) -> str | None:
        """The code of the error that the execution ended with."""
        return self.ended.error.code if self.ended.error else None

    def active(self) -> list[str]:
        """Nodes with an active run, in order of start."""
        return [run.node_id for _, run in sorted(self.current.active.items())]

    def run_of(self, node_id: str) -> NodeRun:
        """The oldest active run of a node."""
        runs = [r for _, r in sorted(self.current.active.items()) if r.node_id == node_id]
        assert runs, f"{node_id} is not active; active are {self.active()}"
        return runs[0]

    def latest(self, node_id: str) -> NodeRun:
        """The latest run of a node."""
        run = self.current.latest_run(node_id)
        assert run is not None, f"{node_id} has not run"
        return run

    def done(self, *node_ids: str, result: Any = None) -> None:
        """Complete the oldest active task run of each node."""
        for node_id in node_ids:
            run = self.run_of(node_id)
            result = {} if result is None else result
            self.send(m.TaskSuccess(number=run.number, attempt=run.attempts, result=result))
            assert self.refusal is None, self.refusal

    def done_run(self, number: int, result: Any = None) -> None:
        """Complete a task run by its number."""
        run = self.current.active[number]
        self.send(m.TaskSuccess(number=number, attempt=run.attempts, result=result))

    def fails(
        self, node_id: str, code: str = "Oops", *, retryable: bool = False, details: Any = None
    ) -> None:
        """Fail the oldest active task run of a node."""
        run = self.run_of(node_id)
        error = Error(code, "it went wrong", details, retryable=retryable)
        self.send(m.TaskFailure(number=run.number, attempt=run.attempts, error=error))
        assert self.refusal is None, self.refusal

    def granted(self, node_id: str | None = None, **answer: Any) -> None:
        """Grant what the oldest run of a node waits for; of no node, the execution's slot."""
        number = 0 if node_id is None else self.run_of(node_id).number
        claim = next(claim for n, claim in waited_for(self.current) if n == number)
        self.send(m.PermitsGranted(ledger=claim.ledger, request_id=claim.request_id, **answer))
        assert self.refusal is None, self.refusal

    def finish(self, **results: Any) -> None:
        """Complete tasks, oldest first, until nothing runs."""
        while self.current.busy:
            run = min(
                (r for r in self.current.active.values() if r.status == "running"),
                key=lambda r: r.number,
            )
            result = results.get(run.node_id, {})
            self.send(m.TaskSuccess(number=run.number, attempt=run.attempts, result=result))

    def signal(self, name: str, payload: Any = None, key: str | None = None) -> None:
        """Send a signal."""
        self.send(m.Signal(name=name, payload=payload, key=key))

    def move(self, document: dict[str, Any], tasks: dict[str, Any] | None = None) -> None:
        """Move to another revision, with task definitions as they are by then."""
        self.next_plan = compile_plan(document, TASKS | (tasks or {}))
        revision = self.current.revision + 1
        self.send(m.MoveRequest(revision=revision, tasks_version="t", by="op"))

    def pass_time(self, milliseconds: int) -> None:
        """Let time pass, and every timer ring that is due, the earliest first."""
        until = self.now + milliseconds
        while (at := min(self.promised, default=until + 1)) <= until:
            self.now = max(self.now, at)
            self.send(m.TimerDue(at=at))
        self.now = until

    def order(self) -> list[str]:
        """Nodes in the order in which their runs began."""
        return [x.node_id for x in self.events if isinstance(x, e.NodeStarted)]

    def count_of(self, node_id: str) -> int:
        """How many runs of a node have begun."""
        return self.order().count(node_id)

    def commands_of(self, kind: type[Command]) -> list[Command]:
        """All commands of one type so far."""
        return [x for x in self.commands if isinstance(x, kind)]


def _as_folded(state: State | None) -> State | None:
    """Without what is not folded from events: the number of the step, and the memory of joins."""
    if state is None:
        return None
    memory: dict[str, Any] = {"steps": 0, "blocked": None, "watched": None}
    return msgspec.structs.replace(state, **memory)
