"""The state of an execution as bytes, and back: what a snapshot in the log holds.

A snapshot only saves reading: it can always be made again from the log, so a body of another
format is ignored.
"""

from typing import Any, get_type_hints

import msgspec
from rpds import HashTrieMap

from seriatim.domain.state import Arrival, NodeRun, ParkedToken, Parking, State

FORMAT = 1

_MAPS = frozenset({"active", "latest", "halted", "arrivals", "live", "parked"})
_MEMORY = frozenset({"blocked"})
"""Fields that are not folded from events."""


class _Parked(msgspec.Struct, array_like=True):
    scope: int
    node_id: str
    held: list[tuple[str, tuple[ParkedToken, ...]]]
    awaited: tuple[str, ...]


class _Body(msgspec.Struct):
    fields: dict[str, Any]
    active: list[NodeRun]
    latest: list[NodeRun]
    halted: list[NodeRun]
    arrivals: list[tuple[int, Arrival]]
    live: list[tuple[int, str, int]]
    parked: list[_Parked]
    format: int = FORMAT


class _Format(msgspec.Struct):
    format: int = 0


def weight(state: State) -> int:
    """How many entries a snapshot of this state holds: it pays when the log since the last one has
    more.
    """
    return len(state.latest) + len(state.active) + len(state.arrivals) + len(state.parked)


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
        latest=_by_number(state.latest.values()),
        halted=_by_number(state.halted.values()),
        arrivals=sorted(state.arrivals.items(), key=lambda item: item[0]),
        live=sorted((scope, node_id, count) for (scope, node_id), count in state.live.items()),
        parked=[
            _Parked(scope, node_id, sorted(p.held.items()), tuple(sorted(p.awaited)))
            for (scope, node_id), p in sorted(state.parked.items(), key=lambda item: item[0])
        ],
    )
    return msgspec.json.encode(body)


def decode(body: bytes) -> State | None:
    """The state, or ``None`` where the body is of another format (read the whole log then)."""
    if msgspec.json.decode(body, type=_Format).format != FORMAT:
        return None
    parts = msgspec.json.decode(body, type=_Body)
    # HashTrieMap takes no type arguments when it runs; the fields that are one are read apart.
    hints = get_type_hints(State, localns={"HashTrieMap": dict})
    fields = {
        name: msgspec.convert(value, hints[name], strict=False)
        for name, value in parts.fields.items()
        if name in hints
    }
    return State(
        **fields,
        active=HashTrieMap({run.number: run for run in parts.active}),
        latest=HashTrieMap({(run.scope, run.node_id): run for run in parts.latest}),
        halted=HashTrieMap({run.number: run for run in parts.halted}),
        arrivals=HashTrieMap(dict(parts.arrivals)),
        live=HashTrieMap({(scope, node_id): count for scope, node_id, count in parts.live}),
        parked=HashTrieMap(
            {
                (p.scope, p.node_id): Parking(HashTrieMap(dict(p.held)), frozenset(p.awaited))
                for p in parts.parked
            }
        ),
    )


def _by_number(runs: Any) -> list[NodeRun]:
    return sorted(runs, key=lambda run: run.number)
