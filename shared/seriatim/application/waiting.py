"""Why an execution waits: what the decider knows of it, with what other executions, workers and
ledgers know, as callers see it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote

from seriatim.application.pages import Item, from_cursor, list_id, page_of
from seriatim.application.plans import Plans
from seriatim.application.waiting_sentences import sentence
from seriatim.domain.decider.operators import refused_actions
from seriatim.domain.decider.subprocesses import child_id_of
from seriatim.domain.decider.waiting import Waiting, explain, of_the_whole, places, turn_of
from seriatim.domain.permits.ledger import Ledger
from seriatim.domain.permits.values import SLOTS
from seriatim.domain.plan import Plan
from seriatim.domain.state import State
from seriatim.domain.times import to_iso
from seriatim.domain.values import ExecutionKey, GlobalValue
from seriatim.ports.activities import Activities
from seriatim.ports.clock import Clock
from seriatim.ports.errors import NotFound

Document = dict[str, Any]

LOOK_UPS_MAX: Final = 50
"""Executions that one page is looked up for; of others it says the ids alone."""
CHILDREN_SHOWN_MAX: Final = 5
HOLDERS_SHOWN_MAX: Final = 10

MOVES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "timer": (("POST", "nodes/{node}/run-now"),),
    "signal": (("POST", "signals/{signal}"), ("POST", "nodes/{node}/skip")),
    "until": (("PATCH", "variables"), ("POST", "nodes/{node}/run-now")),
    "choice": (("POST", "nodes/{node}/skip"),),
    "callback": (("POST", "/task-tokens/success"), ("POST", "nodes/{node}/complete")),
    "retry": (("POST", "nodes/{node}/run-now"),),
    "child": (("POST", "nodes/{node}/complete"),),
    "children": (("POST", "nodes/{node}/complete"),),
    "dependency": (("POST", "nodes/{node}/run-now"),),
    "permit": (("POST", "nodes/{node}/skip"),),
    "rate": (("POST", "nodes/{node}/skip"),),
    "incident": (
        ("POST", "nodes/{node}/run-now"),
        ("POST", "nodes/{node}/skip"),
        ("POST", "nodes/{node}/complete"),
        ("POST", "nodes/{node}/fail"),
    ),
    "paused": (("POST", "resume"),),
}
"""By kind, the calls by which a caller or an operator could move it; a path that does not begin
with ``/`` is that of the execution.
"""


def _there(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}


class LoadsExecutions(Protocol):
    """What is needed of the use cases that change executions."""

    def load(self, key: ExecutionKey) -> State:
        """The state as of now. Raises ``NotFound``."""
        ...


class ReadsGlobals(Protocol):
    """What is needed of the advancer."""

    def globals_of(self, plan: Plan, key: ExecutionKey) -> dict[str, GlobalValue]:
        """The global variables that a sequence declares."""
        ...


class ReadsLedgers(Protocol):
    """What is needed of the use cases of permits."""

    def read(self, project_id: str, ledger: str) -> Ledger:
        """The ledger as it is."""
        ...


class Sources(NamedTuple):
    """Where the answers come from."""

    executions: LoadsExecutions
    plans: Plans
    globals: ReadsGlobals
    activities: Activities
    clock: Clock
    permits: ReadsLedgers


class WhyWaiting:
    """The use case. Errors: ``NotFound``, ``Invalid`` for a cursor of another list."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def page(self, key: ExecutionKey, limit: int, cursor: str | None) -> Document:
        """One page: for each token that does not move a sentence and the data behind it; of an
        execution that has ended no items, but why it has.
        """
        of_list = list_id(key, "waiting")
        begin = from_cursor(cursor, of_list)
        state = self._sources.executions.load(key)
        now = max(self._sources.clock.now(), state.time)
        items: Iterator[Item] = iter(())
        if not state.status.is_terminal:
            after = (begin.step, begin.number) if cursor is not None else None
            items = self._items(state, now, after)
        page = page_of(items, limit, of_list)
        return {"status": state.status.value, "sentence": _of_execution(state), **page}

    def _items(self, state: State, now: int, after: tuple[int, int] | None) -> Iterator[Item]:
        plan = self._sources.plans.of(state)
        turn = turn_of(plan, state, now, self._sources.globals.globals_of(plan, state.key))
        decorate = _Decorating(self._sources, state, plan)
        for whole in of_the_whole(state) if after is None else ():
            yield Item(_document(state, whole, now, decorate), 0, 0)
        for place in places(plan, state):
            if after is None or place > after:
                found = explain(turn, place)
                yield Item(_document(state, found, now, decorate), place[1], place[0])


def _of_execution(state: State) -> str:
    if not state.status.is_terminal:
        tokens = len(state.active) + len(state.parked)
        return f"The execution is {state.status.value}; {tokens} place(s) hold tokens."
    ended = "" if state.ended_at is None else f" since {to_iso(state.ended_at)}"
    why = f": {state.end_reason}" if state.end_reason else ""
    if state.failure is not None:
        why = f": {state.failure.code}: {state.failure.message}"
    return f"The execution is {state.status.value}{ended}{why}".rstrip(". ") + "."


def _document(state: State, found: Waiting, now: int, decorate: "_Decorating") -> Document:
    run = found.run
    document: Document = {"kind": found.kind}
    if found.node_id is not None:
        document["nodeId"] = found.node_id
    if run is not None:
        document["run"] = run.run
    if found.index is not None:
        document["index"] = found.index
    document["since"] = to_iso(found.since)
    document |= found.data
    decorate(document, found)
    document["canBeMovedBy"] = _moves(state, found, decorate.plan)
    document["sentence"] = sentence(document, now)
    return document


def _moves(state: State, found: Waiting, plan: Plan) -> list[str]:
    node = quote(found.node_id or "", safe="")
    base = f"/projects/{quote(state.project_id, safe='')}"
    # What the whole execution waits for is on no node.
    calls = [x for x in MOVES.get(found.kind, ()) if node or "{node}" not in x[1]]
    if found.kind == "incident" and found.node_id is not None:
        refused = refused_actions(plan.node(found.node_id))
        calls = [x for x in calls if x[1].rpartition("/")[2] not in refused]
    if found.kind == "activity":
        name = quote(str(found.data.get("activity")), safe="")
        calls = [("POST", f"{base}/activities/{name}/poll"), *calls]
    if found.kind == "task":
        how = [("POST", "/task-tokens/success")] if found.data.get("handedOut") else []
        calls = [*how, ("POST", "nodes/{node}/complete")]
    if found.kind == "callback" and "expression" in found.data:
        calls = [*calls, ("PATCH", "variables")]
    names = [way["signalName"] for way in found.data.get("boundaries", ()) if "signalName" in way]
    calls = [*(("POST", f"signals/{quote(name, safe='')}") for name in names), *calls]
    signal = quote(str(found.data.get("signalName", "")), safe="")
    own = f"{base}/executions/{quote(state.execution_id, safe='')}/"
    return [
        f"{method} {path if path.startswith('/') else own + path}".replace("{node}", node).replace(
            "{signal}", signal
        )
        for method, path in calls
    ]


class _Decorating:
    """Adds what is known elsewhere. What can not be read is left out: the rest is true without."""

    def __init__(self, sources: Sources, state: State, plan: Plan) -> None:
        self._sources = sources
        self._state = state
        self.plan = plan
        self._looked_up = 0
        self._polls: dict[str, Document | None] = {}
        self._ledgers: dict[str, Ledger] = {}

    def __call__(self, document: Document, found: Waiting) -> None:
        """Add to the document of ``found``."""
        match found.kind:
            case "child":
                document["executions"] = self._statuses(document["executionIds"])
            case "children":
                document["executions"] = self._statuses(self._open_children(document, found))
            case "activity":
                poll = self._last_poll(document["activity"])
                if poll is not None:
                    document["lastPoll"] = poll
            case "permit" | "slot":
                document |= self._of_ledger(document)
            case _:
                pass

    def _of_ledger(self, document: Document) -> Document:
        """Who holds what is asked for, how much there is, and the place in the line."""
        name, request_id = document["ledger"], document.pop("requestId", None)
        if name not in self._ledgers:
            self._ledgers[name] = self._sources.permits.read(self._state.project_id, name)
        ledger = self._ledgers[name]
        units = document.get("units") or {SLOTS: 1}
        holders = [
            {
                "executionId": grant.request.execution_id,
                "nodeId": grant.request.node_id,
                "units": {
                    pool: grant.request.units[pool] for pool in units if pool in grant.request.units
                },
                "since": to_iso(grant.at),
            }
            for grant in ledger.grants.values()
            if not units.keys().isdisjoint(grant.request.units)
        ]
        line = [
            one.request
            for one in ledger.waiting.values()
            if not units.keys().isdisjoint(one.request.units)
        ]
        line.sort(key=lambda request: -request.priority)
        place = next((n for n, one in enumerate(line, 1) if one.id == request_id), None)
        found: Document = {
            "capacity": {
                pool: ledger.pools[pool].capacity for pool in units if pool in ledger.pools
            },
            "holders": [_there(holder) for holder in holders[:HOLDERS_SHOWN_MAX]],
            "held": len(holders),
        }
        return found if place is None else {**found, "position": place}

    def _open_children(self, document: Document, found: Waiting) -> list[str]:
        indexes = document.pop("openIndexes")[:CHILDREN_SHOWN_MAX]
        assert found.run is not None
        number = found.run.number
        attempt = self._state.families[number].attempt
        return [child_id_of(self._state.execution_id, number, attempt, one) for one in indexes]

    def _statuses(self, execution_ids: list[str]) -> list[Document]:
        found: list[Document] = []
        for execution_id in execution_ids:
            if self._looked_up == LOOK_UPS_MAX:
                break
            self._looked_up += 1
            try:
                key = ExecutionKey(self._state.project_id, execution_id)
                child = self._sources.executions.load(key)
            except NotFound:
                found.append({"id": execution_id, "status": "not started"})
                continue
            document: Document = {"id": execution_id, "status": child.status.value}
            found.append(document if child.pause is None else {**document, "paused": True})
        return found

    def _last_poll(self, name: str) -> Document | None:
        if name not in self._polls:
            poll = self._sources.activities.last_poll(self._state.project_id, name)
            shown = None if poll is None else {"workerId": poll.worker_id, "time": to_iso(poll.at)}
            self._polls[name] = shown
        return self._polls[name]
