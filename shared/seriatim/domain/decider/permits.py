"""Permits: what node runs and attempts ask for, and what is given back (ADR 9).

A turn records only facts; which requests and releases these call for is found at its end, by what
the execution wants and holds then and did not before. So nothing is asked for that was given up in
the same turn, and what an attempt held is given back however the attempt has ended.
"""

from collections.abc import Iterator

from seriatim.domain import commands as c
from seriatim.domain import events as e
from seriatim.domain import permit_events as p
from seriatim.domain.control_events import OperatorActed
from seriatim.domain.decider import claims
from seriatim.domain.decider.turn import Turn
from seriatim.domain.permits.values import POOLS, PermitRequest, Rules
from seriatim.domain.plan import Plan, PlanNode
from seriatim.domain.state import Claim, NodeRun, State


def ask_to_acquire(turn: Turn, node: PlanNode, run: NodeRun) -> bool:
    """Ask for what a node acquires, if it does and has not. Returns whether the run now waits."""
    if not node.acquires or claims.kept_by(turn.state.claims.get(run.number, ())):
        return False
    name = _name(turn.state, run, f"{run.number}")
    _request(turn, run, POOLS, name, node.acquires, is_kept=True)
    return True


def may_begin(turn: Turn, node: PlanNode, run: NodeRun, attempt: int) -> bool:
    """Whether an attempt has all that it needs; else what it lacks is asked for, ledger by ledger,
    or it waits for the rate.
    """
    if not node.needs:
        return True
    request_id = _name(turn.state, run, f"{run.number}/{attempt}")
    for need in node.needs:
        claim = claims.find(turn.state, need.ledger, request_id)
        if claim is None:
            _request(turn, run, need.ledger, request_id, need.units)
        if claim is None or claim.granted_at is None:
            return False
        if claim.not_before is not None and claim.not_before > turn.now:
            _await_rate(turn, run, claim.ledger, claim.not_before)
            return False
    return True


def target_of(state: State, number: int) -> int | None:
    """The target that was chosen for the attempt that is about to begin."""
    if not (claimed := state.claims.get(number)):
        return None
    return next((x.target for x in claimed if x.target is not None), None)


def give_back(turn: Turn, node: PlanNode, run: NodeRun) -> None:
    """A node has completed: of what it releases, the oldest holdings go first. More than there is
    can not be given back.
    """
    for pool, wanted in node.releases.items():
        left = wanted
        for holder in turn.state.held:
            held = claims.kept_by(turn.state.claims[holder])
            given = 0 if held is None else min(left, held.units.get(pool, 0))
            if held is None or not given:
                continue
            left -= given
            units = {**held.units, pool: held.units[pool] - given}
            turn.emit(
                p.HoldingReduced(
                    number=run.number,
                    node_id=run.node_id,
                    run=run.run,
                    holder=holder,
                    request_id=held.request_id,
                    keep={name: count for name, count in units.items() if count},
                )
            )


def call_for_changes(turn: Turn) -> None:
    """The end of a turn: give back what is not wanted any more, then ask for what is wanted now."""
    before, after = turn.claims_before, turn.state.claims
    if before is after:
        return
    ended = _attempts_ended(turn)
    for number in sorted(turn.claims_touched):
        now = {(x.ledger, x.request_id): x for x in after.get(number, ())}
        for claim in before.get(number, ()):
            left = now.get((claim.ledger, claim.request_id))
            if left is None or left.units != claim.units:
                turn.call_for(
                    c.ReleasePermits(
                        ledger=claim.ledger,
                        request_id=claim.request_id,
                        keep={} if left is None else left.units,
                        has_failed=None if claim.is_kept else ended.get(number),
                    )
                )
    for number in sorted(turn.claims_touched):
        known = {(x.ledger, x.request_id) for x in before.get(number, ())}
        for claim in after.get(number, ()):
            if (claim.ledger, claim.request_id) not in known:
                turn.call_for(request_of(turn.plan, turn.state, number, claim))


def _attempts_ended(turn: Turn) -> dict[int, bool]:
    """Of the node runs whose attempt has ended in this turn by itself, whether it failed."""
    by_hand = {x.number for x in turn.events if isinstance(x, OperatorActed)}
    succeeded = {x.number for x in turn.events if isinstance(x, e.NodeSucceeded)} - by_hand
    failed = {x.number for x in turn.events if isinstance(x, e.TaskFailed)}
    return dict.fromkeys(succeeded, False) | dict.fromkeys(failed, True)


def request_of(plan: Plan, state: State, number: int, claim: Claim) -> c.RequestPermits:
    """The command that asks for what is waited for, by its node run (0: the execution)."""
    rules: Rules | None = None
    node_id: str | None = None
    if number == 0 and not claim.is_kept:
        rules = Rules(capacity=state.slots[claim.ledger])
    elif number:
        node_id = state.active[number].node_id
        needs = plan.node(node_id).needs
        rules = next((x.rules for x in needs if x.ledger == claim.ledger), None)
    return c.RequestPermits(
        ledger=claim.ledger,
        request=PermitRequest(
            id=claim.request_id,
            execution_id=state.execution_id,
            units=claim.units,
            priority=state.priority,
            begun_at=state.started_at,
            number=number,
            node_id=node_id,
            is_kept=claim.is_kept,
            ancestors=() if state.parent is None else state.parent.ancestors,
            rules=rules,
        ),
    )


def ready_to_go_on(turn: Turn) -> Iterator[int]:
    """Node runs whose permits came while the execution was paused."""
    for number in sorted(turn.state.claims):
        run = turn.state.active.get(number)
        is_granted = all(x.granted_at is not None for x in turn.state.claims[number])
        if is_granted and run is not None and run.wait is not None and run.wait.kind == "permit":
            yield number


def prepares_attempt(state: State, number: int) -> bool:
    """Whether what a node run waits for is for an attempt, not what it acquires."""
    return any(not claim.is_kept for claim in state.claims.get(number, ()))


def _request(
    turn: Turn,
    run: NodeRun,
    ledger: str,
    request_id: str,
    units: dict[str, int],
    *,
    is_kept: bool = False,
) -> None:
    turn.emit(
        p.PermitsRequested(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            ledger=ledger,
            request_id=request_id,
            units=units,
            is_kept=is_kept,
        )
    )


def _await_rate(turn: Turn, run: NodeRun, ledger: str, at: int) -> None:
    turn.emit(
        p.RateAwaited(number=run.number, node_id=run.node_id, run=run.run, ledger=ledger, at=at)
    )
    turn.must_wake_at(at)


def _name(state: State, run: NodeRun, what: str) -> str:
    """The id of a request. After a denial it is another one: what is given back late under the old
    one must not take what came under the new.
    """
    suffix = f"#{run.denials}" if run.denials else ""
    return f"{state.execution_id}/{what}{suffix}"
