"""What two revisions of a sequence differ in: nodes, transitions, variables and settings that were
added, removed or changed, each with where it stands.

Nodes and transitions are told by their ids, variables by their names; an object is compared field
by field, any other value as a whole. Standard library only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from seriatim.domain.pointers import PathPart, pointer

KINDS: Final = (("nodes", "node", "id"), ("transitions", "transition", "id"))
VARIABLES: Final = ("variables", "variable", "name")
LEFT_OUT: Final = frozenset({"id", "projectId", "status", "revision", "createdAt", "updatedAt"})
"""The service's own fields: they say nothing of what runs."""
ABSENT: Final = object()
VALUE_CHARACTERS_MAX: Final = 120


class Difference(NamedTuple):
    """One thing that differs. ``path`` is a JSON pointer into the newer document; of what was
    removed, into the older one.
    """

    change: str
    """``added``, ``removed`` or ``changed``."""
    what: str
    """``node``, ``transition``, ``variable`` or ``setting``."""
    name: str
    path: str
    old: Any = ABSENT
    new: Any = ABSENT

    def to_json(self) -> dict[str, Any]:
        """The difference as callers see it."""
        document = {
            "change": self.change,
            "what": self.what,
            "name": self.name,
            "path": self.path,
        }
        if self.old is not ABSENT:
            document["old"] = self.old
        if self.new is not ABSENT:
            document["new"] = self.new
        return document


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """All that differs between two stored documents, settings first, each kind in the order of the
    newer document, what was removed last.
    """
    lists = {field for field, _, _ in (*KINDS, VARIABLES)} | LEFT_OUT
    for name in _fields(old, new):
        if name not in lists:
            values = old.get(name, ABSENT), new.get(name, ABSENT)
            yield from _of_value("setting", name, [name], *values)
    for field, what, key in (VARIABLES, *KINDS):
        yield from _of_list(field, what, key, old.get(field) or (), new.get(field) or ())


def _of_list(
    field: str,
    what: str,
    key: str,
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
) -> Iterator[Difference]:
    before = {one[key]: (place, one) for place, one in enumerate(old)}
    after = {one[key]: (place, one) for place, one in enumerate(new)}
    for name, (place, one) in after.items():
        if name not in before:
            yield Difference("added", what, name, pointer(field, place), new=one)
            continue
        was = before[name][1]
        for part in _fields(was, one):
            values = was.get(part, ABSENT), one.get(part, ABSENT)
            yield from _of_value(what, name, [field, place, part], *values)
    for name, (place, one) in before.items():
        if name not in after:
            yield Difference("removed", what, name, pointer(field, place), old=one)
    kept_before = [name for name in before if name in after]
    kept_after = [name for name in after if name in before]
    if kept_before != kept_after:
        yield Difference(
            "changed", "setting", f"order of {field}", pointer(field), kept_before, kept_after
        )


def _of_value(
    what: str, name: str, path: list[PathPart], old: Any, new: Any
) -> Iterator[Difference]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for part in _fields(old, new):
            values = old.get(part, ABSENT), new.get(part, ABSENT)
            yield from _of_value(what, name, [*path, part], *values)
    elif not _is_same(old, new):
        yield Difference("changed", what, name, pointer(*path), old, new)


def _is_same(old: Any, new: Any) -> bool:
    """Whether JSON makes no difference: 1 is not true."""
    return old is new or (old == new and repr(old) == repr(new))


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*new, *old]))


# -- for readers ----------------------------------------------------------------------------------


def text_of(found: Sequence[Mapping[str, Any]]) -> str:
    """Differences as lines to read: ``+ node 'b'``, ``- …``, ``~ node 'a' /name: 'x' → 'y'``."""
    return "\n".join(_line(one) for one in found)


def _line(one: Mapping[str, Any]) -> str:
    place = f"{one['what']} {one['name']!r}"
    match one["change"]:
        case "added":
            return f"+ {place}{_type_of(one['new'])}"
        case "removed":
            return f"- {place}{_type_of(one['old'])}"
        case _:
            old, new = (_short(one[side]) if side in one else "absent" for side in ("old", "new"))
            return f"~ {place} {one['path']}: {old} → {new}"


def _type_of(value: Any) -> str:
    if "sourceNodeId" in value:
        return f" ({value['sourceNodeId']} → {value['targetNodeId']})"
    return f" ({value['type']})" if isinstance(value, Mapping) and "type" in value else ""


def _short(value: Any) -> str:
    text = repr(value)
    is_long = len(text) > VALUE_CHARACTERS_MAX
    return text[: VALUE_CHARACTERS_MAX - 1] + "…" if is_long else text
