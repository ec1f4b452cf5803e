"""The port of sequences and their revisions."""

from typing import Any, Protocol

import msgspec

from seriatim.ports.pages import Page


class SequenceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence as it stands: its newest document (canonical JSON), life cycle, last published
    revision (0: none).
    """

    project_id: str
    id: str
    name: str
    status: str
    document: dict[str, Any]
    revision: int
    version: int
    """Counts changes of the record, from 1; the ETag."""
    created_at: int
    updated_at: int


class RevisionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A published revision, without its document."""

    revision: int
    label: str
    """The author's ``version``."""
    published_at: int
    nodes: int
    transitions: int


class Sequences(Protocol):
    """Definitions. ``version`` is the optimistic lock; revisions are immutable and stay
    readable.
    """

    def create(self, record: SequenceRecord) -> None:
        """Store a new record (``version`` 1). Raises ``Conflict`` if the id is taken."""

    def update(self, record: SequenceRecord, expected_version: int, *, publish: bool) -> None:
        """Replace the record if its version still is ``expected_version``; with ``publish`` the
        document also becomes revision ``record.revision``, in the same transaction. Raises
        ``Conflict``, ``NotFound``.
        """

    def get(self, project_id: str, sequence_id: str) -> SequenceRecord:
        """Raises ``NotFound``. Strongly consistent."""

    def get_revision(self, project_id: str, sequence_id: str, revision: int) -> dict[str, Any]:
        """The immutable document of a revision. Raises ``NotFound``."""

    def list_revisions(
        self, project_id: str, sequence_id: str, limit: int, cursor: str | None
    ) -> Page[RevisionRecord]:
        """One page, the newest first; empty where the sequence has none or does not exist. Raises
        ``ValueError`` for a cursor of another list.
        """

    def list(
        self,
        project_id: str,
        *,
        status: str | None,
        name: str | None,
        limit: int,
        cursor: str | None,
    ) -> Page[SequenceRecord]:
        """One page by id. ``name`` matches exactly."""
