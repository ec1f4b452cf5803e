"""Following an execution as it goes: on a terminal a table that moves, elsewhere a line per event.

All is read from the history, so what is shown of an execution in this process and of one on a
service far away is the same.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from seriatim.cli.live_view import render
from seriatim.cli.node_progress import Advice, Progress
from seriatim.client.http import HttpClient
from seriatim.domain.values import ExecutionKey

Document = dict[str, Any]

PAGE_ITEMS: Final = 200
LOOK_SECONDS_MIN: Final = 0.05
LOOK_SECONDS_MAX: Final = 0.5
"""Between looks at the history: often while something happens, less so while nothing does."""


class HasReading(Protocol):
    """The part of a wiring that is needed here."""

    @property
    def reading(self) -> Any:
        """The use cases of reading."""
        ...


class Service(Protocol):
    """A service in this process: ``seriatim.local.service.LocalService``."""

    @property
    def wiring(self) -> HasReading:
        """Its use cases."""
        ...


def follow(
    source: Service | HttpClient,
    key: ExecutionKey,
    console: Console,
    *,
    timeout_seconds: float | None = None,
    advice: Advice | None = None,
    is_quiet: bool = False,
) -> Document | None:
    """Show what an execution does until it has ended.

    Args:
        source: where the execution is.
        key: which one.
        console: where to show it: a moving table if it is a terminal, else lines.
        timeout_seconds: look for so long only, in real time.
        advice: for what a node waits for, what a person could do about it.
        is_quiet: show nothing, only wait.

    Returns:
        The history's last item (``ExecutionEnded``: its status, outputs, error), or None where
        time was up first.
    """
    progress = Progress(advice)
    history = _History(source, key)
    ends = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    if is_quiet or not console.is_terminal:
        lines = None if is_quiet else console
        return _watch(history, progress, ends, lambda line: _print(lines, line), lambda: None)
    with Live(console=console, refresh_per_second=8, transient=False) as live:

        def draw() -> None:
            live.update(render(progress, console.height))

        return _watch(history, progress, ends, lambda _: None, draw)


def _print(console: Console | None, line: str) -> None:
    if console is not None:
        console.print(Text(line), soft_wrap=True)


def _watch(
    history: "_History",
    progress: Progress,
    ends: float | None,
    tell: Callable[[str], None],
    draw: Callable[[], None],
) -> Document | None:
    pause, seconds = threading.Event(), LOOK_SECONDS_MIN
    while True:
        items = history.following()
        for item in items:
            line = progress.take(item, time.monotonic())
            if line is not None:
                tell(line)
        progress.pass_time(time.monotonic())
        draw()
        if progress.end is not None:
            return progress.end
        if items:
            seconds = LOOK_SECONDS_MIN
            continue
        if ends is not None and time.monotonic() >= ends:
            return None
        left = seconds if ends is None else min(seconds, max(ends - time.monotonic(), 0.0))
        pause.wait(left)
        seconds = min(seconds * 1.3, LOOK_SECONDS_MAX)


class _History:
    """Reads on where it stopped. The last page has no cursor: it is read again, for what is new."""

    def __init__(self, source: Service | HttpClient, key: ExecutionKey) -> None:
        self._source = source
        self._key = key
        self._cursor: str | None = None
        self._seen = 0

    def following(self) -> list[Document]:
        """The next items; none where nothing has happened since."""
        page = self._page()
        items = [item for item in page["items"] if item["number"] > self._seen]
        if items:
            self._seen = items[-1]["number"]
        self._cursor = page.get("cursor", self._cursor)
        return items

    def _page(self) -> Document:
        if isinstance(self._source, HttpClient):
            return self._source.history(self._key.execution_id, PAGE_ITEMS, self._cursor)
        reading = self._source.wiring.reading
        page: Document = reading.history(self._key, PAGE_ITEMS, self._cursor)
        return page
