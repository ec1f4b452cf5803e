"""Moving executions to another revision of their sequence: a dry run that says which could and why
others could not, and the move itself.

All the chosen are looked at first, and where one has something in its way none moves. There is no
lock over many executions: each then moves by one step of its own, which looks again. One that
something else got into the way of in between stays where it is, and the answer says so; repeating
the call finds those that have moved where they are to be.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from seriatim.application.errors import WrongState
from seriatim.application.executions import Executions
from seriatim.application.plans import Plans
from seriatim.application.starting import Pin, Starter
from seriatim.domain.decider.moving import Obstacle, obstacles
from seriatim.domain.limits import MOVED_EXECUTIONS_MAX
from seriatim.domain.messages import MoveRequest
from seriatim.domain.pointers import PathPart, pointer
from seriatim.domain.state import State
from seriatim.domain.validation.problems import Problem
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.clock import Clock
from seriatim.ports.errors import NotFound
from seriatim.ports.summaries import Summaries, SummaryFilter

Document = dict[str, Any]

UNENDED: Final = (Status.RUNNING, Status.WAITING, Status.PENDING)
SUMMARIES_PER_READ: Final = 200


class MoveInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks for."""

    to_revision: int
    from_revision: int | None = None
    execution_ids: tuple[str, ...] | None = None
    is_dry_run: bool = True
    reason: str | None = None
    key: str | None = None
    by: str | None = None


class _Chosen(msgspec.Struct, frozen=True):
    """An execution that is asked for, and what is in its way."""

    execution_id: str
    state: State | None
    obstacles: tuple[Obstacle, ...] = ()
    is_there: bool = False


class Moving:
    """The use case. Errors: ``NotFound`` for the sequence or the revision, ``WrongState``."""

    def __init__(
        self,
        executions: Executions,
        plans: Plans,
        starter: Starter,
        summaries: Summaries,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._plans = plans
        self._starter = starter
        self._summaries = summaries
        self._clock = clock

    def move(self, project_id: str, sequence_id: str, asked: MoveInput) -> Document:
        """Say which executions could move, or move them. Repeated with the same key, or at all, it
        moves nothing twice.

        Raises:
            WrongState: not a dry run, and one of the chosen can not move; its problems say why.
        """
        pin = self._starter.pin_of(project_id, sequence_id, asked.to_revision)
        ids, is_cut = self._chosen_ids(project_id, sequence_id, asked)
        if is_cut and not asked.is_dry_run:
            text = f"more than {MOVED_EXECUTIONS_MAX} executions are chosen; name executionIds"
            raise WrongState("TooManyExecutions", text)
        chosen = [
            self._look_at(ExecutionKey(project_id, one), sequence_id, pin, asked) for one in ids
        ]
        if asked.is_dry_run:
            return _report(asked, [_shown(one) for one in chosen], is_cut=is_cut)
        obstructed = [one for one in chosen if one.obstacles]
        if obstructed:
            text = f"{len(obstructed)} of {len(chosen)} executions can not move, so none has"
            raise WrongState("CannotMove", text, list(_problems(obstructed, asked)))
        shown = [self._move(project_id, one, pin, asked) for one in chosen]
        return _report(asked, shown, is_cut=False)

    def _chosen_ids(
        self, project_id: str, sequence_id: str, asked: MoveInput
    ) -> tuple[list[str], bool]:
        """The executions named, else those of the sequence that have not ended; and whether there
        are more than one call takes.
        """
        if asked.execution_ids is not None:
            return list(dict.fromkeys(asked.execution_ids)), False
        found: dict[str, None] = {}
        for execution_id in self._unended(project_id, sequence_id, asked):
            found[execution_id] = None
            if len(found) > MOVED_EXECUTIONS_MAX:
                break
        return list(found)[:MOVED_EXECUTIONS_MAX], len(found) > MOVED_EXECUTIONS_MAX

    def _unended(self, project_id: str, sequence_id: str, asked: MoveInput) -> Iterator[str]:
        for status in UNENDED:
            where = SummaryFilter(status=status, sequence_id=sequence_id)
            cursor: str | None = None
            while True:
                page = self._summaries.list(project_id, where, SUMMARIES_PER_READ, cursor)
                for summary in page.items:
                    revision = summary.revision
                    if asked.from_revision in (None, revision) and revision != asked.to_revision:
                        yield summary.id
                cursor = page.cursor
                if cursor is None:
                    break

    def _look_at(self, key: ExecutionKey, sequence_id: str, pin: Pin, asked: MoveInput) -> _Chosen:
        try:
            state = self._executions.load(key)
        except NotFound as absent:
            return _obstructed(key, None, "NotFound", str(absent))
        if state.sequence_id != sequence_id:
            text = f"it is of sequence {state.sequence_id!r}"
            return _obstructed(key, state, "OtherSequence", text)
        if state.status.is_terminal:
            text = f"it is {state.status.value}; a redrive takes it to another revision"
            return _obstructed(key, state, "ExecutionOver", text)
        if (state.revision, state.tasks_version) == (pin.revision, pin.tasks_version):
            return _Chosen(key.execution_id, state, is_there=True)
        if asked.from_revision not in (None, state.revision):
            text = f"it is on revision {state.revision}"
            return _obstructed(key, state, "OtherRevision", text)
        new_plan = self._plans.get(key.project_id, sequence_id, pin.revision, pin.tasks_version)
        found = obstacles(self._plans.of(state), new_plan, state, self._clock.now())
        return _Chosen(key.execution_id, state, found)

    def _move(self, project_id: str, one: _Chosen, pin: Pin, asked: MoveInput) -> Document:
        if one.is_there:
            return _shown(one)
        key = ExecutionKey(project_id, one.execution_id)
        request = MoveRequest(
            revision=pin.revision,
            tasks_version=pin.tasks_version,
            reason=asked.reason,
            key=asked.key,
            by=asked.by,
        )
        try:
            state = self._executions.move(key, request)
        except WrongState as problem:
            obstacle = Obstacle(code=problem.code, message=problem.message)
            return _shown(_Chosen(key.execution_id, self._executions.load(key), (obstacle,)))
        return _shown(_Chosen(key.execution_id, state), "moved")


def _obstructed(key: ExecutionKey, state: State | None, code: str, text: str) -> _Chosen:
    return _Chosen(key.execution_id, state, (Obstacle(code=code, message=text),))


def _shown(one: _Chosen, outcome: str = "movable") -> Document:
    """What is said of one execution."""
    if one.obstacles:
        outcome = "obstructed"
    elif one.is_there:
        outcome = "there"
    document: Document = {"id": one.execution_id, "outcome": outcome}
    if one.state is not None:
        document |= {"status": one.state.status.value, "revision": one.state.revision}
    document["obstacles"] = [_obstacle(found) for found in one.obstacles]
    return document


def _obstacle(found: Obstacle) -> Document:
    document = {"code": found.code, "message": found.message}
    if found.node_id is not None:
        document["nodeId"] = found.node_id
    if found.transition_id is not None:
        document["transitionId"] = found.transition_id
    return document


def _problems(obstructed: Sequence[_Chosen], asked: MoveInput) -> Iterator[Problem]:
    for one in obstructed:
        path: tuple[PathPart, ...] = ()
        if asked.execution_ids is not None:
            path = ("executionIds", asked.execution_ids.index(one.execution_id))
        for found in one.obstacles:
            yield Problem(
                code=found.code,
                severity="error",
                message=f"Execution {one.execution_id!r}: {found.message}.",
                path=pointer(*path),
                node_id=found.node_id,
                transition_id=found.transition_id,
            )


def _report(asked: MoveInput, shown: list[Document], *, is_cut: bool) -> Document:
    counts = {
        outcome: sum(one["outcome"] == outcome for one in shown)
        for outcome in ("movable", "moved", "there", "obstructed")
    }
    document: Document = {
        "dryRun": asked.is_dry_run,
        "toRevision": asked.to_revision,
        "counts": counts,
        "executions": shown,
    }
    return {**document, "truncated": True} if is_cut else document
