"""Archiving: an execution with its whole history as one compressed document, and reading it back.

The document is ``{format, execution, nodes, history}``, as callers saw them. It is compressed while
the log is read, so that a long history is never in memory as a whole; reading one back is.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

import msgspec

from seriatim.application.answer_size import fit_execution
from seriatim.application.node_runs import node_runs_of
from seriatim.application.pages import Item, from_cursor, list_id, page_of
from seriatim.application.wire import execution_document, history_item, node_run_document
from seriatim.domain.state import State
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.archive import Archive
from seriatim.ports.log import ExecutionLog

Document = dict[str, Any]

FORMAT: Final = 1
STEPS_PER_READ: Final = 100
GZIP_WBITS: Final = 31
"""Has zlib write gzip's header and trailer."""

_encode = msgspec.json.Encoder().encode


class _Archived(msgspec.Struct, frozen=True):
    """What an archive holds."""

    execution: Document
    nodes: list[Document]
    history: list[Document]
    format: int = FORMAT


class Archiving:
    """Errors of reading: ``NotFound``, ``Invalid`` for a cursor of another list."""

    def __init__(self, log: ExecutionLog, archive: Archive) -> None:
        self._log = log
        self._archive = archive

    def archive(self, state: State) -> None:
        """Keep an execution that has ended, as it is in ``state``; in place of what was archived of
        it before. The same state gives the same bytes.
        """
        self._archive.put(state.key, _compressed(_text(self._log, state)))

    def execution(self, key: ExecutionKey) -> Document:
        """The execution as it was."""
        return fit_execution({**self._read(key).execution, "archived": True})

    def history(self, key: ExecutionKey, limit: int, cursor: str | None) -> Document:
        """One page of all its events. Cursors of the log's pages go on here."""
        of_list = list_id(key, "history")
        after = from_cursor(cursor, of_list).number
        found = self._read(key).history
        items = (Item(one, one["number"], 0) for one in found if one["number"] > after)
        return {**page_of(items, limit, of_list), "archived": True}

    def node_runs(
        self, key: ExecutionKey, status: Status | None, limit: int, cursor: str | None
    ) -> Document:
        """One page of all its node runs; with ``status``, of those in it."""
        of_list = list_id(key, f"nodes {status}")
        after = from_cursor(cursor, of_list).number
        items = (
            Item(one, number, 0)
            for number, one in enumerate(self._read(key).nodes, start=1)
            if number > after and status in {None, one["status"]}
        )
        return {**page_of(items, limit, of_list), "archived": True}

    def _read(self, key: ExecutionKey) -> _Archived:
        return msgspec.json.decode(gzip.decompress(self._archive.get(key)), type=_Archived)


def _text(log: ExecutionLog, state: State) -> Iterator[bytes]:
    yield b'{"format":%d,"execution":' % FORMAT
    yield _encode(execution_document(state))
    yield b',"nodes":['
    runs = (node_run_document(found.run, None) for found in node_runs_of(log, state, 0, 0))
    yield from _listed(runs)
    yield b'],"history":['
    yield from _listed(_events(log, state))
    yield b"]}"


def _listed(documents: Iterable[Document]) -> Iterator[bytes]:
    for number, document in enumerate(documents):
        yield b"," * (number > 0) + _encode(document)


def _events(log: ExecutionLog, state: State) -> Iterator[Document]:
    after = 0
    while after < state.steps:
        steps = log.read(state.key, after, min(STEPS_PER_READ, state.steps - after))
        for step in steps:
            for number, event in enumerate(step.events, start=step.first_event):
                yield history_item(number, step.time, event)
        after = steps[-1].number


def _compressed(parts: Iterable[bytes]) -> bytes:
    packer = zlib.compressobj(wbits=GZIP_WBITS)
    packed = [packer.compress(part) for part in parts]
    return b"".join(chain(packed, [packer.flush()]))
