"""What an execution and a ledger say to each other (ADR 9)."""

from typing import Final

import msgspec

from seriatim.domain.values import Error

POOLS: Final = "pools"
"""The ledger of all resource pools of a project."""
PROJECT: Final = "project"
"""The ledger of the executions of a project that may run."""
SLOTS: Final = "slots"
"""The one pool of every ledger but ``pools``."""


def task_ledger(task_definition_id: str) -> str:
    """The ledger of a task definition: its slots, its rate, its targets."""
    return f"task:{task_definition_id}"


def sequence_ledger(sequence_id: str) -> str:
    """The ledger of the executions of a sequence that may run."""
    return f"sequence:{sequence_id}"


class Rules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a request says of a ledger that no caller sets up (all but ``pools``): the last one
    to come counts.
    """

    capacity: int | None = None
    """How many slots there are; ``None``: as many as are asked for."""
    rate_permits: int | None = None
    """So many grants in ``rate_ms``; ``None``: no bound."""
    rate_ms: int | None = None
    balancing: str | None = None
    weights: tuple[float, ...] = ()
    """The weight of each target; empty: there are none to choose from."""


class PermitRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who asks for what. ``id`` is derived, so that a second request of that name is the first."""

    id: str
    execution_id: str
    units: dict[str, int]
    """By pool; of a ledger with one pool, ``{SLOTS: 1}``."""
    priority: int = 0
    begun_at: int = 0
    """When the execution started: of a ring, the youngest is denied."""
    number: int = 0
    """The node run that asks; 0: the execution itself."""
    node_id: str | None = None
    is_kept: bool = False
    """Held across nodes (``acquire``): whoever waits with such a grant may be part of a ring."""
    ancestors: tuple[str, ...] = ()
    """The executions that wait for the one that asks, its parent first: what they hold across nodes
    comes back no sooner than it goes on.
    """
    rules: Rules | None = None


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """A request has all that it asked for."""

    request_id: str
    execution_id: str
    not_before: int | None = None
    """Not to be used before (milliseconds): the rate."""
    target: int | None = None
    """The index of the target that was chosen."""


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """A request can never be met; it is gone from the ledger."""

    request_id: str
    execution_id: str
    error: Error


Notice = Granted | Denied
