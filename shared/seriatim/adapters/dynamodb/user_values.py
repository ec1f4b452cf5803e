"""Where in an event or a command values of users lie, derived from the types, so that a new field
cannot be forgotten: every field of type ``Any`` or ``dict[str, Any]``, also inside other structs.
"""

from functools import cache
from typing import Any

import msgspec

from seriatim.domain.commands import AnyCommand
from seriatim.domain.events import AnyEvent

Place = tuple[str, ...]
"""Field names as written, from the event or command inwards."""


@cache
def places() -> dict[str, tuple[Place, ...]]:
    """The places of every type of event and command, by the type's name as written."""
    found: dict[str, tuple[Place, ...]] = {}
    for kind in msgspec.inspect.multi_type_info((*AnyEvent.__args__, *AnyCommand.__args__)):
        assert isinstance(kind, msgspec.inspect.StructType)
        found[str(kind.tag)] = tuple(_places_in(kind))
    return found


def _places_in(kind: msgspec.inspect.StructType) -> list[Place]:
    found: list[Place] = []
    for field in kind.fields:
        for option in _options(field.type):
            if _is_user_value(option):
                found.append((field.encode_name,))
            elif isinstance(option, msgspec.inspect.StructType):
                found.extend((field.encode_name, *inner) for inner in _places_in(option))
    return found


def _options(kind: msgspec.inspect.Type) -> tuple[msgspec.inspect.Type, ...]:
    return kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)


def _is_user_value(kind: msgspec.inspect.Type) -> bool:
    if isinstance(kind, msgspec.inspect.DictType):
        kind = kind.value_type
    return isinstance(kind, msgspec.inspect.AnyType)


def containers(item: dict[str, Any]) -> list[tuple[dict[str, Any], Place]]:
    """The user values of one event or command (as plain JSON): the object that holds each, and its
    place. Fields that are left out are not listed.
    """
    found = []
    for place in places()[item["type"]]:
        holder: Any = item
        for name in place[:-1]:
            holder = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and place[-1] in holder:
            found.append((holder, place))
    return found
