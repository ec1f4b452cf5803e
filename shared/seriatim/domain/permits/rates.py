"""Rates: from when on a grant may be used, so that never more than ``permits`` of them may be in
any window of ``window_ms``.

What is remembered are bursts, at most some hundred: grants for one instant are one, and beyond a
hundred bursts neighbours count as one at the later time. So a rate of up to 100 permits is kept
exactly, a greater one within a hundredth of it, always on the lower side.
"""

from typing import Final

from seriatim.domain.permits.ledger import Burst

BURSTS_KEPT: Final = 100


def next_use(
    bursts: tuple[Burst, ...], permits: int, window_ms: int, now: int
) -> tuple[int, tuple[Burst, ...]]:
    """When the next grant may be used, and what is remembered after it. Never before ``now`` nor
    before the grants that went ahead.
    """
    at = max(now, bursts[-1].at) if bursts else now
    count = 0
    for burst in reversed(bursts):
        count += burst.count
        if count >= permits:
            at = max(at, burst.at + window_ms)
            break
    kept = [burst for burst in bursts if burst.at > at - window_ms]
    merged_max = -(-permits // BURSTS_KEPT)
    if kept and (kept[-1].at == at or kept[-1].count < merged_max):
        kept[-1] = Burst(at, kept[-1].count + 1)
    else:
        kept.append(Burst(at, 1))
    while len(kept) > BURSTS_KEPT + 1:
        # Only where the rules have changed: two that count as the later one give less, not more.
        first, second, *rest = kept
        kept = [Burst(second.at, first.count + second.count), *rest]
    return at, tuple(kept)
