"""Batches for calls that take many entries: so many at most, and so many bytes together."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def batches(
    entries: Iterable[T], bytes_of: Callable[[T], int], *, entries_max: int, bytes_max: int
) -> Iterator[list[T]]:
    """The entries in order, in as few batches as the limits allow. An entry over ``bytes_max`` is
    a batch by itself: whether it may be sent at all is the service's to say.
    """
    batch: list[T] = []
    size = 0
    for entry in entries:
        weight = bytes_of(entry)
        if batch and (len(batch) == entries_max or size + weight > bytes_max):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += weight
    if batch:
        yield batch
