"""Reading executions back: one, its history, its node runs, and the lists of a project.

Everything here answers documents as callers see them. Nothing here changes anything.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol

from seriatim.application.answer_size import fit_execution
from seriatim.application.listing import Listing
from seriatim.application.node_runs import Found, active_runs_of, node_runs_of
from seriatim.application.pages import (
    Item,
    Position,
    from_cursor,
    list_id,
    listed,
    page_of,
    to_cursor,
)
from seriatim.application.wire import (
    execution_document,
    history_item,
    latest_runs,
    node_run_document,
    summary_document,
)
from seriatim.domain.state import NodeRun, State
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.log import ExecutionLog
from seriatim.ports.summaries import SummaryFilter
from seriatim.ports.task_tokens import TaskTokens, TokenClaims

Document = dict[str, Any]

STEPS_PER_READ: Final = 50
RUNS_LOOKED_AT_MAX: Final = 10_000
"""Node runs that one page looks through for those of a status; then it ends, with a cursor."""


ACTIVE: Final = frozenset({Status.PENDING, Status.RUNNING, Status.WAITING})


class LoadsExecutions(Protocol):
    """What reading needs of the use cases that change executions."""

    def load(self, key: ExecutionKey) -> State:
        """The state as of now. Raises ``NotFound``."""
        ...


class Drawn(NamedTuple):
    """The revision that an execution runs, and the status of each node's latest run."""

    sequence_id: str
    revision: int
    statuses: dict[str, str]


class Reading:
    """Use cases of reading. Errors: ``NotFound``, ``Invalid`` for a cursor of another list."""

    def __init__(
        self,
        executions: LoadsExecutions,
        log: ExecutionLog,
        listing: Listing,
        tokens: TaskTokens,
    ) -> None:
        self._tokens = tokens
        self._executions = executions
        self._log = log
        self._listing = listing

    def execution(self, key: ExecutionKey) -> Document:
        """An execution: the latest run of each node; of a very large one, what ``fit_execution``
        leaves.
        """
        state = self._executions.load(key)
        document = execution_document(state)
        for run in state.active.values():
            shown = document["nodeExecutions"].get(run.node_id)
            token = self._token_of(key, run)
            if token is not None and shown is not None and shown["run"] == run.run:
                shown["taskToken"] = token
        return fit_execution(document)

    def _token_of(self, key: ExecutionKey, run: NodeRun) -> str | None:
        """A ``wait`` node has no task that could be handed its token: it is read here."""
        if run.status.is_terminal or run.wait is None or run.wait.kind != "callback":
            return None
        return self._tokens.issue(TokenClaims(key, run.number, run.attempts))

    def executions(
        self, project_id: str, where: SummaryFilter, limit: int, cursor: str | None
    ) -> Document:
        """One page of a project's executions, newest start first."""
        return listed(
            lambda items: self._listing.list(project_id, where, items, cursor),
            summary_document,
            limit,
        )

    def node_statuses(self, key: ExecutionKey) -> Drawn:
        """What a picture of an execution shows."""
        state = self._executions.load(key)
        statuses = {run.node_id: run.status.value for run in latest_runs(state)}
        return Drawn(state.sequence_id, state.revision, statuses)

    def history(self, key: ExecutionKey, limit: int, cursor: str | None) -> Document:
        """One page of all events, in order. Reads as many steps as the page needs."""
        of_list = list_id(key, "history")
        begin = from_cursor(cursor, of_list)
        self._executions.load(key)  # of one that is retired there may be anything left
        return page_of(self._events(key, begin, limit), limit, of_list)

    def node_runs(
        self, key: ExecutionKey, status: Status | None, limit: int, cursor: str | None
    ) -> Document:
        """One page of all runs of nodes, in order of start; with ``status``, of those in it.

        A page of a status may be short, or empty, while its cursor says that more is to come.
        """
        of_list = list_id(key, f"nodes {status}")
        begin = from_cursor(cursor, of_list)
        state = self._executions.load(key)
        if status in ACTIVE:
            found = active_runs_of(state, begin.number)
        else:
            found = node_runs_of(self._log, state, begin.number, begin.step)
        looked_at: list[Found] = []
        page = page_of(
            _runs_in(found, status, looked_at, lambda run: self._token_of(key, run)), limit, of_list
        )
        if "cursor" not in page and len(looked_at) == RUNS_LOOKED_AT_MAX:
            last = looked_at[-1]
            page["cursor"] = to_cursor(Position(of_list, last.run.number, last.step))
        return page

    def _events(self, key: ExecutionKey, begin: Position, limit: int) -> Iterator[Item]:
        """The history after a position. Every step has an event: a page needs few steps."""
        after = max(begin.step - 1, 0)
        while steps := self._log.read(key, after, min(limit + 1, STEPS_PER_READ)):
            for step in steps:
                for number, event in enumerate(step.events, start=step.first_event):
                    if number > begin.number:
                        yield Item(history_item(number, step.time, event), number, step.number)
            after = steps[-1].number


def _runs_in(
    found: Iterator[Found],
    status: Status | None,
    looked_at: list[Found],
    token_of: Callable[[NodeRun], str | None],
) -> Iterator[Item]:
    for each in islice(found, RUNS_LOOKED_AT_MAX):
        looked_at.append(each)
        if status is None or each.run.status is status:
            document = node_run_document(each.run, token_of(each.run))
            yield Item(document, each.run.number, each.step)
