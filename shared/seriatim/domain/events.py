"""Events: recorded facts of one execution, past tense, never edited.

The fold of an execution's events is its state (``evolve``). Every event but those of the execution
as a whole names its node run by ``number`` (the order of start in the execution, from 1) and, for
the reader of the history, by ``node_id`` and ``run`` (the node's own count, from 1, within its
scope). ``taken`` are the transitions that got a token, each with its target node. Field names are
short because an item of up to 1 KB is the cheapest write there is.
"""

from typing import Any

from seriatim.domain.control_events import (
    ExecutionMoved,
    ExecutionPaused,
    ExecutionRedriven,
    ExecutionResumed,
    ExecutionRetired,
    OperatorActed,
)
from seriatim.domain.event import Event, NodeEvent, Taken
from seriatim.domain.join_events import (
    FiringUndone,
    ForEachStarted,
    ItemEnded,
    ItemsCancelled,
    ItemStarted,
    TokenAbsorbed,
    TokenParked,
    TokenReachedJoin,
    TokensDropped,
    WaveEnded,
    WaveOpened,
)
from seriatim.domain.permit_events import (
    ExecutionAdmitted,
    HoldingReduced,
    HoldingsReceived,
    HoldingsRequested,
    PermitsReceived,
    PermitsRefused,
    PermitsRequested,
    RateAwaited,
    SlotReceived,
    SlotRequested,
)
from seriatim.domain.values import ChildOutcome, Error, ParentLink, Status, Wait

# -- the execution as a whole ---------------------------------------------------------------------


class ExecutionStarted(Event, frozen=True, kw_only=True):
    """The execution began; its first token waits to enter the start node."""

    execution_id: str
    project_id: str
    sequence_id: str
    revision: int
    tasks_version: str
    start_node_id: str
    variables: dict[str, Any] = {}
    name: str | None = None
    priority: int = 0
    metadata: dict[str, Any] = {}
    parent: ParentLink | None = None
    deadline: int | None = None
    hops: int = 0
    input_hash: str = ""
    by: str | None = None
    slots: dict[str, int] = {}
    """Ledgers of which it needs a slot before it runs, each with how many there are."""


class ExecutionStatusChanged(Event, frozen=True, kw_only=True):
    """The execution went from running to waiting or back."""

    status: Status


class ExecutionEnded(Event, frozen=True, kw_only=True):
    """The execution reached a terminal status; tokens that were left are gone with it. ``node_id``
    is the node that the error is about, where it is no node run's own.
    """

    status: Status
    outputs: dict[str, Any] = {}
    error: Error | None = None
    node_id: str | None = None
    reason: str | None = None
    key: str | None = None
    content: str = ""
    by: str | None = None


class VariablesSet(Event, frozen=True, kw_only=True):
    """A caller set variables."""

    values: dict[str, Any]
    key: str | None = None
    content: str = ""
    by: str | None = None


class TimerArmed(Event, frozen=True, kw_only=True):
    """One message no earlier than ``at`` was promised; an earlier promise is void."""

    at: int


class SignalReceived(Event, frozen=True, kw_only=True):
    """A signal came; it is kept until a node takes it."""

    name: str
    payload: Any = None
    key: str | None = None
    content: str = ""
    by: str | None = None


# -- node runs ------------------------------------------------------------------------------------


class NodeStarted(NodeEvent, frozen=True, kw_only=True):
    """A token entered the node. ``arrival`` is the token's place in the order of arrivals, ``via``
    its transition; a join that fired has ``consumed`` instead: one parked token of each of these
    transitions.
    """

    scope: int = 0
    index: int | None = None
    via: str | None = None
    arrival: int | None = None
    consumed: tuple[str, ...] = ()
    closes: int | None = None
    """For the join that ends a ``forEach``: the fork's node run."""
    arrived: tuple[Any, ...] = ()
    """For a join with dependencies: the outputs that it goes on with when they are met."""
    resumes: int | None = None
    """After a redrive: the node run whose items or children this one goes on with."""
    inputs: dict[str, Any] = {}


class NodeWaiting(NodeEvent, frozen=True, kw_only=True):
    """The node run waits for something outside of it, named by ``wait``; ``deadline`` bounds the
    waiting. With ``has_until`` a condition may end it, too.
    """

    wait: Wait
    deadline: int | None = None
    has_until: bool = False


class TaskScheduled(NodeEvent, frozen=True, kw_only=True):
    """Attempt ``attempt`` may run from now on. ``deadline`` and ``heartbeat_by`` bound an attempt
    that is handed out.
    """

    attempt: int = 1
    deadline: int | None = None
    heartbeat_by: int | None = None
    queue_by: int | None = None
    handed_out: bool = False
    target: int | None = None
    """Which of the definition's targets it goes to; ``None``: there are none to choose from."""


class TaskStarted(NodeEvent, frozen=True, kw_only=True):
    """An outside worker took the attempt."""

    attempt: int
    worker_id: str
    deadline: int | None = None
    heartbeat_by: int | None = None


class TaskHeartbeatRecorded(NodeEvent, frozen=True, kw_only=True):
    """Whoever holds the attempt is alive."""

    attempt: int
    heartbeat_by: int | None = None


class TaskFailed(NodeEvent, frozen=True, kw_only=True):
    """The attempt failed; the next one may start at ``retry_at``. Without ``retry_at`` the node
    run fails next.
    """

    attempt: int
    error: Error
    retry_at: int | None = None


class NodeSucceeded(NodeEvent, frozen=True, kw_only=True):
    """The node run completed. ``assigned`` are the variables that its output mappings set; an end
    (``is_end``) gives the execution its outputs, a failing one its ``failure``.
    """

    outputs: dict[str, Any] = {}
    assigned: dict[str, Any] = {}
    assigned_globals: dict[str, Any] = {}
    taken: tuple[Taken, ...] = ()
    is_end: bool = False
    failure: Error | None = None


class NodeFailed(NodeEvent, frozen=True, kw_only=True):
    """The node run failed for good; ``taken`` is the error transition that catches it, if one
    does. An ``uncaught`` failure is kept until the other branches have ended
    (``finish_branches``).
    """

    error: Error
    uncaught: bool = False
    taken: tuple[Taken, ...] = ()


class IncidentRaised(NodeEvent, frozen=True, kw_only=True):
    """The node run failed for good and is parked; an operator decides (policy ``incident``)."""

    error: Error


class NodeCancelled(NodeEvent, frozen=True, kw_only=True):
    """The node run was given up; ``taken`` is the interrupting boundary transition, if one did it,
    and ``outputs`` what its signal carried.
    """

    reason: str
    outputs: dict[str, Any] = {}
    taken: tuple[Taken, ...] = ()


class BoundaryFired(NodeEvent, frozen=True, kw_only=True):
    """A boundary transition let a further token out of a node run that goes on."""

    taken: tuple[Taken, ...]


class BoundaryPassed(NodeEvent, frozen=True, kw_only=True):
    """The time of a boundary transition had come, and its condition did not hold: it is not taken
    any more.
    """

    transition_id: str


class SignalDelivered(NodeEvent, frozen=True, kw_only=True):
    """The first kept signal of this name went to the node run."""

    name: str


class SignalSent(NodeEvent, frozen=True, kw_only=True):
    """The node run sent a signal to another execution."""

    name: str
    target_execution_id: str
    payload: Any = None


class ChildStarted(NodeEvent, frozen=True, kw_only=True):
    """A child execution was called for."""

    child_id: str
    sequence_id: str


class ChildrenListed(NodeEvent, frozen=True, kw_only=True):
    """A subprocess has a list: one child execution per item, at most ``concurrency_max`` at once.
    More than ``failures_max`` failures fail the node.
    """

    items: tuple[Any, ...]
    sequence_id: str
    attempt: int
    failures_max: int
    concurrency_max: int | None = None
    is_awaited: bool = True


class ChildrenStarted(NodeEvent, frozen=True, kw_only=True):
    """Child executions for ``count`` items from index ``first`` on were called for."""

    first: int
    count: int


class ChildOfItemEnded(NodeEvent, frozen=True, kw_only=True):
    """The child execution of one item reported its end; without an ``error`` it succeeded."""

    index: int
    outputs: dict[str, Any] = {}
    error: Error | None = None


class ChildEnded(NodeEvent, frozen=True, kw_only=True):
    """A child execution reported its end."""

    child_id: str
    outcome: ChildOutcome


class DependenciesResolved(NodeEvent, frozen=True, kw_only=True):
    """The node run waits for no dependency, or not any more; ``met`` says of each whether the
    other node had run as it asks. After waiting ``inputs`` are computed anew.
    """

    met: dict[str, bool]
    inputs: dict[str, Any] | None = None


RunEvent = (
    NodeStarted
    | NodeWaiting
    | TaskScheduled
    | TaskStarted
    | TaskHeartbeatRecorded
    | TaskFailed
    | NodeSucceeded
    | NodeFailed
    | IncidentRaised
    | NodeCancelled
    | BoundaryFired
    | BoundaryPassed
    | DependenciesResolved
    | ForEachStarted
    | ItemStarted
    | ItemEnded
    | ItemsCancelled
    | OperatorActed
    | SignalSent
    | ChildStarted
    | ChildrenListed
    | ChildrenStarted
    | ChildOfItemEnded
    | ChildEnded
    | PermitsRequested
    | PermitsReceived
    | PermitsRefused
    | RateAwaited
    | HoldingReduced
)
"""Events that change one node run."""

WholeEvent = (
    ExecutionStarted
    | ExecutionStatusChanged
    | ExecutionEnded
    | ExecutionPaused
    | ExecutionResumed
    | ExecutionMoved
    | ExecutionRedriven
    | ExecutionRetired
    | VariablesSet
    | TimerArmed
    | SignalReceived
    | SignalDelivered
    | TokenParked
    | TokenAbsorbed
    | TokenReachedJoin
    | TokensDropped
    | FiringUndone
    | WaveOpened
    | WaveEnded
    | SlotRequested
    | SlotReceived
    | HoldingsRequested
    | HoldingsReceived
    | ExecutionAdmitted
)
"""Events that change the execution as a whole, or what is parked at a join."""

AnyEvent = RunEvent | WholeEvent
