"""Reading the revisions of a sequence: which there are, and what two of them differ in."""

from itertools import islice
from typing import Any

from seriatim.application.pages import listed
from seriatim.domain.definition.differing import differences, text_of
from seriatim.domain.limits import DIFFERENCES_MAX
from seriatim.domain.times import to_iso
from seriatim.ports.errors import NotFound
from seriatim.ports.sequences import RevisionRecord, Sequences

Document = dict[str, Any]


class Revisions:
    """The use cases. Errors: ``NotFound``, ``Invalid`` for a cursor of another list."""

    def __init__(self, sequences: Sequences) -> None:
        self._sequences = sequences

    def list(self, project_id: str, sequence_id: str, limit: int, cursor: str | None) -> Document:
        """One page of the revisions of a sequence, the newest first."""
        self._sequences.get(project_id, sequence_id)
        return listed(
            lambda items: self._sequences.list_revisions(project_id, sequence_id, items, cursor),
            _revision_document,
            limit,
        )

    def diff(
        self,
        project_id: str,
        sequence_id: str,
        older: int | None,
        newer: int | None,
    ) -> Document:
        """What ``newer`` (the newest revision unless told) has otherwise than ``older`` (the one
        before it).
        """
        record = self._sequences.get(project_id, sequence_id)
        if newer is None:
            newer = record.revision
        if older is None:
            older = newer - 1
        if newer < 1 or older < 1:
            text = f"Sequence {sequence_id!r} has no two revisions to compare; it has"
            raise NotFound(f"{text} {record.revision}.")
        before = self._sequences.get_revision(project_id, sequence_id, older)
        after = self._sequences.get_revision(project_id, sequence_id, newer)
        found = differences(before, after)
        shown = [one.to_json() for one in islice(found, DIFFERENCES_MAX)]
        document: Document = {
            "from": older,
            "to": newer,
            "differences": shown,
            "text": text_of(shown),
        }
        return {**document, "truncated": True} if next(found, None) is not None else document


def _revision_document(record: RevisionRecord) -> Document:
    return {
        "revision": record.revision,
        "version": record.label,
        "publishedAt": to_iso(record.published_at),
        "nodes": record.nodes,
        "transitions": record.transitions,
    }
