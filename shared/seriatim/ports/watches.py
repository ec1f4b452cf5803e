"""The port by which executions are found that may need repair: by time, without a scan.

By itself, beside ``summaries``, for nobody but the reconciler reads by it.
"""

from typing import Protocol

import msgspec

from seriatim.domain.values import ExecutionKey
from seriatim.ports.pages import Page
from seriatim.ports.summaries import Summary

SHARDS: int = 16
"""Partitions that watches are spread over: one takes a thousand changes per second."""


class Watched(msgspec.Struct, frozen=True):
    """An execution that is to be looked at, from ``at`` on."""

    key: ExecutionKey
    at: int


class Watches(Protocol):
    """When each execution is to be looked at next. A watch is set with the summary
    (``Summary.watch_at``), and is gone with a summary that has none.
    """

    def due(self, shard: int, now: int, limit: int, cursor: str | None) -> Page[Watched]:
        """One page of a shard's executions that were to be looked at by ``now``, the longest
        overdue first. May be a moment behind ``keep``.
        """

    def keep(self, summary: Summary) -> None:
        """Write the summary, and with it its watch, unless one of a later step is there (then
        nothing happens: that one has a watch of its own).
        """
