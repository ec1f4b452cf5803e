"""The state of one execution: the fold of its events, as an immutable value.

Maps that grow with the execution are persistent (``rpds.HashTrieMap``): a new state shares all
that did not change with the old one, so a step costs the same at the start and after 100,000
steps, and a warm cache may hand the same state to several threads. Nothing may iterate such a map
in an order that reaches an event: sort by number first.
"""

from __future__ import annotations

from typing import Any

import msgspec
from rpds import HashTrieMap

from seriatim.domain.item_lists import Family, ForEach, Scope
from seriatim.domain.values import Error, ExecutionKey, ParentLink, Status, Wait
from seriatim.domain.watched import Watched

ROOT_SCOPE = 0


class NodeRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One pass of the execution through a node. ``number`` is its identity, in order of start."""

    number: int
    node_id: str
    run: int
    started_at: int
    scope: int = ROOT_SCOPE
    index: int | None = None
    via: str | None = None
    status: Status = Status.RUNNING
    ended_at: int | None = None
    attempts: int = 0
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    error: Error | None = None
    failed_at: int | None = None
    """When the last attempt failed."""
    scheduled_at: int | None = None
    """Since when the last attempt may run."""
    wait: Wait | None = None
    retry_at: int | None = None
    is_retry_near: bool = False
    """Whether the last attempt that failed was to be followed soon (``RETRY_NEAR_MS_MAX``)."""
    deadline: int | None = None
    heartbeat_by: int | None = None
    queue_by: int | None = None
    """Until when a worker must have taken the attempt from its activity list."""
    handed_out: bool = False
    worker_id: str | None = None
    target: int | None = None
    """Which of the task definition's targets has the attempt."""
    denials: int = 0
    """How often it gave up waiting for permits and went on later: each asking has an id of its own,
    and against ``maxRetries`` they are counted apart from the attempts.
    """
    boundary_fired: tuple[str, ...] = ()
    closes: int | None = None
    """For the join that ends a ``forEach``: the fork's node run."""
    arrived: tuple[Any, ...] = ()
    """For a join that waits for dependencies: the outputs of the tokens that it took."""
    held: tuple[tuple[str, ParkedToken], ...] = ()
    """For a join: the tokens that it took, by transition; a redrive puts them back."""

    def is_attempt_open(self, attempt: int) -> bool:
        """Whether a result of this attempt is still wanted."""
        if self.status.is_terminal or self.retry_at is not None or self.is_incident:
            return False
        return 0 < attempt == self.attempts and not self.awaits_permits

    @property
    def is_back_soon(self) -> bool:
        """Whether the next attempt comes so soon that its execution stays ``running``."""
        return self.is_retry_near and self.retry_at is not None

    @property
    def is_incident(self) -> bool:
        """Whether the run has failed for good and waits for an operator."""
        return self.wait is not None and self.wait.kind == "incident"

    @property
    def awaits_permits(self) -> bool:
        """Whether the run can not act, or try again, before a ledger lets it."""
        return self.wait is not None and self.wait.kind in {"permit", "rate"}


class Claim(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was asked of a ledger under one id and is not given back yet (ADR 9)."""

    ledger: str
    request_id: str
    units: dict[str, int]
    asked_at: int
    granted_at: int | None = None
    """When it came; ``None``: it is waited for."""
    not_before: int | None = None
    target: int | None = None
    is_kept: bool = False
    """Held across nodes (``acquire``), not only while an attempt runs."""
    scope: int = ROOT_SCOPE
    """Of the node run that asked."""


class Arrival(msgspec.Struct, frozen=True, omit_defaults=True):
    """A token on its way into ``node_id``: its transition was taken, the node has not started
    yet.
    """

    node_id: str
    transition_id: str | None = None
    scope: int = ROOT_SCOPE
    outputs: dict[str, Any] = {}
    """Outputs of the node run that sent the token: what a join sees of it."""
    resumes: int | None = None
    """After a redrive: the node run whose items or children this token goes on with."""
    closes: int | None = None
    """After a redrive, for the join that ends a ``forEach``: the fork's node run."""


class ParkedToken(msgspec.Struct, frozen=True, omit_defaults=True):
    """A token that waits on a transition into a join, with the outputs of the node run that sent
    it.
    """

    arrival: int
    outputs: dict[str, Any] = {}


class Parking(msgspec.Struct, frozen=True):
    """What waits at one join in one scope: tokens by transition, first come first, and the join's
    open wave.
    """

    held: HashTrieMap[str, tuple[ParkedToken, ...]] = HashTrieMap()
    awaited: frozenset[str] = frozenset()


class Pause(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why an execution begins no node run."""

    at: int
    reason: str | None = None
    by: str | None = None


class KeptSignal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A signal that no node has taken yet. ``number`` is that of its event, so that signals of
    different names keep their order of arrival.
    """

    payload: Any = None
    number: int = 0


class State(msgspec.Struct, frozen=True, kw_only=True):
    """All that the decider knows of an execution. See ``evolve`` for what changes it."""

    execution_id: str
    project_id: str
    sequence_id: str
    revision: int
    tasks_version: str
    started_at: int
    time: int
    name: str | None = None
    priority: int = 0
    metadata: dict[str, Any] = {}
    parent: ParentLink | None = None
    deadline: int | None = None
    hops: int = 0
    """How many triggers, each by an event of ours, led here one after the other."""
    input_hash: str = ""
    """Hash of what the start was given: a start with the same name must give the same."""
    steps: int = 0
    """Number of the last step folded in."""
    steps_told: int = 0
    """Up to which step a tally has told of."""
    timers_untold: int = 0
    """Timers armed that no tally has told of."""
    event_count: int = 0
    status: Status = Status.RUNNING
    ended_at: int | None = None
    end_reason: str | None = None
    variables: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    """What the ends reached so far gave, merged; the execution's outputs once it has ended."""
    ends_reached: int = 0
    failure: Error | None = None
    """Why the execution will be ``failed`` when all branches have ended (``finish_branches``)."""
    failed_nodes: tuple[tuple[int, str], ...] = ()
    """By scope and node, in all scopes around as in ``live``, where it stays counted: where a token
    was lost to such a failure.
    """
    errors: tuple[tuple[int, str | None, Error], ...] = ()
    """Time, node id and error of the last failures that ended a node run (``ERRORS_KEPT`` of
    them).
    """
    node_runs: int = 0
    """How many node runs have begun: the number of the last one."""
    active: HashTrieMap[int, NodeRun] = HashTrieMap()
    latest: HashTrieMap[tuple[int, str], NodeRun] = HashTrieMap()
    """By scope and node: the latest run to start, as it ended or, while it is active, as it began.
    """
    arrival_count: int = 0
    arrival_head: int = 1
    """No arrival before this one is left."""
    arrivals: HashTrieMap[int, Arrival] = HashTrieMap()
    live: HashTrieMap[tuple[int, str], int] = HashTrieMap()
    """By scope and node: unparked tokens there or on their way there."""
    parked: HashTrieMap[tuple[int, str], Parking] = HashTrieMap()
    scope_count: int = 0
    scopes: HashTrieMap[int, Scope] = HashTrieMap()
    for_each: HashTrieMap[int, ForEach] = HashTrieMap()
    families: HashTrieMap[int, Family] = HashTrieMap()
    signals: dict[str, tuple[KeptSignal, ...]] = {}
    signal_keys: tuple[str, ...] = ()
    control_keys: tuple[str, ...] = ()
    """Idempotency keys of the last control calls."""
    call_contents: dict[str, str] = {}
    """By idempotency key of a signal or a control call: a digest of what was asked for under it."""
    slots: dict[str, int] = {}
    """Ledgers of which the execution needs a slot, each with how many there are."""
    claims: HashTrieMap[int, tuple[Claim, ...]] = HashTrieMap()
    """By node run, also one that has ended and whose permits are held on; 0: the execution's own
    slots, and what it holds again after a redrive.
    """
    held: tuple[int, ...] = ()
    """Node runs of which permits are held across nodes, in the order of the grants; 0: what a
    redriven execution holds again.
    """
    lapsed: dict[str, int] = {}
    """Units by pool that were held across nodes when the execution ended, and that no node run
    where a redrive goes on acquires by itself.
    """
    pause: Pause | None = None
    """Who paused the execution, when and why, while it is paused."""
    armed_at: int | None = None
    armed_until: int | None = None
    """The latest instant that a timer was ever armed for: a schedule may be left until then."""
    busy: int = 0
    """Node runs whose work is done right now; at 0 and none ``back_soon`` the execution waits."""
    back_soon: int = 0
    """Node runs in a back-off that is over soon."""
    dependency_waits: tuple[int, ...] = ()
    """Node runs that wait for another node beyond the flow."""
    until_waits: tuple[int, ...] = ()
    """Node runs that wait until an expression is true: looked at again after every change."""
    halted: HashTrieMap[int, NodeRun] = HashTrieMap()
    """What was active when the execution ended: where a redrive goes on."""
    lost: HashTrieMap[int, NodeRun] = HashTrieMap()
    """Node runs whose failure nothing caught, as they were: a redrive goes on there, too."""
    redrives: int = 0
    redriven_at: int | None = None
    retired_at: int | None = None
    """When it was retired: nothing is known of it any more but what a list would show."""
    is_archived: bool = False
    blocked: HashTrieMap[tuple[int, str], tuple[tuple[int, str], ...]] | None = None
    """Not folded from events: for joins that wait, places whose tokens still may come (see
    ``joins``).
    """
    watched: Watched | None = None
    """Not folded from events: what waits for an expression or a node, by what it reads."""

    @property
    def key(self) -> ExecutionKey:
        """Names this execution."""
        return ExecutionKey(self.project_id, self.execution_id)

    def has_answered(self, key: str | None) -> bool:
        """Whether a control call with this idempotency key was taken in, and is remembered."""
        return key is not None and key in self.control_keys

    @property
    def is_paused(self) -> bool:
        """Whether it goes on only when it is resumed; what is over, does not."""
        return self.pause is not None and not self.status.is_terminal

    @property
    def is_anything_parked(self) -> bool:
        """Whether a token waits at some join."""
        return any(len(parking.held) for parking in self.parked.values())

    def latest_run(self, node_id: str, scope: int = ROOT_SCOPE) -> NodeRun | None:
        """The latest run of a node in a scope and the items that have ended within it, as it
        stands now.
        """
        run = self.latest.get((scope, node_id))
        return None if run is None else self.active.get(run.number, run)

    def scope_chain(self, scope: int) -> list[int]:
        """The scope and those around it, outwards."""
        chain = [scope]
        while chain[-1] != ROOT_SCOPE:
            chain.append(self.scopes[chain[-1]].parent)
        return chain

    def is_within(self, scope: int, number: int) -> bool:
        """Whether a scope belongs to the ``forEach`` of a fork's node run, directly or not."""
        while scope != ROOT_SCOPE:
            inner = self.scopes[scope]
            if inner.number == number:
                return True
            scope = inner.parent
        return False
