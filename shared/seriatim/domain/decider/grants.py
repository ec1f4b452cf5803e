"""What ledgers answer: permits have come, or can never come."""

from typing import Any

from seriatim.domain import messages as m
from seriatim.domain import permit_events as p
from seriatim.domain.decider import admission, attempts, claims, ending
from seriatim.domain.decider.completing import fail
from seriatim.domain.decider.mappings import inputs_of
from seriatim.domain.decider.turn import NodeError, Turn
from seriatim.domain.decision import Refusal
from seriatim.domain.errors import is_retryable
from seriatim.domain.state import Claim, NodeRun
from seriatim.domain.values import Error, Status


def granted(turn: Turn, message: m.PermitsGranted) -> Refusal | None:
    """Take in a grant; the node run goes on as the turn settles."""
    claim = claims.find(turn.state, message.ledger, message.request_id)
    if claim is None or claim.granted_at is not None:
        return _stale()
    number = claims.number_of(message.request_id)
    if number == 0:
        kind = p.HoldingsReceived if claim.is_kept else p.SlotReceived
        turn.emit(kind(ledger=message.ledger, request_id=message.request_id))
        admission.go_on(turn)
        return None
    run = turn.run(number)
    inputs, problem = _inputs_of(turn, run, claim)
    turn.emit(
        p.PermitsReceived(
            number=number,
            node_id=run.node_id,
            run=run.run,
            ledger=message.ledger,
            request_id=message.request_id,
            not_before=message.not_before,
            target=message.target,
            inputs=inputs,
        )
    )
    if problem is None:
        turn.due_permits.append(number)
    else:
        fail(turn, turn.run(number), problem)
    return None


def _inputs_of(
    turn: Turn, run: NodeRun, claim: Claim
) -> tuple[dict[str, Any] | None, Error | None]:
    """The inputs of a node run that has what it acquires; while it waited, others may have changed
    what they are made of.
    """
    if not claim.is_kept:
        return None, None
    try:
        return inputs_of(turn, turn.node(run), run.scope), None
    except NodeError as problem:
        return None, problem.error


def denied(turn: Turn, message: m.PermitsDenied) -> Refusal | None:
    """Fail the node run that can never have its permits, or have it ask later; without a slot, or
    what it must hold again, the execution fails.
    """
    claim = claims.find(turn.state, message.ledger, message.request_id)
    if claim is None or claim.granted_at is not None:
        return _stale()
    number = claims.number_of(message.request_id)
    if number == 0:
        ending.end(turn, Status.FAILED, error=message.error)
    else:
        _ask_later(turn, turn.run(number), message)
    return None


def _ask_later(turn: Turn, run: NodeRun, message: m.PermitsDenied) -> None:
    """Where the error may pass, ask again by the node's retry policy; else fail the node run."""
    error, rule = message.error, turn.node(run).retry
    may_pass = error.retryable and is_retryable(error, rule.patterns)
    if not may_pass or run.denials >= rule.retries_max:
        fail(turn, run, error)
        return
    seed = f"{attempts.jitter_seed(turn, run)}#{run.denials}"
    delay = attempts.back_off_ms(rule, run.denials + 1, seed)
    turn.emit(
        p.PermitsRefused(
            number=run.number,
            node_id=run.node_id,
            run=run.run,
            ledger=message.ledger,
            request_id=message.request_id,
            error=error,
            retry_at=turn.now + delay,
        )
    )
    if delay:
        turn.must_wake_at(turn.now + delay)
    else:
        turn.due_retries.append(run.number)


def _stale() -> Refusal:
    return Refusal("PermitNotAwaited", "nothing waits for these permits any more")
