"""Events of joins, and of the ``forEach`` bodies that a join closes."""

from typing import Any

from seriatim.domain.event import Event, NodeEvent, Taken


class ForEachStarted(NodeEvent, frozen=True, kw_only=True):
    """A fork has a list: one token per item goes through its body, up to the join."""

    items: tuple[Any, ...]
    join_node_id: str
    concurrency_max: int | None = None


class ItemStarted(NodeEvent, frozen=True, kw_only=True):
    """The tokens of one item set out, in a scope of their own."""

    index: int
    scope: int
    taken: tuple[Taken, ...]


class ItemEnded(NodeEvent, frozen=True, kw_only=True):
    """No token of the item is left in the body."""

    index: int
    scope: int
    outputs: dict[str, Any] = {}


class ItemsCancelled(NodeEvent, frozen=True, kw_only=True):
    """What is left of the body is given up: the join has what it needs."""

    keeps_ended: bool = False
    """Whether what has ended is kept, for a join that may have to act again."""


class TokenReachedJoin(Event, frozen=True, kw_only=True):
    """A token of an item reached the join that ends the body."""

    node_id: str
    transition_id: str
    arrival: int
    scope: int


class TokenParked(Event, frozen=True, kw_only=True):
    """A token waits on a transition into a join."""

    node_id: str
    transition_id: str
    arrival: int
    scope: int = 0


class TokenAbsorbed(Event, frozen=True, kw_only=True):
    """A token of a join's open wave was swallowed: the join had fired without it."""

    node_id: str
    transition_id: str
    arrival: int
    scope: int = 0


class TokensDropped(Event, frozen=True, kw_only=True):
    """Tokens that had not begun a node run were dropped: those parked at a join, and the
    ``arrivals`` on their way to the node. A wave that ``keeps_wave`` still awaits the late ones.
    """

    node_id: str
    scope: int = 0
    arrivals: tuple[int, ...] = ()
    keeps_wave: bool = False


class FiringUndone(NodeEvent, frozen=True, kw_only=True):
    """A join that had failed gives the tokens that it took back to their transitions, and asks
    anew: its next run is another one.
    """


class WaveOpened(Event, frozen=True, kw_only=True):
    """A join fired before all had come; one late token of each ``awaited`` transition is
    absorbed.
    """

    node_id: str
    awaited: tuple[str, ...]
    scope: int = 0


class WaveEnded(Event, frozen=True, kw_only=True):
    """No late token of the join's last firing can come any more."""

    node_id: str
    scope: int = 0
