"""Attempts that run in this process, and who must be told when one is not wanted any more.

Whoever keeps a newer state of an execution has it looked at: a cancel in the same process is told
at once. One in another process is seen when the log's tail is read, which long attempts have done
for them as their message's lease is renewed.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from seriatim.domain.state import State
from seriatim.domain.values import ExecutionKey

Call = Callable[[], None]
OnCancel = Callable[[Call], None]
"""Has a call made when an attempt is not wanted any more."""


class _Attempt:
    def __init__(self, number: int, attempt: int) -> None:
        self.number = number
        self.attempt = attempt
        self.was_seen = False
        self.is_over = False
        self.calls: list[Call] = []


class Running:
    """See the module's docstring. Safe to use from several threads."""

    def __init__(self) -> None:
        self._attempts: dict[ExecutionKey, list[_Attempt]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def attempt(self, key: ExecutionKey, number: int, attempt: int) -> Iterator[OnCancel]:
        """An attempt runs inside. Gives what has a call made, from another thread, when it is not
        wanted any more; at once if that is so already.
        """
        mine = _Attempt(number, attempt)
        with self._lock:
            self._attempts.setdefault(key, []).append(mine)
        try:
            yield lambda call: self._on_end(mine, call)
        finally:
            with self._lock:
                # Who was to be told holds the attempt in turn; only the collector would part them.
                mine.calls.clear()
                others = [each for each in self._attempts[key] if each is not mine]
                if others:
                    self._attempts[key] = others
                else:
                    del self._attempts[key]

    def _on_end(self, mine: _Attempt, call: Call) -> None:
        with self._lock:
            if not mine.is_over:
                mine.calls.append(call)
                return
        call()

    def look(self, state: State) -> None:
        """Tell the attempts of an execution that its state does not wait for."""
        calls: list[Call] = []
        with self._lock:
            for each in self._attempts.get(state.key, ()):
                run = state.active.get(each.number)
                if run is None or not run.is_attempt_open(each.attempt):
                    each.is_over = True
                    calls += each.calls
                    each.calls = []
        for call in calls:
            call()

    def long_running(self) -> list[ExecutionKey]:
        """Executions with an attempt that ran when this was asked the last time: short ones cost no
        read.
        """
        with self._lock:
            found = [k for k, each in self._attempts.items() if any(x.was_seen for x in each)]
            for attempts in self._attempts.values():
                for one in attempts:
                    one.was_seen = True
        return sorted(found)
