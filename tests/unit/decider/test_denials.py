"""Goal: a denial that may pass is asked for again by the node's retry policy, and is no attempt."""

from typing import Any

import pytest

from seriatim.domain import messages as m
from seriatim.domain import permit_events as p
from seriatim.domain.decider.claims import waited_for
from seriatim.domain.errors import RESOURCE_DEADLOCK, TOO_MANY_WAITING
from seriatim.domain.values import Error
from tests.builders import Driver, sequence

RETRY = {"maxRetries": 2, "retryIntervalSeconds": 5, "backoffMultiplier": 2}
NODES: dict[str, dict[str, Any]] = {
    "a": {"resources": {"db": 1}, "retryPolicy": RETRY},
}


def driver(**node: Any) -> Driver:
    return Driver(sequence("start > a > end", nodes={"a": {**NODES["a"], **node}}))


def answered(run: Driver, error: Error | None = None) -> str:
    """The ledger denies what is waited for, or grants it; returns the request's id."""
    [(_, claim)] = waited_for(run.current)
    if error is None:
        run.send(m.PermitsGranted(ledger=claim.ledger, request_id=claim.request_id))
    else:
        run.send(m.PermitsDenied(ledger=claim.ledger, request_id=claim.request_id, error=error))
    return claim.request_id


TOO_MANY = Error(TOO_MANY_WAITING, retryable=True)


@pytest.mark.parametrize("node", [{}, {"resources": {}, "acquire": {"db": 1}}])
def test_a_denial_that_may_pass_is_asked_for_again_after_a_back_off(node: dict[str, Any]) -> None:
    run = driver(**node)
    began = run.now
    names = [answered(run, TOO_MANY)]
    assert run.run_of("a").retry_at == began + 5_000
    run.pass_time(5_000)
    names.append(answered(run, TOO_MANY))
    assert run.run_of("a").retry_at == began + 15_000
    run.pass_time(10_000)
    names.append(answered(run))
    assert len(set(names)) == 3, "what comes late under an old name must not count for the new one"
    assert run.run_of("a").attempts == 1
    run.done("a")
    assert run.status == "succeeded"


def test_after_as_many_denials_as_retries_the_node_fails() -> None:
    run = driver()
    for _ in range(2):
        answered(run, TOO_MANY)
        run.pass_time(20_000)
    answered(run, TOO_MANY)
    assert run.status == "failed"
    assert run.current.failure is not None
    assert run.current.failure.code == TOO_MANY_WAITING


def test_denials_take_no_retry_from_attempts() -> None:
    run = driver(retryPolicy=RETRY | {"maxRetries": 1})
    answered(run, TOO_MANY)
    run.pass_time(5_000)
    answered(run)
    run.fails("a", "Bad", retryable=True)
    run.pass_time(5_000)
    answered(run)
    assert run.run_of("a").attempts == 2
    run.done("a")
    assert run.status == "succeeded"


@pytest.mark.parametrize(
    ("policy", "error"),
    [
        (RETRY, Error(RESOURCE_DEADLOCK)),
        (RETRY | {"retryableErrors": ["*"]}, Error(RESOURCE_DEADLOCK)),
        (RETRY | {"retryableErrors": ["Other"]}, TOO_MANY),
        ({"maxRetries": 0}, TOO_MANY),
    ],
)
def test_what_cannot_pass_or_is_not_covered_fails_the_node_at_once(
    policy: dict[str, Any], error: Error
) -> None:
    run = driver(retryPolicy=policy)
    answered(run, error)
    assert run.status == "failed"
    assert not any(isinstance(x, p.PermitsRefused) for x in run.events)
