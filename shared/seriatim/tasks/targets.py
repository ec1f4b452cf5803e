"""Which of several targets an attempt goes to that no ledger has chosen one for. Pure: the same
attempt always goes the same way.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from seriatim.domain.definition.kinds import Balancing

WEIGHT_DEFAULT = 1


def choose(
    definition: Mapping[str, Any],
    execution_id: str,
    number: int,
    attempt: int,
) -> int | None:
    """The index of the target for an attempt; None where there are none to choose from.

    ``round_robin`` begins at a target by the execution and goes on by node run and by attempt: a
    second attempt goes elsewhere. A target of weight 0 gets nothing, unless all have it.
    ``least_outstanding`` is ``weighted``: nothing here knows the others.
    """
    targets = definition.get("targets") or ()
    if not targets:
        return None
    weights = [float(target.get("weight", WEIGHT_DEFAULT)) for target in targets]
    if not any(weights):
        weights = [1.0] * len(targets)
    usable = [index for index, weight in enumerate(weights) if weight]
    match Balancing(definition.get("balancing") or Balancing.WEIGHTED):
        case Balancing.ROUND_ROBIN:
            first = int(_fraction(execution_id) * len(usable))
            return usable[(first + number + attempt - 1) % len(usable)]
        case _:
            pass
    return _drawn(usable, weights, _fraction(f"{execution_id}/{number}/{attempt}"))


def with_target(definition: Mapping[str, Any], index: int | None) -> dict[str, Any]:
    """The definition for one target: its fields over the shared ones, and no ``targets``."""
    chosen = dict(definition)
    chosen.pop("targets", None)
    if index is not None:
        target = dict(definition["targets"][index])
        target.pop("weight", None)
        integration = definition["integration"]
        chosen[integration] = {**(definition.get(integration) or {}), **target}
    return chosen


def _drawn(usable: Sequence[int], weights: Sequence[float], fraction: float) -> int:
    left = fraction * sum(weights[index] for index in usable)
    for index in usable:
        left -= weights[index]
        if left < 0:
            return index
    return usable[-1]


def _fraction(text: str) -> float:
    """From 0 to below 1, by a hash."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
