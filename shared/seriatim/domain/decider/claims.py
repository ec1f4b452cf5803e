"""What an execution has asked ledgers for, and what it holds: questions to its state (ADR 9)."""

from __future__ import annotations

from rpds import HashTrieMap

from seriatim.domain.state import Claim, State


def number_of(request_id: str) -> int:
    """The node run that a request is for; 0: the execution itself."""
    parts = request_id.split("/")
    return int(parts[1].partition("#")[0]) if len(parts) > 1 else 0


def find(state: State, ledger: str, request_id: str) -> Claim | None:
    """What was asked for under this id and is wanted or held still."""
    claims = state.claims.get(number_of(request_id), ())
    return next((x for x in claims if (x.ledger, x.request_id) == (ledger, request_id)), None)


def wants(state: State, ledger: str, request_id: str) -> bool:
    """Whether the execution waits for these permits or holds them."""
    return find(state, ledger, request_id) is not None


def waited_for(state: State) -> tuple[tuple[int, Claim], ...]:
    """What no ledger has granted yet, each with the node run that waits (0: the execution)."""
    return tuple(
        (number, claim)
        for number in sorted(state.claims)
        for claim in state.claims[number]
        if claim.granted_at is None
    )


def kept_by(claims: tuple[Claim, ...]) -> Claim | None:
    """What a node run has acquired, as far as it is held still."""
    return next((x for x in claims if x.is_kept and x.granted_at is not None), None)


def without_attempt(
    claims: HashTrieMap[int, tuple[Claim, ...]], number: int
) -> HashTrieMap[int, tuple[Claim, ...]]:
    """What is left when a node run's attempt, or the run itself, is over: what it has acquired."""
    if number not in claims:
        return claims
    kept = kept_by(claims[number])
    return claims.discard(number) if kept is None else claims.insert(number, (kept,))
