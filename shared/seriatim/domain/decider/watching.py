"""Asking again only what may have come true.

Whatever waits for an expression or another node is asked when it begins to wait; where the answer
is no, it is noted with what it reads (``asked``). Every event of a turn tells what it changes
(``note``), and what reads that is due to be asked again. Where it can not be told what an event
changes, everything is. ``tests/property/test_watching.py`` holds all this to asking everything.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from rpds import HashTrieSet

from seriatim.domain import control_events as c
from seriatim.domain import events as e
from seriatim.domain import join_events as j
from seriatim.domain.decider.seeing import scope_seen
from seriatim.domain.event import Event, NodeEvent
from seriatim.domain.expressions.language import Expression
from seriatim.domain.plan import Plan, PlanNode
from seriatim.domain.state import ROOT_SCOPE, State
from seriatim.domain.values import GlobalValue
from seriatim.domain.watched import ANY_NODE, Key, Listening, Watched

UNTIL: Final = "until"
DEPENDENCY: Final = "dependency"
JOIN: Final = "join"
CLOSING: Final = "closing"
SIGNAL: Final = "signal"
BLOCKED: Final = "blocked"
TARGET: Final = "target"
KINDS: Final = (UNTIL, DEPENDENCY, JOIN, CLOSING, SIGNAL, BLOCKED, TARGET)
OF_RUNS: Final = (UNTIL, DEPENDENCY, CLOSING, SIGNAL)
"""Of these, who waits is a node run, by its number. Scope and node are those of a join (of one that
asks an expression, and of one that is ``BLOCKED`` as long as tokens can come), and of a node that
others depend on (``TARGET``).
"""

NOTHING: Final = Watched()
"""Nothing waits for anything that could be asked."""


class Hearing(msgspec.Struct):
    """As ``Listening``, while a turn is at it."""

    numbers: set[int]
    asked_up_to: int


class Watch:
    """What is watched in one turn, and what of it is due."""

    def __init__(
        self, names: Iterable[str], state: State, globals_: Mapping[str, GlobalValue]
    ) -> None:
        """``names`` are those of the global variables that are declared."""
        self._known = known = state.watched
        self._globals = {name: globals_[name] for name in names if name in globals_}
        self._readers = NOTHING.readers if known is None else known.readers
        self._reads = NOTHING.reads if known is None else known.reads
        self._touched: set[Key] = set()
        self._due: defaultdict[str, set[Any]] = defaultdict(set)
        self._hearing: dict[str, Hearing] = {}
        if known is None:
            self._ask_all(state)
            return
        for kind, who in known.due:
            self._due[kind].add(who)
        for name, listening in known.listening.items():
            self._hearing[name] = Hearing(set(listening.numbers), listening.asked_up_to)
        for name in names:
            if _differ(known.globals.get(name), self._globals.get(name)):
                self._touched.add(name)

    def due(self, kind: str) -> set[Any]:
        """Who of a kind is to be asked; it is a live set, up to date when this returns."""
        self._make_due()
        return self._due[kind]

    def taken(self, kind: str) -> set[Any]:
        """Who of a kind is to be asked; whoever takes them asks them, or sees to it."""
        self._make_due()
        return self._due.pop(kind) if kind in self._due else set()

    def _make_due(self) -> None:
        """Whoever reads what was touched."""
        if self._touched:
            readers = self._readers
            for key in self._touched:
                if key in readers:
                    for asking, who in readers[key]:
                        self._due[asking].add(who)
            self._touched = set()

    def begins(self, kind: str, who: Any) -> None:
        """It waits from now on, and has not been asked."""
        self._due[kind].add(who)

    def left(self, scope: int, node_id: str) -> None:
        """A token has left a place, or does not move from there by itself as it did."""
        if self._reads:  # whoever is asked later sees it as it is
            self._touched.add((scope, node_id, True))

    def relies_on(self, kind: str, who: Any, places: Collection[tuple[int, str]]) -> None:
        """A token can still come there, by what is at these places."""
        self.asked(kind, who, [(scope, node_id, True) for scope, node_id in places])

    def dependents(self, target: tuple[int, str]) -> Iterator[int]:
        """Node runs that wait for dependencies of which this node is one, in any order."""
        for kind, who in self._readers.get(target, ()):
            if kind == DEPENDENCY:
                yield who

    def asked(self, kind: str, who: Any, keys: Collection[Key]) -> None:
        """The answer was no; it stays so until one of ``keys`` changes."""
        asker, keys = (kind, who), tuple(keys)
        if asker in self._reads and self._reads[asker] == keys:
            self._due[kind].discard(who)
            return
        self.drop(kind, who)
        self._reads = self._reads.insert(asker, keys)
        for key in keys:
            readers = self._readers.get(key, HashTrieSet())
            self._readers = self._readers.insert(key, readers.insert(asker))

    def drop(self, kind: str, who: Any) -> None:
        """It waits no longer."""
        if kind in self._due:
            self._due[kind].discard(who)
        asker = (kind, who)
        if asker not in self._reads:
            return
        keys = self._reads[asker]
        self._reads = self._reads.discard(asker)
        for key in dict.fromkeys(keys):
            readers = self._readers[key].discard(asker)
            if len(readers):
                self._readers = self._readers.insert(key, readers)
            else:
                self._readers = self._readers.discard(key)

    def note_global(self, name: str, value: GlobalValue) -> None:
        """A global variable is set in this turn."""
        self._globals[name] = value
        self._touched.add(name)

    def note(self, event: Event, before: State, after: State) -> None:
        """What an event makes of what is read."""
        if not self._reads and not self._hearing:
            return
        if after.variables is not before.variables:
            self._touched |= _changed(before.variables, after.variables)
        if isinstance(event, j.ItemEnded):
            inner = before.scopes[event.scope]
            self._touched.update((inner.parent, node_id) for node_id in inner.node_ids)
            self._touched.add(ANY_NODE)
        elif after.scopes is not before.scopes and len(after.scopes) < len(before.scopes):
            self._ask_all(after)  # items were given up, with all that waited in them
        elif isinstance(event, NodeEvent):
            self._note_run(event, before, after)
        elif (
            before.active is not after.active
            or before.latest is not after.latest
            or isinstance(event, c.ExecutionMoved | c.ExecutionRedriven)
        ):
            self._ask_all(after)

    def _note_run(self, event: NodeEvent, before: State, after: State) -> None:
        number = event.number
        is_open = number in after.active
        if is_open or number in before.active:
            run = after.active[number] if is_open else before.active[number]
            self._touched |= {(run.scope, run.node_id), ANY_NODE}
        match event:
            case e.DependenciesResolved():
                self.drop(DEPENDENCY, number)
            case e.IncidentRaised():
                self.drop(DEPENDENCY, number)
                self.drop(UNTIL, number)
            case _:
                for kind in () if is_open else OF_RUNS:
                    if kind in self._due or (kind, number) in self._reads:
                        self.drop(kind, number)

    def _ask_all(self, state: State) -> None:
        """Nothing is known of what waits: all of it is asked."""
        self._readers, self._reads = NOTHING.readers, NOTHING.reads
        self._touched.clear()
        self._hearing.clear()
        for kind, askers in (
            (UNTIL, state.until_waits),
            (DEPENDENCY, state.dependency_waits),
            (JOIN, state.parked),
            (CLOSING, state.for_each),
            (SIGNAL, ()),  # whoever is not known to be deaf is asked
            (BLOCKED, ()),  # all joins are due as it is
            (TARGET, ()),  # they come with those that wait for them
        ):
            self._due[kind].clear()
            self._due[kind].update(askers)

    def close(self, signals: Iterable[str]) -> Watched:
        """What the next turn is to know; of signals, of these alone."""
        self._hear_again()
        known, listening = self._known, {}
        for name in signals:
            if (hearing := self.hearing(name)) is not None:
                listening[name] = Listening(frozenset(hearing.numbers), hearing.asked_up_to)
        has_due = any(self._due.values())
        if not self._reads and not has_due and not listening:
            return NOTHING
        is_plain = not has_due and not listening and not self._globals
        if is_plain and known is not None and known.is_plain and known.reads is self._reads:
            return known
        due = frozenset((kind, who) for kind, askers in self._due.items() for who in askers)
        return Watched(self._readers, self._reads, due, listening, self._globals)

    # -- signals ----------------------------------------------------------------------------------

    def hearing(self, name: str) -> "Hearing | None":
        """Who may take a kept signal of this name, where that is known."""
        self._hear_again()
        return self._hearing.get(name)

    def _hear_again(self) -> None:
        """Whoever is due may take signals again; of a name that is not known, all may."""
        again = self.taken(SIGNAL)
        for hearing in self._hearing.values():
            hearing.numbers |= again

    def nobody_took(self, name: str, hearing: set[int], asked_up_to: int) -> None:
        """A kept signal of this name was offered to all; these alone might take it still."""
        self._hearing[name] = Hearing(hearing, asked_up_to)


def keys_of(
    plan: Plan, state: State, expression: Expression, scope: int, places: Collection[str] = ()
) -> tuple[Key, ...]:
    """What an expression at a place in ``scope`` reads that may change; names of the place, in
    ``places``, stay as they are, and so do its item and what it reads of the execution.
    """
    keys: list[Key] = []
    for name in sorted(expression.names.difference(places)):
        if name == "nodes":
            ids = sorted(expression.node_ids)
            keys += [(scope_seen(plan, state, node_id, scope), node_id) for node_id in ids]
            if expression.has_computed_ids:
                keys.append(ANY_NODE)
        elif name != "execution" and not (name in {"item", "index"} and scope != ROOT_SCOPE):
            keys.append(name)
    return tuple(keys)


def keys_of_join(plan: Plan, state: State, join: PlanNode, scope: int) -> tuple[Key, ...]:
    """What the expressions of a join read that may change, beside what arrives."""
    keys: list[Key] = []
    for name in ("completeWhen", "count"):
        expression = join.expression(name)
        if expression is not None:
            keys += keys_of(plan, state, expression, scope, ("arrived", "expected"))
    return tuple(keys)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    changed = {name for name, value in after.items() if before.get(name, before) is not value}
    return changed | (before.keys() - after.keys())


def _differ(before: GlobalValue | None, after: GlobalValue | None) -> bool:
    """Whether a global variable may be another one; 1, 1.0 and true are told apart."""
    if before is after:
        return False
    return msgspec.json.encode(before) != msgspec.json.encode(after)
