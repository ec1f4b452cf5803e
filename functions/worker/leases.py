"""Leases: a received message stays hidden while its worker lives, and comes back soon after its
death. One thread of the process renews them all.

The queue's own visibility time-out must outlast the function's time-out; left at that, a death
would be noticed only after an hour and a half. So the worker shortens it, and renews it for as
long as it works.
"""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType

from seriatim.ports.errors import Unavailable
from seriatim.ports.queue import WorkQueue
from seriatim.topology import WORK_LEASE_SECONDS

RENEW_SECONDS = 20
"""Two renewals may fail before a lease runs out."""

assert RENEW_SECONDS * 2 < WORK_LEASE_SECONDS


class Renewals:
    """Batches whose leases are renewed, each for the first time within ``RENEW_SECONDS``."""

    def __init__(self) -> None:
        self._batches: set[Leases] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, leases: "Leases") -> None:
        """Renew these, too. The first ones start the thread, which stays: a start costs more than
        many a message.
        """
        with self._lock:
            self._batches.add(leases)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()

    def remove(self, leases: "Leases") -> None:
        """Renew these no more."""
        with self._lock:
            self._batches.discard(leases)

    def renew(self) -> None:
        """Renew all that there are, then tell those who want to know, each once."""
        with self._lock:
            batches = list(self._batches)
        for leases in batches:
            leases.extend()
        for on_renewal in {leases.on_renewal for leases in batches}:
            on_renewal()

    def _run(self) -> None:
        never = threading.Event()
        while not never.wait(RENEW_SECONDS):
            self.renew()


RENEWALS = Renewals()


class Leases:
    """The messages of one batch. A context manager: leases are renewed inside, and end with it."""

    def __init__(
        self,
        queue: WorkQueue,
        receipts: Sequence[str],
        on_renewal: Callable[[], None] = lambda: None,
        renewals: Renewals = RENEWALS,
    ) -> None:
        self._renewals = renewals
        self.on_renewal = on_renewal
        self._queue = queue
        self._held = set(receipts)
        self._lock = threading.Lock()

    def __enter__(self) -> "Leases":
        """Shorten the time-outs, and begin to renew them."""
        self.extend()
        self._renewals.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop renewing."""
        self._renewals.remove(self)

    def drop(self, receipt: str) -> None:
        """The message is done with: it will be deleted."""
        with self._lock:
            self._held.discard(receipt)

    def give_back(self, receipt: str, seconds: int) -> None:
        """Have the message come again after ``seconds``."""
        self.drop(receipt)
        try:
            self._queue.extend(receipt, seconds)
        except Unavailable:
            return

    def extend(self) -> None:
        """Keep what is still held hidden for another lease."""
        with self._lock:
            held = list(self._held)
        for receipt in held:
            try:
                self._queue.extend(receipt, WORK_LEASE_SECONDS)
            except Unavailable:
                # The next renewal may reach it; if none does, the message comes back, which is
                # safe.
                continue
