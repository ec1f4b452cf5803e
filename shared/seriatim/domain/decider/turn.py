"""A turn: one message being decided. It collects events and commands, and keeps the state in step
with them.

Everything in the decider works on a turn: ``emit`` records a fact and folds it at once,
``call_for`` records an intention. Nothing else changes; a turn is thrown away when the decision is
made.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from rpds import HashTrieMap

from seriatim.domain.commands import AnyCommand
from seriatim.domain.decider.evolve import evolve
from seriatim.domain.decider.names import NO_GLOBALS, Names
from seriatim.domain.decider.watching import Watch
from seriatim.domain.decision import Decision, GlobalWrite
from seriatim.domain.event import NodeEvent
from seriatim.domain.events import AnyEvent, ExecutionStarted
from seriatim.domain.permit_events import HoldingReduced
from seriatim.domain.plan import Plan, PlanNode
from seriatim.domain.state import ROOT_SCOPE, NodeRun, State
from seriatim.domain.values import TERMINAL, Error, GlobalValue

NODE_RUNS_PER_STEP_MAX = 500
"""Node runs, and items of a ``forEach``, that one step begins. What is left is the next step: a
step stays a bounded item, whatever the fork.
"""


class NodeError(Exception):
    """A node run cannot go on: the error that it fails with. Never leaves the decider."""

    def __init__(self, code: str, message: str, details: object = None) -> None:
        super().__init__(message)
        self.error = Error(code, message, details)


class Turn:
    """See the module's docstring. ``now`` is in milliseconds and never before the state's own
    time.
    """

    def __init__(
        self, plan: Plan, state: State, now: int, globals_: Mapping[str, GlobalValue] = NO_GLOBALS
    ) -> None:
        self.plan = plan
        self.state = state
        self.now = now
        self.globals = dict(globals_)

        # What the decision is made of.
        self.events: list[AnyEvent] = []
        self.commands: list[AnyCommand] = []
        self.global_writes: dict[str, GlobalWrite] = {}
        self.watch = Watch(plan.global_names, state, globals_)

        # What is still to be done before the turn has settled; numbers are those of node runs.
        self.due_retries: list[int] = []
        self.due_permits: list[int] = []
        self.failed_forks: list[tuple[int, Error]] = []
        self.open_for_each: set[int] = set()
        self.open_families: set[int] = set()
        self.signals_to_look_at: set[str] = set()

        # Where something changed, so that what waits for it looks again: places are a scope and a
        # node's id.
        self.left_scopes: set[int] = set()
        self.touched_joins: set[tuple[int, str]] = set()

        # For the end of the turn: the next timer, and whose permits changed.
        self.earliest: int | None = None
        self.claims_before = state.claims
        self.claims_touched: set[int] = set()

        # How much one step may hold: what is over is left for a continuation.
        self.node_runs_left = NODE_RUNS_PER_STEP_MAX
        self.calling_families: set[int] = set()
        self.has_more = False
        self.remembers = True

    @classmethod
    def begin(
        cls,
        plan: Plan,
        started: ExecutionStarted,
        now: int,
        globals_: Mapping[str, GlobalValue] = NO_GLOBALS,
    ) -> "Turn":
        """The turn that starts an execution."""
        turn = cls(plan, evolve(None, started, now), now, globals_)
        turn.events.append(started)
        return turn

    def emit(self, event: AnyEvent) -> None:
        """Record a fact."""
        self.events.append(event)
        before = self.state
        self.state = evolve(before, event, self.now)
        if self.state.claims is not before.claims:
            self._note_claims(event, before.claims)
        self.watch.note(event, before, self.state)

    def _note_claims(self, event: AnyEvent, before: Iterable[int]) -> None:
        """Whose permits an event changed: they are compared at the end of the turn."""
        match event:
            case HoldingReduced():
                self.claims_touched.add(event.holder)
            case NodeEvent():
                self.claims_touched.add(event.number)
            case _:
                self.claims_touched.update(before, self.state.claims)

    def call_for(self, command: AnyCommand) -> None:
        """Record an intention."""
        self.commands.append(command)

    def vacate(self, scope: int, node_id: str) -> None:
        """A token has left a node: joins that waited for it, here or further out, look again."""
        self.watch.left(ROOT_SCOPE, node_id)
        while scope != ROOT_SCOPE:
            self.watch.left(scope, node_id)
            self.left_scopes.add(scope)
            scope = self.state.scopes[scope].parent

    def look_at_everything(self) -> None:
        """Nothing is known of what waits for what: all of it is looked at in this turn."""
        self.touched_joins.update(self.state.parked)
        self.open_for_each.update(self.state.for_each)
        self.open_families.update(self.state.families)
        self.signals_to_look_at.update(self.state.signals)
        self.left_scopes.update(self.state.scopes)
        self.state = msgspec.structs.replace(self.state, blocked=HashTrieMap())

    def forget_memory(self) -> None:
        """The turn ends before it has settled: the next one looks at everything."""
        self.remembers = False
        self.state = msgspec.structs.replace(self.state, blocked=None)

    def after(self, milliseconds: int | None) -> int | None:
        """The instant that much later, if there is a bound."""
        return None if milliseconds is None else self.now + milliseconds

    def must_wake_at(self, at: int | None) -> None:
        """Something is due at ``at``: a timer must be armed for it or for something earlier."""
        if at is not None and (self.earliest is None or at < self.earliest):
            self.earliest = at

    def names(
        self,
        scope: int,
        places: Mapping[str, Any] | None = None,
        own: tuple[str, dict[str, Any]] | None = None,
        assigned: Mapping[str, Any] | None = None,
    ) -> Names:
        """What an expression in a scope may read now."""
        return Names(self.plan, self.state, scope, places, own, assigned, self.globals)

    def write_global(self, name: str, value: Any) -> None:
        """Set a global variable together with the step; what follows in this turn sees it."""
        known = self.globals.get(name, GlobalValue())
        self.globals[name] = GlobalValue(value, known.version)
        self.watch.note_global(name, self.globals[name])
        self.global_writes[name] = GlobalWrite(name, value, known.version)

    def keep_watched(self) -> None:
        """At the end of the turn: what the next one is to know of what waits."""
        is_kept = self.remembers and not self.is_over
        # Of signals, those that are asked for in every turn.
        signals = [name for name in self.plan.guarded_signals if name in self.state.signals]
        watched = self.watch.close(signals) if is_kept else None
        if watched is not self.state.watched:
            self.state = msgspec.structs.replace(self.state, watched=watched)

    def node(self, run: NodeRun) -> PlanNode:
        """The node of a run."""
        return self.plan.nodes[run.node_id]

    def run(self, number: int) -> NodeRun:
        """An active node run as it stands now."""
        return self.state.active[number]

    @property
    def is_over(self) -> bool:
        """Whether the execution has ended."""
        return self.state.status in TERMINAL

    def decision(self) -> Decision:
        """What was decided."""
        return Decision(
            tuple(self.events),
            tuple(self.commands),
            self.state,
            global_writes=tuple(self.global_writes.values()),
        )
