"""Goal: a step of the decider costs the same in a sequence of any size and after any number of
steps. A clock tells that badly; calls of functions are counted, ours and the interpreter's.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from bench.decider import NOW, Case, at_step, plan_of
from bench.shapes import chain_of, fan_out_of, loop_of
from seriatim.domain.decider.decide import decide

CALLS_MAX = 200
"""Of a step of plain nodes. One takes some 100 ns, with what is done between them 200."""


def calls_of(case: Case) -> int:
    """How many calls the step makes, when all that it meets has been compiled."""
    decide(*case, NOW)
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        decide(*case, NOW)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("document", [chain_of, fan_out_of])
def test_step_costs_as_much_in_a_large_sequence_as_in_a_small_one(
    document: Callable[[int], dict[str, Any]],
) -> None:
    small, large = (calls_of(at_step(plan_of(document(size)), size // 2)) for size in (10, 200))
    assert small == large < CALLS_MAX


def test_step_costs_as_much_in_a_long_execution_as_in_a_short_one() -> None:
    plan = plan_of(loop_of(1_000) | {"maxNodeRuns": 1_000})
    short, long = (calls_of(at_step(plan, steps)) for steps in (10, 300))
    assert short == long
