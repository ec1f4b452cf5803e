"""Events of an operator's hand: who did what, and why. ``content`` is a digest of what was asked
for under the idempotency ``key``.
"""

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
    ``run-now``.
    """

    action: str
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
