"""Lists of executions: kept findable as executions begin and end, and read by what is asked for.

Metadata of a key that the project has made searchable is found by entries, one per execution and
key, written once. Other keys, and executions older than the key's being searchable, are found by
looking at executions one by one, a bounded number for each page.
"""

from seriatim.application.choices import Choices
from seriatim.application.starting import named_execution_id
from seriatim.application.summarising import summary_of
from seriatim.domain.state import State
from seriatim.ports import Page
from seriatim.summary_ports import SearchKey, Summaries, Summary, SummaryFilter


class Listing:
    """Summaries of executions, with what makes them findable."""

    def __init__(self, summaries: Summaries, choices: Choices) -> None:
        self._summaries = summaries
        self._choices = choices

    def put(self, state: State) -> None:
        """Write the summary; one of an older step never replaces a newer one."""
        self._summaries.put(summary_of(state), self._found_by(state))

    def repair(self, state: State) -> None:
        """Write it again, where it is likely to be there already."""
        self._summaries.repair(summary_of(state), self._found_by(state))

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

    def _found_by(self, state: State) -> tuple[str, ...]:
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
