"""Whether an execution may run at all: ``maxConcurrentExecutions`` of its sequence and its project,
and after a redrive what its nodes had acquired.

One that needs these is ``pending``: nothing is entered, signals and variables are taken in, until
every ledger has granted what it needs.
"""

from seriatim.domain import permit_events as p
from seriatim.domain.decider import claims
from seriatim.domain.decider.turn import Turn
from seriatim.domain.messages import StartRequest
from seriatim.domain.permits.values import POOLS, PROJECT, sequence_ledger
from seriatim.domain.plan import Plan


def slots_of(plan: Plan, request: StartRequest) -> dict[str, int]:
    """The ledgers of which an execution needs a slot, in the order in which it asks them."""
    if not request.is_counted or request.parent is not None:
        return {}
    limits = {
        sequence_ledger(request.sequence_id): plan.executions_max,
        PROJECT: request.project_executions_max,
    }
    return {ledger: limit for ledger, limit in limits.items() if limit}


def go_on(turn: Turn) -> None:
    """Ask for the next slot that is missing, then for what nodes had acquired before a redrive;
    with all of it the execution runs. Whoever holds units across nodes has its slots, so that
    slots and units make no ring.
    """
    # After a redrive it is another one: what is given back late must not take the new one.
    suffix = f"#{turn.state.redrives}" if turn.state.redrives else ""
    request_id = turn.state.execution_id + suffix
    for ledger in turn.state.slots:
        claim = claims.find(turn.state, ledger, request_id)
        if claim is None:
            turn.emit(p.SlotRequested(ledger=ledger, request_id=request_id))
        if claim is None or claim.granted_at is None:
            return
    if turn.state.lapsed:
        if claims.find(turn.state, POOLS, request_id) is None:
            units = turn.state.lapsed
            turn.emit(p.HoldingsRequested(ledger=POOLS, request_id=request_id, units=units))
        return
    deadline = turn.after(turn.plan.timeout_ms)
    turn.emit(p.ExecutionAdmitted(deadline=deadline))
    turn.must_wake_at(deadline)
