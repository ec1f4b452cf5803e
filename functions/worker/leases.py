"""Leases: a received message stays hidden while its worker lives, and comes back soon after its
death.

The queue's own visibility time-out must outlast the function's time-out; left at that, a death
would be noticed only after an hour and a half. So the worker shortens it, and renews it for as
long as it works.
"""

import threading
from collections.abc import Callable, Sequence
from types import TracebackType

from seriatim.ports import Unavailable, WorkQueue
from seriatim.topology import WORK_LEASE_SECONDS

RENEW_SECONDS = 20
"""Two renewals may fail before a lease runs out."""

assert RENEW_SECONDS * 2 < WORK_LEASE_SECONDS


class Leases:
    """The messages of one batch. A context manager: leases are renewed inside, and end with it."""

    def __init__(
        self,
        queue: WorkQueue,
        receipts: Sequence[str],
        on_renewal: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_renewal = on_renewal
        self._queue = queue
        self._held = set(receipts)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._renewer = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> "Leases":
        """Shorten the time-outs, and begin to renew them."""
        self._extend()
        self._renewer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop renewing."""
        self._over.set()

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

    def _renew(self) -> None:
        while not self._over.wait(RENEW_SECONDS):
            self._extend()
            self._on_renewal()

    def _extend(self) -> None:
        with self._lock:
            held = list(self._held)
        for receipt in held:
            try:
                self._queue.extend(receipt, WORK_LEASE_SECONDS)
            except Unavailable:
                # The next renewal may reach it; if none does, the message comes back, which is
                # safe.
                continue
