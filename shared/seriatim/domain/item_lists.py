"""Parts of the state: lists whose items go through a ``forEach`` body, or have a child each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import msgspec
from rpds import HashTrieMap

from seriatim.domain.values import Error


class Scope(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the tokens of one ``forEach`` item live: ``number`` is the fork's node run."""

    parent: int
    number: int
    index: int
    tokens: int = 0
    """Tokens here and in scopes within, parked ones too; at 0 the item has ended."""
    node_ids: tuple[str, ...] = ()
    outputs: dict[str, Any] = {}
    """Outputs of the node whose token reached the join last."""


class ForEach(msgspec.Struct, frozen=True):
    """A fork over a list, by its node run."""

    items: tuple[Any, ...]
    join_node_id: str
    concurrency_max: int | None = None
    started: int = 0
    ended: HashTrieMap[int, dict[str, Any]] = HashTrieMap()
    has_fired: bool = False
    order: tuple[int, ...] | None = None
    """Items that are to begin, ascending, where others had ended before a redrive; else all."""
    is_closed: bool = False
    """Whether the join has gone on: nobody asks for the items' outputs any more."""

    @property
    def to_start(self) -> int:
        """How many items are to begin in all."""
        return len(self.items) if self.order is None else len(self.order)

    @property
    def next_index(self) -> int:
        """The item that begins next."""
        return self.started if self.order is None else self.order[self.started]

    @property
    def open(self) -> int:
        """Items that have begun and not ended."""
        ended_before = len(self.items) - self.to_start
        return self.started - (len(self.ended) - ended_before)

    @property
    def has_more_in_turn(self) -> bool:
        """Whether items are left that may begin only as others end."""
        return self.concurrency_max is not None and self.started < self.to_start

    @property
    def outputs(self) -> list[dict[str, Any] | None]:
        """What each item has given, in their order; ``None`` for one that has not ended."""
        return [self.ended.get(index) for index in range(len(self.items))]

    def may_start(self, lost: int) -> bool:
        """Whether another item may begin now; ``lost`` of those that are open move no more."""
        if self.has_fired or self.started == self.to_start:
            return False
        return self.concurrency_max is None or self.open - lost < self.concurrency_max

    def begun_anew(self) -> ForEach:
        """The same list, of which the items that ended stay ended and the others begin again."""
        left = tuple(index for index in range(len(self.items)) if index not in self.ended)
        return msgspec.structs.replace(self, started=0, order=left)


class Family(msgspec.Struct, frozen=True):
    """The children of a subprocess with ``forEach``, by its node run."""

    items: tuple[Any, ...]
    sequence_id: str
    attempt: int
    failures_max: int
    concurrency_max: int | None = None
    is_awaited: bool = True
    started: int = 0
    ended: HashTrieMap[int, dict[str, Any] | None] = HashTrieMap()
    """Outputs by index; of a failed child, none."""
    failed: int = 0
    first_error: Error | None = None
    order: tuple[int, ...] | None = None
    """Items whose children are to begin, ascending, where others succeeded before a redrive."""

    @property
    def to_start(self) -> int:
        """How many children are to begin in all."""
        return len(self.items) if self.order is None else len(self.order)

    @property
    def may_start(self) -> int:
        """How many more children may begin now."""
        left = self.to_start - self.started
        if self.concurrency_max is None:
            return left
        return max(0, min(left, self.concurrency_max - self.running))

    @property
    def running(self) -> int:
        """How many children have begun and not ended."""
        ended_before = len(self.items) - self.to_start
        return self.started - (len(self.ended) - ended_before)

    def indexes(self, first: int, count: int) -> Sequence[int]:
        """The items of ``count`` children from the ``first`` in order of start."""
        places = range(first, first + count)
        return places if self.order is None else self.order[first : first + count]

    def place_of(self, index: int) -> int:
        """Where the child of an item, which is to begin, stands in the order of start."""
        return index if self.order is None else bisect_left(self.order, index)

    @property
    def open_indexes(self) -> tuple[int, ...]:
        """Items whose child has begun and not ended."""
        return tuple(i for i in self.indexes(0, self.started) if i not in self.ended)

    def is_open(self, index: int) -> bool:
        """Whether the child of an item has begun and not ended."""
        if index in self.ended:
            return False
        if self.order is None:
            return index < self.started
        place = self.place_of(index)
        return place < self.started and self.order[place] == index

    def begun_anew(self, sequence_id: str) -> Family:
        """The same list: children that succeeded (of those that nobody waits for: that have begun)
        stay, the others begin again.
        """
        begun = set(self.indexes(0, self.started))
        kept = {i: outputs for i, outputs in self.ended.items() if outputs is not None}
        before = set(range(len(self.items))) - set(self.order or range(len(self.items)))
        done = set(kept) if self.is_awaited else begun | before
        return msgspec.structs.replace(
            self,
            sequence_id=sequence_id,
            attempt=1,
            started=0,
            ended=HashTrieMap(kept),
            failed=0,
            first_error=None,
            order=tuple(i for i in range(len(self.items)) if i not in done),
        )
