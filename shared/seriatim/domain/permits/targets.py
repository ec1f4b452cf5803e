"""Which of a task's targets an attempt goes to.

One that fails again and again is left out for a while that grows, then tried with one attempt. All
are never left out: where none is left, they are chosen among as if none had failed.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from seriatim.domain.permits.ledger import Target

FAILURES_MAX: Final = 3
"""One after another; then the target is left out."""
LEFT_OUT_MS_MIN: Final = 10_000
LEFT_OUT_MS_MAX: Final = 600_000

replace = msgspec.structs.replace


def choose(
    targets: tuple[Target, ...],
    weights: Sequence[float],
    outstanding: Sequence[int],
    balancing: str | None,
    now: int,
) -> tuple[int, tuple[Target, ...]]:
    """The index of the target that is next, and what is known of all after that.

    ``weighted`` (the default) and ``round_robin`` spread evenly, not in bursts: each turn every
    target gets its weight as credit, and whoever has most pays for all. ``least_outstanding`` takes
    the one with the fewest attempts for its weight. Weight 0 gets nothing, unless all have it.
    """
    assert weights
    known = (*targets, *([Target()] * len(weights)))[: len(weights)]
    effective = list(weights) if any(weight > 0 for weight in weights) else [1.0] * len(weights)
    possible = [index for index, weight in enumerate(effective) if weight > 0]
    sound = [index for index in possible if known[index].out_until <= now]
    candidates = sound or possible
    after = list(known)
    if balancing == "least_outstanding":
        chosen = min(candidates, key=lambda index: (outstanding[index] + 1) / effective[index])
    else:
        shares = {
            index: 1.0 if balancing == "round_robin" else effective[index] for index in candidates
        }
        for index, share in shares.items():
            after[index] = replace(after[index], credit=after[index].credit + share)
        chosen = max(candidates, key=lambda index: after[index].credit)
        paid = after[chosen].credit - sum(shares.values())
        after[chosen] = replace(after[chosen], credit=paid)
    if after[chosen].failures >= FAILURES_MAX:
        # One attempt tries it; the others go elsewhere until that one has told.
        after[chosen] = replace(after[chosen], out_until=now + _pause(after[chosen].failures))
    return chosen, tuple(after)


def learn(
    targets: tuple[Target, ...], index: int, has_failed: bool, now: int
) -> tuple[Target, ...]:
    """What is known after an attempt ended at a target."""
    if index >= len(targets):
        return targets
    after = list(targets)
    if not has_failed:
        after[index] = replace(after[index], failures=0, out_until=0)
        return tuple(after)
    failures = after[index].failures + 1
    out_until = now + _pause(failures) if failures >= FAILURES_MAX else 0
    after[index] = replace(after[index], failures=failures, out_until=out_until)
    return tuple(after)


def _pause(failures: int) -> int:
    doubled = min(failures - FAILURES_MAX, 20)
    return min(LEFT_OUT_MS_MAX, LEFT_OUT_MS_MIN << doubled)
