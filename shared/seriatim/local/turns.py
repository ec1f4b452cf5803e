"""A lock that projects take by turns: however many threads of one wait, one of another waits for no
more than the call that is being made.
"""

import threading
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Turns:
    """Who holds it may take it again. It is handed on in order: to the next group that waits, and
    there to who has waited longest.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._waiting: dict[Hashable, deque[tuple[int, threading.Lock]]] = {}

    @contextmanager
    def turn(self, group: Hashable) -> Iterator[None]:
        """Wait for a turn, and have it inside."""
        me = threading.get_ident()
        if self._holder == me:
            yield
            return
        self._take(me, group)
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, me: int, group: Hashable) -> None:
        with self._lock:
            if self._holder is None:
                self._holder = me
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.setdefault(group, deque()).append((me, mine))
        mine.acquire()  # until whoever passes the turn on lets go of it

    def _pass_on(self) -> None:
        with self._lock:
            if not self._waiting:
                self._holder = None
                return
            group = next(iter(self._waiting))
            waiting = self._waiting.pop(group)
            self._holder, theirs = waiting.popleft()
            if waiting:
                self._waiting[group] = waiting  # its next turn is after all others'
            theirs.release()
