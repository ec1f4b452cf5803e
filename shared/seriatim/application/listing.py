"""Lists of executions: kept findable as executions begin and end, and read by what is asked for.

Metadata of a key that the project has made searchable is found by entries, one per execution and
key, written once. Other keys, and executions older than the key's being searchable, are found by
looking at executions one by one, a bounded number for each page.
"""

from collections import OrderedDict
from threading import Lock
from typing import Final

import msgspec

from seriatim.application.choices import Choices
from seriatim.application.retention import Retention
from seriatim.application.starting import named_execution_id
from seriatim.application.summarising import summary_of
from seriatim.domain.state import State
from seriatim.domain.values import ExecutionKey
from seriatim.ports.pages import Page
from seriatim.ports.summaries import SearchKey, Summaries, Summary, SummaryFilter

WRITTEN_MAX: Final = 10_000
"""Summaries that a process remembers to have written, so that their repair costs no look."""


class Listing:
    """Summaries of executions, with what makes them findable. Safe to use from several threads."""

    def __init__(self, summaries: Summaries, choices: Choices, retention: Retention) -> None:
        self._retention = retention
        self._summaries = summaries
        self._choices = choices
        self._written: OrderedDict[ExecutionKey, int] = OrderedDict()
        self._lock = Lock()

    def put(self, state: State) -> None:
        """Write the summary; one of an older step never replaces a newer one. What is retired is in
        no list.
        """
        if state.retired_at is None:
            self._summaries.put(self._summary_of(state), self.found_by(state))
            self._note(state)

    def repair(self, state: State) -> None:
        """Write it again, where it is likely to be there already; here, nothing is looked up."""
        with self._lock:
            is_written = self._written.get(state.key, 0) >= state.steps
        if state.retired_at is None and not is_written:
            self._summaries.repair(self._summary_of(state), self.found_by(state))
            self._note(state)

    def _note(self, state: State) -> None:
        with self._lock:
            self._written[state.key] = max(state.steps, self._written.pop(state.key, 0))
            if len(self._written) > WRITTEN_MAX:
                self._written.popitem(last=False)

    def _summary_of(self, state: State) -> Summary:
        """With the watch that retires the execution, where it has one for nothing else before."""
        summary = summary_of(state)
        ends_at = self._retention.ends_at(state) if state.status.is_terminal else None
        if ends_at is None:
            return summary
        watch_at = ends_at if summary.watch_at is None else min(ends_at, summary.watch_at)
        return msgspec.structs.replace(summary, watch_at=watch_at)

    def list(
        self, project_id: str, where: SummaryFilter, limit: int, cursor: str | None
    ) -> Page[Summary]:
        """One page, newest start first. A name is one execution of its sequence, so that of a name
        and a sequence no list is read.

        Raises ``ValueError`` for a cursor that is not of this list.
        """
        if where.name is not None and where.sequence_id is not None:
            if cursor is not None:
                raise ValueError("The list has one page.")
            execution_id = named_execution_id(project_id, where.sequence_id, where.name)
            found = self._summaries.get(project_id, execution_id)
            is_listed = found is not None and where.has(found)
            return Page((found,) if found is not None and is_listed else ())
        return self._summaries.list(
            project_id, where, limit, cursor, self._key_of(where, project_id)
        )

    def found_by(self, state: State) -> tuple[str, ...]:
        """The keys of metadata by which the execution is found at once."""
        if not state.metadata:
            return ()
        searchable = self._choices.of(state.project_id).searchable_metadata
        return tuple(sorted(searchable.keys() & state.metadata.keys()))

    def _key_of(self, where: SummaryFilter, project_id: str) -> SearchKey | None:
        """Of the keys asked for, the one that has been searchable for longest."""
        if not where.metadata:
            return None
        searchable = self._choices.fresh(project_id).searchable_metadata
        known = [(searchable[key], key) for key, _ in where.metadata if key in searchable]
        return SearchKey(min(known)[1], min(known)[0]) if known else None
