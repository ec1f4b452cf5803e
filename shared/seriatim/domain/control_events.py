"""Events of an operator's hand: who did what, and why. ``content`` is a digest of what was asked
for under the idempotency ``key``.
"""

from typing import Any

from seriatim.domain.event import Event, NodeEvent
from seriatim.domain.values import Status


class ExecutionPaused(Event, frozen=True, kw_only=True):
    """No node run begins from now on; what comes back is taken in. ``status`` stays as it is."""

    status: Status | None = None
    reason: str | None = None
    key: str | None = None
    content: str = ""
    by: str | None = None


class ExecutionResumed(Event, frozen=True, kw_only=True):
    """The execution goes on. ``status`` stays as it is."""

    status: Status | None = None
    reason: str | None = None
    key: str | None = None
    content: str = ""
    by: str | None = None


class ExecutionRedriven(Event, frozen=True, kw_only=True):
    """The execution goes on from where its tokens were when it ended, or with one token on each of
    ``from_node_ids`` instead. What goes on there is in the events that follow. ``acquires`` is what
    it must hold again before anything goes on: units by pool.
    """

    revision: int
    tasks_version: str
    deadline: int | None = None
    from_node_ids: tuple[str, ...] = ()
    acquires: dict[str, int] = {}
    reason: str | None = None
    key: str | None = None
    content: str = ""
    by: str | None = None


class OperatorActed(NodeEvent, frozen=True, kw_only=True):
    """An operator took a node run in hand: ``action`` is ``skip``, ``complete``, ``fail`` or
    ``run-now``. One that had failed before it began to work has its ``inputs`` computed anew.
    """

    action: str
    inputs: dict[str, Any] | None = None
    reason: str | None = None
    key: str | None = None
    content: str = ""
    by: str | None = None


class ExecutionMoved(Event, frozen=True, kw_only=True):
    """The execution goes on with another revision, and with the task definitions as they were
    then; ``deadline`` is by that revision.
    """

    revision: int
    from_revision: int
    tasks_version: str
    deadline: int | None = None
    reason: str | None = None
    key: str | None = None
    content: str = ""
    by: str | None = None


class ExecutionRetired(Event, frozen=True, kw_only=True):
    """The execution has been over for as long as it is kept. Nothing follows, and what came before
    goes by itself: the state is this event alone.
    """

    execution_id: str
    project_id: str
    sequence_id: str
    revision: int
    tasks_version: str
    status: Status
    started_at: int
    ended_at: int
    event_count: int
    """How many events the execution has with this one."""
    name: str | None = None
    priority: int = 0
    metadata: dict[str, Any] = {}
    input_hash: str = ""
    is_archived: bool = False
