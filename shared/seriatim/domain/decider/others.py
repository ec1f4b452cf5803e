"""What steps of others change of what is remembered.

A state that was kept warm meets steps that others appended: their events tell what of its memory
has gone (``watching``), and what has come to wait meanwhile. Told too much is asked once more, with
the same answer.
"""

import msgspec

from seriatim.domain import control_events as c
from seriatim.domain import events as e
from seriatim.domain import join_events as j
from seriatim.domain.decider import watching
from seriatim.domain.event import Event
from seriatim.domain.state import State
from seriatim.domain.values import Status
from seriatim.domain.watched import Watched


class Others:
    """The memory of a state while others' events are folded into it."""

    def __init__(self, state: State, watched: Watched) -> None:
        # As they were when all was asked: the next turn compares them with those that it reads.
        self._globals = watched.globals
        self._watch = watching.Watch((), state, {})
        self._signals = tuple(watched.listening)
        self._is_lost = False

    @classmethod
    def of(cls, state: State) -> "Others | None":
        """``None`` where nothing is remembered."""
        if state.watched is None or state.blocked is None:
            return None
        return cls(state, state.watched)

    def note(self, event: Event, before: State, after: State) -> None:
        """See the module's docstring."""
        is_moved = isinstance(event, c.ExecutionMoved | c.ExecutionRedriven | e.ExecutionEnded)
        if is_moved or len(after.scopes) < len(before.scopes) - isinstance(event, j.ItemEnded):
            self._is_lost = True
        if self._is_lost:
            return
        self._watch.note(event, before, after)
        match event:
            case e.NodeWaiting():
                self._watch.begins(watching.SIGNAL, event.number)
                if event.wait.kind == "dependency":
                    self._watch.begins(watching.DEPENDENCY, event.number)
                elif event.wait.kind == "until" or event.has_until:
                    self._watch.begins(watching.UNTIL, event.number)
            case e.NodeSucceeded() | e.NodeFailed() | e.NodeCancelled():
                self._left(before, before.active[event.number].scope, event.node_id)
            case j.FiringUndone():
                scope = before.active[event.number].scope
                self._left(before, scope, event.node_id)
                self._watch.begins(watching.JOIN, (scope, event.node_id))
            case e.NodeStarted() if event.consumed:
                self._watch.begins(watching.JOIN, (event.scope, event.node_id))
            case j.TokenParked() | j.TokenAbsorbed() | j.TokensDropped():
                self._left(before, event.scope, event.node_id)
                self._watch.begins(watching.JOIN, (event.scope, event.node_id))
            case j.TokenReachedJoin():
                self._left(before, event.scope, event.node_id)
            case j.WaveOpened() | j.WaveEnded():
                self._watch.begins(watching.JOIN, (event.scope, event.node_id))
            case j.ItemEnded() | j.ForEachStarted():
                self._watch.begins(watching.CLOSING, event.number)
            case _:
                pass

    def _left(self, state: State, scope: int, node_id: str) -> None:
        for around in state.scope_chain(scope):
            self._watch.left(around, node_id)

    def kept_in(self, state: State) -> State:
        """The state with what is remembered still: nothing, where it can not be told, or where
        tokens are left to be moved on.
        """
        is_open = len(state.arrivals) > 0 or state.pause is not None
        if self._is_lost or is_open or state.status is Status.PENDING or state.status.is_terminal:
            return msgspec.structs.replace(state, blocked=None, watched=None)
        signals = [name for name in self._signals if name in state.signals]
        watched = msgspec.structs.replace(self._watch.close(signals), globals=self._globals)
        return msgspec.structs.replace(state, watched=watched)
