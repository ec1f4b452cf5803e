"""Pages of lists that are read from the log: cursors, and where a page ends."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import msgspec

from seriatim.application.answer_size import ANSWER_BYTES_MAX, fit_item, size
from seriatim.application.errors import Invalid
from seriatim.domain.values import ExecutionKey
from seriatim.ports.pages import Page

T = TypeVar("T")

Document = dict[str, Any]


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a list of one execution goes on: after item ``number``, in the steps after ``step``.

    ``list_id`` binds it to its list, so that a cursor of another list is refused, not misread.
    """

    list_id: str
    number: int
    step: int


def list_id(key: ExecutionKey, kind: str) -> str:
    """Names one list of one execution, in a few characters."""
    text = f"{kind}#{key.project_id}#{key.execution_id}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def to_cursor(position: Position) -> str:
    """The opaque, URL-safe form of a position."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(position)).decode().rstrip("=")


def from_cursor(cursor: str | None, of_list: str) -> Position:
    """The position of a cursor; without one, the beginning.

    Raises:
        Invalid: it is no cursor of this list.
    """
    if cursor is None:
        return Position(of_list, 0, 0)
    try:
        body = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position = msgspec.msgpack.decode(body, type=Position)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise invalid_cursor() from None
    if position.list_id != of_list or position.number < 0 or position.step < 0:
        raise invalid_cursor()
    return position


def invalid_cursor() -> Invalid:
    """What a caller is told whose cursor is not of this list."""
    message = "The cursor is not one that this list gave; begin again without it."
    return Invalid("InvalidCursor", message)


def page_document(items: list[Document], cursor: str | None) -> Document:
    """A page as callers see it: ``cursor`` is there while more is to come."""
    return {"items": items, "cursor": cursor} if cursor else {"items": items}


class Item(NamedTuple):
    """An item of a list, and where it is."""

    document: Document
    number: int
    step: int


def page_of(items: Iterable[Item], limit: int, of_list: str) -> Document:
    """A page of the first of ``items``: at most ``limit``, and as many as fit one answer."""
    page: list[Document] = []
    last: Item | None = None
    bytes_left = ANSWER_BYTES_MAX
    for item in items:
        document = fit_item(item.document)
        bytes_left -= size(document)
        if last is not None and (len(page) == limit or bytes_left < 0):
            return page_document(page, to_cursor(Position(of_list, last.number, last.step)))
        page.append(document)
        last = item
    return page_document(page, None)


def listed(
    read: Callable[[int], Page[T]], document_of: Callable[[T], Document], limit: int
) -> Document:
    """A page of a list that a port keeps; where ``limit`` items are too large, of fewer.

    Raises:
        Invalid: the cursor is of another list.
    """
    while True:
        try:
            page = read(limit)
        except ValueError:
            raise invalid_cursor() from None
        document = page_document([document_of(item) for item in page.items], page.cursor)
        if limit == 1 or size(document) <= ANSWER_BYTES_MAX:
            break
        limit = (limit + 1) // 2
    document["items"] = [fit_item(item) for item in document["items"]]
    return document
