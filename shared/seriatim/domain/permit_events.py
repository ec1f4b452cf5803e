"""Events of permits: what is asked of a ledger, what has come, and what is given back (ADR 9).

What an attempt holds goes with the attempt, what an execution holds with its end: that needs no
event of its own.
"""

from typing import Any

from seriatim.domain.event import Event, NodeEvent
from seriatim.domain.values import Error


class PermitsRequested(NodeEvent, frozen=True, kw_only=True):
    """A node run waits for permits: for its next attempt, or for what it acquires
    (``is_kept``).
    """

    ledger: str
    request_id: str
    units: dict[str, int]
    is_kept: bool = False


class PermitsReceived(NodeEvent, frozen=True, kw_only=True):
    """The ledger has granted them. ``inputs`` of a node run that acquires are computed now: what
    its permits guard may have changed while it waited.
    """

    ledger: str
    request_id: str
    not_before: int | None = None
    target: int | None = None
    inputs: dict[str, Any] | None = None


class PermitsRefused(NodeEvent, frozen=True, kw_only=True):
    """The ledger has none to give now; the node run gives up waiting, and asks again at
    ``retry_at``. No attempt has begun, so none is counted.
    """

    ledger: str
    request_id: str
    error: Error
    retry_at: int


class RateAwaited(NodeEvent, frozen=True, kw_only=True):
    """The attempt has its permits, but the rate lets it begin only ``at`` that time."""

    ledger: str
    at: int


class HoldingReduced(NodeEvent, frozen=True, kw_only=True):
    """The node run gives back of what node run ``holder`` had acquired; ``keep`` is what stays."""

    holder: int
    request_id: str
    keep: dict[str, int] = {}


class SlotRequested(Event, frozen=True, kw_only=True):
    """The execution waits for its slot among those that may run."""

    ledger: str
    request_id: str


class SlotReceived(Event, frozen=True, kw_only=True):
    """The execution has a slot."""

    ledger: str
    request_id: str


class HoldingsRequested(Event, frozen=True, kw_only=True):
    """A redriven execution waits for what its nodes had acquired and not released when it ended."""

    ledger: str
    request_id: str
    units: dict[str, int]


class HoldingsReceived(Event, frozen=True, kw_only=True):
    """The execution holds again what its nodes had acquired."""

    ledger: str
    request_id: str


class ExecutionAdmitted(Event, frozen=True, kw_only=True):
    """The execution has every slot that it needs, and what it held before a redrive: it runs, and
    its time-out counts from now.
    """

    deadline: int | None = None
