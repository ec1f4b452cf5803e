"""What waits for an expression or for another node, by what it reads: a part of the state that is
not folded from events. The decider keeps it from step to step so that it asks again only what may
have come true; without it everything is asked once more, with the same answers.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
from rpds import HashTrieMap, HashTrieSet

from seriatim.domain.values import GlobalValue

Key: TypeAlias = "str | tuple[int, str] | tuple[int, str, bool]"
"""What may be read: a variable by its name; the latest run of a node, by scope and node; with a
third part, whether a token is still there.
"""

Asker: TypeAlias = "tuple[str, Any]"
"""What waits: its kind, and who it is among those."""

ANY_NODE: Key = (-1, "")
"""Read where the ids of nodes are computed: known only when the expression runs."""


class Listening(msgspec.Struct, frozen=True):
    """Of the node runs up to number ``asked_up_to``, those that might take a signal of a name that
    is kept; the others can not, as long as nothing changes that they read.
    """

    numbers: frozenset[int]
    asked_up_to: int


class Watched(msgspec.Struct, frozen=True):
    """Everything that waited when the last turn ended, and what each reads."""

    readers: HashTrieMap[Key, HashTrieSet[Asker]] = HashTrieMap()
    reads: HashTrieMap[Asker, tuple[Key, ...]] = HashTrieMap()
    due: frozenset[Asker] = frozenset()
    """Who could not be asked."""
    listening: dict[str, Listening] = {}
    globals: dict[str, GlobalValue] = {}
    """The global variables as they were when all that was asked."""

    @property
    def is_plain(self) -> bool:
        """Whether it has readers alone."""
        return not self.due and not self.listening and not self.globals
