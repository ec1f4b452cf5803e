"""The names that an expression may read: variables, nodes, the execution, and what applies at its
place.

Resolved when an expression asks for them, so that evaluating one costs the same however large the
execution is.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from seriatim.domain.decider.seeing import latest_seen
from seriatim.domain.errors import as_document
from seriatim.domain.plan import Plan
from seriatim.domain.state import ROOT_SCOPE, NodeRun, State
from seriatim.domain.values import GlobalValue

NO_GLOBALS: Mapping[str, GlobalValue] = {}
"""For sequences that declare no global variable."""


class Names(Mapping[str, Any]):
    """Names for one evaluation. ``places`` are those of the place (``inputs``, ``result``,
    ``value``, ``error``, …); ``own`` overrides what ``nodes.ID`` shows of a node that is about to
    complete; ``assigned`` are variables that it is about to set.
    """

    def __init__(
        self,
        plan: Plan,
        state: State,
        scope: int,
        places: Mapping[str, Any] | None = None,
        own: tuple[str, dict[str, Any]] | None = None,
        assigned: Mapping[str, Any] | None = None,
        globals_: Mapping[str, GlobalValue] = NO_GLOBALS,
    ) -> None:
        self._globals = globals_
        self._plan = plan
        self._state = state
        self._scope = scope
        self._places = places or {}
        self._own = own
        self._assigned = {} if assigned is None else assigned

    def __getitem__(self, name: str) -> Any:
        """The value of a name; a declared variable without a value is null."""
        if name in self._places:
            return self._places[name]
        if name == "nodes":
            return NodesView(self._plan, self._state, self._scope, self._own)
        if name == "execution":
            return execution_view(self._state)
        if name in {"item", "index"} and self._scope != ROOT_SCOPE:
            return item_of(self._state, self._scope)[name]
        if name in self._assigned:
            return self._assigned[name]
        return self._variable(name)

    def _variable(self, name: str) -> Any:
        """A variable of the project, of the execution, or what a declared one begins with."""
        spec = self._plan.variables.get(name)
        if spec is not None and spec.scope == "global":
            known = self._globals.get(name)
            return spec.default if known is None else known.value
        if name in self._state.variables:
            return self._state.variables[name]
        if spec is not None:
            return spec.default
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        """All names that are there."""
        names = {**self._plan.variables, **self._state.variables, **self._assigned, **self._places}
        yield from names
        yield from ("nodes", "execution")

    def __len__(self) -> int:
        """How many names there are."""
        return sum(1 for _ in self)


class NodesView(Mapping[str, Any]):
    """``nodes.ID``: outputs, status and error of the latest run of each node. A node that has not
    run is there, with null outputs.
    """

    def __init__(
        self, plan: Plan, state: State, scope: int, own: tuple[str, dict[str, Any]] | None
    ) -> None:
        self._plan = plan
        self._state = state
        self._scope = scope
        self._own = own

    def __getitem__(self, node_id: str) -> Any:
        """What expressions see of one node."""
        if self._own is not None and node_id == self._own[0]:
            return self._own[1]
        run = latest_seen(self._plan, self._state, node_id, self._scope)
        if run is None:
            if not self._plan.has_node(node_id):
                raise KeyError(node_id)
            return {"outputs": None, "status": None, "error": None}
        return node_view(run)

    def __iter__(self) -> Iterator[str]:
        """Ids of all nodes."""
        return iter(node["id"] for node in self._plan.document["nodes"])

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self._plan.document["nodes"])


def item_of(state: State, scope: int) -> dict[str, Any]:
    """The item whose tokens live in a scope, and its index."""
    inner = state.scopes[scope]
    return {"item": state.for_each[inner.number].items[inner.index], "index": inner.index}


def node_view(run: NodeRun) -> dict[str, Any]:
    """What expressions see of a node run."""
    error = None if run.error is None else as_document(run.error)
    return {"outputs": run.outputs, "status": run.status.value, "error": error}


def execution_view(state: State) -> dict[str, Any]:
    """What expressions see of the execution."""
    started = datetime.fromtimestamp(state.started_at / 1000, UTC)
    return {
        "id": state.execution_id,
        "name": state.name,
        "startTime": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
