"""The state of an execution as bytes, and back: what a snapshot in the log holds.

A snapshot only saves reading: it can always be made again from the log, so a body of another
format is ignored. So is one of another version of the state: of a newer one, for there may be
events before it that this version must leave alone; of an older one, for it lacks what this
version would have folded from the events before it.
"""

import hashlib
from functools import cache
from typing import Any, TypeVar, get_type_hints

import msgspec
from rpds import HashTrieMap

from seriatim.domain.item_lists import Family, ForEach, Scope
from seriatim.domain.state import Arrival, Claim, NodeRun, ParkedToken, Parking, State
from seriatim.domain.values import Error

V = TypeVar("V")

FORMAT = 3
"""Counts what ``FORM`` cannot tell: events that fold to something else, with the same fields."""
ITEMS_AN_ENTRY = 16
"""So many items of a list count as one entry: while they end one by one, about as many snapshots
are written, however long the list is.
"""
_PARTS = (State, NodeRun, Arrival, Claim, ParkedToken, Parking, Scope, ForEach, Family, Error)
FORM = hashlib.sha256(
    repr([(part.__name__, part.__struct_fields__) for part in _PARTS]).encode()
).hexdigest()[:12]
"""Another one for every version that has other fields in a state."""

_MAPS = frozenset(
    {
        "active",
        "latest",
        "halted",
        "lost",
        "arrivals",
        "live",
        "parked",
        "scopes",
        "for_each",
        "families",
        "claims",
    }
)
_MEMORY = frozenset({"blocked", "watched"})
"""Fields that are not folded from events."""


class _Parked(msgspec.Struct, array_like=True):
    scope: int
    node_id: str
    held: list[tuple[str, tuple[ParkedToken, ...]]]
    awaited: tuple[str, ...]


class _ForEach(msgspec.Struct, array_like=True):
    number: int
    items: tuple[Any, ...]
    join_node_id: str
    concurrency_max: int | None
    started: int
    ended: list[tuple[int, dict[str, Any]]]
    has_fired: bool
    order: tuple[int, ...] | None
    is_closed: bool


class _Family(msgspec.Struct, array_like=True):
    number: int
    items: tuple[Any, ...]
    sequence_id: str
    attempt: int
    failures_max: int
    concurrency_max: int | None
    is_awaited: bool
    started: int
    ended: list[tuple[int, dict[str, Any] | None]]
    failed: int
    first_error: Error | None
    order: tuple[int, ...] | None


class _Body(msgspec.Struct):
    fields: dict[str, Any]
    active: list[NodeRun]
    latest: list[tuple[int, NodeRun]]
    halted: list[NodeRun]
    lost: list[NodeRun]
    arrivals: list[tuple[int, Arrival]]
    live: list[tuple[int, str, int]]
    parked: list[_Parked]
    scopes: list[tuple[int, Scope]]
    for_each: list[_ForEach]
    families: list[_Family]
    claims: list[tuple[int, tuple[Claim, ...]]] = []
    format: int = FORMAT
    form: str = FORM


class _Format(msgspec.Struct):
    format: int = 0
    form: str = ""


def weight(state: State) -> int:
    """How many entries a snapshot of this state holds: it pays when the log since the last one has
    more.
    """
    return len(state.latest) + len(state.active) + len(state.arrivals) + len(state.parked)


def weight_of_lists(state: State) -> int:
    """The same of the lists that items or children go through: a list of 100,000 that runs ten at a
    time would else be written out every few hundred steps.
    """
    items = sum(len(record.items) for record in state.for_each.values())
    return (items + sum(len(family.items) for family in state.families.values())) // ITEMS_AN_ENTRY


def encode(state: State) -> bytes:
    """The state as JSON; the same state gives the same bytes."""
    fields = {
        name: getattr(state, name)
        for name in state.__struct_fields__
        if name not in _MAPS and name not in _MEMORY
    }
    body = _Body(
        fields=fields,
        active=_by_number(state.active.values()),
        latest=sorted(
            ((scope, run) for (scope, _), run in state.latest.items()),
            key=lambda item: (item[1].number, item[0]),
        ),
        halted=_by_number(state.halted.values()),
        lost=_by_number(state.lost.values()),
        arrivals=_by_key(state.arrivals),
        live=sorted((scope, node_id, count) for (scope, node_id), count in state.live.items()),
        parked=[
            _Parked(scope, node_id, sorted(p.held.items()), tuple(sorted(p.awaited)))
            for (scope, node_id), p in _by_key(state.parked)
        ],
        scopes=_by_key(state.scopes),
        for_each=[
            _ForEach(
                number,
                f.items,
                f.join_node_id,
                f.concurrency_max,
                f.started,
                _by_key(f.ended),
                f.has_fired,
                f.order,
                f.is_closed,
            )
            for number, f in _by_key(state.for_each)
        ],
        families=[
            _Family(
                number,
                f.items,
                f.sequence_id,
                f.attempt,
                f.failures_max,
                f.concurrency_max,
                f.is_awaited,
                f.started,
                _by_key(f.ended),
                f.failed,
                f.first_error,
                f.order,
            )
            for number, f in _by_key(state.families)
        ],
        claims=_by_key(state.claims),
    )
    return msgspec.json.encode(body)


@cache
def _hints() -> dict[str, Any]:
    # HashTrieMap takes no type arguments when it runs; the fields that are one are read apart.
    return get_type_hints(State, localns={"HashTrieMap": dict})


def decode(body: bytes) -> State | None:
    """The state, or ``None`` where the body is of another format, or was written by a version with
    another state (read the whole log then).
    """
    written = msgspec.json.decode(body, type=_Format)
    if (written.format, written.form) != (FORMAT, FORM):
        return None
    parts = msgspec.json.decode(body, type=_Body)
    hints = _hints()
    fields = {
        name: msgspec.convert(value, hints[name], strict=False)
        for name, value in parts.fields.items()
        if name in hints
    }
    return State(
        **fields,
        active=HashTrieMap({run.number: run for run in parts.active}),
        latest=HashTrieMap({(scope, run.node_id): run for scope, run in parts.latest}),
        halted=HashTrieMap({run.number: run for run in parts.halted}),
        lost=HashTrieMap({run.number: run for run in parts.lost}),
        arrivals=HashTrieMap(dict(parts.arrivals)),
        live=HashTrieMap({(scope, node_id): count for scope, node_id, count in parts.live}),
        parked=HashTrieMap(
            {
                (p.scope, p.node_id): Parking(HashTrieMap(dict(p.held)), frozenset(p.awaited))
                for p in parts.parked
            }
        ),
        scopes=HashTrieMap(dict(parts.scopes)),
        for_each=HashTrieMap(
            {
                f.number: ForEach(
                    f.items,
                    f.join_node_id,
                    f.concurrency_max,
                    f.started,
                    HashTrieMap(dict(f.ended)),
                    f.has_fired,
                    f.order,
                    f.is_closed,
                )
                for f in parts.for_each
            }
        ),
        families=HashTrieMap(
            {
                f.number: Family(
                    f.items,
                    f.sequence_id,
                    f.attempt,
                    f.failures_max,
                    f.concurrency_max,
                    f.is_awaited,
                    f.started,
                    HashTrieMap(dict(f.ended)),
                    f.failed,
                    f.first_error,
                    f.order,
                )
                for f in parts.families
            }
        ),
        claims=HashTrieMap(dict(parts.claims)),
    )


def _by_key(entries: "HashTrieMap[Any, V]") -> list[tuple[Any, V]]:
    # By the key alone: values have no order.
    return sorted(entries.items(), key=lambda entry: entry[0])


def _by_number(runs: Any) -> list[NodeRun]:
    return sorted(runs, key=lambda run: run.number)
