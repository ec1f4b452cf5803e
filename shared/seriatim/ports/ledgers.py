"""The port of ledgers (ADR 9)."""

from typing import NamedTuple, Protocol

import msgspec

from seriatim.domain.permits.ledger import Ledger
from seriatim.ports.pages import Page


class StoredLedger(msgspec.Struct, frozen=True):
    """A ledger as it was read, and what a change of it is based on."""

    ledger: Ledger
    version: int
    """Counts writes; 0: nobody has written it yet."""
    is_listed: bool = False
    """Whether ``busy`` shows it."""


class LedgerName(NamedTuple):
    """Names one ledger of one project."""

    project_id: str
    name: str


class Ledgers(Protocol):
    """Ledgers of all projects: each a document of its own, written as a whole."""

    def load(self, project_id: str, name: str) -> StoredLedger:
        """One that nobody has written is empty and has version 0. Strongly consistent."""

    def save(self, project_id: str, name: str, ledger: Ledger, based_on: StoredLedger) -> None:
        """Write it if it still is as it was read. ``busy`` shows it from before it is not idle.

        A write whose answer was lost recognises itself, and nothing but itself.

        Raises:
            Conflict: somebody else has written it. Read it again and decide again.
            Unavailable: whether it was written is unknown until the next read.
        """

    def busy(self, limit: int, cursor: str | None) -> Page[LedgerName]:
        """One page of the ledgers, of all projects, that hold anything or have anything waiting;
        others may be among them until ``unlist``. Raises ``ValueError`` for a cursor of another
        list.
        """

    def unlist(self, project_id: str, name: str, based_on: StoredLedger) -> None:
        """Show it no more, if it still is as it was read: idle. Repeated, or done while somebody
        makes it busy, it changes nothing.

        Raises:
            Conflict: somebody else has written it.
        """
