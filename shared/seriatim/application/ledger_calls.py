"""What a step asks of ledgers and gives back to them, and what they answer (ADR 9).

A request is written before the execution's tail is read, and whatever ends the wish for a permit is
appended before the permit is released: so one of the two sees the other, and nothing stays held
that nobody wants.
"""

from collections.abc import Iterable, Sequence

import msgspec

from seriatim.application.permit_notices import message_of
from seriatim.application.permits import Permits
from seriatim.application.rings import Rings
from seriatim.application.states import States
from seriatim.domain import commands as c
from seriatim.domain import messages as m
from seriatim.domain.decider.claims import waited_for, wants
from seriatim.domain.decider.permits import request_of
from seriatim.domain.permits.values import POOLS, Notice
from seriatim.domain.plan import Plan
from seriatim.domain.state import State
from seriatim.domain.values import ExecutionKey

LedgerCommand = c.RequestPermits | c.ReleasePermits


class Answer(msgspec.Struct, frozen=True):
    """What a ledger tells an execution."""

    execution_id: str
    message: m.PermitsGranted | m.PermitsDenied


class LedgerCalls:
    """See the module's docstring. Safe to use from several threads; every call may be repeated."""

    def __init__(self, permits: Permits, states: States, rings: Rings) -> None:
        self._rings = rings
        self._permits = permits
        self._states = states

    def carry(self, state: State, commands: Iterable[LedgerCommand]) -> tuple[Answer, ...]:
        """Do what the commands ask for, in order. The answers are still to be sent to the
        executions that they are for, before what called for this is acknowledged.

        A request that ``state`` does not want any more is given back instead: an earlier delivery
        may have written it. Raises ``Unavailable``.
        """
        key = state.key
        answers: dict[tuple[str, str], Answer] = {}
        asked: list[c.RequestPermits] = []
        for command in commands:
            if isinstance(command, c.ReleasePermits):
                notices = self._release(key, command)
            elif wants(state, command.ledger, command.request.id):
                notices = self._permits.request(key.project_id, command.ledger, command.request)
                asked.append(command)
            else:
                notices = self._give_up(key, command)
            answers |= _by_request(command.ledger, notices)
        for command in self._unwanted(key, asked):
            answers |= _by_request(command.ledger, self._give_up(key, command))
        if any(x.ledger == POOLS and (POOLS, x.request.id) not in answers for x in asked):
            answers |= _by_request(POOLS, self._rings.denials(key.project_id))
        return tuple(answers.values())

    def ask_again(self, plan: Plan, state: State) -> tuple[Answer, ...]:
        """Ask for what an execution waits for and its ledger does not know to wait: the message
        that was to ask, or to bring the answer, got lost. Answers as ``carry``.
        """
        waited = waited_for(state)
        lost: list[LedgerCommand] = []
        for name in sorted({claim.ledger for _, claim in waited}):
            waiting = self._permits.read(state.project_id, name).waiting
            lost += [
                request_of(plan, state, number, claim)
                for number, claim in waited
                if claim.ledger == name and claim.request_id not in waiting
            ]
        return self.carry(state, lost)

    def _release(self, key: ExecutionKey, command: c.ReleasePermits) -> Sequence[Notice]:
        return self._permits.release(
            key.project_id, command.ledger, command.request_id, command.keep, command.has_failed
        )

    def _give_up(self, key: ExecutionKey, command: c.RequestPermits) -> Sequence[Notice]:
        return self._permits.release(key.project_id, command.ledger, command.request.id, {}, None)

    def _unwanted(self, key: ExecutionKey, asked: list[c.RequestPermits]) -> list[c.RequestPermits]:
        """What the execution does not want any more, as it is after the requests were written."""
        if not asked:
            return []
        state = self._states.fresh(key)
        assert state is not None, "a step is there, so the execution is"
        return [x for x in asked if not wants(state, x.ledger, x.request.id)]


def _by_request(ledger: str, notices: Iterable[Notice]) -> dict[tuple[str, str], Answer]:
    """The answers; the last one to a request is the one that counts."""
    return {
        (ledger, notice.request_id): Answer(notice.execution_id, message_of(ledger, notice))
        for notice in notices
    }
