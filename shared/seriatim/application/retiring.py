"""Retiring: what becomes of an execution that is kept no longer.

It is archived, where its project wants that; then its last step says that it is gone; then all
that is kept of it is told to go by itself. Each part may be repeated: what a crash leaves out is
done by the next delivery, or by that of the message that the reconciler sends again.
"""

from seriatim.application.advancing import Advancer
from seriatim.application.archiving import Archiving
from seriatim.application.listing import Listing
from seriatim.application.retention import REST_MS, TRACE_MS, Retention
from seriatim.application.states import States
from seriatim.application.summarising import summary_of
from seriatim.domain.messages import RetireRequest
from seriatim.domain.state import State
from seriatim.domain.values import ExecutionKey
from seriatim.ports.clock import Clock
from seriatim.ports.forgetting import Forgetting


class Retiring:
    """See the module's docstring."""

    def __init__(
        self,
        advancer: Advancer,
        states: States,
        retention: Retention,
        archiving: Archiving,
        forgetting: Forgetting,
        listing: Listing,
        clock: Clock,
    ) -> None:
        self._advancer = advancer
        self._states = states
        self._retention = retention
        self._archiving = archiving
        self._forgetting = forgetting
        self._listing = listing
        self._clock = clock

    def retire(self, key: ExecutionKey) -> None:
        """Retire an execution whose retention is over; any other stays as it is.

        A second delivery finds it retired, and tells again to go what is left.

        Raises:
            Unavailable: some of it may have been done.
        """
        state = self._states.fresh(key)
        if state is None:
            return
        if state.retired_at is None:
            if not self._retention.is_over(state, self._clock.now()):
                return
            state = self._retired(state)
        if state is not None:
            self._forget(state)

    def _retired(self, state: State) -> State | None:
        """With its last step; ``None`` if somebody let it go on meanwhile."""
        is_archived = self._retention.is_archived(state.project_id)
        if is_archived:
            self._archiving.archive(state)
        request = RetireRequest(event_count=state.event_count, is_archived=is_archived)
        writer = f"retire/{state.event_count}"
        after = self._advancer.submit(state.key, request, writer).state
        return after if after is not None and after.retired_at is not None else None

    def _forget(self, state: State) -> None:
        """The summary last: with it goes the watch, by which what a crash left out is found."""
        now = self._clock.now()
        self._forgetting.forget_log(state.key, state.steps, now, now + TRACE_MS)
        found_by = self._listing.found_by(state)
        self._forgetting.forget_summary(summary_of(state), found_by, now + REST_MS)
