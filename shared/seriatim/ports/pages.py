"""Pages, in which the ports answer lists."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; ``cursor`` (opaque, URL-safe) is there while more is to come."""

    items: tuple[T, ...]
    cursor: str | None = None
