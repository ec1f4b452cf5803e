"""The port of the summaries that lists of executions are made of."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from seriatim.domain.values import Error, Status
from seriatim.ports.pages import Page


class Summary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The projection of an execution that lists are made of."""

    project_id: str
    id: str
    sequence_id: str
    revision: int
    status: Status
    start_time: int
    number: int
    """The step that it stands for: an older one never replaces a newer one."""
    name: str | None = None
    end_time: int | None = None
    priority: int = 0
    paused: bool = False
    metadata: dict[str, Any] = {}
    error: Error | None = None
    parent_id: str | None = None
    watch_at: int | None = None
    """When the reconciler is to look (``watches``); never read back."""


class SummaryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which executions a list shows; absent fields do not restrict. Times are milliseconds."""

    status: Status | None = None
    sequence_id: str | None = None
    started_after: int | None = None
    started_before: int | None = None
    name: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    """Keys, each with the text that its value must have (see ``search_text``)."""

    def has(self, summary: Summary) -> bool:
        """Whether the list shows this one."""
        return (
            self.status in (None, summary.status)
            and self.sequence_id in (None, summary.sequence_id)
            and (self.started_after is None or summary.start_time > self.started_after)
            and (self.started_before is None or summary.start_time < self.started_before)
            and self.name in (None, summary.name)
            and all(search_text(summary.metadata.get(key)) == text for key, text in self.metadata)
        )


def search_text(value: Any) -> str | None:
    """The text by which a value of metadata is searched: itself, or a number or a truth value as in
    JSON. Null, objects and arrays are not searched.
    """
    match value:
        case str():
            return value
        case bool() | int() | float():
            return msgspec.json.encode(value).decode()
        case _:
            return None


class SearchKey(msgspec.Struct, frozen=True):
    """A key of metadata by which executions that started at ``since`` or later have entries."""

    key: str
    since: int


class Summaries(Protocol):
    """Projections of executions, newest first. Late or lost, they are repaired from the log."""

    def put(self, summary: Summary, found_by: Sequence[str] = ()) -> None:
        """Write it unless one of the same or a later step is there already (then nothing
        happens). With its first one go entries for the keys of metadata ``found_by``.
        """

    def repair(self, summary: Summary, found_by: Sequence[str] = ()) -> None:
        """As ``put``, at less cost where it is there already."""

    def get(self, project_id: str, execution_id: str) -> Summary | None:
        """The summary of one execution. Strongly consistent."""

    def list(
        self,
        project_id: str,
        where: SummaryFilter,
        limit: int,
        cursor: str | None,
        by: SearchKey | None = None,
    ) -> Page[Summary]:
        """One page, newest start first. What only looking at executions tells is looked for among
        a bounded number of them: such a page may be short, or empty, though more is to come.
        ``by`` (one of the keys asked for) tells what has entries; it changes the cost alone.

        Raises ``ValueError`` for a cursor that is not of this list.
        """
